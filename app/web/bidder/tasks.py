"""The task list of a bidder: what is needed, how it stands, where to go on."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.models.people import Person
from app.models.sales import PriorityClaim, ProxyRequest
from app.queries.bidder import Place, SaleView
from app.web.bidder.standing import status_of
from app.web.bidder.words import in_money

Task = dict[str, Any]


def tasks(
    view: SaleView,
    person: Person,
    place: Place | None,
    *,
    claim: PriorityClaim | None,
    proxy: ProxyRequest | None,
    named: int,
    deposit_due: int,
    has_second_factor: bool,
) -> list[Task]:
    """Each with `text`, `hint`, `state` (done, open, waiting, optional, later) and its words."""
    return [
        _details(view, person),
        _second_step(view, has_second_factor),
        _priority(view, place, claim),
        *([_proxy(view, proxy)] if _may_still_be_proxy(view, place, proxy) else []),
        *([_joint(view, place, named)] if _may_still_name(view, place) else []),
        _terms(view, person, place, claim),
        _deposit(view, place, deposit_due, has_second_factor),
    ]


def _task(text: str, state: str, word: str, url: str | None, hint: str = "") -> Task:
    return {"text": text, "state": state, "word": word, "url": url, "hint": hint}


def _details(view: SaleView, person: Person) -> Task:
    where = url_for("bidder.details", sale=view.terms.public_id)
    if all((person.name, person.id_number, person.address, person.phone)):
        return _task(_("Your details"), "done", _("Completed"), where)
    hint = _("Name, ID number, address and phone, as the court needs them of a buyer.")
    return _task(_("Your details"), "open", _("To do"), where, hint)


def _second_step(view: SaleView, has_it: bool) -> Task:
    text = _("Second step of signing in")
    if has_it:
        return _task(text, "done", _("Completed"), None)
    back = url_for("bidder.prepare", sale=view.terms.public_id)
    hint = _("Needed before the deposit, so that nobody else can bid in your name.")
    return _task(text, "open", _("To do"), url_for("account.second_factor", next=back), hint)


def _priority(view: SaleView, place: Place | None, claim: PriorityClaim | None) -> Task:
    text = _("First right to buy")
    where = url_for("bidder.priority", sale=view.terms.public_id)
    if claim is None and place is not None:
        return _task(text, "optional", _("Not asked for"), None)
    if claim is None:
        hint = _("Only for co-owners, tenants and others with such a right. Ask before you accept.")
        return _task(text, "optional", _("Optional"), where, hint)
    if claim.state == "asked":
        return _task(text, "waiting", _("Waiting for the court"), where)
    if claim.state == "confirmed":
        word = _("Confirmed, rank %(rank)s", rank=claim.rank)
        return _task(text, "done", word, where)
    hint = _("You can bid as an ordinary bidder.")
    return _task(text, "done", _("Not confirmed"), where, hint)


def _may_still_be_proxy(view: SaleView, place: Place | None, proxy: ProxyRequest | None) -> bool:
    return proxy is not None or (place is None and status_of(view.state, view.now) == "announced")


def _proxy(view: SaleView, proxy: ProxyRequest | None) -> Task:
    text = _("Bidding for somebody else")
    where = url_for("bidder.proxy", sale=view.terms.public_id)
    if proxy is None:
        hint = _(
            "The court must confirm it before bidding starts. After that you bid for yourself."
        )
        return _task(text, "optional", _("Optional"), where, hint)
    words = {
        "asked": ("waiting", _("Waiting for the court")),
        "confirmed": ("done", _("Confirmed")),
        "refused": ("done", _("Not confirmed")),
    }
    return _task(text, *words[proxy.state], where)


def _may_still_name(view: SaleView, place: Place | None) -> bool:
    return place is None and status_of(view.state, view.now) == "announced"


def _joint(view: SaleView, place: Place | None, named: int) -> Task:
    """Buying together: named before bidding opens, sealed with the registration (RULE-E8)."""
    text = _("Buying together")
    where = url_for("bidder.joint", sale=view.terms.public_id)
    if named:
        return _task(text, "done", _("%(number)s named with you", number=named), where)
    hint = _("Name all who buy with you, and their shares, before bidding opens.")
    return _task(text, "optional", _("Optional"), where, hint)


def _terms(
    view: SaleView, person: Person, place: Place | None, claim: PriorityClaim | None
) -> Task:
    text = _("Terms and declarations")
    if place is not None:
        word = _("Registered as %(code)s", code=place.registration.code)
        return _task(text, "done", word, None)
    if not all((person.name, person.id_number, person.address, person.phone)):
        hint = _("Fill in your details first.")
        return _task(text, "later", _("Cannot start yet"), None, hint)
    hint = _("Read the announcement, accept it, and get your bidder code.")
    return _task(
        text, "open", _("To do"), url_for("bidder.accept", sale=view.terms.public_id), hint
    )


def _deposit(view: SaleView, place: Place | None, due: int, has_second_factor: bool) -> Task:
    amount = in_money(due, view.terms.currency)
    text = _("Deposit of %(amount)s", amount=amount) if due else _("Deposit")
    if place is None or not has_second_factor:
        return _task(text, "later", _("Cannot start yet"), None)
    where = url_for("bidder.deposit", sale=view.terms.public_id)
    deposit = place.deposit
    if deposit is not None and deposit.taken_back_at is not None:
        hint = _("Your card's bank took it back. Pay it again to bid on.")
        return _task(text, "open", _("Taken back by the bank"), where, hint)
    if place.is_admitted:
        word = _("Received. You can bid.") if due else _("None needed. You can bid.")
        return _task(text, "done", word, where)
    if deposit is not None and deposit.state == "held":
        return _task(text, "waiting", _("Received, being confirmed"), where)
    if deposit is not None and deposit.state == "awaiting" and deposit.channel != "none":
        return _task(text, "waiting", _("Waiting for your payment"), where)
    return _task(text, "open", _("To do"), where)
