"""`account.sign_in`, `account.sign_out`."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.extensions import db
from app.models.account_rows import written_email
from app.models.people import Person
from app.services import accounts
from app.services.accounts import SignedIn, SignInRefused
from app.web.account import entering, throttle, words
from app.web.account.blueprint import bp
from app.web.account.fields import email_field, password_field
from app.web.account.known_browser import known_mark
from app.web.gates import let_in, open_to_all, viewer
from app.web.steady import steady


class SignInForm(FlaskForm):
    email = email_field()
    password = password_field(_l("Password"))


@bp.route("/sign-in", methods=["GET", "POST"])
@let_in(open_to_all)
def sign_in() -> ResponseReturnValue:
    person = viewer()
    form = SignInForm()
    if form.validate_on_submit():
        answer = _check(form)
        if isinstance(answer, SignedIn):
            return go_on(answer)
        form.password.errors = [answer]
    elif person is not None:
        return redirect(entering.way_on(person))
    status = 400 if form.errors else 200
    wanted = entering.wanted_page()
    return render_template("account/sign_in.html", form=form, wanted=wanted), status


def go_on(answer: SignedIn) -> ResponseReturnValue:
    """The password was right; whoever has an app is asked for its code before they are in."""
    wanted = entering.wanted_page()
    if answer.asks_app:
        entering.enter_half(answer.person_id)
        return redirect(url_for("account.second_factor", next=wanted))
    entering.enter(answer.person_id)
    return redirect(entering.way_on(db.session.get_one(Person, answer.person_id)))


def _check(form: SignInForm) -> SignedIn | str:
    account, mark = written_email(form.email.data), known_mark(form.email.data)
    wait = throttle.try_password(account, mark)
    if wait is not None:
        return words.too_many(wait)
    with steady():
        answer = accounts.sign_in(account, form.password.data)
    if isinstance(answer, SignedIn):
        throttle.forgive_passwords(account, mark)
        return answer
    if answer is SignInRefused.UNCONFIRMED and not throttle.ask_for_letter("confirm", account):
        accounts.send_confirmation_again(account, confirm_link)
    return str(words.SIGN_IN[answer])


def confirm_link(token: str) -> str:
    return entering.public_link("account.confirm", token=token)


@bp.route("/sign-out", methods=["GET", "POST"])
@let_in(open_to_all)
def sign_out() -> ResponseReturnValue:
    """A page with a button, so that no link on another page can sign anybody out."""
    form = FlaskForm()
    if not form.validate_on_submit():
        return render_template("account/sign_out.html", form=form)
    entering.leave()
    flash(_("You have signed out."), "success")
    answer = redirect(url_for("account.sign_in"))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer
