"""Every code of a diagnostic: what it means, and what to do.

Codes are written where diagnostics are raised; these tables explain them, and a test keeps both equal. A plug-in needs
no entry here: its codes are its own, and its package may have a table of the same form.
"""

from snnir.diagnostics.files import FILES
from snnir.diagnostics.networks import NETWORKS
from snnir.diagnostics.page import Table, diagnostics_page
from snnir.diagnostics.requests import REQUESTS
from snnir.diagnostics.targets import TARGETS

__all__ = ["FILES", "NETWORKS", "REQUESTS", "TARGETS", "Table", "diagnostics_page"]
