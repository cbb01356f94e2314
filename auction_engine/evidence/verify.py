"""Does a transcript hold? Its form and chain line by line, then every decision made once more.

A review of the platform needs nobody's word for what happened in a sale (RULE-A3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auction_engine.documents.fields import AnsweredFields
from auction_engine.documents.json_text import parse_document, parse_leniently
from auction_engine.documents.sale_document import (
    read_bidders,
    read_event,
    read_rules,
    read_terms,
)
from auction_engine.documents.unusable import UnusableInput
from auction_engine.evidence.canonical import canonical, digest
from auction_engine.evidence.chain import GENESIS, Line
from auction_engine.evidence.transcript import (
    FORMAT,
    opening_line,
    outcome_line,
    standing_object,
    step_line,
)
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.closing import outcome
from auction_engine.sale.course import Course
from auction_engine.sale.state import opening_sale
from auction_engine.sale.stays import OutOfPlace
from auction_engine.sale.terms import SaleTerms

_CHAINED = frozenset({"n", "prev", "hash"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, in the words of the contract's answer."""

    lines: int
    chain: str
    replay: str
    head: str | None = None
    outcome: dict[str, Any] | None = None
    first_bad_line: int | None = None
    message: str | None = None

    @property
    def holds(self) -> bool:
        return self.message is None


class BadLine(Exception):
    """Line `n` is not what the form, the chain or the rules ask for."""

    def __init__(self, n: int, what: str) -> None:
        super().__init__(n, what)
        self.n = n
        self.what = what


def verify(raw: bytes, *, head: str | None = None, partial: bool = False) -> Finding:
    """Check the transcript in `raw`; UnusableInput only if it does not begin as a transcript.

    `head` is the hash that the last line must have; `partial` says that the sale may still run.
    """
    lines = _split(raw)
    _ensure_begins_as_a_transcript(lines[0])
    try:
        chained = list(_check_chain(lines))
    except BadLine as bad:
        what = f"line {bad.n}: {bad.what}"
        return Finding(len(lines), "broken", "not_checked", None, None, bad.n, what)
    last_hash: str = chained[-1]["hash"]
    try:
        over = _check_rules(chained)
    except BadLine as bad:
        what = f"line {bad.n}: {bad.what}"
        return Finding(len(lines), "ok", "differs", last_hash, None, bad.n, what)
    replay, message = "ok", None
    if over is None and not partial:
        replay, message = "incomplete", "there is no outcome line"
    elif head is not None and head.lower() != last_hash:
        message = "the last hash is not the one that was expected"
    return Finding(len(lines), "ok", replay, last_hash, over, None, message)


def _split(raw: bytes) -> list[bytes]:
    """The lines with their line feeds; an empty file has one empty line."""
    pieces = raw.split(b"\n")
    last = pieces.pop()
    lines = [piece + b"\n" for piece in pieces]
    return [*lines, last] if last or not lines else lines


def _ensure_begins_as_a_transcript(line: bytes) -> None:
    # Only the format is asked here: whatever else is wrong with the line is a finding.
    document = parse_leniently(line)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnusableInput("input", f"the first line is not an {FORMAT}")


def _check_chain(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    prev = GENESIS
    for n, raw in enumerate(lines):
        line = _parse_line(n, raw)
        if type(line.get("n")) is not int or line["n"] != n:
            raise BadLine(n, f"n is not {n}")
        if line.get("prev") != prev:
            raise BadLine(n, "prev is not the hash of the line before")
        expected = digest({key: value for key, value in line.items() if key != "hash"})
        if line.get("hash") != expected:
            raise BadLine(n, "hash is not the hash of the line")
        prev = expected
        yield line


def _parse_line(n: int, raw: bytes) -> dict[str, Any]:
    if not raw.endswith(b"\n"):
        raise BadLine(n, "does not end with a line feed")
    try:
        line = parse_document(raw)
        text = canonical(line)
    except UnusableInput as error:
        raise BadLine(n, error.what) from None
    except TypeError:
        # A number that is no integer has no canonical form.
        raise BadLine(n, "holds a number that is not an integer") from None
    except RecursionError:
        raise BadLine(n, "nested too deeply") from None
    if (text + "\n").encode("utf-8") != raw:
        raise BadLine(n, "is not canonical JSON")
    return line


def _check_rules(chained: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Make every line once more from the events alone; gives the outcome, if there is one.

    A line made again must have the hash of the line that stands there. That finds wrong
    decisions as well as extra, missing and unknown keys.
    """
    terms, bidders = _read_opening(chained[0])
    line = opening_line(terms, bidders)
    _ensure_same(line, chained)
    course = Course(opening_sale(terms), bidders)
    for n, content in enumerate(chained[1:], start=1):
        if content.get("type") == "outcome":
            return _check_outcome(n, line.hash, course, chained)
        line = _take_line(n, line.hash, content, course)
        _ensure_same(line, chained)
    return None


def _read_opening(content: dict[str, Any]) -> tuple[SaleTerms, tuple[Bidder, ...]]:
    try:
        fields = AnsweredFields.of(content, "")
        fields.allow("format", "type", "rules", "sale", "bidders", *_CHAINED)
        fields.literal("type", "sale")
        rules = read_rules(fields)
        return read_terms(fields.object("sale"), rules), read_bidders(fields)
    except UnusableInput as error:
        raise BadLine(0, f"{error.where}: {error.what}") from None


def _take_line(n: int, prev: str, content: dict[str, Any], course: Course) -> Line:
    event_values = {
        key: value for key, value in content.items() if key not in _CHAINED and key != "decision"
    }
    try:
        event = read_event(AnsweredFields.of(event_values, ""), course.sale.terms.rules)
    except UnusableInput as error:
        raise BadLine(n, f"{error.where}: {error.what}") from None
    if course.sale.last_at is not None and event.at < course.sale.last_at:
        raise BadLine(n, "/at: earlier than the event before")
    step = course.take(event)
    if isinstance(step, OutOfPlace):
        raise BadLine(n, f"/{step.field}: {step.what}")
    return step_line(n, prev, step)


def _check_outcome(
    n: int, prev: str, course: Course, chained: list[dict[str, Any]]
) -> dict[str, Any]:
    over = outcome(course.revealed())
    if over is None:
        raise BadLine(n, "an outcome although the sale is not over")
    _ensure_same(outcome_line(n, prev, over), chained)
    if n + 1 < len(chained):
        raise BadLine(n + 1, "nothing stands after the outcome")
    return standing_object(over.standing)


def _ensure_same(line: Line, chained: list[dict[str, Any]]) -> None:
    if line.hash != chained[line.n]["hash"]:
        raise BadLine(line.n, "is not what the rules give")
