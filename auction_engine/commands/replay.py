"""`replay`: decide a recorded auction, and write its result or its transcript."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.documents.sale_document import (
    read_bidders,
    read_event,
    read_rules,
    read_terms,
)
from auction_engine.documents.unusable import UnusableInput
from auction_engine.evidence.chain import Line
from auction_engine.evidence.transcript import (
    decision_object,
    opening_line,
    outcome_line,
    standing_object,
    step_line,
)
from auction_engine.rulepacks.pack import RulePack
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.closing import outcome, standing
from auction_engine.sale.course import Course, Step
from auction_engine.sale.events import Event
from auction_engine.sale.state import Sale, opening_sale
from auction_engine.sale.stays import OutOfPlace
from auction_engine.sale.terms import SaleTerms


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded auction: what a document to replay says. Without `as_of` it runs to its end."""

    terms: SaleTerms
    bidders: tuple[Bidder, ...]
    events: tuple[Event, ...]
    as_of: datetime | None


def replay(raw: bytes, *, transcript: bool = False) -> Answer:
    """The answer to a document to replay: its result, or with `transcript` the evidence."""
    recording = read_recording(Fields.of(parse_document(raw), ""))
    course = Course(opening_sale(recording.terms), recording.bidders)
    steps = tuple(decide(recording, course))
    sale = course.revealed(recording.as_of)
    lines = transcript_lines(recording, steps, sale)
    if transcript:
        return Answer("".join(line.text + "\n" for line in lines))
    return canonical_answer(_result(recording, steps, sale, list(lines)[-1].hash))


def read_recording(document: Fields) -> Recording:
    document.literal("format", "auction-replay/1")
    document.allow("format", "rules", "sale", "bidders", "events", "as_of")
    rules = read_rules(document)
    return Recording(
        terms=read_terms(document.object("sale"), rules),
        bidders=read_bidders(document),
        events=tuple(_in_order(document, rules)),
        as_of=document.moment("as_of") if "as_of" in document else None,
    )


def decide(recording: Recording, course: Course) -> Iterator[Step]:
    """Let the events happen one after another; what comes after `as_of` has not happened."""
    for index, event in enumerate(recording.events):
        if recording.as_of is not None and event.at > recording.as_of:
            return
        step = course.take(event)
        if isinstance(step, OutOfPlace):
            raise UnusableInput(f"/events/{index}/{step.field}", step.what)
        yield step


def transcript_lines(recording: Recording, steps: tuple[Step, ...], sale: Sale) -> Iterator[Line]:
    """The opening, a line for each step, and the outcome once the sale is over."""
    line = opening_line(recording.terms, recording.bidders)
    yield line
    for step in steps:
        line = step_line(line.n + 1, line.hash, step)
        yield line
    over = outcome(sale, recording.as_of)
    if over is not None:
        yield outcome_line(line.n + 1, line.hash, over)


def _in_order(document: Fields, rules: RulePack) -> Iterator[Event]:
    last_at: datetime | None = None
    for fields in document.objects("events"):
        event = read_event(fields, rules)
        if last_at is not None and event.at < last_at:
            raise fields.refuse("at", "earlier than the event before")
        last_at = event.at
        yield event


def _result(
    recording: Recording, steps: tuple[Step, ...], sale: Sale, chain_head: str
) -> dict[str, Any]:
    decisions = (step.decision for step in steps if step.decision is not None)
    return {
        "format": "auction-replay-result/1",
        "decisions": [decision_object(decision) for decision in decisions],
        **standing_object(standing(sale, recording.as_of)),
        "chain_head": chain_head,
    }
