"""A new password by mail: asked for, and set."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.models.account_rows import written_email
from app.services import accounts
from app.services.accounts import LinkRefused, SignedIn
from app.web.account import entering, throttle, words
from app.web.account.blueprint import bp
from app.web.account.fields import email_field
from app.web.account.known_browser import known_mark
from app.web.account.registration import new_password_field
from app.web.account.sign_in import go_on
from app.web.gates import let_in, open_to_all
from app.web.steady import steady


class ForgotForm(FlaskForm):
    email = email_field()


class ResetForm(FlaskForm):
    password = new_password_field(_l("New password"))


@bp.route("/forgotten", methods=["GET", "POST"])
@let_in(open_to_all)
def forgotten() -> ResponseReturnValue:
    """The same answer, in the same time, whether the address has an account or not."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("account/forgotten.html", form=form), 400 if form.errors else 200
    account = written_email(form.email.data)
    with steady():
        if throttle.ask_for_letter("reset", account, known_mark(account)) is None:
            accounts.ask_for_reset(account, _reset_link)
    return redirect(url_for("account.check_mail", about="password"))


@bp.route("/new-password/<token>", methods=["GET", "POST"])
@let_in(open_to_all)
def reset(token: str) -> ResponseReturnValue:
    form = ResetForm()
    if not accounts.is_reset_link(token):
        return render_template("account/worn_out.html"), 410
    if form.validate_on_submit():
        answer = accounts.reset(token, form.password.data)
        if isinstance(answer, SignedIn):
            return _after_reset(answer)
        is_link = isinstance(answer, LinkRefused)
        form.password.errors = [words.LINK[answer] if is_link else words.PASSWORD[answer]]
    return render_template("account/reset.html", form=form), 400 if form.errors else 200


def _after_reset(answer: SignedIn) -> ResponseReturnValue:
    """The mailbox and a new password prove enough to clear what somebody else used up."""
    throttle.forgive_passwords(answer.email, None)
    response = go_on(answer)
    entering.note_mailbox()
    flash(_("Your password is changed. All your other sessions were ended."), "success")
    return response


def _reset_link(token: str) -> str:
    return entering.public_link("account.reset", token=token)
