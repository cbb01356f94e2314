"""A draft held against the rules: each rule with what the draft says and what it may say.

The engine's `check` decides what is violated; what it cannot see stands here: whether a text that
was promised is there, whether every party was told. A line that is not satisfied forbids
publication, and there is no way around it (RULE-D2, D3, D4).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.bidding import Outcome
from app.models.calendar_rows import reads_strictly
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.checklist_lines import CheckLine, Checklist, LineState, Measure
from app.models.checklist_statements import (
    floorless_lines,
    is_without_floor,
    statement_lines,
    statements_of,
    surplus_facts,
)
from app.models.courts import CourtRecord
from app.models.coverage_rows import nothing_left_to_sell_for
from app.models.panel_rows import terms_hash, votes_on
from app.models.part_rows import earlier_parts
from app.models.round_rows import decided_directly
from app.models.rounds import RoundAct
from app.models.sales import LotRecord, PartyNotice, PriorityClaim, SaleRecord
from app.models.stop_rows import Standstill, standstill
from app.models.timed_checklist_rows import hold_against_timed_rules
from auction_engine.commands.check import check
from auction_engine.documents.moments import write_moment
from auction_engine.evidence.canonical import canonical
from auction_engine.money.instalments import PartsWrong, why_wrong
from auction_engine.rulepacks import sale_pack
from auction_engine.rulepacks.pack import RulePack, StagedDraft
from auction_engine.sale import draft_days, limits
from auction_engine.sale.calendar import day_of
from auction_engine.sale.deadlines import ClockPeriod, Deadline
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.panel import PanelDecision, panel_decision

# What the engine found, by rule and, where a rule is about names, by name.
Found = dict[tuple[str, str], dict[str, Any]]

# Who must be told of a sale before it is announced, if they are in the case (RULE-D6).
ROLES_TO_TELL = ("applicant", "debtor", "co_owner", "tenant")
# A notice by publication counts as received after so many full days (RULE-D6).
DAYS_UNTIL_DEEMED = draft_days.DEEMED_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything a draft is judged by."""

    sale: SaleRecord
    case: CaseRecord
    asset: AssetRecord
    court: CourtRecord
    rules: RulePack
    announced_at: datetime
    previous: SaleRecord | None
    failed_at: datetime | None
    parties: list[Party]
    notices: dict[int, PartyNotice]
    undecided_priority: int
    panel: PanelDecision
    # The decision to sell off without an auction, where no round came before (RULE-K14).
    direct: RoundAct | None
    # An equity that cannot be appraised has no reference price and no floor (RULE-C5).
    is_without_floor: bool

    @property
    def round(self) -> Round:
        return Round(self.sale.round)

    @property
    def kind(self) -> PropertyKind:
        return PropertyKind(self.sale.property_kind)

    @property
    def has_price_basis(self) -> bool:
        sale = self.sale
        return bool(
            sale.reference_price
            and sale.reference_price_method
            and sale.reference_price_valid_until
        )

    @property
    def staged(self) -> StagedDraft:
        return self.rules.staged

    @property
    def strict(self) -> bool:
        """How this court reads "so many days before" (RULE-Q2)."""
        return reads_strictly(self.court, self.rules)

    @property
    def is_of_shares(self) -> bool:
        return self.kind is PropertyKind.OTHER_RIGHT and self.asset.category == "shares"

    @property
    def announced_on(self) -> date:
        return self.day(self.announced_at)

    @property
    def opens_on(self) -> date:
        return self.day(self.sale.opens_at)

    def day(self, moment: datetime) -> date:
        return day_of(moment, self.staged.utc_offset)


def hold_against_rules(session: Session, sale: SaleRecord, announced_at: datetime) -> Checklist:
    """Every rule of publication for this draft, were it announced at `announced_at`."""
    pack = sale_pack(sale.rules)
    if not isinstance(pack.draft, StagedDraft):
        return hold_against_timed_rules(session, sale, pack, announced_at)
    facts = _gather(session, sale, announced_at)
    found = _violations(facts)
    if facts.is_without_floor:
        # The deposit is at the court's discretion then (RULE-C5).
        found.pop(("C7", ""), None)
    lines = [
        *_panel_lines(facts, found),
        *_price_lines(facts, found),
        *_time_lines(facts, found),
        *_text_lines(facts),
        *_item_lines(facts, found),
        *_party_lines(facts, found),
        *_stop_lines(session, facts),
        *statement_lines(session, surplus_facts(session, sale, announced_at)),
        *_under_another_law(facts),
        *_advice(session, facts),
    ]
    return Checklist((*lines, *_not_shown_yet(found, lines)))


def _stop_lines(session: Session, facts: _Facts) -> Iterator[CheckLine]:
    """What forbids every sale of the case or of the thing: shown only where it does."""
    held = standstill(session, facts.sale, facts.announced_at)
    if held is Standstill.BANKRUPTCY:
        yield CheckLine("L9", "bankruptcy", LineState.VIOLATED, "CI 513")
    if held is Standstill.THIRD_PARTY:
        yield CheckLine("M2", "third_party", LineState.VIOLATED, "CI 463")
    if nothing_left_to_sell_for(session, facts.case.id, facts.sale.currency):
        yield CheckLine("C10", "covered", LineState.VIOLATED, "AP 14")


def _not_shown_yet(found: Found, lines: list[CheckLine]) -> Iterator[CheckLine]:
    """Nothing that the engine holds against a draft may be lost on its way to the page."""
    shown = {line.rule for line in lines if line.forbids_publication}
    for (rule, _name), violation in found.items():
        if rule not in shown:
            yield CheckLine(
                rule, "other", LineState.VIOLATED, violation["article"], violation["given"]
            )


def effective_notice(notice: PartyNotice) -> datetime | None:
    """When the notice counts as received; None where the right to it was waived."""
    if notice.way == "waived":
        return None
    if notice.way == "unreachable":
        return notice.at + timedelta(days=DAYS_UNTIL_DEEMED)
    return notice.at


def last_notice(session: Session, sale_id: int) -> datetime | None:
    """When the last party was told, for the row of the sale."""
    notices = session.scalars(select(PartyNotice).where(PartyNotice.sale_id == sale_id))
    moments = [at for notice in notices if (at := effective_notice(notice)) is not None]
    return max(moments, default=None)


def failed_round_before(session: Session, sale: SaleRecord) -> tuple[SaleRecord | None, Any]:
    """The round whose failure this one follows, and from when its periods run.

    A round that is held again, because it was withdrawn or its buyer did not pay, counts from the
    end of that attempt: the law is silent, and the 30 days would be over (RULE-K2, J6).
    """
    before: SaleRecord | None = sale
    counted_from: datetime | None = None
    while before is not None and before.previous_sale_id is not None:
        before = session.get_one(SaleRecord, before.previous_sale_id)
        ended = session.get(Outcome, before.id)
        if counted_from is None and ended is not None:
            counted_from = ended.at
        if before.round != sale.round:
            return before, counted_from
    return None, None


def _gather(session: Session, sale: SaleRecord, announced_at: datetime) -> _Facts:
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    previous, failed_at = failed_round_before(session, sale)
    votes = votes_on(session, sale.id, terms_hash(session, sale))
    return _Facts(
        sale=sale,
        case=session.get_one(CaseRecord, lot.case_id),
        asset=asset,
        court=session.get_one(CourtRecord, sale.court_id),
        rules=sale_pack(sale.rules),
        announced_at=announced_at,
        previous=previous,
        failed_at=failed_at,
        parties=list(
            session.scalars(
                select(Party)
                .where(Party.case_id == lot.case_id, Party.role.in_(ROLES_TO_TELL))
                .order_by(Party.id)
            )
        ),
        notices={
            notice.party_id: notice
            for notice in session.scalars(select(PartyNotice).where(PartyNotice.sale_id == sale.id))
        },
        undecided_priority=session.scalars(
            select(func.count())
            .select_from(PriorityClaim)
            .where(PriorityClaim.sale_id == sale.id, PriorityClaim.state == "asked")
        ).one(),
        panel=panel_decision([vote.in_favour for vote in votes]),
        direct=decided_directly(session, sale, asset.id),
        is_without_floor=is_without_floor(session, sale, asset),
    )


# --- the engine's check -------------------------------------------------------------------------


def _violations(facts: _Facts) -> Found:
    answer = check(canonical(_check_document(facts)).encode())
    found = json.loads(answer.text)["violations"]
    return {(each["rule"], _name_in(each)): each for each in found}


def _name_in(violation: dict[str, Any]) -> str:
    """Rules about missing things name them; all others have one subject."""
    by_name = violation["rule"] in ("A10", "D3", "D4")
    return str(violation["given"]) if by_name else ""


def _told_at(facts: _Facts, notice: PartyNotice) -> datetime | None:
    """The moment from which the three days before the announcement are counted (RULE-D6).

    Whoever is told by publication is deemed told five days later. Whether the three days come on
    top is an open question: the pack says how it is read.
    """
    received = effective_notice(notice)
    by_publication = facts.rules.reading("unreachable_parties") == "deemed_by_publication"
    if notice.way == "unreachable" and by_publication and received is not None:
        return notice.at if received <= facts.announced_at else received
    return received


def _check_document(facts: _Facts) -> dict[str, Any]:
    sale = facts.sale
    moments = [
        at for notice in facts.notices.values() if (at := _told_at(facts, notice)) is not None
    ]
    valid_until = sale.reference_price_valid_until or facts.day(facts.announced_at)
    drafted: dict[str, Any] = {
        "property_kind": sale.property_kind,
        "round": sale.round,
        "currency": sale.currency,
        "reference_price": sale.reference_price or sale.starting_price,
        "reference_price_valid_until": valid_until.isoformat(),
        "starting_price": sale.starting_price,
        "deposit": sale.deposit,
        "increment": sale.increment,
        "announced_at": write_moment(facts.announced_at),
        "opens_at": write_moment(sale.opens_at),
        "closes_at": write_moment(sale.closes_at),
        "parties_notified_at": [write_moment(at) for at in moments],
        "parties_waived": bool(facts.notices) and not moments,
        "panel_decided": sorted(facts.rules.staged.panel_items[facts.round])
        if facts.panel is PanelDecision.IN_FAVOUR
        else [],
        "publication_items": [
            name for name in sale.publication_items if not _empty_behind(facts, name)
        ],
        "warnings": sale.warnings,
    }
    if facts.round is not Round.FIRST:
        drafted |= {
            "previous_starting_price": _price_before(facts),
            "previous_failed_at": write_moment(facts.failed_at or facts.announced_at),
            "same_platform": True,
        }
    if facts.is_of_shares:
        told = _shareholder_moments(facts)
        drafted["shareholders_notified_at"] = [write_moment(at) for at in told]
    return {
        "format": "sale-check/1",
        "rules": sale.rules,
        "strict_days": facts.strict,
        "sale": drafted,
    }


def _price_before(facts: _Facts) -> int:
    """The price that a later round is held against: of the round before, or as decided (K14)."""
    if facts.direct is not None:
        return int(facts.direct.facts["price"])
    return facts.previous.starting_price if facts.previous else 1


def _shareholder_moments(facts: _Facts) -> list[datetime]:
    """Of a share the co-owners in the case are the other shareholders (RULE-D8)."""
    return [
        at
        for party in facts.parties
        if party.role == "co_owner"
        and (notice := facts.notices.get(party.id)) is not None
        and (at := effective_notice(notice)) is not None
    ]


# --- the lines ----------------------------------------------------------------------------------


def _judged(
    facts: _Facts,
    found: Found,
    rule: str,
    item: str,
    *,
    given: Measure | None = None,
    limit: Measure | None = None,
    most: Measure | None = None,
    counted: Deadline | ClockPeriod | None = None,
) -> CheckLine:
    state = LineState.VIOLATED if (rule, "") in found else LineState.SATISFIED
    if counted is not None:
        limit = counted.on if isinstance(counted, Deadline) else counted.ends_at
    article = facts.rules.articles[rule]
    return CheckLine(rule, item, state, article, given, limit, most, counted=counted)


def _panel_lines(facts: _Facts, found: Found) -> Iterator[CheckLine]:
    for name in sorted(facts.rules.staged.panel_items[facts.round]):
        decided = ("A10", name) not in found
        state = LineState.SATISFIED if decided else LineState.MISSING
        yield CheckLine("A10", name, state, facts.rules.articles["A10"], why=facts.panel.value)


def _price_lines(facts: _Facts, found: Found) -> Iterator[CheckLine]:
    if facts.is_without_floor:
        yield from floorless_lines(facts.sale)
        return
    sale, rules = facts.sale, facts.rules
    rule = {Round.FIRST: "C2", Round.SECOND: "K3", Round.SELL_OFF: "K8"}[facts.round]
    if facts.round is Round.FIRST and not sale.reference_price:
        yield CheckLine(rule, "starting_price", LineState.MISSING, rules.articles[rule])
    else:
        least = limits.least_starting_price(
            rules,
            facts.round,
            reference_price=sale.reference_price or 0,
            previous_price=_price_before(facts),
        )
        if facts.direct is not None:
            yield _decided_price(found, sale.starting_price, least)
        else:
            given = sale.starting_price
            yield _judged(facts, found, rule, "starting_price", given=given, limit=least)
    if sale.reference_price_valid_until is None:
        yield CheckLine("B11", "validity", LineState.MISSING, rules.articles["B11"])
    else:
        yield _judged(
            facts,
            found,
            "B11",
            "validity",
            given=sale.reference_price_valid_until,
            counted=draft_days.opens_within_validity(
                facts.staged, sale.reference_price_valid_until
            ),
        )
    least, most = limits.deposit_bounds(rules, sale.starting_price)
    yield _judged(facts, found, "C7", "deposit", given=sale.deposit, limit=least, most=most)


def _decided_price(found: Found, given: int, decided: int) -> CheckLine:
    """Sold off without an auction, it costs what the court decided, no more and no less (K14)."""
    state = LineState.VIOLATED if found.pop(("K8", ""), None) else LineState.SATISFIED
    return CheckLine("K14", "starting_price", state, "32 of the Auction Provisions", given, decided)


def _time_lines(facts: _Facts, found: Found) -> Iterator[CheckLine]:
    """The days and moments of the draft, each with how its bound is counted (RULE-Q2, Q3)."""
    if facts.round is Round.SELL_OFF:
        yield _sell_off_line(facts, found)
    else:
        yield _announcement_line(facts, found)
        ends = draft_days.bidding_ends_from(facts.staged, facts.sale.opens_at)
        given = facts.sale.closes_at
        yield _judged(facts, found, "G2", "bidding_time", given=given, counted=ends)
    if facts.round is Round.SECOND and facts.failed_at is not None:
        last = draft_days.second_round_opens_by(facts.staged, facts.day(facts.failed_at))
        yield _judged(facts, found, "K2", "second_round", given=facts.opens_on, counted=last)
    if facts.sale.balance_parts:
        yield _parts_line(facts)


def _parts_line(facts: _Facts) -> CheckLine:
    """RULE-I1: the parts of the rest. In a sell-off the whole price was paid in advance (K9)."""
    why = str(
        PartsWrong.NOTHING_LEFT
        if facts.round is Round.SELL_OFF
        else why_wrong(earlier_parts(facts.sale), whole_within_days=facts.sale.balance_due_days)
        or ""
    )
    state = LineState.VIOLATED if why else LineState.SATISFIED
    return CheckLine("I1", "parts", state, "25", why=why and f"parts_{why}")


def _announcement_line(facts: _Facts, found: Found) -> CheckLine:
    """RULE-D1, K7: the last day of announcing, and the first of opening if it is today."""
    last = draft_days.announced_by(
        facts.staged, facts.round, facts.kind, facts.opens_on, strict=facts.strict
    )
    first = draft_days.opens_from(
        facts.staged, facts.round, facts.kind, facts.announced_on, strict=facts.strict
    )
    line = _judged(facts, found, last.rule, "announcement", given=facts.announced_on, counted=last)
    return replace(line, instead=first)


def _sell_off_line(facts: _Facts, found: Found) -> CheckLine:
    """K7 asks two things of a sell-off, notice and length; one line shows the one that fails."""
    ends = draft_days.sell_off_ends_at(facts.staged, facts.sale.opens_at)
    given = facts.sale.closes_at
    if given == ends.ends_at:
        return _announcement_line(facts, found)
    return _judged(facts, found, "K7", "sell_off_period", given=given, counted=ends)


def _text_lines(facts: _Facts) -> Iterator[CheckLine]:
    """What article 12 asks of the announcement itself, where it is a text of the drafter's
    (RULE-D2), and why a home may be sold (RULE-D10)."""
    for item, text in (
        ("title", facts.asset.title and facts.asset.title_zh),
        ("conditions", facts.sale.conditions),
        ("defects", facts.asset.defects),
        ("viewing", facts.sale.viewing),
    ):
        state = LineState.SATISFIED if text else LineState.MISSING
        yield CheckLine("D2", item, state, "12")
    if facts.asset.is_living_home:
        state = LineState.SATISFIED if facts.asset.living_home_ground else LineState.MISSING
        yield CheckLine("D10", "living_home", state, "20 of Fa Shi [2015] 10")


def _item_lines(facts: _Facts, found: Found) -> Iterator[CheckLine]:
    rules = facts.rules
    for name in sorted(rules.staged.publication_items):
        missing = ("D3", name) in found
        why = _empty_behind(facts, name) if name in facts.sale.publication_items else "not_ticked"
        state = LineState.MISSING if missing else LineState.SATISFIED
        yield CheckLine("D3", name, state, rules.articles["D3"], why=why if missing else "")
    for name in sorted(rules.staged.warnings):
        missing = ("D4", name) in found
        state = LineState.MISSING if missing else LineState.SATISFIED
        yield CheckLine("D4", name, state, rules.articles["D4"])


def _empty_behind(facts: _Facts, item: str) -> str:
    """Which text or act an item of the publication still lacks; empty where it lacks nothing."""
    asset, sale = facts.asset, facts.sale
    match item:
        case "instrument":
            return "" if facts.case.instrument else "instrument"
        case "pricing_basis":  # RULE-C3
            has_basis = facts.has_price_basis or facts.is_without_floor
            return "" if has_basis else "reference_price"
        case "property":
            texts = {
                "description": asset.description,
                "ownership": asset.ownership,
                "possession": asset.possession,
                "burdens": asset.burdens,
            }
            return next((name for name, text in texts.items() if not text), "")
        case "priority_purchasers":
            return "undecided_priority" if facts.undecided_priority else ""
        case "notifications":
            told = all(party.id in facts.notices for party in facts.parties)
            return "" if told and facts.parties else "party_notices"
        case "deposit_and_payment":
            return "" if facts.court.account_number else "court_account"
        case "taxes":  # RULE-I7
            return "" if sale.taxes else "taxes"
        case "court":
            return "" if facts.court.contact else "court_contact"
    return ""


def _party_lines(facts: _Facts, found: Found) -> Iterator[CheckLine]:
    for role in ("applicant", "debtor"):
        if not any(party.role == role for party in facts.parties):
            article = facts.rules.articles["D6"]
            yield CheckLine("D6", role, LineState.MISSING, article, why="no_such_party")
    last = draft_days.parties_told_by(facts.staged, facts.announced_on, strict=facts.strict)
    for party in facts.parties:
        yield _party_line(facts, party, last)
    if facts.is_of_shares:
        yield _shareholders_line(facts, found)


def _party_line(facts: _Facts, party: Party, last: Deadline) -> CheckLine:
    article, notice = facts.rules.articles["D6"], facts.notices.get(party.id)
    if notice is None:
        return CheckLine(
            "D6", party.public_id, LineState.MISSING, article, limit=last.on, counted=last
        )
    at = _told_at(facts, notice)
    given = facts.day(at) if at is not None else None
    late = given is not None and given > last.on
    state = LineState.VIOLATED if late else LineState.SATISFIED
    return CheckLine(
        "D6", party.public_id, state, article, given, last.on, why=notice.way, counted=last
    )


def _shareholders_line(facts: _Facts, found: Found) -> CheckLine:
    """The other shareholders' 20 days: from the last of their notices to the opening (RULE-D8)."""
    others = [party for party in facts.parties if party.role == "co_owner"]
    if not others:
        article = facts.rules.articles["D8"]
        return CheckLine("D8", "shareholders", LineState.ADVICE, article, why="no_shareholder")
    last = draft_days.shareholders_told_by(facts.staged, facts.opens_on, strict=facts.strict)
    told = _shareholder_moments(facts)
    given = facts.day(max(told)) if told else None
    return _judged(facts, found, "D8", "shareholders", given=given, counted=last)


def _under_another_law(facts: _Facts) -> Iterator[CheckLine]:
    """Ships are sold with a secret reserve by rules that this pack does not hold (RULE-O4)."""
    if facts.asset.category == "ship":
        yield CheckLine("O4", "ship", LineState.VIOLATED, why="ship")


def _advice(session: Session, facts: _Facts) -> Iterator[CheckLine]:
    """What does not forbid publication, and what a careful court looks at all the same: practice
    knows a fit increment (RULE-C8)."""
    sale = facts.sale
    guide = limits.guided_increment(sale.starting_price)
    if sale.increment > guide:
        # A reason makes it the court's own decision, and stands in the announcement.
        has_reason = "increment" in statements_of(session, facts.asset.id)
        state = LineState.SATISFIED if has_reason else LineState.ADVICE
        yield CheckLine("C8", "increment", state, "20", sale.increment, guide)
