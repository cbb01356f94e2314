"""The words for claims, plans and payouts, as creditors and courts read them alike."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

# What a creditor may file; the rest of DIST section 2 is the court's to add.
CLAIM_CLASSES: dict[str, Any] = {
    "ordinary": _("Ordinary money claim"),
    "secured": _("Secured by a mortgage or pledge on this property"),
    "livelihood": _("Wages, maintenance or medical costs"),
    "construction_price": _("Price of building work on this property"),
    "consumer_buyer": _("Consumer who bought this dwelling"),
    "tax": _("Tax"),
    "late_interest": _("Doubled interest for late performance"),
}

STEPS: dict[str, Any] = {
    **CLAIM_CLASSES,
    "pool": _("Proceeds of the sale"),
    "costs": _("Costs of sale and enforcement"),
    "surplus": _("Surplus to the debtor"),
    "home_reserve": _("Reserve for the debtor's home"),
    "tax_before_security": _("Tax older than the security"),
    "secured": _("Secured claims"),
    "ordinary": _("Ordinary claims"),
    "livelihood": _("Wages, maintenance, medical costs"),
    "construction_price": _("Price of building work"),
    "consumer_buyer": _("Consumers who bought a dwelling"),
    "late_interest": _("Doubled late interest"),
    "medical": _("Medical costs of injured persons"),
    "victim_restitution": _("Restitution to victims"),
    "fine": _("Fine"),
    "confiscation": _("Confiscation"),
}

CLAIM_STATES: dict[str, Any] = {
    "filed": _("Filed, waiting for the court"),
    "admitted": _("Admitted"),
    "refused": _("Not admitted"),
    "withdrawn": _("Withdrawn by you"),
}

PLAN_STATES: dict[str, Any] = {
    "draft": _("Draft"),
    "served": _("Served, objections possible"),
    "final": _("Final"),
    "replaced": _("Replaced by a newer plan"),
}

PAYOUT_STATES: dict[str, Any] = {
    "due": _("To be paid"),
    "sent": _("Sent to the bank"),
    "paid": _("Paid"),
    "failed": _("Came back from the bank"),
}
