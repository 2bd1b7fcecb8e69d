"""A checksum behind the HDF5 content, where readers do not look.

Damaged HDF5 can send the HDF5 library into an endless loop, or change a name or number unnoticed, so what
we wrote is checked before that library sees it. Files without a seal (of others, or changed since by an
HDF5 program, which drops it) are read as they are.
"""

from __future__ import annotations

import hashlib

MARK = b"\nsnnir sha256 "
DIGITS = 64


def seal(content: bytes) -> bytes:
    """Return the content with its checksum behind it."""
    return content + MARK + hashlib.sha256(content).hexdigest().encode()


def unseal(content: bytes) -> bytes:
    """Return the content of a sealed file, or all of a file without a seal.

    Raises:
        ValueError: The checksum is that of other content.
    """
    place = content.rfind(MARK, max(0, len(content) - len(MARK) - DIGITS))
    if place < 0:
        return content
    if seal(content[:place]) != content:
        raise ValueError("its content does not match its checksum")
    return content[:place]
