"""What you need before you can bid: details, second step, priority, terms, deposit; in any order
that makes sense, each with its state."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.models.people import Person
from app.queries.bidder import Place, SaleView, priority_claim, proxy_request
from app.services.registration import (
    Declaration,
    Hindrance,
    NotRegistered,
    hindrance,
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
from app.web.bidder.words import not_registered
from app.web.desk import desk
from app.web.gates import has_second_factor, signed_in_person


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
    refused = None
    if form.validate_on_submit():
        declared = Declaration(
            terms_hash=form.terms_hash.data or "",
            for_another=form.behalf.data == "other",
            as_ordinary=bool(form.as_ordinary.data),
        )
        answer = register(seals(), desk(), person.id, view.terms.id, declared)
        if not isinstance(answer, NotRegistered):
            return redirect(url_for("bidder.prepare", sale=sale), 303)
        refused = not_registered(answer.reason)
        view = sale_or_404(sale)
    return _terms_page(view, form, refused), 422 if refused or form.errors else 200


def _terms_page(view: SaleView, form: RegisterFields, refused: Any) -> str:
    person, session = signed_in_person(), db.session()
    claim = priority_claim(session, view.terms.id, person.id)
    proxied = proxy_request(session, view.terms.id, person.id)
    # Always the terms that this page shows; a stale hash is answered with the new text.
    form.terms_hash.data = view.terms.announcement_hash
    if proxied is None or proxied.state != "confirmed":
        del form.behalf
    if claim is None or claim.state != "asked":
        del form.as_ordinary
    return render_template(
        "bidder/terms.html",
        **page_of(view),
        form=form,
        refused=refused,
        claim=claim,
        proxy=proxied,
        deposit_due=owed_by_applicant(session, view.terms, person.id),
        errors=[{"text": refused.text, "href": "#terms_read"}] if refused else None,
    )


def _say(asked: Asked, done: str) -> None:
    if asked is Asked.TOO_LATE:
        flash(_("It is too late to ask for this in this sale."), "note")
    else:
        flash(done, "success")
