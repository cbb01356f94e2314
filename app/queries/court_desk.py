"""What a court has to do, by when, and by which rule; what runs; what is wrong.

Every line is one act. Its day comes from `auction_engine.sale.deadlines`, which can say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models.act_rows import announced_resumption
from app.models.bidding import Outcome, SaleStateRecord
from app.models.calendar_rows import calendar_of, reads_strictly
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord
from app.models.courts import CourtRecord, Proposal
from app.models.draft_rows import round_after
from app.models.money import Deposit, Settlement
from app.models.objections import Objection, Revocation
from app.models.panel_rows import terms_hash, votes_on
from app.models.part_rows import missing_since
from app.models.pending_rows import PUBLISH, pending_publication, publication_subject
from app.models.records import DocumentRecord
from app.models.sales import LotRecord, PriorityClaim, ProxyRequest, PublicLot, SaleRecord
from app.models.stopping import DebtorPayment
from app.queries.court_pricing import desk_lines
from app.queries.court_rounds import act_after_failure
from app.queries.lost_bidders import losses_in_running_sales
from auction_engine.pricing.methods import FAMILIES
from auction_engine.rulepacks import sale_pack
from auction_engine.sale import limits
from auction_engine.sale.deadlines import Deadline, court_deadline
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.objections import Kind, duty_to_stay, ruling_deadline
from auction_engine.sale.panel import MEMBERS
from auction_engine.sale.rounds import in_kind_answer_by
from auction_engine.sale.stopping import Duty

# What is due within so many days stands as "soon"; everything further away as "later".
SOON = timedelta(days=7)
# A desk shows so many drafts; more stand with their cases.
MOST_DRAFTS = 200
# The closing process beats every second; silent for longer, nothing is opened or closed.
SILENT_AFTER_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Task:
    """An act that is due. `act` and `who` are keys of `app.web.court.words`."""

    act: str
    endpoint: str
    public_id: str
    case: str
    title: str
    title_zh: str
    who: str
    state: str
    due_at: datetime | None = None
    due_on: date | None = None
    rule: str = ""
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class Running:
    sale: SaleRecord
    state: SaleStateRecord
    lot: PublicLot


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person now; `kind` is worded by the page."""

    kind: str
    count: int = 1
    sale: str = ""
    since: datetime | None = None
    # Of ten bidders who could hear us, how many cannot.
    tenths: int = 0
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    sale: SaleRecord
    asset: AssetRecord
    case: CaseRecord


class Desk:
    """One court's desk at one moment of its legal time, for one person."""

    def __init__(
        self,
        session: Session,
        court: CourtRecord,
        now: datetime,
        person_id: int,
        roles: frozenset[str],
    ) -> None:
        self.session = session
        self.court = court
        self.now = now
        self.person_id = person_id
        self.roles = roles
        self.zone = ZoneInfo(court.timezone)
        self.today = now.astimezone(self.zone).date()
        self.calendar = calendar_of(session, court.id)

    def tasks(self) -> list[Task]:
        """Everything due or waiting, the nearest legal deadline first, what has none last."""
        found = [
            *self._pricing(),
            *self._drafts(),
            *self._priority(),
            *self._proxies(),
            *self._claims(),
            *self._objections(),
            *self._revocations(),
            *self._debtor_payments(),
            *self._stays(),
            *self._balances(),
            *self._rulings(),
            *self._handovers(),
            *self._next_rounds(),
        ]
        far = datetime.max.replace(tzinfo=self.zone)
        return sorted(found, key=lambda task: (self._end_of(task) or far, task.case, task.act))

    def running(self) -> list[Running]:
        rows = self.session.execute(
            select(SaleRecord, SaleStateRecord, PublicLot)
            .join(SaleStateRecord, SaleStateRecord.sale_id == SaleRecord.id)
            .join(PublicLot, PublicLot.sale_id == SaleRecord.id)
            .where(
                SaleRecord.court_id == self.court.id,
                SaleStateRecord.status.in_(("announced", "open", "suspended")),
            )
            .order_by(SaleStateRecord.closes_at)
        )
        return [Running(sale, state, lot) for sale, state, lot in rows]

    def drafts(self) -> list[Draft]:
        return self._all_drafts

    @cached_property
    def _all_drafts(self) -> list[Draft]:
        rows = self.session.execute(
            select(SaleRecord, AssetRecord, CaseRecord)
            .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
            .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
            .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
            .where(SaleRecord.court_id == self.court.id, SaleRecord.state == "draft")
            .order_by(SaleRecord.opens_at, SaleRecord.id)
            .limit(MOST_DRAFTS)
        )
        return [Draft(sale, asset, case) for sale, asset, case in rows]

    def alarms(self) -> list[Alarm]:
        return [
            *self._platform_stays(),
            *self._lost_bidders(),
            *self._late_refunds(),
            *self._silence(),
        ]

    # --- the reference price ---------------------------------------------------------------------

    def _pricing(self) -> Iterator[Task]:
        """Pricing that is to begin (RULE-B1) or goes on, and a price without a sale (RULE-B13)."""
        if self.court.rule_family not in FAMILIES:
            return
        for line in desk_lines(self.session, self.court.id, self.calendar, self.now):
            due_on = line.deadline.due_on
            end = self._end_of_day(due_on)
            yield Task(
                act=line.act,
                endpoint="court.pricing",
                public_id=line.asset.public_id,
                case=line.case.number,
                title=line.asset.title,
                title_zh=line.asset.title_zh,
                who="clerk",
                state=self._state(end) if end else "later",
                due_on=due_on,
                rule=line.deadline.rule,
                deadline=line.deadline,
            )

    # --- before publication ---------------------------------------------------------------------

    def _drafts(self) -> Iterator[Task]:
        """One line for whoever has the next act on a draft; a vote only for who may cast it."""
        for draft in self.drafts():
            if self._is_proposed(draft.sale):
                proposal = pending_publication(self.session, draft.sale)
                assert proposal is not None
                mine = "judge" in self.roles and proposal.proposed_by != self.person_id
                yield self._of_draft(
                    draft, "approve_publication", "court.publication", "judge", waits=not mine
                )
                continue
            if "judge" in self.roles and self._may_vote(draft.sale):
                yield self._of_draft(draft, "vote", "court.panel", "judge", rule="A10")
            mine = "clerk" in self.roles
            yield self._of_draft(draft, "publish", "court.prepare", "clerk", waits=not mine)

    def _of_draft(
        self,
        draft: Draft,
        act: str,
        endpoint: str,
        who: str,
        *,
        rule: str = "D1",
        waits: bool = False,
    ) -> Task:
        return self._task(
            draft.sale,
            draft.asset,
            draft.case,
            act,
            endpoint,
            who=who,
            due_on=self._last_announcement(draft.sale),
            rule=rule,
            waits=waits,
        )

    def _is_proposed(self, sale: SaleRecord) -> bool:
        return publication_subject(sale) in self._proposed

    @cached_property
    def _proposed(self) -> frozenset[str]:
        """The sales whose publication waits for a judge, asked for once."""
        return frozenset(
            self.session.scalars(
                select(Proposal.subject).where(
                    Proposal.court_id == self.court.id,
                    Proposal.kind == PUBLISH,
                    Proposal.approved.is_(None),
                )
            )
        )

    def _may_vote(self, sale: SaleRecord) -> bool:
        votes = votes_on(self.session, sale.id, terms_hash(self.session, sale))
        return len(votes) < MEMBERS and all(vote.member_id != self.person_id for vote in votes)

    def _last_announcement(self, sale: SaleRecord) -> date:
        rules = sale_pack(sale.rules)
        ahead = limits.announcement_days(rules, Round(sale.round), PropertyKind(sale.property_kind))
        opens_on = sale.opens_at.astimezone(self.zone).date()
        return limits.last_announcement_day(
            opens_on, ahead, strict=reads_strictly(self.court, rules)
        )

    def _priority(self) -> Iterator[Task]:
        for sale, asset, case in self._sales_with(PriorityClaim, PriorityClaim.state == "asked"):
            yield self._task(
                sale,
                asset,
                case,
                "decide_priority",
                "court.priority",
                who="judge",
                due_at=sale.opens_at,
                rule="F1",
            )

    def _proxies(self) -> Iterator[Task]:
        """Decided before bidding starts or not at all, so nothing is asked for after (RULE-E8)."""
        waiting = self._sales_with(ProxyRequest, ProxyRequest.state == "asked")
        for sale, asset, case in waiting:
            if self.now < sale.opens_at:
                yield self._task(
                    sale,
                    asset,
                    case,
                    "decide_proxy",
                    "court.proxies",
                    who="judge",
                    due_at=sale.opens_at,
                    rule="E8",
                )

    def _claims(self) -> Iterator[Task]:
        rows = self.session.execute(
            select(ClaimRecord.public_id, CaseRecord.number)
            .join(CaseRecord, CaseRecord.id == ClaimRecord.case_id)
            .where(ClaimRecord.court_id == self.court.id, ClaimRecord.state == "filed")
            .order_by(ClaimRecord.id)
        )
        for public_id, number in rows:
            yield Task(
                act="decide_claim",
                endpoint="court.claim",
                public_id=public_id,
                case=number,
                title="",
                title_zh="",
                who="judge",
                state="later",
            )

    def _objections(self) -> Iterator[Task]:
        """A third party's waits for nothing; every other is ruled on in 15 days (RULE-L8, M1)."""
        rows = self.session.execute(
            select(Objection, CaseRecord.number, PublicLot.title, PublicLot.title_zh)
            .join(CaseRecord, CaseRecord.id == Objection.case_id)
            .join(PublicLot, PublicLot.sale_id == Objection.sale_id)
            .where(Objection.court_id == self.court.id, Objection.state.in_(("filed", "received")))
        )
        for objection, number, title, title_zh in rows:
            kind = Kind(objection.kind)
            received_at = objection.received_at
            counted = (
                ruling_deadline(kind, received_at.astimezone(self.zone).date(), self.calendar)
                if received_at is not None
                else None
            )
            end = self._end_of_day(counted.due_on) if counted else None
            at_once = counted is None and duty_to_stay(kind) is Duty.MUST
            yield Task(
                act="receive_objection" if counted is None else "decide_objection",
                endpoint="court.objection",
                public_id=objection.public_id,
                case=number,
                title=title,
                title_zh=title_zh,
                who="clerk" if counted is None else "judge",
                state="today" if at_once else self._state(end) if end else "soon",
                due_at=objection.filed_at if at_once else None,
                due_on=counted.due_on if counted else None,
                rule="L8" if counted is None else counted.rule,
                deadline=counted,
            )

    def _revocations(self) -> Iterator[Task]:
        rows = self.session.execute(
            select(Revocation.public_id, CaseRecord.number, PublicLot.title, PublicLot.title_zh)
            .join(CaseRecord, CaseRecord.id == Revocation.case_id)
            .join(PublicLot, PublicLot.sale_id == Revocation.sale_id)
            .where(Revocation.court_id == self.court.id, Revocation.state == "requested")
        )
        for public_id, number, title, title_zh in rows:
            yield Task(
                act="decide_revocation",
                endpoint="court.revocation",
                public_id=public_id,
                case=number,
                title=title,
                title_zh=title_zh,
                who="judge",
                state="later",
                rule="M3",
            )

    def _debtor_payments(self) -> Iterator[Task]:
        rows = self.session.execute(
            select(CaseRecord.public_id, CaseRecord.number)
            .join(DebtorPayment, DebtorPayment.case_id == CaseRecord.id)
            .where(DebtorPayment.court_id == self.court.id, DebtorPayment.state == "recorded")
        )
        for public_id, number in rows:
            yield Task(
                act="decide_debtor_payment",
                endpoint="court.stopping",
                public_id=public_id,
                case=number,
                title="",
                title_zh="",
                who="judge",
                state="today",
                rule="L7",
            )

    # --- while it runs, and after ---------------------------------------------------------------

    def _stays(self) -> Iterator[Task]:
        """A stay has no day of its own until its ground is gone; then five days (RULE-L4)."""
        for running in self.running():
            state = running.state
            if state.status != "suspended" or state.stayed_from is None:
                continue
            announced = announced_resumption(self.session, running.sale.id, state.stayed_from)
            due_at = (
                datetime.fromisoformat(str(announced.params["resumes_at"])) if announced else None
            )
            yield Task(
                act="resume" if announced else "announce_resumption",
                endpoint="court.control",
                public_id=running.sale.public_id,
                case=self._case_number(running.sale),
                title=running.lot.title,
                title_zh=running.lot.title_zh,
                who="judge",
                state=self._state(due_at) if due_at else "waiting",
                due_at=due_at,
                rule="L4",
            )

    def _balances(self) -> Iterator[Task]:
        for settlement, sale, asset, case in self._settlements("awaiting_balance"):
            due_at = missing_since(settlement, sale, self.court.timezone)
            late = due_at <= self.now
            yield self._task(
                sale,
                asset,
                case,
                "decide_default" if late else "await_balance",
                "court.after",
                who="judge" if late else "buyer",
                due_at=due_at,
                rule="J1" if late else "I1",
                waits=not late,
            )

    def _rulings(self) -> Iterator[Task]:
        """Ten days from full payment to service of the ruling (RULE-I2)."""
        for settlement, sale, asset, case in (
            *self._settlements("paid"),
            *self._settlements("ruled"),
        ):
            if settlement.ruling_served_at is not None or settlement.paid_at is None:
                continue
            yield self._task(
                sale,
                asset,
                case,
                "serve_ruling" if settlement.state == "ruled" else self._ruling_step(sale),
                "court.after",
                who="clerk" if settlement.state == "ruled" else "judge",
                deadline=self._court_deadline("I2", settlement.paid_at),
            )

    def _ruling_step(self, sale: SaleRecord) -> str:
        drafted = self.session.scalars(
            select(func.count())
            .select_from(DocumentRecord)
            .where(DocumentRecord.sale_id == sale.id, DocumentRecord.kind == "ruling")
        ).one()
        return "sign_ruling" if drafted else "draft_ruling"

    def _handovers(self) -> Iterator[Task]:
        for settlement, sale, asset, case in self._settlements("ruled"):
            if settlement.ruling_served_at is None:
                continue
            yield self._task(
                sale,
                asset,
                case,
                "hand_over",
                "court.after",
                who="clerk",
                deadline=self._court_deadline("I4", settlement.ruling_served_at),
            )

    def _next_rounds(self) -> Iterator[Task]:
        """What failed or was not paid, and whose lot has no round after it yet (RULE-K2, J6)."""
        newest = (
            select(func.max(SaleRecord.number))
            .where(SaleRecord.lot_id == LotRecord.id)
            .correlate(LotRecord)
            .scalar_subquery()
        )
        rows = self.session.execute(
            select(SaleRecord, AssetRecord, CaseRecord, Outcome)
            .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
            .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
            .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
            .join(Outcome, Outcome.sale_id == SaleRecord.id)
            .where(
                SaleRecord.court_id == self.court.id,
                SaleRecord.number == newest,
                CaseRecord.state == "open",
            )
        )
        for sale, asset, case, ended in rows:
            yield from self._after_failure(sale, asset, case, ended)
            following = round_after(self.session, sale)
            if following is None:
                continue
            second = following is Round.SECOND and sale.round == "first"
            yield self._task(
                sale,
                asset,
                case,
                "announce_second" if second else "next_round",
                "court.after",
                who="clerk",
                due_on=self._last_day_for_second(sale, ended) if second else None,
                rule="K2" if second else "K4",
            )

    def _after_failure(
        self, sale: SaleRecord, asset: AssetRecord, case: CaseRecord, ended: Outcome
    ) -> Iterator[Task]:
        """Ask creditors, draw their order, go on with a taking, return it (RULE-K5, K13)."""
        act = act_after_failure(self.session, sale, self.now)
        if act is None:
            return
        asked_within = None
        if act == "ask_creditors":
            calendar = calendar_of(self.session, self.court.id)
            failed_on = ended.at.astimezone(self.zone).date()
            asked_within = in_kind_answer_by(sale_pack(sale.rules).staged, failed_on, calendar)
        yield self._task(
            sale,
            asset,
            case,
            act,
            "court.following",
            who="clerk" if act in ("ask_creditors", "draw_in_kind") else "judge",
            deadline=asked_within,
            rule={"begin_again": "L6", "after_sell_off": "K13"}.get(act, "K5"),
        )

    def _last_day_for_second(self, sale: SaleRecord, ended: Outcome) -> date:
        """Within 30 days of the failure, less the days of its announcement."""
        rules = sale_pack(sale.rules)
        ahead = limits.announcement_days(rules, Round.SECOND, PropertyKind(sale.property_kind))
        failed_on = ended.at.astimezone(self.zone).date()
        return failed_on + timedelta(days=rules.staged.second_round_within_days - ahead)

    # --- alarms ---------------------------------------------------------------------------------

    def _platform_stays(self) -> Iterator[Alarm]:
        for running in self.running():
            if running.state.status == "suspended" and running.state.stayed_by == "platform":
                yield Alarm(
                    "platform_stay",
                    sale=running.sale.public_id,
                    since=running.state.stayed_from,
                )

    def _lost_bidders(self) -> Iterator[Alarm]:
        """FAULT-F41: whether to suspend is the court's to decide (RULE-L1)."""
        for loss in losses_in_running_sales(self.session, court_id=self.court.id):
            yield Alarm(
                "bidders_lost",
                sale=loss.sale,
                since=loss.at,
                tenths=loss.tenths,
                back_at=loss.back_at,
            )

    def _late_refunds(self) -> Iterator[Alarm]:
        late = self.session.scalars(
            select(func.count())
            .select_from(Deposit)
            .where(
                Deposit.court_id == self.court.id,
                Deposit.state == "releasing",
                Deposit.release_due_at < self.now,
            )
        ).one()
        if late:
            yield Alarm("refunds_late", count=late)

    def _silence(self) -> Iterator[Alarm]:
        """The one alarm of real time: nobody opens or closes lots now."""
        row = self.session.execute(
            text(
                "SELECT max(at) AS last, extract(epoch FROM clock_timestamp() - max(at))"
                " AS seconds FROM beats WHERE process NOT LIKE 'web-%'"
            )
        ).one()
        if row.last is not None and row.seconds > SILENT_AFTER_SECONDS:
            yield Alarm("closing_silent", since=row.last)

    # --- the pieces -----------------------------------------------------------------------------

    def _task(
        self,
        sale: SaleRecord,
        asset: AssetRecord,
        case: CaseRecord,
        act: str,
        endpoint: str,
        *,
        who: str,
        due_at: datetime | None = None,
        due_on: date | None = None,
        rule: str = "",
        deadline: Deadline | None = None,
        waits: bool = False,
    ) -> Task:
        if deadline is not None:
            due_on, rule = deadline.due_on, deadline.rule
        end = due_at or self._end_of_day(due_on)
        state = self._state(end) if end else "later"
        if waits and state != "late":
            state = "waiting"
        return Task(
            act=act,
            endpoint=endpoint,
            public_id=sale.public_id,
            case=case.number,
            title=asset.title,
            title_zh=asset.title_zh,
            who=who,
            state=state,
            due_at=due_at,
            due_on=due_on,
            rule=rule,
            deadline=deadline,
        )

    def _state(self, end: datetime) -> str:
        if end <= self.now:
            return "late"
        if end.astimezone(self.zone).date() <= self.today or end <= self._end_of_today():
            return "today"
        return "soon" if end - self.now <= SOON else "later"

    def _end_of_today(self) -> datetime:
        return datetime.combine(self.today + timedelta(days=1), time.min, self.zone)

    def _end_of_day(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time.min, self.zone)

    def _end_of(self, task: Task) -> datetime | None:
        return task.due_at or self._end_of_day(task.due_on)

    def _court_deadline(self, rule: str, began_at: datetime) -> Deadline:
        return court_deadline(rule, began_at.astimezone(self.zone).date(), self.calendar)

    def _case_number(self, sale: SaleRecord) -> str:
        return self.session.scalars(
            select(CaseRecord.number)
            .join(LotRecord, LotRecord.case_id == CaseRecord.id)
            .where(LotRecord.id == sale.lot_id)
        ).one()

    def _settlements(
        self, state: str
    ) -> list[tuple[Settlement, SaleRecord, AssetRecord, CaseRecord]]:
        rows = self.session.execute(
            select(Settlement, SaleRecord, AssetRecord, CaseRecord)
            .join(SaleRecord, SaleRecord.id == Settlement.sale_id)
            .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
            .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
            .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
            .where(Settlement.court_id == self.court.id, Settlement.state == state)
        )
        return [tuple(row) for row in rows]

    def _sales_with(
        self, kind: type[PriorityClaim | ProxyRequest], where: object
    ) -> list[tuple[SaleRecord, AssetRecord, CaseRecord]]:
        rows = self.session.execute(
            select(SaleRecord, AssetRecord, CaseRecord)
            .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
            .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
            .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
            .where(
                SaleRecord.court_id == self.court.id,
                SaleRecord.id.in_(select(kind.sale_id).where(where)),
            )
        )
        return [tuple(row) for row in rows]
