"""One batch of arrivals being decided in memory: the sale moves on, rows are collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.models.bidding import SaleStateRecord
from app.models.journal import Waiting
from app.models.sale_rows import phase_of, store_sale
from auction_engine.evidence.chain import Line
from auction_engine.evidence.transcript import step_line
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidAccepted, Place, minimum_bid
from auction_engine.sale.closing import Status, status
from auction_engine.sale.course import Step, take
from auction_engine.sale.events import Admit, Authority, Bid, Resume, Suspend, Withdraw
from auction_engine.sale.state import Sale
from auction_engine.sale.stays import OutOfPlace

# An amount that is no amount never reaches the engine; it is refused under this name.
NOT_AN_AMOUNT = "not_an_amount"


@dataclass(slots=True)
class Known:
    """A registration whose code stands in an arrival, and whether it may bid."""

    registration_id: int
    bidder: Bidder
    admitted: bool
    named_n: int | None


@dataclass(slots=True)
class Sitting:
    """One batch being decided: the sale moves on in memory, rows are collected for one write."""

    state: SaleStateRecord
    sale: Sale
    known: dict[int, Known]
    # The outcome is written: everything is still answered, nothing is still recorded as course.
    is_over: bool
    decisions: list[dict[str, Any]] = field(default_factory=list)
    bids: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    admissions: list[dict[str, Any]] = field(default_factory=list)
    named: list[tuple[int, int]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)

    def decide(self, arrival: Waiting) -> None:
        at = self.sale.moment_for(arrival.arrived_at)
        if self.is_over:
            # Whatever a clock says: after the outcome every arrival is late.
            at = max(at, self.sale.closes_at)
        match arrival.kind:
            case "bid":
                self._decide_bid(arrival, at)
            case "admit":
                self._decide_admission(arrival, at)
            case _:
                self._decide_act(arrival, at)

    def _decide_bid(self, arrival: Waiting, at: datetime) -> None:
        assert arrival.registration_id is not None
        known = self.known[arrival.registration_id]
        bidder = known.bidder if known.admitted else None
        if arrival.amount is None:
            self._answer(arrival, at, reason=NOT_AN_AMOUNT, minimum=minimum_bid(self.sale, bidder))
            return
        if bidder is not None and known.named_n is None and self._can_name(at):
            self._name(known, at)
        reserve = bool((arrival.details or {}).get("reserve"))
        step = take(self.sale, Bid(at, known.bidder.code, arrival.amount, reserve), bidder)
        assert isinstance(step, Step) and step.decision is not None
        line = self._follow(step)
        if isinstance(step.decision, BidAccepted):
            self._accept(arrival, known, step.decision, line, reserve)
        else:
            self._answer(
                arrival,
                at,
                reason=step.decision.reason.value,
                minimum=step.decision.minimum,
                n=line.n if line else None,
            )

    def _accept(
        self,
        arrival: Waiting,
        known: Known,
        decision: BidAccepted,
        line: Line | None,
        reserve: bool,
    ) -> None:
        if decision.place is Place.LEADS:
            self.state.leader_registration_id = known.registration_id
        self.bids.append(
            {
                "seq": decision.seq,
                "arrival_id": arrival.id,
                "registration_id": known.registration_id,
                "code": known.bidder.code,
                "rank": known.bidder.priority_rank,
                "amount": decision.amount,
                "at": decision.at,
                "closes_at": decision.closes_at,
                "reserve": reserve,
            }
        )
        self._answer(
            arrival,
            decision.at,
            accepted=True,
            seq=decision.seq,
            closes_at=decision.closes_at,
            n=line.n if line else None,
        )

    def _decide_admission(self, arrival: Waiting, at: datetime) -> None:
        """Admission is confirmed at once but named only with the first bid: neither the number
        of bidders nor the time of a deposit may leak (contract, *transcript and verify*)."""
        assert arrival.registration_id is not None
        known = self.known[arrival.registration_id]
        if not self._can_name(at):
            reason = "withdrawn" if self.sale.is_withdrawn else "closed"
            self._answer(arrival, at, reason=reason)
            return
        if known.bidder.excluded is not None:
            self._answer(arrival, at, reason="excluded")
            return
        if not known.admitted:
            known.admitted = True
            self.admissions.append(
                {
                    "registration_id": known.registration_id,
                    "sale_id": arrival.sale_id,
                    "arrival_id": arrival.id,
                    "at": at,
                }
            )
        self._answer(arrival, at, accepted=True)

    def _decide_act(self, arrival: Waiting, at: datetime) -> None:
        act = _act(arrival, at)
        step = take(self.sale, act)
        if isinstance(step, OutOfPlace):
            self._answer(arrival, at, reason=f"out_of_place:{step.field}")
            return
        line = self._follow(step)
        self.state.stayed_by = act.by.value if isinstance(act, Suspend) else None
        self.state.stay_reason = act.reason if isinstance(act, Suspend) else None
        if isinstance(act, Withdraw):
            self.state.withdrawal_reason = act.reason
        self._answer(
            arrival,
            at,
            accepted=True,
            closes_at=self.sale.closes_at,
            n=line.n if line else None,
        )
        self.notices.append(
            {
                "court_id": self.state.court_id,
                "sale_id": arrival.sale_id,
                "kind": arrival.kind,
                "params": {
                    **(arrival.details or {}),
                    "closes_at": self.sale.closes_at.isoformat(),
                },
                "at": at,
            }
        )

    def _can_name(self, at: datetime) -> bool:
        return not self.sale.is_withdrawn and not self.sale.has_ended_at(at)

    def _name(self, known: Known, at: datetime) -> None:
        step = take(self.sale, Admit(at, known.bidder.code, known.bidder.priority_rank))
        assert isinstance(step, Step)
        line = self._follow(step)
        if line is not None:
            known.named_n = line.n
            self.named.append((known.registration_id, line.n))

    def _follow(self, step: Step) -> Line | None:
        """Move the sale on and write the line; after the outcome nothing is written any more."""
        if self.is_over:
            return None
        self.sale = step.sale
        line = step_line(self.state.n + 1, self.state.head, step)
        self.state.n, self.state.head = line.n, line.hash
        self.lines.append(
            {"n": line.n, "prev": line.sealed["prev"], "hash": line.hash, "line": line.text}
        )
        return line

    def _answer(
        self,
        arrival: Waiting,
        at: datetime,
        *,
        accepted: bool = False,
        reason: str | None = None,
        minimum: int | None = None,
        seq: int | None = None,
        closes_at: datetime | None = None,
        n: int | None = None,
    ) -> None:
        self.decisions.append(
            {
                "arrival_id": arrival.id,
                "at": at,
                "accepted": accepted,
                "reason": reason,
                "minimum": minimum,
                "seq": seq,
                "closes_at": closes_at,
                "n": n,
            }
        )

    def finish(self) -> None:
        """Bring the row of the sale to where the batch has taken it."""
        if not self.is_over:
            store_sale(self.state, self.sale)
            self._move_phase()

    def _move_phase(self) -> None:
        """A stay, a resumption and a withdrawal show at once; an end is the closer's to write."""
        if self.sale.is_withdrawn or self.sale.is_suspended:
            self.state.status = phase_of(status(self.sale))
        elif self.sale.last_at is not None and (
            self.state.status == "suspended" or self.bids or self.notices
        ):
            now = status(self.sale, self.sale.last_at)
            self.state.status = phase_of(now if now is Status.NOT_OPEN else Status.OPEN)


def _act(arrival: Waiting, at: datetime) -> Suspend | Resume | Withdraw:
    details = arrival.details or {}
    closes_at = _moment(details.get("new_closes_at"))
    if arrival.kind == "resume":
        return Resume(at, closes_at)
    by, reason = Authority(str(details["by"])), str(details["reason"])
    if arrival.kind == "withdraw":
        return Withdraw(at, by, reason)
    return Suspend(at, by, reason, _moment(details.get("since")))


def _moment(written: object) -> datetime | None:
    return datetime.fromisoformat(str(written)) if written else None
