"""What you need before you can bid: details, second step, priority, terms, deposit; in any order
that makes sense, each with its state."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice
from wtforms.validators import ValidationError

from app.extensions import db
from app.models.part_rows import announced_parts
from app.models.people import Person
from app.models.qualification_rows import equity_terms_of, qualifications_of
from app.queries.bidder import Place, SaleView, priority_claim, proxy_request
from app.services.registration import (
    Declaration,
    Hindrance,
    NotRegistered,
    hindrance,
    named_with,
    owed_by_applicant,
    register,
)
from app.services.registration_requests import (
    Asked,
    Details,
    Principal,
    ask_for_priority,
    ask_to_bid_for,
    save_details,
)
from app.web.bidder.blueprint import bp
from app.web.bidder.forms import DetailsFields, PriorityFields, ProxyFields, RegisterFields
from app.web.bidder.own import act_with_all, my_place, sale_or_404, seals
from app.web.bidder.room import page_of
from app.web.bidder.tasks import tasks
from app.web.bidder.words import not_registered, source_of
from app.web.desk import desk
from app.web.gates import has_second_factor, signed_in_person
from auction_engine.sale.joint import JointBuyer
from auction_engine.sale.qualification import Capacity, capacity_by, undeclared


@bp.get("/<sale>/prepare")
def prepare(sale: str) -> ResponseReturnValue:
    view = sale_or_404(sale)
    person, place = signed_in_person(), my_place(view.terms.id)
    hindered = None if place else _hindrance(view, person)
    return render_template(
        "bidder/prepare.html",
        **page_of(view),
        place=place,
        hindrance=not_registered(hindered) if hindered else None,
        tasks=_tasks(view, person, place) if not hindered else [],
    )


def _tasks(view: SaleView, person: Person, place: Place | None) -> list[dict[str, Any]]:
    session = db.session()
    return tasks(
        view,
        person,
        place,
        claim=priority_claim(session, view.terms.id, person.id),
        proxy=proxy_request(session, view.terms.id, person.id),
        named=max(0, len(named_with(session, seals().key, view.terms.id, person)) - 1),
        deposit_due=(
            place.registration.deposit_due
            if place
            else owed_by_applicant(session, view.terms, person.id)
        ),
        has_second_factor=has_second_factor(),
    )


def _hindrance(view: SaleView, person: Person) -> Hindrance | None:
    act_with_all()
    return hindrance(db.session(), view.terms, person, view.now, key=seals().key)


@bp.route("/<sale>/details", methods=["GET", "POST"])
def details(sale: str) -> ResponseReturnValue:
    view, person = sale_or_404(sale), signed_in_person()
    form = DetailsFields(obj=person)
    if form.validate_on_submit():
        written = (form.name, form.id_number, form.address, form.phone)
        save_details(person.id, Details(*(str(field.data).strip() for field in written)))
        return redirect(url_for("bidder.prepare", sale=sale))
    place = my_place(view.terms.id)
    return render_template("bidder/details.html", **page_of(view), form=form, place=place)


@bp.route("/<sale>/priority", methods=["GET", "POST"])
def priority(sale: str) -> ResponseReturnValue:
    """Ask the court to confirm a first right to buy (RULE-F1)."""
    view, person = sale_or_404(sale), signed_in_person()
    form = PriorityFields()
    if form.validate_on_submit():
        asked = ask_for_priority(person.id, view.terms.id, str(form.ground.data).strip())
        _say(asked, _("The court has your request. You get a message when it decides."))
        return redirect(url_for("bidder.prepare", sale=sale))
    claim = priority_claim(db.session(), view.terms.id, person.id)
    place = my_place(view.terms.id)
    page = page_of(view)
    return render_template("bidder/priority.html", **page, form=form, claim=claim, place=place)


@bp.route("/<sale>/proxy", methods=["GET", "POST"])
def proxy(sale: str) -> ResponseReturnValue:
    """Ask the court for leave to bid for somebody else (RULE-E8)."""
    view, person = sale_or_404(sale), signed_in_person()
    form = ProxyFields()
    if form.validate_on_submit():
        written = (form.principal_name, form.principal_id_number, form.authority)
        principal = Principal(*(str(field.data).strip() for field in written))
        asked = ask_to_bid_for(person.id, view.terms.id, principal)
        _say(asked, _("The court has your request. You get a message when it decides."))
        return redirect(url_for("bidder.prepare", sale=sale))
    return render_template(
        "bidder/proxy.html",
        **page_of(view),
        form=form,
        asked=proxy_request(db.session(), view.terms.id, person.id),
        place=my_place(view.terms.id),
    )


@bp.route("/<sale>/register", methods=["GET", "POST"])
def accept(sale: str) -> ResponseReturnValue:
    """Read the terms, declare, and get a code."""
    view, person = sale_or_404(sale), signed_in_person()
    place = my_place(view.terms.id)
    if place is not None:
        return redirect(url_for("bidder.prepare", sale=sale))
    form = RegisterFields()
    _ask(form, view, person)
    refused = None
    if form.validate_on_submit():
        answer = register(seals(), desk(), person.id, view.terms.id, _declared(form))
        if not isinstance(answer, NotRegistered):
            return redirect(url_for("bidder.prepare", sale=sale), 303)
        refused = not_registered(answer.reason)
        view = sale_or_404(sale)
    return _terms_page(view, form, refused), 422 if refused or form.errors else 200


def _declared(form: RegisterFields) -> Declaration:
    return Declaration(
        terms_hash=form.terms_hash.data or "",
        for_another=form.behalf.data == "other",
        jointly=form.behalf.data == "together",
        as_ordinary=bool(form.as_ordinary.data),
        capacity=Capacity(form.capacity.data),
        qualifications=tuple(form.qualifications.data or ()),
    )


def _ask(form: RegisterFields, view: SaleView, person: Person) -> None:
    """Put in what this sale asks, and expect what the person's number tells (RULE-E1, E11)."""
    asked = qualifications_of(db.session(), view.terms.id)
    form.qualifications.choices = [SelectChoice(each.public_id, each.asks) for each in asked]
    form.qualifications.validators = [_each_declared]
    if form.capacity.data is None:
        form.capacity.data = capacity_by(person.id_number or "").value


def _each_declared(form: RegisterFields, field: Any) -> None:
    if undeclared([choice.value for choice in field.choices], field.data or ()):
        raise ValidationError(_("Declare each of them, or you cannot take part"))


def _terms_page(view: SaleView, form: RegisterFields, refused: Any) -> str:
    person, session = signed_in_person(), db.session()
    claim = priority_claim(session, view.terms.id, person.id)
    proxied = proxy_request(session, view.terms.id, person.id)
    named = named_with(session, seals().key, view.terms.id, person)
    # Always the terms that this page shows; a stale hash is answered with the new text.
    form.terms_hash.data = view.terms.announcement_hash
    _offer_behalf(form, is_proxy=proxied is not None and proxied.state == "confirmed", named=named)
    if claim is None or claim.state != "asked":
        del form.as_ordinary
    if not form.qualifications.choices:
        del form.qualifications
    return render_template(
        "bidder/terms.html",
        **page_of(view),
        form=form,
        refused=refused,
        claim=claim,
        proxy=proxied,
        named=named,
        qualifications=qualifications_of(session, view.terms.id),
        source_of=source_of,
        equity=equity_terms_of(session, view.terms.id),
        parts=announced_parts(view.terms).get("parts"),
        deposit_due=owed_by_applicant(session, view.terms, person.id),
        errors=[{"text": refused.text, "href": "#terms_read"}] if refused else None,
    )


def _offer_behalf(form: RegisterFields, *, is_proxy: bool, named: tuple[JointBuyer, ...]) -> None:
    """Ask for whom somebody bids where there is a choice."""
    offered = {"self"} | ({"other"} if is_proxy else set()) | ({"together"} if named else set())
    form.behalf.choices = [each for each in form.behalf.choices if each.value in offered]
    if len(offered) == 1:
        del form.behalf
    elif named and not form.is_submitted():
        form.behalf.data = "together"


def _say(asked: Asked, done: str) -> None:
    if asked is Asked.TOO_LATE:
        flash(_("It is too late to ask for this in this sale."), "note")
    else:
        flash(done, "success")
