"""The words of the court's pages: kinds, states, rules, refusals, deeds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import get_timezone, gettext, ngettext
from flask_babel import lazy_gettext as _

from app.models.checklist_lines import CheckLine, LineState
from app.queries.court_desk import Task
from app.web.court import pricing_words, round_words
from app.web.court.checklist_words import article_of, own_reason, own_title
from app.web.court.checklist_words import checklist_parts as checklist_parts
from app.web.court.checklist_words import is_of_asset as is_of_asset
from app.web.court.checklist_words import page_of as page_of
from app.web.court.checklist_words import reckoning as reckoning
from app.web.court.day_words import opens_from as opens_from
from app.web.formats import day, moment
from app.web.page import chosen_language, server_now

# The templates of the desk ask `words` for everything they say.
from app.web.sale_words import CATEGORIES as CATEGORIES
from app.web.sale_words import ROUNDS as ROUNDS
from app.web.sale_words import WARNINGS as WARNINGS
from app.web.sale_words import shown_state as shown_state

PARTY_ROLES: dict[str, Any] = {
    "applicant": _("Applicant"),
    "debtor": _("Debtor"),
    "creditor": _("Creditor"),
    "co_owner": _("Co-owner"),
    "tenant": _("Tenant"),
    "third_party": _("Third party"),
}

DEBTOR_KINDS: dict[str, Any] = {
    "natural_person": _("Natural person"),
    "other_organisation": _("Other organisation"),
    "enterprise": _("Enterprise"),
}

PROPERTY_KINDS: dict[str, Any] = {
    "real_property": _("Real property"),
    "movable": _("Movable thing"),
    "other_right": _("Other right"),
}

STATUSES: dict[str, Any] = {
    "draft": _("In draft"),
    "announced": _("Announced"),
    "open": _("Bidding open"),
    "suspended": _("Suspended"),
    "sold": _("Sold"),
    "unsold": _("Not sold"),
    "withdrawn": _("Withdrawn"),
}

METHODS: dict[str, Any] = {
    "appraisal": _("Appraisal"),
    "online_inquiry": _("Online inquiry"),
    "directed_inquiry": _("Directed inquiry"),
    "agreement": _("Agreed by the parties"),
    "market_value": _("Market value, after hearing the parties"),
}

NOTICE_WAYS: dict[str, Any] = {
    "in_person": _("In person"),
    "post": _("By post"),
    "electronic": _("Electronically, with proof of receipt"),
    "waived": _("Waived in writing"),
    "unreachable": _("Could not be reached: published instead"),
}

NATURES: dict[str, Any] = {
    "co_owner": _("Co-owner"),
    "tenant": _("Tenant"),
    "shareholder": _("Shareholder"),
    "other": _("Other first right"),
}

PRIORITY_STATES: dict[str, Any] = {
    "asked": _("Asked for"),
    "confirmed": _("Confirmed"),
    "refused": _("Refused"),
}

CLAIM_STATES: dict[str, Any] = {
    "filed": _("To be decided"),
    "admitted": _("Admitted"),
    "refused": _("Refused"),
    "withdrawn": _("Withdrawn by the creditor"),
}

# The eleven items of article 13.
ITEMS: dict[str, Any] = {
    "announcement": _("The announcement itself"),
    "instrument": _("The enforceable instrument"),
    "pricing_basis": _("The appraisal, or how the price was found"),
    "terms": _("Time, starting price, rules of bidding"),
    "property": _("Title, possession and burdens, with text or pictures"),
    "priority_purchasers": _("Priority purchasers and the nature of their right"),
    "notifications": _("Who was, and who could not be, told"),
    "deposit_and_payment": _("Ways and accounts for deposit and price"),
    "taxes": _("Taxes of the transfer and who bears them"),
    "court": _("Name, contact and supervision of the court"),
    "other": _("What else a bidder should know"),
}

# The seven warnings of article 14.
PANEL_ITEMS: dict[str, Any] = {
    "starting_price": _("Starting price"),
    "price_cut": _("Cut of the price"),
    "increment": _("Increment"),
    "deposit": _("Deposit"),
    "priority": _("Priority purchasers and their rank"),
}

CHECKS: dict[str, Any] = {
    "S0": _("The law of the proceeding"),
    "S1": _("Bidding runs 20 calendar days"),
    "S2": _("Deposit by the kind of thing"),
    "S4": _("Announced a day before bidding opens"),
    "S6": _("Bidding does not end on a day that is kept free"),
    "S7": _("The value against which bids are weighed"),
    "starting_price": _("Starting price"),
    "validity": _("The reference price is still valid"),
    "deposit": _("Deposit of 5 to 20 percent of the starting price"),
    "announcement": _("Announced early enough"),
    "bidding_time": _("At least 24 hours for bidding"),
    "second_round": _("Opens within 30 days of the failure"),
    "sell_off_period": _("Runs for 60 days"),
    "title": _("A title in both languages"),
    "conditions": _("Conditions for bidders"),
    "defects": _("Known defects"),
    "viewing": _("How the property can be viewed"),
    "living_home": _("Why a home that people live in may be sold"),
    "shareholders": _("The other shareholders were told 20 days before"),
    "ship": _("Ships are sold by the maritime rules"),
    "applicant": _("The case names an applicant"),
    "debtor": _("The case names a debtor"),
    "no_surplus": _("Something may be left for the applicant"),
    "increment": _("Increment within what practice finds fit"),
    "other": _("Another rule stands against it"),
}

# What is empty behind an item that was ticked.
EMPTY: dict[str, Any] = {
    "ship": _("Their reserve is secret and their rounds differ. This platform does not sell them."),
    "not_ticked": _("Not put in yet."),
    "instrument": _("The case names no instrument."),
    "reference_price": _("Reference price, its method or its validity is missing."),
    "description": _("The description of the asset is empty."),
    "ownership": _("Who owns the asset is not described."),
    "possession": _("Who possesses the asset is not described."),
    "burdens": _("The burdens of the asset are not described. Write so if there are none."),
    "undecided_priority": _("A first right was asked for and is not decided."),
    "party_notices": _("Not every party was told."),
    "court_account": _("The court has no account number."),
    "taxes": _("Who bears the taxes is not written."),
    "court_contact": _("The court has no contact."),
    "no_such_party": _("Add this party to the case."),
    "pending": _("The panel has not decided on these terms."),
    "against": _("The panel decided against these terms. Change them and ask it again."),
}

LINE_STATES: dict[str, Any] = {
    "satisfied": _("Satisfied"),
    "missing": _("Missing"),
    "violated": _("Violated"),
    "advice": _("Look at this"),
}

REFUSALS: dict[str, Any] = {
    **round_words.REFUSALS,
    "number_taken": _("This court has a case of this number already."),
    "no_such_account": _("Nobody has an account under this address."),
    "linked_already": _("This party is linked to an account already."),
    "lot_in_sale": _("This lot has a round that is not over. There can be only one."),
    "lot_sold": _("This lot had its first round. Go on from its last one."),
    "no_round_follows": _("No further round can follow this one."),
    "no_decision": _("The court has not decided to sell it off without an auction."),
    "no_law": _("No law that we know is in force for a case opened on that day."),
    "no_such_reading": _("There is no such reading."),
    "not_pending": _("There is nothing to award."),
    "award_decided_already": _("The award is decided already."),
    "debtors_chance_runs": _("The debtor may still bring somebody who pays more."),
    "not_a_draft": _("This sale is published. Its terms are frozen."),
    "awaiting_decision": _(
        "The draft waits for a judge and is held still. Ask the judge to send it back."
    ),
    "in_the_future": _("This moment has not come yet."),
    "not_linked": _("This party has no account. Link one first."),
    "decided_already": _("This was decided already."),
    "bidding_over": _("This sale is over."),
    "bidding_started": _("Bidding has started: it can no longer be confirmed."),
    "terms_changed": _("The terms changed meanwhile. Look at them again, then vote."),
    "voted_already": _("You have voted on these terms. A vote stands for good."),
    "panel_complete": _("Three judges have voted on these terms already."),
    "dissent_without_reason": _("Say why you vote against. It is kept with the case."),
    "proposed_already": _("Publication is proposed already."),
    "nothing_proposed": _("No publication waits for a decision."),
    "same_person": _("Whoever proposed it cannot decide on it. Ask a colleague."),
    "changed_meanwhile": _("The sale changed since it was proposed. Send it back, and look again."),
    "no_reason": _("Give a reason."),
    "not_suspended": _("This sale is not suspended."),
    "not_announced": _("Announce first when bidding goes on. Bidders must know before it does."),
    "before_announced_time": _("The announced moment has not come yet."),
    "in_the_past": _("This moment has passed. Bidders must know before bidding goes on."),
    "too_little_time": _("This leaves less than five minutes for bidding. Set a later end."),
    "bankruptcy_stays_the_case": _(
        "A bankruptcy of the debtor stays this case. Nothing may be sold or paid out (L9)."
    ),
    "third_party_objects": _(
        "A third party objects to the sale of this property. Nothing may be done with it yet (M2)."
    ),
    "taken_back": _(
        "A card holder's bank took part of the price back. Until it is made good, no ruling is"
        " signed and nothing is paid out. The page Distribution says what to do."
    ),
    "not_sold": _("This sale has no buyer."),
    "not_qualified": _(
        "This sale asks for a qualification. Write down first that the buyer has it."
    ),
    "not_paid": _("The price is not paid in full."),
    "ruled_already": _("The ruling is signed already."),
    "signed_already": _("This document is signed already."),
    "not_signed": _("A judge must sign this document first."),
    "served_already": _("This document was served already."),
    "not_served": _("The ruling must be served first. Title passes with its service."),
    "old_version": _("There is a newer version of this document. Sign that one."),
    "delivered_already": _("The handover is recorded already."),
    "too_early": _("This lies before the step that must come first."),
    "not_due_yet": _("The buyer may still pay until the end of the period."),
    "paid_already": _("The price is paid in full."),
    "defaulted": _("The default is decided already."),
    "no_reference": _("Give a reason."),
    "not_open_to_decision": _("This claim is not open to a decision."),
    "more_than_claimed": _("You cannot admit more than was claimed."),
    "type": _("The sale is not in a state for this. Look at it again."),
    "closes_at": _("This leaves less than five minutes for bidding. Set a later end."),
    "unknown": _("The database did not answer. Press the button again: it counts once."),
}

DEPOSIT_STATES: dict[str, Any] = {
    "awaiting": _("Awaited"),
    "held": _("Held"),
    "releasing": _("Going back"),
    "released": _("Returned"),
    "applied": _("Counted towards the price"),
    "forfeited": _("Lost by default"),
    "cancelled": _("Cancelled"),
}

SETTLEMENT_STATES: dict[str, Any] = {
    "awaiting_balance": _("Balance awaited"),
    "paid": _("Paid in full"),
    "defaulted": _("Buyer defaulted"),
    "ruled": _("Ruling signed"),
    "delivered": _("Handed over"),
    "not_approved": _("Buyer not approved"),
}

DOCUMENT_KINDS: dict[str, Any] = {
    "announcement": _("Announcement"),
    "confirmation": _("Confirmation of sale"),
    "ruling": _("Ruling on the sale"),
    "handover": _("Record of handover"),
    "registration_request": _("Request to register the title"),
    "default_decision": _("Decision on default"),
    "in_kind_ruling": _("Ruling on taking in kind"),
    "return_decision": _("Decision on the return"),
    "without_auction_decision": _("Decision without an auction"),
}

AUDIENCES: dict[str, Any] = {
    "public": _("everybody"),
    "parties": _("the parties"),
    "court": _("the court alone"),
    "buyer": _("the buyer"),
}

# What the desk asks for, and what the case's log tells.
TASKS: dict[str, Any] = {
    "vote": _("Vote in the panel"),
    "approve_publication": _("Decide on publication"),
    "publish": _("Complete the draft and propose publication"),
    "decide_priority": _("Decide on a first right to buy"),
    "decide_proxy": _("Decide whether somebody may bid for another"),
    "decide_claim": _("Decide on a claim"),
    "announce_resumption": _("Announce when bidding goes on"),
    "resume": _("Let bidding go on"),
    "await_balance": _("The buyer pays the balance"),
    "decide_default": _("The balance is late: decide on default"),
    "draft_ruling": _("Draft the ruling"),
    "sign_ruling": _("Sign the ruling"),
    "serve_ruling": _("Serve the ruling on the buyer"),
    "hand_over": _("Hand the property over"),
    "announce_second": _("Announce the second auction"),
    "next_round": _("Decide on the next round"),
    "ask_creditors": _("Ask the creditors whether they take it in kind"),
    "draw_in_kind": _("Put those who take it in kind in order"),
    "record_taking": _("Record the taking in kind"),
    "await_difference": _("The creditor pays the difference"),
    "in_kind_ruling": _("Draft, sign or serve the ruling in kind"),
    "after_sell_off": _("Return the property, or begin again"),
    "begin_again": _("Begin again after the withdrawal, if there is a reason"),
    "start_pricing": _("Begin to find the reference price"),
    "find_price": _("Go on with the reference price"),
    "begin_sale": _("Begin the sale"),
}

WHO: dict[str, Any] = {
    "judge": _("Judge"),
    "clerk": _("Clerk"),
    "buyer": _("Buyer"),
    "finance": _("Finance"),
}

ACTIONS: dict[str, Any] = {
    "case.opened": _("Case opened"),
    "party.added": _("Party added"),
    "party.linked": _("Party linked to an account"),
    "party.told": _("Party told of the sale"),
    "asset.added": _("Asset added"),
    "asset.described": _("Asset described anew"),
    "claim.entered": _("Claim entered"),
    "claim.filed": _("Claim filed"),
    "claim.admitted": _("Claim admitted"),
    "claim.refused": _("Claim refused"),
    "sale.drafted": _("Sale drafted"),
    "sale.draft_changed": _("Draft changed"),
    "panel.voted": _("Vote cast in the panel"),
    "priority.entered": _("First right entered"),
    "priority.confirmed": _("First right confirmed"),
    "priority.refused": _("First right refused"),
    "proxy.confirmed": _("Proxy confirmed"),
    "proxy.refused": _("Proxy refused"),
    "exclusion.entered": _("Somebody entered who may not bid"),
    "exclusion.lifted": _("Entry of who may not bid lifted"),
    "qualification.asked": _("Qualification asked for"),
    "qualification.dropped": _("Qualification asked for no more"),
    "qualification.checked": _("Buyer's qualification checked"),
    "equity.stated": _("Capital of the shares stated"),
    "publication.proposed": _("Publication proposed"),
    "publication.sent_back": _("Draft sent back"),
    "sale.published": _("Sale published"),
    "sale.suspend": _("Sale suspended"),
    "sale.resume": _("Bidding went on"),
    "sale.resumption_announced": _("Going on announced"),
    "sale.withdraw": _("Sale withdrawn"),
    "sale.closed": _("Sale closed by the platform"),
    "price.default_decided": _("Buyer's default decided"),
    "buyer.approved": _("Buyer approved"),
    "round.reasoned": _("Begun again for a reason"),
    "in_kind.asked": _("Creditors asked about taking in kind"),
    "in_kind.ordered": _("Order of the takers drawn"),
    "in_kind.declined": _("No creditor takes it"),
    "in_kind.given_up": _("Nobody takes it after all"),
    "in_kind.taken": _("Taken in kind"),
    "in_kind.difference_paid": _("The difference has come"),
    "in_kind.default_decided": _("The difference was not paid"),
    "property.returned": _("Returned to the debtor"),
    "property.direct_sell_off": _("Sold off without an auction"),
    "property.taken_by_agreement": _("Taken in kind by agreement"),
    "forfeiture.shortfall_decided": _("Decided who bears the shortfall"),
    "document.drafted": _("Document drafted"),
    "document.signed": _("Document signed"),
    "document.served": _("Document served"),
    **pricing_words.ACTIONS,
}

COURSE: dict[str, Any] = {
    "bid": _("Bid"),
    "admit": _("Code named with its first bid"),
    "suspend": _("Suspended"),
    "resume": _("Goes on"),
    "withdraw": _("Withdrawn"),
    "outcome": _("Outcome"),
}

BID_REASONS: dict[str, Any] = {
    "not_open_yet": _("before the opening"),
    "closed": _("after the end"),
    "withdrawn": _("sale withdrawn"),
    "suspended": _("sale suspended"),
    "not_admitted": _("no deposit yet"),
    "excluded": _("excluded from this sale"),
    "below_starting_price": _("below the starting price"),
    "equal_needs_better_priority": _("equal price without a better rank"),
    "below_minimum": _("below the minimum"),
    "not_a_multiple": _("not a whole number of increments"),
    "not_an_amount": _("not an amount"),
    "sold": _("sold"),
    "unsold": _("not sold"),
}

ALARMS: dict[str, Any] = {
    "platform_stay": _("The platform suspended a sale because of a failure of its own."),
    "bidders_lost": _(
        "Most bidders of a sale lost their connection at once. You may suspend the sale; nothing"
        " happens by itself."
    ),
    "refunds_late": _("Deposits did not go back within 24 hours."),
    "closing_silent": _("The process that opens and closes sales is silent. Tell the operator."),
}

# How a line of the checklist names what the draft says, and what the rule says.
GIVEN: dict[str, Any] = {
    "announcement": _("announced today,"),
    "validity": _("valid until"),
    "second_round": _("opens on"),
    "bidding_time": _("ends"),
    "sell_off_period": _("ends"),
    "party": _("told on"),
    "shareholders": _("told on"),
    "no_surplus": _("starting price"),
}
LIMITS: dict[str, Any] = {
    "S0": _("begun"),
    "S1": _("exactly"),
    "S2": _("exactly"),
    "S4": _("at the latest on"),
    "S6": _("would be possible on"),
    "C2": _("at least"),
    "K3": _("at least"),
    "K8": _("exactly"),
    "C7": _("at least"),
    "B11": _("bidding may open until"),
    "D1": _("at the latest on"),
    "K7": _("at the latest on"),
    "G2": _("not before"),
    "K2": _("at the latest on"),
    "D6": _("at the latest on"),
    "D8": _("at the latest on"),
    "C5": _("more than the costs of"),
    "C6": _("claims before it and the fee"),
    "C8": _("practice goes up to"),
}

# What a deadline of the desk follows from, where it is not a count of days.
REASONS: dict[str, Any] = {
    "A10": _("A10: the panel decides before publication"),
    "D1": _("D1: announced early enough for its opening"),
    "F1": _("F1: decided before bidding opens"),
    "I1": _("I1: the period in the announcement"),
    "J1": _("J1: the period is over"),
    "K2": _("K2: opens within 30 days of the failure"),
    "K5": _("K5: creditors may take it in kind"),
    "L6": _("L6: withdrawn; nothing has to follow"),
    "K13": _("K13: nobody bought it in the sell-off"),
    "K4": _("K4: the court decides whether to go on"),
    "L4": _("L4: within 5 days after the ground is gone"),
}


def refusal(reason: object) -> str:
    return str(REFUSALS.get(str(reason), reason))


def line_title(line: CheckLine, parties: dict[str, str]) -> str:
    """What a line of the checklist is about."""
    if own_title(line):
        return own_title(line)
    if line.rule == "A10":
        return str(PANEL_ITEMS[line.item])
    if line.rule == "D3":
        return str(ITEMS[line.item])
    if line.rule == "D4":
        return str(WARNINGS[line.item])
    if line.rule == "D6" and line.item in parties:
        return gettext("%(party)s was told at least 3 days before", party=parties[line.item])
    return str(CHECKS.get(line.item, line.item))


def line_reason(line: CheckLine) -> str:
    """Why a line is not satisfied, as far as words say it; figures stand beside."""
    if line.state is LineState.SATISFIED:
        return ""
    if line.rule == "D6" and line.state is LineState.MISSING and not line.why:
        return gettext("Not told yet.")
    if own_reason(line):
        return own_reason(line)
    return str(EMPTY.get(line.why, ""))


def given_label(line: CheckLine) -> str:
    item = "party" if line.rule == "D6" else line.item
    return str(GIVEN.get(item, gettext("draft")))


def limit_label(line: CheckLine) -> str:
    if line.item == "sell_off_period":
        return gettext("exactly")
    return str(LIMITS.get(line.rule, ""))


def rule_name(line: CheckLine) -> str:
    """`art. 13 (D3)`: the article first, because that is what a court looks up."""
    if not line.article:
        return line.rule
    if article_of(line):
        return f"{article_of(line)} ({line.rule})"
    return gettext("art. %(article)s (%(rule)s)", article=line.article, rule=line.rule)


def how_counted(task: Task) -> str:
    """The rule of a deadline, and how its day was found."""
    counted = task.deadline
    if counted is None:
        return str(REASONS.get(task.rule, task.rule))
    text = ngettext(
        "%(rule)s: %(num)s day from %(day)s",
        "%(rule)s: %(num)s days from %(day)s",
        counted.days,
        rule=counted.rule,
        day=_day(counted.counted_from),
    )
    if counted.is_rolled:
        text += gettext("; the last day is free, so the next working day")
    return text


def in_language(english: str, chinese: str) -> str:
    """The text in the page's language, or in the one it was written in."""
    return (chinese or english) if chosen_language() == "zh" else (english or chinese)


def court_name() -> str:
    return in_language(g.court.name_en, g.court.name_zh)


def moment_of(written: str) -> str:
    """A moment out of a document, as pages write moments."""
    return moment(
        datetime.fromisoformat(written),
        now=server_now(),
        zone=get_timezone(),
        locale=chosen_language(),
        seconds=False,
    )


def is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def is_moment(value: object) -> bool:
    return isinstance(value, datetime)


def _day(on: date) -> str:
    return day(on, chosen_language())
