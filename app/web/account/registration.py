"""`account.register`, the letter that confirms an address, and the page it leads to."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.gateways.account_rules import password_problem
from app.models.account_rows import written_email
from app.services import accounts
from app.services.accounts import NewAccount, SignedIn
from app.web.account import entering, throttle, words
from app.web.account.blueprint import bp
from app.web.account.fields import email_field, password_field, text_field
from app.web.account.known_browser import known_mark
from app.web.account.sign_in import confirm_link, go_on
from app.web.gates import let_in, open_to_all
from app.web.page import LANGUAGES, chosen_language
from app.web.steady import steady

PHONE = r"^\+?[0-9 ()\-]{5,25}$"


def name_field() -> Any:
    return text_field(
        _l("Full name"),
        InputRequired(message=_l("Enter your name")),
        Length(max=200, message=_l("Use at most 200 characters")),
        hint=_l("As in your identity document."),
        autocomplete="name",
        spellcheck=False,
    )


def phone_field(label: Any) -> Any:
    return text_field(
        label,
        Optional(),
        Regexp(PHONE, message=_l("Enter a telephone number, such as +86 755 1234 5678")),
        type="tel",
        autocomplete="tel",
        classes="govuk-input--width-20",
    )


def language_field() -> RadioField:
    return RadioField(
        _l("Language of our letters to you"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
        validators=[InputRequired(message=_l("Choose a language"))],
        widget=GovRadioInput(),
        render_kw={"params": {"classes": "govuk-radios--inline"}},
    )


def new_password_field(label: Any) -> Any:
    return password_field(
        label,
        new=True,
        hint=_l("8 characters or more. Three words that do not belong together are good."),
    )


class RegisterForm(FlaskForm):
    name = name_field()
    email = email_field(hint=_l("We send you a link to confirm it."))
    phone = phone_field(_l("Telephone (optional)"))
    password = new_password_field(_l("Password"))
    locale = language_field()

    def validate(self, extra_validators: Any = None) -> bool:
        is_whole = super().validate(extra_validators)
        problem = password_problem(
            self.password.data or "", self.email.data or "", self.name.data or ""
        )
        if problem is not None and not self.password.errors:
            self.password.errors = [words.PASSWORD[problem]]
            return False
        return bool(is_whole)


@bp.route("/register", methods=["GET", "POST"])
@let_in(open_to_all)
def register() -> ResponseReturnValue:
    form = RegisterForm(locale=chosen_language())
    if form.validate_on_submit():
        _register(form)
        return redirect(url_for("account.check_mail"))
    return render_template("account/register.html", form=form), 400 if form.errors else 200


def _register(form: RegisterForm) -> None:
    """The same for an address that is known, that is not, or that was asked for too often."""
    asked = NewAccount(
        email=form.email.data,
        name=form.name.data,
        phone=form.phone.data or None,
        password=form.password.data,
        locale=form.locale.data,
    )
    account = written_email(asked.email)
    with steady():
        if throttle.ask_for_letter("register", account, known_mark(account)) is None:
            accounts.register(asked, confirm_link, entering.public_link("account.sign_in"))


@bp.get("/check-your-mail")
@let_in(open_to_all)
def check_mail() -> str:
    return render_template("account/check_mail.html", about=request.args.get("about", "account"))


class ConfirmForm(FlaskForm):
    password = password_field(_l("The password you chose"))


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@let_in(open_to_all)
def confirm(token: str) -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        wait = throttle.try_code(f"confirm {token[:40]}")
        if wait is None:
            with steady():
                answer = accounts.confirm(token, form.password.data)
            if isinstance(answer, SignedIn):
                response = go_on(answer)
                entering.note_mailbox()
                return response
            form.password.errors = [words.LINK[answer]]
        else:
            form.password.errors = [words.too_many_codes(wait)]
    return render_template("account/confirm.html", form=form), 400 if form.errors else 200
