"""`account.second_factor`: prove more than a password.

With an authenticator app, by its code; without one, by a code that comes by mail. Whoever works
for a court, or runs the platform, is led on from there to set up an app.
"""

from __future__ import annotations

from dataclasses import asdict

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.db import Tenant, act_for
from app.extensions import db
from app.models.people import Person
from app.services import second_factors
from app.services.second_factors import FactorRefused, MailCode
from app.web.account import entering, throttle, words
from app.web.account.blueprint import bp
from app.web.account.fields import code_field
from app.web.gates import ask_to_sign_in, has_app_factor, has_second_factor, let_in, viewer


class AppCodeForm(FlaskForm):
    code = code_field(
        _l("Code of your authenticator app"),
        hint=_l("Six digits. Without your telephone, use one of your recovery codes."),
    )


class MailCodeForm(FlaskForm):
    code = code_field(_l("Code from our letter"), hint=_l("Six digits, good for ten minutes."))


def half_way_or_signed_in() -> ResponseReturnValue | None:
    """Somebody who gave their password in this browser."""
    if viewer() is None and entering.half_way() is None:
        return ask_to_sign_in()
    return None


@bp.route("/second-factor", methods=["GET", "POST"])
@let_in(half_way_or_signed_in)
def second_factor() -> ResponseReturnValue:
    person = _person()
    act_for(Tenant(person_id=person.id))
    factors = second_factors.factors_of(person.id)
    if viewer() is not None:
        if has_app_factor() or (has_second_factor() and not factors.must_have_app):
            return redirect(entering.way_on(person))
        if factors.must_have_app and not factors.has_app and entering.has_shown_mailbox():
            return redirect(url_for("account.authenticator", next=entering.wanted_page()))
    return _by_app(person) if factors.has_app else _by_mail(person)


@bp.post("/second-factor/send")
@let_in(half_way_or_signed_in)
def send_code() -> ResponseReturnValue:
    """Send a code to the account's address; the letter leaves a moment after this answer."""
    form, person = FlaskForm(), _person()
    if not form.validate_on_submit():
        abort(400)
    if viewer() is not None and throttle.ask_for_letter("code", person.public_id) is None:
        session["mail_code"] = asdict(second_factors.send_mail_code(person.id))
    return redirect(url_for("account.second_factor", next=entering.wanted_page()))


def _person() -> Person:
    person = viewer()
    return person if person is not None else db.session.get_one(Person, entering.half_way())


def _by_app(person: Person) -> ResponseReturnValue:
    form = AppCodeForm()
    if form.validate_on_submit():
        wait = throttle.try_code(person.public_id)
        if wait is None:
            person_id = person.id
            refused = second_factors.check_app_code(person_id, form.code.data)
            if refused is None:
                return _let_through(person_id, "app")
            form.code.errors = [words.FACTOR[refused]]
        else:
            form.code.errors = [words.too_many_codes(wait)]
    return _page("account/app_code.html", form)


def _by_mail(person: Person) -> ResponseReturnValue:
    form = MailCodeForm()
    sent = MailCode(**session["mail_code"]) if "mail_code" in session else None
    if sent is not None and form.validate_on_submit():
        refused = _check_mail_code(person, sent, form.code.data)
        if refused is None:
            return _let_through(person.id, "mail")
        form.code.errors = [words.FACTOR[refused]]
    return _page("account/mail_code.html", form, sent=sent, masked=masked(person.email))


def _check_mail_code(person: Person, sent: MailCode, code: str) -> FactorRefused | None:
    """Each try is counted before it is looked at, in the session and for the account."""
    if throttle.try_code(person.public_id) is not None:
        return FactorRefused.TOO_MANY_TRIES
    session["mail_code"] = asdict(sent) | {"tries": sent.tries + 1}
    return second_factors.check_mail_code(person.id, sent, code)


def _let_through(person_id: int, by: str) -> ResponseReturnValue:
    if viewer() is None:
        entering.enter(person_id)
    person = db.session.get_one(Person, person_id)
    throttle.forgive_codes(person.public_id)
    entering.step_up(person, by)
    if by == "mail" and second_factors.factors_of(person.id).must_have_app:
        return redirect(url_for("account.authenticator", next=entering.wanted_page()))
    return redirect(entering.way_on(person))


def _page(template: str, form: FlaskForm, **more: object) -> ResponseReturnValue:
    wanted = entering.wanted_page()
    status = 400 if form.errors and request.method == "POST" else 200
    return render_template(template, form=form, wanted=wanted, **more), status


def masked(email: str) -> str:
    """w•••@example.org: enough to know one's own address by."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"
