"""The test cards, numbered as Stripe numbers them. Nobody's money hangs on any of them."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Conduct(Enum):
    """What a card does when it is asked for money."""

    PAYS = "pays"
    DECLINES = "declines"
    ASKS_FIRST = "asks the holder for 3-D Secure"


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    token: str
    brand: str
    conduct: Conduct
    decline_code: str | None = None
    refund_conduct: str = "succeeds"

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class CardRefused:
    """A card that was not even tried; `field` is the form field at fault."""

    code: str
    field: str


CARDS = (
    Card("4242424242424242", "pm_card_visa", "visa", Conduct.PAYS),
    Card("5555555555554444", "pm_card_mastercard", "mastercard", Conduct.PAYS),
    Card(
        "4000000000000002",
        "pm_card_chargeDeclined",
        "visa",
        Conduct.DECLINES,
        decline_code="generic_decline",
    ),
    Card(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        "visa",
        Conduct.DECLINES,
        decline_code="insufficient_funds",
    ),
    Card("4000002500003155", "pm_card_authenticationRequired", "visa", Conduct.ASKS_FIRST),
    Card(
        "4000000000005126",
        "pm_card_refundFail",
        "visa",
        Conduct.PAYS,
        refund_conduct="fails later",
    ),
    Card(
        "4000000000007726",
        "pm_card_pendingRefund",
        "visa",
        Conduct.PAYS,
        refund_conduct="succeeds later",
    ),
)
_BY_NUMBER = {card.number: card for card in CARDS}
_BY_TOKEN = {card.token: card for card in CARDS}


def card_of_token(token: str) -> Card | None:
    return _BY_TOKEN.get(token)


def read_card(number: str, expiry: str, cvc: str, today: date) -> Card | CardRefused:
    """The card a person typed in, with spaces or dashes as they like."""
    digits = "".join(c for c in number if c not in " -\u00a0\u3000")
    if not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19:
        return CardRefused("invalid_number", "card_number")
    if not passes_luhn(digits):
        return CardRefused("incorrect_number", "card_number")
    month_and_year = _read_expiry(expiry)
    if month_and_year is None:
        return CardRefused("invalid_expiry", "expiry")
    if month_and_year < (today.year, today.month):
        return CardRefused("expired_card", "expiry")
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in (3, 4)):
        return CardRefused("invalid_cvc", "cvc")
    # A real card has no business here; Stripe's test mode says the same.
    return _BY_NUMBER.get(digits) or CardRefused("test_mode_live_card", "card_number")


def passes_luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _read_expiry(expiry: str) -> tuple[int, int] | None:
    month, slash, year = expiry.replace(" ", "").partition("/")
    if not slash or not (month + year).isascii() or not (month + year).isdigit():
        return None
    if not 1 <= int(month) <= 12 or len(year) not in (2, 4):
        return None
    return int(year) + (2000 if len(year) == 2 else 0), int(month)
