"""What a command gives back: the text for standard output and the exit status."""

from dataclasses import dataclass
from typing import Any

from auction_engine.evidence.canonical import canonical


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    status: int = 0


def canonical_answer(value: Any, status: int = 0) -> Answer:
    """One canonical JSON document and a newline."""
    return Answer(canonical(value) + "\n", status)
