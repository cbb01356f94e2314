"""What is told of objections and of a sale that was undone: for the letter and the page alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.services.stop_words import REVOCATION_GROUNDS

if TYPE_CHECKING:
    from app.services.letter_words import Facts, Words


def _objection_received(_facts: Facts) -> Words:
    return _("The court has taken your objection in"), [
        _("It rules within 15 days and tells you."),
    ]


def _objection_decided(facts: Facts) -> Words:
    upheld = facts["decision"] == "upheld"
    review = (
        _("You may ask the next higher court for reconsideration within 10 days of service.")
        if facts["kind"] == "conduct"
        else _(
            "You may sue within 15 days of service. In that time the property is not disposed of."
        )
    )
    return _("The court has ruled on your objection"), [
        _("Your objection is upheld.") if upheld else _("Your objection is dismissed."),
        _("The reasons stand on its page."),
        review,
    ]


def _sale_revoked(facts: Facts) -> Words:
    ground = REVOCATION_GROUNDS.get(str(facts.params.get("ground")))
    return _("The court has revoked the sale"), [
        *([_("Ground: %(ground)s.", ground=ground)] if ground is not None else []),
        _("Your deposit and what you paid towards the price go back the way they came."),
        _("You may claim damage separately."),
    ]


def _revocation_decided(facts: Facts) -> Words:
    granted = bool(facts.params.get("granted"))
    return _("The court has decided on your request to revoke a sale"), [
        _("The sale is revoked.") if granted else _("Your request is dismissed."),
        _("The reasons stand on its page."),
    ]


def _buyer_not_approved(facts: Facts) -> Words:
    refused = facts["why"] == "approval_refused"
    return _("You were not approved as the buyer"), [
        _("The authority refused its approval.")
        if refused
        else _("There was no approval in a reasonable time."),
        _("The reason is: %(reason)s", reason=facts["reason"]),
        _("The sale has ended. Your deposit and what you paid go back the way they came."),
        _("You may not bid for this lot again, and you may object to the court."),
    ]


OBJECTION_NOTICES: dict[str, Callable[[Facts], Words]] = {
    "objection_received": _objection_received,
    "objection_decided": _objection_decided,
    "sale_revoked": _sale_revoked,
    "revocation_decided": _revocation_decided,
    "buyer_not_approved": _buyer_not_approved,
}
