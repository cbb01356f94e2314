"""What the pages about who may bid say: what is asked, grounds, refusals with their rule."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from auction_engine.sale.exclusion import Ground
from auction_engine.sale.qualification import Asks, Capacity

ASKS: dict[str, Any] = {
    Asks.HOUSING_PURCHASE: _("May buy housing at this place"),
    Asks.EQUITY_HOLDER: _("May hold these shares"),
    Asks.LICENCE: _("Has a licence that the law asks for"),
    Asks.NOT_ON_DEFAULTER_LIST: _("Does not stand on the list of defaulters"),
    Asks.OTHER: _("Something else that the law asks for"),
}

GROUNDS: dict[str, Any] = {
    Ground.COURT_STAFF: _("Staff of the enforcing court"),
    Ground.PLATFORM_STAFF: _("Staff of this platform"),
    Ground.AUXILIARY: _("A firm that helped with the sale, or its staff"),
    Ground.CLOSE_RELATIVE: _("Close relative of one of these"),
    Ground.DEFAULTED: _("Bought this property before and did not pay"),
    Ground.NOT_APPROVED: _("Bought this property before and was not approved"),
}

CAPACITIES: dict[str, Any] = {
    Capacity.ADULT: _("A person of 18 or older"),
    Capacity.OWN_LABOUR: _("A person of 16 or 17 living on their own earnings"),
    Capacity.COMPANY: _("A company or another organisation"),
}

OUTCOMES: dict[str, Any] = {"met": _("Qualified"), "not_met": _("Not qualified")}

_REFUSALS: dict[str, Any] = {
    "not_a_draft": _("This sale is published: what it asks of bidders is frozen (art. 12)."),
    "awaiting_decision": _("The draft waits for a judge and is held still. Ask for it back first."),
    "bidding_is_open": _(
        "Bidding is open: nobody may be kept from it any more (art. 8)."
        " What you know of the buyer you can use after the end."
    ),
    "sale_is_over": _("This sale is over. Enter them in the next round, before it opens."),
    "listed_already": _("This person stands on the list already."),
    "lifted_already": _("This entry was lifted already."),
    "only_by_decision": _("A default was decided by the court, and stands as long (art. 24)."),
    "not_sold": _("This sale has no buyer."),
    "nothing_asked": _("This sale asks for no qualification."),
    "ruled_already": _("The ruling is made. The check ends with it."),
}


def refusal(reason: object) -> str:
    return str(_REFUSALS[str(reason)])
