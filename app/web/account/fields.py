"""Fields of account forms: paste allowed, password managers welcome, no puzzle (WCAG 3.3.8)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.gateways.account_rules import email_problem


def text_field(label: Any, *validators: Any, hint: Any = "", **params: Any) -> StringField:
    return StringField(
        label,
        validators=list(validators),
        description=hint,
        filters=[_stripped],
        widget=GovTextInput(),
        render_kw={"params": params},
    )


def email_field(hint: Any = "") -> StringField:
    return text_field(
        _l("E-mail address"),
        InputRequired(message=_l("Enter your e-mail address")),
        _is_email,
        hint=hint,
        type="email",
        autocomplete="email",
        spellcheck=False,
    )


def password_field(label: Any, *validators: Any, new: bool = False, hint: Any = "") -> Any:
    return PasswordField(
        label,
        validators=[InputRequired(message=_l("Enter a password")), *validators],
        description=hint,
        widget=GovPasswordInput(),
        render_kw={
            "params": {
                "autocomplete": "new-password" if new else "current-password",
                "showPasswordText": _l("Show"),
                "hidePasswordText": _l("Hide"),
                "showPasswordAriaLabelText": _l("Show password"),
                "hidePasswordAriaLabelText": _l("Hide password"),
                "passwordShownAnnouncementText": _l("Your password is visible"),
                "passwordHiddenAnnouncementText": _l("Your password is hidden"),
            }
        },
    )


def code_field(label: Any, hint: Any = "") -> StringField:
    return text_field(
        label,
        InputRequired(message=_l("Enter the code")),
        Length(max=40, message=_l("That is not a code")),
        hint=hint,
        autocomplete="one-time-code",
        inputmode="numeric",
        spellcheck=False,
        classes="govuk-input--width-10 govuk-input--extra-letter-spacing",
    )


def reason_field(label: Any, *, needed: bool) -> StringField:
    validators: list[Any] = [Length(max=300, message=_l("Use at most 300 characters"))]
    if needed:
        validators.insert(0, InputRequired(message=_l("Say why")))
    return text_field(label, *validators)


def _stripped(written: str | None) -> str | None:
    return written.strip() if written else written


def _is_email(_form: Any, field: StringField) -> None:
    if email_problem(field.data or "") is not None:
        raise ValidationError(_l("Enter an e-mail address in the form name@example.org"))
