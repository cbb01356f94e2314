"""The chain of lines: each holds the hash of the one before, so none can be changed alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from auction_engine.evidence.canonical import canonical, digest

GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One sealed line. `text` is what is stored and published, without the line feed."""

    n: int
    hash: str
    sealed: Mapping[str, Any]

    @property
    def text(self) -> str:
        return canonical({**self.sealed, "hash": self.hash})


def seal(content: Mapping[str, Any], n: int, prev: str) -> Line:
    """Chain `content` behind the line whose hash is `prev`."""
    sealed = {**content, "n": n, "prev": prev}
    return Line(n=n, hash=digest(sealed), sealed=sealed)
