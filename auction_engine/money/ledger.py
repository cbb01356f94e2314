"""Double entry: an entry whose debits and credits differ cannot be built.

A positive posting debits its account, a negative one credits it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from auction_engine.invariants import ensure
from auction_engine.money.money import Money


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    amount: Money

    def __post_init__(self) -> None:
        ensure(bool(self.account), "a posting names its account")
        ensure(self.amount.minor != 0, "a posting moves something")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the books: what moved between which accounts, and why."""

    memo: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        ensure(len(self.postings) >= 2, "money comes from somewhere and goes somewhere")
        ensure(len({posting.amount.currency for posting in self.postings}) == 1, "one currency")
        ensure(sum(posting.amount.minor for posting in self.postings) == 0, "debits equal credits")

    def reversed(self, memo: str) -> "Entry":
        """The entry that undoes this one; nothing in the books is ever changed or deleted."""
        undone = tuple(Posting(p.account, -p.amount) for p in self.postings)
        return Entry(memo, undone)


def transfer(memo: str, amount: Money, *, debit: str, credit: str) -> Entry:
    """The plain entry: one amount, one account debited, one credited."""
    ensure(amount.minor > 0, "a transfer moves a positive amount")
    return Entry(memo, (Posting(debit, amount), Posting(credit, -amount)))


def balance(account: str, entries: Iterable[Entry], currency: str) -> Money:
    """What the account holds after the entries, debits positive."""
    minor = sum(
        posting.amount.minor
        for entry in entries
        for posting in entry.postings
        if posting.account == account and posting.amount.currency == currency
    )
    return Money(minor, currency)
