"""A bundle of evidence: a zip that is the same bytes whenever and wherever it is made (RULE-M6)."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final

MANIFEST: Final = "SHA256SUMS"
# A file in a bundle has no date of its own: what it tells stands in it.
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files in the order of their names, after a list of their hashes.

    `sha256sum --check SHA256SUMS` verifies an unpacked bundle.
    """
    listed = {MANIFEST: manifest(files).encode(), **dict(sorted(files.items()))}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in listed.items():
            bundle.writestr(_entry(name), content)
    return packed.getvalue()


def manifest(files: Mapping[str, bytes]) -> str:
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_DATE)
    entry.create_system = _UNIX
    entry.external_attr = _READABLE
    return entry
