"""Holding a draft against the rules before it is published (RULE-A10 to RULE-K8).

Each check looks at one rule and gives what it finds; nothing stops at the first finding, so that
the drafter sees everything at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from auction_engine.rulepacks.pack import RulePack, StagedDraft
from auction_engine.sale import limits
from auction_engine.sale.calendar import day_of, latest_day_before, months_after
from auction_engine.sale.kinds import PropertyKind, Round

Measure = int | datetime | date | str
"""Money, a moment, a day or a name: whatever a rule is about."""


@dataclass(frozen=True, slots=True)
class PreviousRound:
    starting_price: int
    failed_at: datetime
    same_platform: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A sale as drafted. `previous` is there in every round but the first."""

    property_kind: PropertyKind
    round: Round
    reference_price: int
    reference_price_valid_until: date
    starting_price: int
    deposit: int
    increment: int
    announced_at: datetime
    opens_at: datetime
    closes_at: datetime
    previous: PreviousRound | None
    parties_notified_at: tuple[datetime, ...]
    parties_waived: bool
    shareholders_notified_at: tuple[datetime, ...]
    panel_decided: frozenset[str]
    publication_items: frozenset[str]
    warnings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that the draft breaks. `limit` is None where something named is simply missing."""

    rule: str
    given: Measure
    limit: Measure | None
    message: str


def violations(draft: Draft, rules: RulePack, *, strict_days: bool) -> tuple[Violation, ...]:
    """Everything in the draft that the rules do not allow, rule by rule."""
    found: list[Violation] = []
    for check in _CHECKS:
        found.extend(check(draft, _Days(draft, rules, strict_days)))
    return tuple(found)


class _Days:
    """The days of the draft as the rules count them, with the rules at hand."""

    def __init__(self, draft: Draft, rules: RulePack, strict: bool) -> None:
        self.pack = rules
        self.rules: StagedDraft = rules.staged
        self.strict = strict
        self.announced_on = self.of(draft.announced_at)
        self.opens_on = self.of(draft.opens_at)

    def of(self, moment: datetime) -> date:
        return day_of(moment, self.rules.utc_offset)


def _panel(draft: Draft, days: _Days) -> Iterator[Violation]:
    asked = days.rules.panel_items[draft.round]
    return _missing("A10", asked, draft.panel_decided, "the panel has not decided")


def _price_validity(draft: Draft, days: _Days) -> Iterator[Violation]:
    valid_until = draft.reference_price_valid_until
    if days.announced_on > valid_until:
        what = "announced after the reference price has expired"
        yield Violation("B11", days.announced_on, valid_until, what)
    months = days.rules.price_validity_grace_months
    last_opening = months_after(valid_until, months)
    if days.opens_on > last_opening:
        what = f"opens more than {months} months after the reference price has expired"
        yield Violation("B11", days.opens_on, last_opening, what)


def _starting_price(draft: Draft, days: _Days) -> Iterator[Violation]:
    limit = limits.least_starting_price(
        days.pack,
        draft.round,
        reference_price=draft.reference_price,
        previous_price=0 if draft.previous is None else draft.previous.starting_price,
    )
    given = draft.starting_price
    if draft.round is Round.FIRST and given < limit:
        what = f"the starting price is below {days.rules.first_price_floor} of the reference price"
        yield Violation("C2", given, limit, what)
    elif draft.round is Round.SECOND and given < limit:
        least = days.rules.second_price_floor
        if given >= least.rounded_up(
            0 if draft.previous is None else draft.previous.starting_price
        ):
            floor = days.rules.first_price_floor
            what = f"the starting price is below {floor} of the reference price, in every round"
            yield Violation("C4", given, limit, what)
        else:
            what = f"the starting price is below {least} of the first round's"
            yield Violation("K3", given, limit, what)
    elif draft.round is Round.SELL_OFF and given != limit:
        yield Violation("K8", given, limit, "the price of a sell-off is that of the second round")


def _deposit(draft: Draft, days: _Days) -> Iterator[Violation]:
    least, most = limits.deposit_bounds(days.pack, draft.starting_price)
    if draft.deposit < least:
        what = f"the deposit is below {days.rules.deposit_floor} of this round's starting price"
        yield Violation("C7", draft.deposit, least, what)
    elif draft.deposit > most:
        what = f"the deposit is above {days.rules.deposit_ceiling} of this round's starting price"
        yield Violation("C7", draft.deposit, most, what)


def _announcement(draft: Draft, days: _Days) -> Iterator[Violation]:
    # The notice of a sell-off has a rule of its own, with its 60 days.
    rule = "K7" if draft.round is Round.SELL_OFF else "D1"
    ahead = limits.announcement_days(days.pack, draft.round, draft.property_kind)
    latest = limits.last_announcement_day(days.opens_on, ahead, strict=days.strict)
    if days.announced_on > latest:
        what = f"announced less than {ahead} days before bidding opens"
        yield Violation(rule, days.announced_on, latest, what)


def _publication(draft: Draft, days: _Days) -> Iterator[Violation]:
    asked = days.rules.publication_items
    return _missing("D3", asked, draft.publication_items, "the publication lacks")


def _warnings(draft: Draft, days: _Days) -> Iterator[Violation]:
    return _missing("D4", days.rules.warnings, draft.warnings, "the announcement does not warn of")


def _party_notice(draft: Draft, days: _Days) -> Iterator[Violation]:
    if draft.parties_waived:
        return
    if not draft.parties_notified_at:
        yield Violation("D6", "parties_notified_at", None, "no party was notified, none waived it")
        return
    last_notice = days.of(max(draft.parties_notified_at))
    latest = limits.last_party_notice_day(days.pack, days.announced_on, strict=days.strict)
    if last_notice > latest:
        ahead = days.rules.party_notice_days
        what = f"the last party was notified less than {ahead} days before the announcement"
        yield Violation("D6", last_notice, latest, what)


def _shareholder_notice(draft: Draft, days: _Days) -> Iterator[Violation]:
    if not draft.shareholders_notified_at:
        return
    ahead = days.rules.shareholder_notice_days
    last_notice = days.of(max(draft.shareholders_notified_at))
    latest = latest_day_before(days.opens_on, ahead, strict=days.strict)
    if last_notice > latest:
        what = f"the last shareholder was notified less than {ahead} days before bidding opens"
        yield Violation("D8", last_notice, latest, what)


def _bidding_time(draft: Draft, days: _Days) -> Iterator[Violation]:
    earliest = draft.opens_at + days.rules.least_bidding_time
    if draft.closes_at < earliest:
        yield Violation("G2", draft.closes_at, earliest, "the time for bidding is too short")


def _second_round(draft: Draft, days: _Days) -> Iterator[Violation]:
    if draft.previous is None:
        return
    if not draft.previous.same_platform:
        what = "the property stays on the platform of the round that failed"
        yield Violation("K2", "same_platform", None, what)
    within = days.rules.second_round_within_days
    last_opening = days.of(draft.previous.failed_at) + timedelta(days=within)
    if draft.round is Round.SECOND and days.opens_on > last_opening:
        what = f"opens more than {within} days after the first round has failed"
        yield Violation("K2", days.opens_on, last_opening, what)


def _sell_off_period(draft: Draft, days: _Days) -> Iterator[Violation]:
    ends_at = draft.opens_at + days.rules.sell_off_period
    if draft.round is Round.SELL_OFF and draft.closes_at != ends_at:
        what = f"a sell-off runs {days.rules.sell_off_period.days} days"
        yield Violation("K7", draft.closes_at, ends_at, what)


def _missing(
    rule: str, asked: Iterable[str], there: frozenset[str], what: str
) -> Iterator[Violation]:
    for name in sorted(asked):
        if name not in there:
            yield Violation(rule, name, None, f"{what}: {name}")


_CHECKS: Final[tuple[Callable[[Draft, _Days], Iterator[Violation]], ...]] = (
    _panel,
    _price_validity,
    _starting_price,
    _deposit,
    _announcement,
    _publication,
    _warnings,
    _party_notice,
    _shareholder_notice,
    _bidding_time,
    _second_round,
    _sell_off_period,
)
