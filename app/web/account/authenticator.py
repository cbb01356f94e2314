"""An authenticator app: set up, replaced by recovery codes when lost, removed."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup

from app.services import second_factors
from app.services.second_factors import FactorRefused, NewApp
from app.web.account import entering, throttle, words
from app.web.account.blueprint import bp
from app.web.account.fields import code_field
from app.web.gates import ask_for_second_factor, let_in, signed_in, signed_in_person
from app.web.sessions import current_session


class NewAppForm(FlaskForm):
    code = code_field(_l("Code that the app shows now"), hint=_l("Six digits."))


class AppForm(FlaskForm):
    code = code_field(_l("Code of your authenticator app"), hint=_l("Six digits."))


def own_mailbox() -> ResponseReturnValue | None:
    """Signed in, and in this browser a link or a code came by mail: a password alone may be
    somebody else's, and whoever sets up the app keeps the account."""
    return signed_in() or (None if entering.has_shown_mailbox() else ask_for_second_factor())


@bp.route("/authenticator", methods=["GET", "POST"])
@let_in(own_mailbox)
def authenticator() -> ResponseReturnValue:
    person = signed_in_person()
    if person.tf_totp_secret is not None:
        return redirect(url_for("account.security"))
    form, app = NewAppForm(), _app_being_set_up(person.email)
    if form.validate_on_submit():
        refused = _add(person.id, app, form.code.data)
        if refused is None:
            return redirect(url_for("account.recovery_codes", next=entering.wanted_page()))
        form.code.errors = [refused]
    picture = Markup(app.picture)  # noqa: S704 -- drawn by us from a secret of ours
    status = 400 if form.errors else 200
    return render_template("account/authenticator.html", form=form, app=app, qr=picture), status


def _app_being_set_up(email: str) -> NewApp:
    """One secret for as long as the page is open, kept in the session and nowhere else."""
    if "new_app" not in session:
        session["new_app"] = second_factors.new_app(email).secret
    return second_factors.show_app(session["new_app"], email)


def _add(person_id: int, app: NewApp, code: str) -> str | None:
    if (wait := throttle.try_code(f"new app {person_id}")) is not None:
        return words.too_many_codes(wait)
    kept = current_session().kept
    codes = second_factors.add_app(person_id, app.secret, code, kept.id_hash if kept else None)
    if isinstance(codes, FactorRefused):
        return str(words.FACTOR[codes])
    session.pop("new_app")
    session["recovery_codes"] = codes
    entering.step_up(signed_in_person(), "app")
    return None


@bp.get("/recovery-codes")
@let_in(signed_in)
def recovery_codes() -> ResponseReturnValue:
    """Shown once, to be printed or written down; afterwards not even we know them."""
    codes = session.pop("recovery_codes", None)
    if codes is None:
        return redirect(url_for("account.security"))
    way_on = entering.way_on(signed_in_person())
    return render_template("account/recovery_codes.html", codes=codes, way_on=way_on)


@bp.route("/recovery-codes/new", methods=["GET", "POST"])
@let_in(signed_in)
def renew_recovery_codes() -> ResponseReturnValue:
    form, person = AppForm(), signed_in_person()
    if person.tf_totp_secret is None:
        return redirect(url_for("account.security"))
    if form.validate_on_submit():
        refused = _renew(person.id, form.code.data)
        if refused is None:
            return redirect(url_for("account.recovery_codes"))
        form.code.errors = [refused]
    return render_template("account/renew_codes.html", form=form), 400 if form.errors else 200


def _renew(person_id: int, code: str) -> str | None:
    if (wait := throttle.try_code(f"own app {person_id}")) is not None:
        return words.too_many_codes(wait)
    codes = second_factors.renew_recovery_codes(person_id, code)
    if isinstance(codes, FactorRefused):
        return str(words.FACTOR[codes])
    session["recovery_codes"] = codes
    return None


@bp.route("/authenticator/remove", methods=["GET", "POST"])
@let_in(signed_in)
def remove_authenticator() -> ResponseReturnValue:
    form, person_id = AppForm(), signed_in_person().id
    if signed_in_person().tf_totp_secret is None:
        return redirect(url_for("account.security"))
    if form.validate_on_submit():
        refused = _remove(person_id, form.code.data)
        if refused is None:
            flash(_("The authenticator app is removed."), "success")
            return redirect(url_for("account.security"))
        form.code.errors = [refused]
    return render_template("account/remove_app.html", form=form), 400 if form.errors else 200


def _remove(person_id: int, code: str) -> str | None:
    if (wait := throttle.try_code(f"own app {person_id}")) is not None:
        return words.too_many_codes(wait)
    refused = second_factors.remove_app(person_id, code)
    return None if refused is None else str(words.FACTOR[refused])
