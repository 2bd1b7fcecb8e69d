"""The one evaluation loop, for analog and spiking graphs."""

from __future__ import annotations
