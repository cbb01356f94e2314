"""The words of objections and revocations, for the court's pages and for those who file."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.web.formats import day
from app.web.page import chosen_language
from auction_engine.sale.deadlines import Deadline

KINDS: dict[str, Any] = {
    "conduct": _("Against what the court or its helpers did"),
    "third_party": _("By a third party with a right of its own in the property"),
}

STATES: dict[str, Any] = {
    "filed": _("Filed, not taken in yet"),
    "received": _("Taken in, to be ruled on"),
    "withdrawn": _("Taken back"),
    "upheld": _("Upheld"),
    "dismissed": _("Dismissed"),
    "in_review": _("Under review"),
    "confirmed": _("Ruling confirmed in review"),
    "overturned": _("Ruling overturned in review"),
}

REVOCATION_STATES: dict[str, Any] = {
    "requested": _("Asked for, to be decided"),
    "granted": _("Sale revoked"),
    "dismissed": _("Request dismissed"),
    "withdrawn": _("Request taken back"),
}

# Why somebody's own step was refused.
REFUSALS: dict[str, Any] = {
    "comes_too_late": _("Enforcement has ended. An objection comes too late (M1, M2)."),
    "no_right": _("Name the right that the third party claims."),
    "wrong_state": _("This cannot happen in its present state. Look at it again."),
    "not_over": _("This sale is not over. It can be withdrawn, not revoked."),
    "revoked_already": _("This sale is revoked already."),
}


def explained(counted: Deadline) -> str:
    """`until 8 June 2026: M1, 15 days from 22 May 2026; the last day is free, ...`."""
    language = chosen_language()
    text = ngettext(
        "%(rule)s: %(num)s day from %(day)s",
        "%(rule)s: %(num)s days from %(day)s",
        counted.days,
        rule=counted.rule,
        day=day(counted.counted_from, language),
    )
    if counted.is_rolled:
        text += gettext("; the last day is free, so the next working day")
    return gettext("until %(day)s (%(why)s)", day=day(counted.due_on, language), why=text)
