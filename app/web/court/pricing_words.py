"""The words of a reference price: stages, acts, steps, grounds, refusals, deadlines."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.models.pricing import PricingStep

# The templates of these pages ask for everything they say here.
from app.web.court.day_words import explained as explained

METHODS: dict[str, Any] = {
    "agreement": _("Agreed by the parties"),
    "directed_inquiry": _("Directed inquiry"),
    "online_inquiry": _("Online inquiry"),
    "appraisal": _("Appraisal"),
}

STAGES: dict[str, Any] = {
    "agreement": _("The parties are asked to agree"),
    "directed_inquiry": _("An authority is asked"),
    "online_inquiry": _("Inquiry platforms are asked"),
    "appraisal": _("An appraiser is at work"),
    "objections": _("Reports delivered, objections run"),
    "fixed": _("Fixed"),
    "stayed": _("Stayed"),
    "withdrawn": _("Withdrawn"),
}

# The icon and the tone of a stage's tag (components/state.html).
TAGS: dict[str, tuple[str, str]] = {
    "fixed": ("verified", "jade"),
    "stayed": ("suspended", "seal"),
    "withdrawn": ("withdrawn", "seal"),
}

ACTS: dict[str, Any] = {
    "name_price": _("Record a side's price"),
    "ask_authority": _("Record that an authority was asked"),
    "authority_answers": _("Record the authority's answer"),
    "send_inquiry": _("Record the inquiry sent to all platforms"),
    "platform_asks_time": _("Record that a platform asked for more time"),
    "extend_inquiry": _("Extend the inquiry by three days"),
    "choose_appraisers": _("Name or draw the appraisers"),
    "instruct": _("Instruct the next appraiser"),
    "appraiser_asks_time": _("Grant the appraiser more time"),
    "file_back": _("Record that the appraiser gave the file back"),
    "report": _("Record a report"),
    "deliver": _("Record a delivery of the reports"),
    "object": _("Record an objection"),
    "next_method": _("Go on after a method that failed"),
    "fix": _("Fix the reference price"),
    "renew": _("Find the price anew"),
    "stay": _("Stay the pricing"),
    "resume": _("Resume the pricing"),
    "withdraw": _("End the pricing without a price"),
}

# The rule an act stands on, in a sentence or two, above its form.
RULES: dict[str, Any] = {
    "name_price": _("A price binds if both sides name the same and nobody else is harmed (B4)."),
    "ask_authority": _("For things with a tax base price, or one that government sets (B3)."),
    "authority_answers": _("An answer is valid for a year at most (B11)."),
    "send_inquiry": _(
        "The inquiry goes to all listed platforms on one day. Each has three days (B5)."
    ),
    "platform_asks_time": _("Only what is asked before the period ends can extend it (B5)."),
    "extend_inquiry": _("Once, for three days, and only if no platform answered in time (B5)."),
    "choose_appraisers": _(
        "The parties agree on three in their order. Otherwise the platform draws them by lot (B7)."
    ),
    "instruct": _("The first in the order has thirty days to report (B7)."),
    "appraiser_asks_time": _(
        "Asked for five days before the end, at most twice, at most 15 days each (B7)."
    ),
    "file_back": _("Without a report the file comes back in three days. Then the next (B7)."),
    "report": _("A platform's late result is kept, and does not count (B6)."),
    "deliver": _(
        "Reports go out within three days. Published ones count as received after 15 days (B8)."
    ),
    "object": _(
        "Five days from receipt (B9). Against agreed or asked prices none lies, but for fraud "
        "and its like (B10)."
    ),
    "next_method": _(
        "Agreement, then an authority, then the platforms, then an appraiser (B3). Platforms and "
        "appraisers first use up their time."
    ),
    "fix": _("Of several results the mean counts, to the nearest fen, a half upwards (B6)."),
    "renew": _(
        "When it expired before the first announcement: three days for platforms, 15 for the "
        "appraiser, for 30 percent of the fee (B12)."
    ),
    "stay": _("The days of a stay do not count. What was left then is left afterwards (B14)."),
    "resume": _("The periods go on with the days that were left (B14)."),
    "withdraw": _("When nothing is left to enforce (B14)."),
}

STEPS: dict[str, Any] = {
    "begun": _("Method begun"),
    "price_named": _("Price named by a side"),
    "asked": _("Authority asked"),
    "answered": _("Authority answered"),
    "commissioned": _("Inquiry sent to a platform"),
    "time_asked": _("More time asked for by a platform"),
    "extended": _("Inquiry extended"),
    "report": _("Report received"),
    "candidate": _("Put on the list to draw from"),
    "appraiser": _("Appraiser put in the order"),
    "instructed": _("Appraiser instructed"),
    "longer": _("More time granted to the appraiser"),
    "file_back": _("File given back by the appraiser"),
    "delivered": _("Reports delivered"),
    "objection": _("Objection"),
    "failed": _("Method failed"),
    "fixed": _("Reference price fixed"),
    "stayed": _("Pricing stayed"),
    "resumed": _("Pricing resumed"),
    "withdrawn": _("Pricing ended without a price"),
}

# How the steps stand in the log of the case.
ACTIONS: dict[str, Any] = {f"pricing.{kind}": words for kind, words in STEPS.items()}

BECAUSE: dict[str, Any] = {
    "first_in_order": _("the first in the order"),
    "public_price": _("there is a tax base price or one that government sets"),
    "fit_for_platforms": _("the platforms can answer without an inspection"),
    "nothing_else": _("no other method is open"),
    "law_requires": _("the law requires it"),
    "both_ask": _("both sides ask for it"),
    "expired": _("the price expired before the first announcement"),
}

STAY_GROUNDS: dict[str, Any] = {
    "case_stayed": _("The case is stayed"),
    "case_stopped": _("The case is suspended"),
    "data_wrong": _("The data is materially wrong"),
}

WITHDRAWAL_GROUNDS: dict[str, Any] = {
    "application_withdrawn": _("The application is withdrawn"),
    "debt_paid": _("The debt is paid"),
    "title_annulled": _("The title is annulled"),
}

GROUNDS: dict[str, Any] = {
    "facts_wrong": _("Basic facts are wrong"),
    "scope_wrong": _("Something is left out, or does not belong to it"),
    "not_qualified": _("The appraiser is not qualified"),
    "serious_breach": _("Serious breach of procedure"),
    "technical": _("Standard, method or result of the appraisal"),
    "fraud": _("Fraud"),
    "duress": _("Duress"),
    "collusion": _("Collusion against others"),
    "false_result": _("False result of an authority"),
    "wrong_handling": _("An objection was handled wrongly"),
}

HEARINGS: dict[str, Any] = {
    "conduct": _("as an objection to the conduct of the enforcement"),
    "technical": _("by the appraiser, then by the professional body"),
    "supervision": _("as enforcement supervision"),
}

OBJECTION_STATES: dict[str, Any] = {
    "filed": _("Raised"),
    "passed_on": _("Passed on to the appraiser"),
    "explained": _("Explained by the appraiser"),
    "in_review": _("With the professional body"),
    "dismissed": _("Dismissed"),
    "corrected": _("Report corrected"),
    "upheld": _("Upheld: the report does not stand"),
    "taken_back": _("Taken back"),
    "refused": _("Refused unheard"),
}

WAYS: dict[str, Any] = {
    "agreed": _("The parties agreed on them, in this order"),
    "drawn": _("Drawn by lot from the list"),
    "expired": _("as before"),
}

DELIVERIES: dict[str, Any] = {
    "delivered": _("Delivered"),
    "published": _("Published on the enforcement information site, for want of an address"),
}

DUE: dict[str, Any] = {
    "platforms_answer": _("The platforms answer"),
    "appraiser_reports": _("The appraiser reports"),
    "file_back": _("The appraiser gives the file back"),
    "deliver": _("The reports go to"),
    "object": _("May object:"),
    "pass_on": _("Pass the objection on to the appraiser"),
    "explain": _("The appraiser explains; then the professional body reviews"),
    "begin_sale": _("Begin the sale"),
}

REFUSALS: dict[str, Any] = {
    "pricing_not_now": _("This is not open at this stage of the procedure (B3)."),
    "pricing_started_already": _("The price of this asset is being found already."),
    "pricing_case_ended": _("The case has ended. No price is found in it any more."),
    "pricing_other_law": _(
        "The law of this court knows no such procedure. Type the price into the draft."
    ),
    "pricing_no_sides": _("The case names no applicant or no debtor. Add them to the case."),
    "pricing_not_a_side": _("Choose an applicant or a debtor of this case."),
    "pricing_in_the_future": _("This day has not come yet."),
    "pricing_before_the_step_before": _("This day lies before the step that must come first."),
    "pricing_same_name_twice": _("Each name may stand there once."),
    "pricing_sent_already": _("The inquiry went to all platforms already (B5)."),
    "pricing_not_sent": _("The inquiry has not been sent yet (B5)."),
    "pricing_not_asked": _("No authority was asked yet. Record that first."),
    "pricing_unknown_source": _("Nobody of this name was asked."),
    "pricing_still_open": _("This method can still lead to a price (B3, B5)."),
    "pricing_chosen_already": _("There is an appraiser in the order who can be instructed (B7)."),
    "pricing_three_needed": _("Three are needed: exactly three agreed on, or more to draw (B7)."),
    "pricing_at_work_already": _("An appraiser is at work. The next comes after the file (B7)."),
    "pricing_nobody_at_work": _("No appraiser is instructed now (B7)."),
    "pricing_nobody_left": _("Nobody in the order is left. Name or draw appraisers first (B7)."),
    "pricing_late_report": _(
        "The appraiser's time is over. Record the file as given back and instruct the next (B7)."
    ),
    "pricing_no_report": _("There is no result to go on with."),
    "pricing_answers_running": _("The platforms may still answer. Wait for the end (B5)."),
    "pricing_reported": _("The appraiser has reported already."),
    "pricing_not_delivered": _("The reports have not gone to every applicant and debtor (B8)."),
    "pricing_delivered_already": _("The reports went to this party already."),
    "pricing_objections_running": _("The five days for objections are not over (B9)."),
    "pricing_unknown_report": _("Choose the report that the objection is about."),
    "pricing_move_not_open": _("An objection of this kind cannot go there from here (B9)."),
    "pricing_amount_needed": _("Enter the corrected result."),
    "pricing_not_expired": _("The price stands: it has not expired before an announcement (B12)."),
    "pricing_recorded_already": _("This is recorded already."),
    "silent": _("Not every applicant and debtor has named a price (B4)."),
    "different": _("The prices that were named differ (B4)."),
    "harms_others": _("A price that harms others does not bind (B4)."),
    "still_running": _("The three days are not over (B5)."),
    "some_answered": _("Some platforms answered in time, so the others get no more (B5)."),
    "nobody_asked": _("No platform asked for more time before the end (B5)."),
    "extended_already": _("The inquiry was extended once already (B5)."),
    "asked_too_late": _("More time must be asked for five days before the end (B7)."),
    "twice_already": _("More time was granted twice already (B7)."),
    "too_many_days": _("Each time 1 to 15 days may be granted (B7)."),
    "longer_than_a_year": _("A price may be valid for a year at most (B11)."),
    "ends_before_it_begins": _("This day lies before the price was issued."),
    "no_report": _("No report counts yet (B6)."),
    "undecided": _("All reports were objected to. Decide on the objections first (B6)."),
    "none_stands": _("No report stands. Go on with the next method (B3)."),
    "none_lies": _("Against an agreed or asked price no such objection lies (B10)."),
    "late": _("The five days were over. A late objection is refused (B10)."),
    "appraisal_only": _("Only an appraisal has a standard and a method to object to (B9)."),
    "announced_already": _("It must be raised before the first announcement (B10)."),
    "not_delivered": _("The report has not reached this party yet. Record the delivery first."),
}


def refusal(reason: object) -> str:
    return str(REFUSALS.get(str(reason), reason))


def about(step: PricingStep, parties: dict[int, str]) -> str:
    """Who or what a step is about, beside its kind and its amount."""
    named = parties.get(step.party_id or 0, "")
    match step.kind:
        case "begun":
            return f"{METHODS[step.method]}: {BECAUSE.get(step.note, step.note)}"
        case "delivered":
            return f"{named}: {DELIVERIES[step.note]}"
        case "objection":
            return f"{named}: {OBJECTION_STATES[step.note]}"
        case "stayed":
            return str(STAY_GROUNDS[step.note])
        case "withdrawn":
            return str(WITHDRAWAL_GROUNDS[step.note])
        case "appraiser":
            way, _colon, seed = step.note.partition(":")
            lot = gettext(" (seed of the lot: %(seed)s)", seed=seed) if seed else ""
            return f"{step.source}: {WAYS[way]}{lot}"
        case "failed":
            return f"{METHODS[step.method]}: {step.note}"
    return named or step.source
