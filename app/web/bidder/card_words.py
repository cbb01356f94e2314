"""Where a card payment stands that is not paid yet: what happened, and what to do now.

Nothing was taken in any of these cases, and each leaves both ways open: a card, or the bank.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from app.models.money import CardPayment
from app.web.bidder.words import Words


def unfinished(card: CardPayment | None) -> Words | None:
    """The words for the newest card payment; None where it needs none."""
    if card is None or card.state == "succeeded":
        return None
    if card.state == "open" and card.declined_as is not None:
        why = _DECLINED.get(card.declined_as, _declined)
        return Words(_("Your card payment did not go through. Nothing was taken."), what_now=why())
    return _STATES[card.state]()


def _declined() -> str:
    return _(
        "Your card's bank declined it and did not say why."
        " Try another card, ask your bank, or pay by bank transfer."
    )


_DECLINED: dict[str, Callable[[], str]] = {
    "insufficient_funds": lambda: _(
        "There is not enough money on this card. Try another card, or pay by bank transfer."
    ),
    "payment_intent_authentication_failure": lambda: _(
        "Your card's bank was not sure that it was you."
        " Try again and confirm it with your bank, or pay by bank transfer."
    ),
    "expired_card": lambda: _("This card has expired. Try another card."),
    "incorrect_cvc": lambda: _("The security code was wrong. Try again."),
    "card_velocity_exceeded": lambda: _(
        "This card is over its limit for now. Ask your bank, try another card,"
        " or pay by bank transfer."
    ),
}

_STATES: dict[str, Callable[[], Words]] = {
    "opening": lambda: Words(_("A card payment is being opened.")),
    "open": lambda: Words(
        _("You began a card payment and did not finish it. Nothing was taken."),
        what_now=_("Go on with it, or choose the other way below."),
    ),
    "failed": lambda: Words(
        _("The last card payment did not work. Nothing was taken."),
        what_now=_("You can try again or pay by bank."),
    ),
    "expired": lambda: Words(
        _("The last card payment was not finished in time. Nothing was taken."),
        what_now=_("You can begin again."),
    ),
}
