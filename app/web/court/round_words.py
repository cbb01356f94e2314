"""The words of what follows a failure: ends, reasons, days that explain themselves, refusals."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.web.formats import day
from app.web.page import chosen_language
from auction_engine.sale.deadlines import Direction
from auction_engine.sale.rounds import Bound, DayBound

ENDS: dict[str, Any] = {
    "failed": _("Nobody bid."),
    "withdrawn": _("The court withdrew it."),
    "defaulted": _("The buyer did not pay."),
    "not_approved": _("The buyer was not approved."),
    "taker_defaulted": _("The creditor who took it in kind did not pay the difference."),
    "revoked": _("The sale was revoked."),
}

REASONS: dict[str, Any] = {
    "flawed_publication": _("The publication had a flaw and is issued anew"),
    "ground_gone": _("The ground of the withdrawal is gone"),
    "new_price": _("There is a new reference price"),
    "seized_again": _("The property was seized again"),
    "creditor_asked": _("A creditor asks for it and shows what has changed"),
    "no_taker": _("Nobody bought it and no creditor takes it"),
    "all_agree": _("All parties and right holders agree"),
    "bullion": _("Gold, silver or the like"),
    "market_priced": _("A movable with a market price"),
    "perishable": _("It perishes"),
    "seasonal": _("It is worth something in season only"),
    "costly_to_keep": _("Keeping it costs too much"),
    "both_agree": _("Debtor and creditor agree"),
    "approved": _("The authority approved the buyer"),
    "approval_refused": _("The authority refused its approval"),
    "approval_not_in_time": _("There was no approval in a reasonable time"),
    "unsaleable": _("It cannot be sold, and the creditor takes it"),
}

ACTS: dict[str, Any] = {
    "new_round": _("Begun again for a reason"),
    "returned": _("Returned to the debtor"),
    "direct_sell_off": _("Sold off without an auction"),
    "taken_by_agreement": _("Taken in kind by agreement"),
    "approved": _("Buyer approved"),
    "not_approved": _("Buyer not approved"),
}

BOUNDS: dict[str, Any] = {
    Bound.OPENS_FROM: _("If it is announced today, it opens on this day at the earliest"),
    Bound.OPENS_UNTIL: _("It opens on this day at the latest"),
    Bound.PRICE_STANDS_UNTIL: _("Until this day the reference price can be used"),
    Bound.ANNOUNCED_UNTIL: _("It is announced on this day at the latest"),
    Bound.PLATFORM_ASKED_UNTIL: _("Until this day a creditor may ask for another platform"),
}

INQUIRY_STATES: dict[str, Any] = {
    "asked": _("Creditors are being asked"),
    "ordered": _("The order stands"),
    "taken": _("Taken in kind"),
    "declined": _("No creditor takes it"),
}

TAKING_STATES: dict[str, Any] = {
    "awaiting_difference": _("The difference is awaited"),
    "paid": _("Nothing is owed any more"),
    "awaiting_further": _("The difference is paid, a further sum is owed"),
    "ruled": _("Ruling signed"),
    "served": _("Ruling served: title has passed"),
    "defaulted": _("The difference was not paid"),
}

UNLAWFUL: dict[str, Any] = {
    "consent_missing": _("Somebody's consent is missing."),
    "harms_others": _("It harms somebody else."),
    "not_a_movable": _("Only movables may be sold off on this ground."),
    "basis_missing": _("Enter what the price is held against."),
    "not_the_agreed_price": _("The price is not the agreed one."),
    "below_market": _("The price is below the market price."),
    "below_half_of_appraisal": _("The price is below one half of the appraisal."),
}

REFUSALS: dict[str, Any] = {
    "no_reason_for_round": _("Beginning again needs a reason on the record."),
    "other_reason": _("This reason does not allow this round."),
    "returned": _("The property went back to the debtor. Only a new seizure begins again."),
    "not_failed": _("Creditors are asked after a round in which nobody bid."),
    "asked_already": _("The creditors were asked already."),
    "followed_already": _("A later round has begun."),
    "no_creditor": _("No claim is admitted in this case. There is nobody to ask."),
    "not_asked": _("Nothing is being asked of creditors now."),
    "answers_may_come": _("Creditors may still answer. Draw once the time is over."),
    "answer_too_late": _("The time for answers is over."),
    "not_first": _("The first in the order comes first."),
    "not_fit_to_own": _("Confirm that this creditor may own such a property."),
    "no_difference": _("No difference is awaited."),
    "difference_missing": _("The difference has not been paid."),
    "money_waits": _(
        "Money under this reference waits at the finance desk. It is given its place or sent back"
        " first; then a default can be decided."
    ),
    "further_sum_owed": _(
        "By the plan in the making the creditor who takes it owes a further sum. Until it is here,"
        " no ruling gives them the property (K5). The page Distribution says how much."
    ),
    "difference_not_due_yet": _("The creditor may still pay until the end of the day."),
    "not_a_failed_sell_off": _("Property goes back after a sell-off in which nobody bid."),
    "creditors_not_asked": _("Ask the creditors first whether they take it in kind."),
    "returned_already": _("It went back already."),
    "no_note": _("Say why, in the court's own words."),
    "asset_in_sale": _("This property is in a sale now."),
    "not_approved": _("The approval for the buyer of these shares is not on the record yet (I8)."),
    "no_approval_needed": _("No approval is awaited."),
    "ruled_already": _("The ruling is signed, so the sale cannot end in this way."),
    "no_shortfall": _("The deposit covered everything."),
    "no_resale_yet": _("The resale is not paid yet."),
}


def how_long(bound: DayBound) -> str:
    """How a day was found: so many days from which day, under which rule."""
    counted_from = day(bound.counted_from, chosen_language())
    if bound.months:
        return gettext(
            "%(rule)s: %(months)s months after %(day)s",
            rule=bound.rule,
            months=bound.months,
            day=counted_from,
        )
    if bound.direction is Direction.BACKWARDS:
        return ngettext(
            "%(rule)s: %(num)s day before %(day)s",
            "%(rule)s: %(num)s days before %(day)s",
            bound.days,
            rule=bound.rule,
            day=counted_from,
        )
    return ngettext(
        "%(rule)s: %(num)s day from %(day)s",
        "%(rule)s: %(num)s days from %(day)s",
        bound.days,
        rule=bound.rule,
        day=counted_from,
    )
