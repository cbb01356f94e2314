"""What refusals are called: to a bidder, in plain words, with the rule and with what to do now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from app.services.deposits import DepositRefusal
from app.services.registration import Hindrance
from app.services.settlement import SettlementRefusal
from app.web.bidder.amounts import Read, Wrong
from app.web.formats import money
from app.web.page import chosen_language
from auction_engine.sale.joint import Fault
from auction_engine.sale.qualification import SOURCES, Asks


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, which rule says so, and what one can do."""

    text: str
    rule: str = ""
    what_now: str = ""


def in_money(amount_minor: int, currency: str) -> str:
    return money(amount_minor, currency, chosen_language())


def refused_bid(reason: str, currency: str, minimum: int | None = None) -> Words:
    """The words for a refused bid; every reason that the engine and the journal can give."""
    words = _BIDS[reason]()
    next_valid = ""
    if minimum is not None:
        next_valid = _(
            "The lowest amount that counts now is %(amount)s.",
            amount=in_money(minimum, currency),
        )
    return Words(words.text, words.rule, words.what_now or next_valid)


def not_registered(reason: Hindrance) -> Words:
    return _HINDRANCES[reason]()


def wrong_amount(wrong: Wrong) -> str:
    return _AMOUNTS[wrong]()


def article(number: str) -> str:
    """Where a rule comes from, as a reader can look it up."""
    return _("Provisions on Online Judicial Sales, art. %(number)s", number=number)


def _not_open_yet() -> Words:
    return Words(
        _("Bidding had not opened when your bid arrived."),
        article("20"),
        _("Bid again once it has opened."),
    )


def _closed() -> Words:
    return Words(
        _("Bidding had ended when your bid arrived."),
        article("20"),
        _("The arrival at our server counts. Your deposit comes back by itself."),
    )


def _withdrawn() -> Words:
    return Words(
        _("The court has withdrawn this lot."),
        article("28"),
        _("Your deposit comes back by itself. The reason stands on the lot's page."),
    )


def _suspended() -> Words:
    return Words(
        _("The sale is suspended, so no bid counts now."),
        article("28"),
        _("Earlier bids and your deposit stand. You get a message when it goes on."),
    )


def _not_admitted() -> Words:
    return Words(
        _("Your deposit had not been confirmed when your bid arrived."),
        article("17"),
        _("Pay the deposit or wait for its confirmation, then bid."),
    )


def _excluded() -> Words:
    return Words(
        _("The court has excluded this code from the sale."),
        article("34"),
        _("Ask the court for its reason; its contact stands on the lot's page."),
    )


def _below_starting_price() -> Words:
    return Words(_("The amount is below the starting price."), article("20"))


def _equal_needs_better_priority() -> Words:
    return Words(
        _("This is the leading amount already."),
        article("21"),
        _("Only somebody with a better priority right may bid the same. Bid one step more."),
    )


def _below_minimum() -> Words:
    return Words(_("The amount is less than one step above the price."), article("20"))


def _not_a_multiple() -> Words:
    return Words(_("The amount lies between two steps."), article("20"))


def _not_an_amount() -> Words:
    return Words(_("We could not read this as an amount of money."), article("20"))


_BIDS: dict[str, Callable[[], Words]] = {
    "not_open_yet": _not_open_yet,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "suspended": _suspended,
    "not_admitted": _not_admitted,
    "excluded": _excluded,
    "below_starting_price": _below_starting_price,
    "equal_needs_better_priority": _equal_needs_better_priority,
    "below_minimum": _below_minimum,
    "not_a_multiple": _not_a_multiple,
    "not_an_amount": _not_an_amount,
}

# What keeps a bid from being entered at all: nothing was journalled, nothing was decided.
_NOT_ENTERED: dict[str, Callable[[], Words]] = {
    "not_registered": lambda: Words(
        _("You are not registered for this lot, so your bid was not entered."),
        article("17"),
        _("Register for the lot first."),
    ),
    "second_factor": lambda: Words(
        _("Your sign-in has no second step yet, so your bid was not entered."),
        what_now=_("Confirm the second step, then bid again."),
    ),
    "too_fast": lambda: Words(
        _("You are bidding too fast. This bid was not entered."),
        what_now=_("Wait a second, then bid again."),
    ),
    "terms_changed": lambda: Words(
        _("The terms on your page are not those of this sale, so your bid was not entered."),
        what_now=_("Load the page again, read the terms, then bid."),
    ),
    "key_reused": lambda: Words(
        _("This bid's number belongs to another bid. Nothing new was entered."),
        what_now=_("Load the page again to begin a new bid."),
    ),
    "deposit_taken_back": lambda: Words(
        _("Your card's bank took your deposit back, so your bid was not entered."),
        article("17"),
        _("Pay the deposit again by card, then bid. Bids that you have made stand."),
    ),
    "unreadable": lambda: Words(
        _("We could not read what was sent, so nothing was entered."),
        what_now=_("Load the page again to begin a new bid."),
    ),
}


def not_entered(reason: str) -> Words:
    """The words for a bid that never reached the journal."""
    return _NOT_ENTERED[reason]()


_AMOUNTS: dict[Wrong, Callable[[], str]] = {
    Wrong.EMPTY: lambda: _("Enter the amount of your bid."),
    Wrong.FULL_WIDTH: lambda: _("Use the ordinary digits 0 to 9, not full-width ones."),
    Wrong.TOO_LARGE: lambda: _("This amount is too large to be a bid."),
    Wrong.UNREADABLE: lambda: _("Write the amount in digits, like 250000 or 250,000.00."),
}


_HINDRANCES: dict[Hindrance, Callable[[], Words]] = {
    Hindrance.WITHDRAWN: lambda: Words(
        _("The court has withdrawn this lot. Nobody can register any more."), article("28")
    ),
    Hindrance.ENDED: lambda: Words(
        _("Bidding has ended. Nobody can register any more."), article("18")
    ),
    Hindrance.COURT_STAFF: lambda: Words(
        _("You work at the court that sells this lot. Its staff may not bid."), article("34")
    ),
    Hindrance.OPERATOR: lambda: Words(
        _("You operate this platform. Its staff may not bid."), article("34")
    ),
    Hindrance.DEFAULTED_BEFORE: lambda: Words(
        _("You bought this lot before and did not pay. You may not bid for it again."),
        article("24"),
    ),
    Hindrance.NOT_APPROVED_BEFORE: lambda: Words(
        _("You bought this lot before and were not approved. You may not bid for it again."),
        _("Provisions on Enforcement against Equity, art. 15"),
    ),
    Hindrance.LISTED_COURT_STAFF: lambda: _listed(
        _("The court's list names you, or somebody you bid for, as its own staff.")
    ),
    Hindrance.LISTED_PLATFORM_STAFF: lambda: _listed(
        _("The court's list names you, or somebody you bid for, as staff of this platform.")
    ),
    Hindrance.LISTED_AUXILIARY: lambda: _listed(
        _("The court's list names you, or somebody you bid for, as a firm or person that helped.")
    ),
    Hindrance.LISTED_RELATIVE: lambda: _listed(
        _("The court's list names you, or somebody you bid for, as a close relative of its staff.")
    ),
    Hindrance.DETAILS_MISSING: lambda: Words(
        _("The court needs your name, ID number, address and phone first."),
        article("17"),
        _("Fill in your details."),
    ),
    Hindrance.TERMS_CHANGED: lambda: Words(
        _("The terms you were shown are not those of this sale."),
        what_now=_("Read the terms below and accept them again."),
    ),
    Hindrance.PROXY_NOT_CONFIRMED: lambda: Words(
        _("The court has not confirmed that you may bid for somebody else."),
        article("14"),
        _("Bid for yourself, or wait for the court before bidding starts."),
    ),
    Hindrance.PRIORITY_UNDECIDED: lambda: Words(
        _("The court has not decided on your priority right yet."),
        article("19"),
        _("Wait for the court, or choose to register as an ordinary bidder."),
    ),
    Hindrance.NOT_NAMED: lambda: Words(
        _("Those who buy with you are not all named, or their shares do not make a whole."),
        article("14"),
        _("Name them again under Buying together, or bid for yourself."),
    ),
    Hindrance.NAMED_TOO_LATE: lambda: Words(
        _("Bidding has opened. Those who buy together register before that."),
        article("14"),
        _("Bid for yourself alone."),
    ),
    Hindrance.UNDER_AGE: lambda: Words(
        _("By the ID number you are not of age, so you cannot buy in your own name."),
        article("14"),
        _("A guardian can ask the court to bid for you before bidding starts."),
    ),
    Hindrance.NOT_A_COMPANY: lambda: Words(
        _("The ID number in your details is a person's, not a company's."),
        article("14"),
        _("Correct your details, or choose a person."),
    ),
    Hindrance.NOT_A_PERSON: lambda: Words(
        _("The ID number in your details is a company's, not a person's."),
        article("14"),
        _("Correct your details, or choose a company."),
    ),
    Hindrance.NOT_DECLARED: lambda: Words(
        _("The announcement asks for qualifications that you have not declared."),
        article("14"),
        _("Tick each one that is true. Without all of them you cannot take part."),
    ),
    Hindrance.SAME_PERSON: lambda: _takes_part_already(),
}


def _takes_part_already() -> Words:
    """Nobody can read whose account that is; the court can stay the sale and look into it."""
    return Words(
        _("Somebody with one of your ID numbers takes part in this sale already."),
        article("17"),
        _(
            "Bid under that registration: sign in with the account that made it."
            " If it is not yours, tell the court at once; it can stay the sale."
        ),
    )


def _listed(text: str) -> Words:
    """The same way out for all: nobody on the platform can lift an entry, the court can."""
    return Words(
        text,
        article("34"),
        _("If that is wrong, ask the court before bidding opens. It can lift the entry."),
    )


def source_of(kind: str) -> str:
    """Where the law asks for a qualification; nothing where only the announcement does (E12)."""
    if kind == Asks.HOUSING_PURCHASE:
        return _("Provisions on Bidders for Housing in Judicial Sales, art. 1 and 2")
    if kind == Asks.EQUITY_HOLDER:
        return _("Provisions on Enforcement against Equity, art. 15")
    return article("14") if SOURCES[Asks(kind)] else ""


_VIOLATIONS: dict[Fault, Callable[[], str]] = {
    Fault.NO_SHARE: lambda: _("Enter a share between nothing and the whole, like 1/3 or 40%"),
    Fault.SHARES_NOT_WHOLE: lambda: _("All shares together must make exactly a whole"),
    Fault.SAME_PERSON: lambda: _("This ID number stands here twice"),
    Fault.TOO_MANY: lambda: _("At most five can buy together"),
    Fault.NAMES_TOO_LONG: lambda: _("All names together may have 200 characters"),
    Fault.ALONE: lambda: _("Name at least one who buys with you"),
}


def wrong_in_list(fault: Fault) -> str:
    return _VIOLATIONS[fault]()


def retype_error(again: Read | None) -> str:
    """What is said beside the amount that was to be typed a second time."""
    if again is None or again.wrong is Wrong.EMPTY:
        return _("Type the amount again, to rule out a slip.")
    return _("The two amounts are not the same.")


_DEPOSITS: dict[DepositRefusal, Callable[[], Words]] = {
    DepositRefusal.EXCLUDED: lambda: Words(
        _("The court has excluded your code from this sale. Do not pay."), article("34")
    ),
    DepositRefusal.BIDDING_OVER: lambda: Words(
        _("Bidding is over. A deposit can no longer be paid."), article("18")
    ),
    DepositRefusal.SAME_PERSON: lambda: _takes_part_already(),
    DepositRefusal.PAID_ALREADY: lambda: Words(
        _("Your deposit is paid already. Nothing more is due."),
    ),
    DepositRefusal.NOTHING_DUE: lambda: Words(_("You owe no deposit in this sale."), article("17")),
    DepositRefusal.TOO_LARGE_FOR_CARD: lambda: Words(
        _("This amount is too large for a card."),
        what_now=_("Pay it by bank transfer."),
    ),
    DepositRefusal.ONLY_BY_CARD: lambda: Words(
        _("A deposit that a card's bank took back can only be paid again by card."),
    ),
}


def no_deposit(reason: DepositRefusal) -> Words:
    """The words for a deposit that cannot be paid, or not in this way."""
    return _DEPOSITS[reason]()


def balance_not_paid(reason: SettlementRefusal) -> Words:
    """The words for a rest of the price that cannot be paid by card, or not any more."""
    if reason is SettlementRefusal.TOO_LARGE_FOR_CARD:
        return _DEPOSITS[DepositRefusal.TOO_LARGE_FOR_CARD]()
    if reason is SettlementRefusal.DEFAULTED:
        return Words(_("The court has decided that the price was not paid in time."), article("24"))
    return Words(_("Nothing more is due."))
