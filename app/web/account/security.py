"""`account.security`: password, second factor, sessions, and what was done with the account."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm

from app.gateways.account_rules import PasswordUnfit
from app.queries.people import own_acts, own_sessions
from app.services import accounts, second_factors
from app.services.accounts import SignInRefused
from app.web.account import throttle, words
from app.web.account.act_words import ACTS
from app.web.account.blueprint import bp
from app.web.account.fields import password_field
from app.web.account.registration import new_password_field
from app.web.gates import let_in, signed_in, signed_in_person
from app.web.sessions import IDLE, current_session
from app.web.steady import steady


class PasswordForm(FlaskForm):
    current = password_field(_l("Your password now"))
    new = new_password_field(_l("New password"))


@bp.get("/security")
@let_in(signed_in)
def security() -> str:
    person = signed_in_person()
    return render_template(
        "account/security.html",
        person=person,
        factors=second_factors.factors_of(person.id),
        sessions=own_sessions(person.id, _this_session(), IDLE),
        acts=own_acts(person.id),
        act_words=ACTS,
        form=FlaskForm(),
    )


@bp.post("/sessions/<handle>/end")
@let_in(signed_in)
def end_session(handle: str) -> ResponseReturnValue:
    if not FlaskForm().validate_on_submit():
        abort(400)
    if len(handle) < 20 or not accounts.end_session(signed_in_person().id, handle):
        abort(404)
    flash(_("The session is ended."), "success")
    return redirect(url_for("account.security"))


@bp.post("/sessions/end-others")
@let_in(signed_in)
def end_other_sessions() -> ResponseReturnValue:
    this = _this_session()
    if not FlaskForm().validate_on_submit() or this is None:
        abort(400)
    ended = accounts.end_other_sessions(signed_in_person().id, this)
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", ended), "success")
    return redirect(url_for("account.security"))


@bp.route("/password", methods=["GET", "POST"])
@let_in(signed_in)
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit() and _change(form):
        flash(_("Your password is changed. Your other sessions were ended."), "success")
        return redirect(url_for("account.security"))
    return render_template("account/password.html", form=form), 400 if form.errors else 200


def _change(form: PasswordForm) -> bool:
    person = signed_in_person()
    if (wait := throttle.try_code(f"password {person.public_id}")) is not None:
        form.current.errors = [words.too_many_codes(wait)]
        return False
    with steady():
        refused = accounts.change_password(
            person.id, form.current.data, form.new.data, _this_session()
        )
    if isinstance(refused, SignInRefused):
        form.current.errors = [_("That is not your password")]
    elif isinstance(refused, PasswordUnfit):
        form.new.errors = [words.PASSWORD[refused]]
    return refused is None


def _this_session() -> bytes | None:
    kept = current_session().kept
    return kept.id_hash if kept is not None else None
