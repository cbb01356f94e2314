"""Where a sale stands: one flat value that decides the next bid without looking back."""

from dataclasses import dataclass
from datetime import datetime

from auction_engine.invariants import ensure
from auction_engine.rulepacks.pack import Mechanic
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.terms import SaleTerms


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale after everything that has happened so far.

    Small enough for the columns of one row: it holds no history and no table of bidders. Of a
    sealed sale it knows no leader before the end (`closing.revealed`).
    """

    terms: SaleTerms
    closes_at: datetime
    leader: Bidder | None = None
    price: int | None = None
    accepted: int = 0
    refused: int = 0
    extensions: int = 0
    # The moment from which a stay that still stands counts: its arrival or its `since`.
    stayed_from: datetime | None = None
    withdrawn_at: datetime | None = None
    # The moment of the last event of any kind; time never steps back behind it.
    last_at: datetime | None = None
    # The last accepted bid or resumption: no stay may reach back behind it.
    committed_at: datetime | None = None
    # The end without extensions, once a stay has moved it; a cap on extensions counts from there.
    moved_end: datetime | None = None

    def __post_init__(self) -> None:
        ensure((self.leader is None) == (self.price is None), "a leader has a price")
        sealed = self.terms.rules.course.mechanic is Mechanic.SEALED
        ensure(sealed or (self.leader is None) == (self.accepted == 0), "an accepted bid leads")

    @property
    def is_suspended(self) -> bool:
        return self.stayed_from is not None and self.withdrawn_at is None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def capped_from(self) -> datetime:
        """The end without extensions: by the notice, or as stays have moved it since."""
        return self.moved_end or self.terms.closes_at

    def has_ended_at(self, moment: datetime) -> bool:
        """The end belongs to the closed side, unless the pack reads RULE-G6 otherwise; a stayed or
        withdrawn sale does not end."""
        if self.stayed_from is not None or self.is_withdrawn:
            return False
        if self.terms.rules.course.end_is_open:
            return moment > self.closes_at
        return moment >= self.closes_at

    def moment_for(self, arrived_at: datetime) -> datetime:
        """The moment by which an arrival is decided: never before what was decided already."""
        return arrived_at if self.last_at is None else max(arrived_at, self.last_at)


def opening_sale(terms: SaleTerms) -> Sale:
    """A sale before its first event."""
    return Sale(terms=terms, closes_at=terms.closes_at)
