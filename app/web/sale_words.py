"""Words for a sale that the public, bidders and courts read alike."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from auction_engine.rulepacks import sale_pack
from auction_engine.rulepacks.pack import TimedDraft

CATEGORIES: dict[str, Any] = {
    "home": _("House"),
    "apartment": _("Flat"),
    "shop": _("Shop"),
    "warehouse": _("Warehouse"),
    "land_use_right": _("Land-use right"),
    "car": _("Car"),
    "truck": _("Truck"),
    "machinery": _("Machinery"),
    "ship": _("Ship"),
    "shares": _("Shares"),
    "jewellery": _("Jewellery"),
    "watch": _("Watch"),
    "art": _("Art"),
    "other": _("Other"),
}

ROUNDS: dict[str, Any] = {
    "first": _("First auction"),
    "second": _("Second auction"),
    "sell_off": _("Sell-off"),
}


def shown_state(status: str, extensions: int | None) -> str:
    """The tag of a sale: one that late bids have prolonged is open and says so (RULE-G5)."""
    return "extension" if status == "open" and extensions else status


def how_it_ends(rules: str) -> str:
    """What a late bid does to the end under the law of a sale, for everybody in the same words."""
    extension = sale_pack(rules).course.extension
    if extension is None:
        return gettext("Bidding ends at this moment. No bid moves the end.")
    window, length = (
        int(each.total_seconds()) // 60 for each in (extension.window, extension.length)
    )
    moves = ngettext(
        "A bid in the last %(num)s minute moves the end to %(length)s minutes after it.",
        "A bid in the last %(num)s minutes moves the end to %(length)s minutes after it.",
        window,
        length=length,
    )
    if extension.cap is None:
        return moves
    hours = int(extension.cap.total_seconds()) // 3600
    at_most = ngettext(
        "The end moves by at most %(num)s hour.", "The end moves by at most %(num)s hours.", hours
    )
    return f"{moves} {at_most}"


def is_sold_by_value(rules: str) -> bool:
    """Whether the law weighs bids against a value and knows no starting price."""
    return isinstance(sale_pack(rules).draft, TimedDraft)


# RULE-D4: never folded away. "As it is" and what bidders accept are the disclaimer of RULE-D5.
WARNINGS: dict[str, Any] = {
    "capacity": _("Bidders need full civil capacity and any qualification that the law asks for."),
    "proxies": _("Whoever bids for somebody else needs the court's confirmation before the start."),
    "defects": _("Known defects and burdens are listed on this page. Read them before you bid."),
    "as_is": _("The property is sold as it is. You can view it before the sale."),
    "acceptance": _("Whoever bids accepts all known and unknown defects."),
    "publication_of_name": _("The buyer's real name is published with the confirmation."),
    "deposit_loss": _("A buyer who does not pay loses the deposit. It is not returned."),
}
