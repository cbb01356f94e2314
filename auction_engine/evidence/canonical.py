"""Canonical JSON: one value, one text, on every machine."""

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def canonical(value: Any) -> str:
    """The canonical text: sorted keys, no spaces, only what must be escaped is escaped."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """SHA-256 over the canonical text, in lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()
