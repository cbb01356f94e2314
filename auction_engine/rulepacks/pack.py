"""The shape of a rule pack: the values a law fixes, read by code that knows no country.

A pack holds values and no functions. Another country is another file of values; where a value is
not enough, the code path gets a name (`Mechanic`, `LowerBids`, a kind of draft) and the pack
chooses it by that name. docs/packs.md shows the packs and their documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from auction_engine.sale.kinds import PropertyKind, Round


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact share of a sum of money, such as 70/100. Never a decimal number."""

    parts: int
    of: int

    def rounded_up(self, amount_minor: int) -> int:
        """A floor the drafter must reach: a broken minor unit counts as a whole one."""
        return -(-amount_minor * self.parts // self.of)

    def __str__(self) -> str:
        return f"{self.parts}/{self.of}"

    def rounded_down(self, amount_minor: int) -> int:
        """A ceiling the drafter must not pass: a broken minor unit does not count."""
        return amount_minor * self.parts // self.of


class Mechanic(StrEnum):
    """How bids meet."""

    # Everybody sees the leading amount, and a bid has to beat it.
    OPEN = "open"
    # Nobody sees anything before the end; of each bidder the last bid counts.
    SEALED = "sealed"


class LowerBids(StrEnum):
    """What becomes of a bid that does not beat the leading one."""

    REFUSED = "refused"
    # It stands behind, for the case that the best bidder does not pay.
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Extension:
    """A bid less than `window` before the end moves it to `length` after the bid, never further
    than `cap` beyond the end by the notice (None: without limit)."""

    window: timedelta
    length: timedelta
    cap: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CourseRules:
    """What decides bids and stays."""

    mechanic: Mechanic
    # The keys of `sale` that a notice under this law fixes, as documents and transcripts name them.
    terms: frozenset[str]
    extension: Extension | None = None
    lower_bids: LowerBids = LowerBids.REFUSED
    # Whether a bidder may ask to stand in for a best bidder who does not pay.
    second_bidder: bool = False
    # What a resumption gives back at least, and how long a stay may last at most.
    least_time_after_stay: timedelta = timedelta(0)
    longest_stay: timedelta | None = None
    # In these rounds the first bid starts a clock of its own, however far the notice reaches.
    first_bid_clock: Mapping[Round, timedelta] = field(default_factory=dict)
    # Whether the moment of the end still belongs to the bidding (open question, RULE-G6).
    end_is_open: bool = False


@dataclass(frozen=True, slots=True)
class StagedDraft:
    """What a draft is held against where a lot goes through rounds with floors and a panel."""

    utc_offset: timedelta
    least_bidding_time: timedelta
    sell_off_period: timedelta
    price_validity_grace_months: int
    first_price_floor: Ratio
    second_price_floor: Ratio
    deposit_floor: Ratio
    deposit_ceiling: Ratio
    announcement_days: Mapping[tuple[Round, PropertyKind], int]
    party_notice_days: int
    shareholder_notice_days: int
    second_round_within_days: int
    # After the last auction failed: so long creditors may answer whether they take it in kind,
    # within so long the sell-off is announced, and so long another platform may be asked for.
    in_kind_answer_days: int
    sell_off_announced_within_days: int
    platform_change_days: int
    panel_items: Mapping[Round, frozenset[str]]
    publication_items: frozenset[str]
    warnings: frozenset[str]
    # Whether the first round's floor binds every round (open question, RULE-C4).
    floor_binds_later_rounds: bool = False


@dataclass(frozen=True, slots=True)
class TimedDraft:
    """What a draft is held against where a sale runs a fixed time and has no price floor."""

    bidding_days: int
    announced_before: timedelta
    deposit_share: Mapping[PropertyKind, Ratio]
    least_deposit: int
    # Days on which bidding may not end: weekdays (0 is Monday), whole months, and (month, day)
    # from and to, both included, which may reach across the turn of the year.
    no_end_on_weekdays: frozenset[int] = frozenset()
    no_end_in_months: frozenset[int] = frozenset()
    no_end_between: tuple[tuple[int, int], tuple[int, int]] | None = None
    no_end_on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class PlainDraft:
    """A sale by agreement: the notice may say what it wants."""


@dataclass(frozen=True, slots=True)
class AwardBand:
    """From `share` of the value on, or where the whole debt is paid and `with_debt` is reached."""

    share: Ratio
    with_debt: Ratio | None = None


@dataclass(frozen=True, slots=True)
class AwardRules:
    """When the best bid buys at once, and what else can happen to it before a decision."""

    at_once: Mapping[PropertyKind, Ratio]
    # The debtor may bring somebody who pays more, within so many days of the end.
    better_buyer_days: int
    better_buyer: Mapping[PropertyKind, Ratio]
    # Without one, the best bid still buys in this band; below it the court's officer weighs.
    then: Mapping[PropertyKind, AwardBand]
    # Where people live: at once from this share on, and the band after it.
    home_at_once: Ratio
    home_then: AwardBand
    # What a creditor who is best bidder pays at least for a home (or the debt, not below).
    home_to_creditor: Ratio
    home_to_creditor_for_debt: Ratio
    payment_days: Mapping[PropertyKind, int]


@dataclass(frozen=True, slots=True)
class Validity:
    """For proceedings begun on `begins` or later, and before `ends`; None is without limit."""

    begins: date | None = None
    ends: date | None = None

    def covers(self, day: date) -> bool:
        return (self.begins is None or self.begins <= day) and (
            self.ends is None or day < self.ends
        )


@dataclass(frozen=True, slots=True)
class Switch:
    """A reading that the law leaves open: its values, the one that holds unless another is chosen,
    and the question in words (law: open questions)."""

    rule: str
    values: tuple[str, ...]
    question: str

    @property
    def default(self) -> str:
        return self.values[0]


@dataclass(frozen=True, slots=True, eq=False)
class RulePack:
    """One law. A pack is one object, known by its id: two are equal when they are the same."""

    id: str
    family: str
    name: str
    valid: Validity
    course: CourseRules
    draft: StagedDraft | TimedDraft | PlainDraft
    award: AwardRules | None = None
    # The order in which proceeds are paid out; None where the pack has none.
    distribution: str | None = None
    # Where each rule stands: an article of the pack's own instrument, or a name.
    articles: Mapping[str, str] = field(default_factory=dict)
    # The instruments, newest first: short name and full title.
    sources: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, Switch] = field(default_factory=dict)
    # What was chosen of them; the rest stands at its default.
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def staged(self) -> StagedDraft:
        """The draft rules of a pack with rounds; asking another pack for them is a fault."""
        if not isinstance(self.draft, StagedDraft):
            raise TypeError(f"{self.id} has no rounds")
        return self.draft

    def reading(self, switch: str) -> str:
        """How this pack reads what the law leaves open."""
        return self.chosen.get(switch, self.switches[switch].default)
