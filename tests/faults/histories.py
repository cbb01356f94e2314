"""What clients asked and were told: ok, fail or unknown, each with its own clock.

A line is written when a request goes out and when its answer comes (or does not). Oracles read the
finished list; a person reads the file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    OK = "ok"
    FAIL = "fail"
    # Nobody can say: no answer, a cut line, a 5xx, or "ask again".
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with one bid, and what came back. Moments are seconds of the client's clock."""

    client: str
    key: str
    amount: int
    began: float
    ended: float
    kind: Kind
    # False where the platform said that nothing was entered in the journal.
    entered: bool = True
    seq: int | None = None
    arrived_at: str | None = None
    closes_at: str | None = None
    reason: str | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def told(self) -> tuple[object, ...]:
        """The answer without when it came: the same key is always told the same."""
        return (self.kind, self.seq, self.arrived_at, self.closes_at, self.reason)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the public snapshot of a sale."""

    by: str
    at: float
    seq: int
    price: int | None
    leader: str | None
    closes_at: str
    status: str
    bids: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last line of a public transcript as somebody outside kept it."""

    by: str
    at: float
    n: int
    hash: str


@dataclass(slots=True)
class History:
    """Everything that was seen from outside while an experiment ran."""

    asked: list[Asked] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    # What the nemesis did, and when.
    broken: list[tuple[float, str]] = field(default_factory=list)
    # Sums of the ledger while things failed, by currency.
    books: list[dict[str, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, what: Asked | Seen | Checkpoint) -> None:
        with self._lock:
            if isinstance(what, Asked):
                self.asked.append(what)
            elif isinstance(what, Seen):
                self.seen.append(what)
            else:
                self.checkpoints.append(what)

    def note(self, at: float, what: str) -> None:
        with self._lock:
            self.broken.append((at, what))

    def of_kind(self, kind: Kind) -> list[Asked]:
        return [asked for asked in self.asked if asked.kind is kind]

    def resolved(self) -> dict[str, Asked]:
        """For each key its first answer that is not unknown."""
        found: dict[str, Asked] = {}
        for asked in sorted(self.asked, key=lambda each: each.ended):
            if asked.kind is not Kind.UNKNOWN:
                found.setdefault(asked.key, asked)
        return found

    def unresolved(self) -> set[str]:
        return {asked.key for asked in self.asked} - set(self.resolved())

    def write(self, path: Path) -> None:
        """One JSON line for each thing that happened, in the order of time."""
        lines = [(each.ended, {"asked": asdict(each)}) for each in self.asked]
        lines += [(each.at, {"seen": asdict(each)}) for each in self.seen]
        lines += [(each.at, {"checkpoint": asdict(each)}) for each in self.checkpoints]
        lines += [(at, {"broken": what, "at": at}) for at, what in self.broken]
        path.write_text(_lines(content for _at, content in sorted(lines, key=lambda two: two[0])))


def _lines(contents: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(content, ensure_ascii=False) + "\n" for content in contents)
