"""The outer shell of an archive: named members in a zip file, sealed against any changed byte."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

_DATE = (1980, 1, 1, 0, 0, 0)
_SEAL = b"snnir sha256:"
_DIGITS = 64


class DamageError(Exception):
    """An archive is not as it was written.

    Attributes:
        member: The part that is damaged; empty where it is the shell.
    """

    def __init__(self, message: str, member: str = "") -> None:
        self.member = member
        super().__init__(message)


def seal(members: Mapping[str, bytes]) -> bytes:
    """Return a zip file of members in the order given; equal members give equal bytes, on any system.

    Members are stored, not compressed: compression depends on the version of zlib, and weights hardly shrink.
    The archive comment holds the SHA-256 of every byte before it.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3  # always as if written on Unix
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
        archive.comment = _SEAL + b"0" * _DIGITS
    body = buffer.getvalue()[:-_DIGITS]
    return body + _digest(body)


def unseal(data: bytes) -> dict[str, bytes]:
    """Return the members of a zip file that `seal` wrote.

    Raises:
        DamageError: It is not as it was written. The message names the first damaged member, if it is one.
    """
    if not data.startswith(b"PK"):
        raise DamageError("it is not a .snnir archive")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive, len(data))
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError) as error:
        # RuntimeError and its child NotImplementedError: flags that claim encryption or unknown methods.
        raise DamageError(f"it is cut short or its table of contents is damaged ({error})") from None
    if not is_sealed(data):
        raise DamageError("bytes between its members were changed")
    return members


def is_sealed(data: bytes) -> bool:
    """Whether an archive ends with the digest of all that comes before."""
    body = data[:-_DIGITS]
    return body.endswith(_SEAL) and data[-_DIGITS:] == _digest(body)


def _members(archive: zipfile.ZipFile, limit: int) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    infos = archive.infolist()
    for info in infos:
        # Stored members are as long as their headers state, so nothing can unpack to more than the file holds.
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise DamageError("it is compressed, which snnir archives never are", info.filename)
        if info.flag_bits or info.orig_filename != info.filename:
            raise DamageError("its zip entry has flags or a name that snnir does not write", info.filename)
    if sum(info.file_size for info in infos) > limit:
        raise DamageError("its members claim to be larger than the file")
    for info in infos:
        if info.filename in members:
            raise DamageError("it occurs twice", info.filename)
        try:
            members[info.filename] = archive.read(info)
        except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError) as error:
            raise DamageError(f"it cannot be read ({error})", info.filename) from None
    return members


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
