"""The drawings that stand for a property: our own, one style, no uploads."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[3] / "static" / "img" / "lots"


@lru_cache(maxsize=1)
def drawings() -> tuple[tuple[str, str], ...]:
    """Names of the drawings, as a form offers them."""
    names = sorted(path.stem for path in _FOLDER.glob("*.svg"))
    return tuple((name, name) for name in names)
