"""The words of public pages: kinds of property, phases, rounds, notices, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import get_timezone, gettext
from flask_babel import lazy_gettext as _

from app.services.stop_words import REVOCATION_GROUNDS, WITHDRAWAL_GROUNDS
from app.web.formats import moment
from app.web.page import chosen_language, server_now

PHASES: dict[str, Any] = {
    "announced": _("Announced"),
    "open": _("Bidding open"),
    "suspended": _("Suspended"),
    "sold": _("Sold"),
    "pending_award": _("Best bid known, not yet awarded"),
    "unsold": _("Not sold"),
    "withdrawn": _("Withdrawn"),
}

SORTS: dict[str, Any] = {
    "ending": _("Ending first"),
    "newest": _("Newest first"),
    "price_up": _("Lowest price first"),
    "price_down": _("Highest price first"),
}

METHODS: dict[str, Any] = {
    "agreement": _("agreed by the parties"),
    "directed_inquiry": _("directed inquiry"),
    "online_inquiry": _("online inquiry"),
    "appraisal": _("appraisal"),
    "market_value": _("market value"),
}

NOTICES: dict[str, Any] = {
    "announced": _("The sale is announced."),
    "opened": _("Bidding is open."),
    "suspend": _("The sale is suspended."),
    "resume": _("The sale goes on."),
    "withdraw": _("The sale is withdrawn."),
    "sold": _("The lot is sold."),
    "unsold": _("Nobody bid. The lot is not sold."),
    "withdrawn": _("The sale has ended by withdrawal."),
    "resumption_announced": _("The court has set when bidding goes on."),
    "party_unreachable": _("A party could not be reached and is told in this way."),
    "in_kind_asked": _("Creditors are asked whether they take the property in kind."),
    "in_kind_drawn": _("The order of those who want it is drawn."),
    "in_kind_declined": _("No creditor takes the property in kind."),
    "in_kind_taken": _("A creditor takes the property in kind."),
    "returned_to_debtor": _("The property goes back to the debtor."),
    "buyer_not_approved": _("The buyer was not approved. Deposit and price go back."),
    "sale_revoked": _("The court has revoked this sale. Deposit and price go back."),
    "title_passed": _("The ruling is served. The buyer owns the property."),
}

AUTHORITIES: dict[str, Any] = {"court": _("the court"), "platform": _("the platform")}


# Of a lot that was sold: the result does not stand any more.
UNDOING = ("sale_revoked", "buyer_not_approved")


def notice_words(kind: str, params: Mapping[str, Any]) -> str:
    """A public notice in one or two sentences."""
    said = str(NOTICES.get(kind, kind))
    if kind == "resumption_announced":
        return f"{said} {_new_times(params)}"
    reason = params.get("reason")
    named = REVOCATION_GROUNDS if kind == "sale_revoked" else WITHDRAWAL_GROUNDS
    ground = named.get(str(params.get("ground")))
    if ground is not None:
        said = f"{said} {gettext('Ground: %(ground)s.', ground=ground)}"
    return f"{said} {gettext('Reason: %(reason)s', reason=reason)}" if reason else said


def _new_times(params: Mapping[str, Any]) -> str:
    return gettext(
        "Bidding goes on %(resumes)s and ends %(closes)s.",
        resumes=_moment(params["resumes_at"]),
        closes=_moment(params["closes_at"]),
    )


def _moment(written: str) -> str:
    at = datetime.fromisoformat(written)
    return moment(at, now=server_now(), zone=get_timezone(), locale=chosen_language())
