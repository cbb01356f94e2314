"""What a bank file says, in values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Direction(Enum):
    CREDIT = "CRDT"
    DEBIT = "DBIT"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One movement of money on our account.

    `identity` is the same in every file that tells of the movement: book it once. None means that
    the bank gave nothing to recognise it by, so a person has to book it.
    """

    identity: str | None
    account: str
    direction: Direction
    amount_minor: int
    currency: str
    # Only what is booked is money; a pending entry is news.
    is_booked: bool
    is_reversal: bool
    booked_on: date
    value_on: date
    end_to_end_id: str | None
    remittance: tuple[str, ...]
    counterparty_name: str | None
    counterparty_account: str | None
    entry_reference: str | None
    return_reason: str | None
    # Set where the bank told of several payments that do not add up: a person divides them.
    undivided_because: str | None
    line: int
    # CNAPS code or BIC of the other side's bank: a payment back needs it.
    counterparty_bank: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Everywhere a payer may have written our reference, likeliest place first."""
        ours = (self.end_to_end_id,) if self.end_to_end_id else ()
        return (*self.remittance, *ours)


@dataclass(frozen=True, slots=True)
class Balance:
    """`kind` as the bank codes it: OPBD opening, CLBD closing, booked. Negative is overdrawn."""

    kind: str
    amount_minor: int
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What one file says about one account."""

    id: str
    account: str
    entries: tuple[BankEntry, ...]
    balances: tuple[Balance, ...]

    def adds_up(self) -> bool | None:
        """Whether opening balance and entries make the closing balance; None without both."""
        by_kind = {balance.kind: balance for balance in self.balances}
        # The opening balance may be given as the former day's closing one.
        opening = by_kind.get("OPBD") or by_kind.get("PRCD")
        closing = by_kind.get("CLBD")
        if opening is None or closing is None:
            return None
        moved = sum(
            entry.amount_minor if entry.direction is Direction.CREDIT else -entry.amount_minor
            for entry in self.entries
            if entry.is_booked
        )
        return opening.amount_minor + moved == closing.amount_minor


@dataclass(frozen=True, slots=True)
class BankFile:
    """`kind` is camt.053 or camt.054; `message_id` is the bank's own number of the file."""

    kind: str
    message_id: str
    statements: tuple[Statement, ...]

    @property
    def entries(self) -> tuple[BankEntry, ...]:
        return tuple(entry for statement in self.statements for entry in statement.entries)
