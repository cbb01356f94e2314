"""The words of letters about accounts and roles. The notifier asks for them when it sends.

Plain text, short, with what to do if it was not you. No letter asks for a password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

Params = Mapping[str, Any]
Wording = Callable[[Params], tuple[str, list[str]]]

PREFIX = "account_"


def is_account_letter(kind: str) -> bool:
    return kind.startswith(PREFIX)


def account_letter(kind: str, params: Params, locale: str) -> tuple[str, str]:
    """Subject and body of the letter that `promise_letter` promised as `kind`.

    Needs an application context, whose catalogues hold both languages.
    """
    with force_locale("zh" if locale == "zh" else "en"):
        subject, paragraphs = _WORDINGS[kind.removeprefix(PREFIX)](params)
        greeting, signature = _("Good day,"), _("Luochui, court auctions")
    return subject, "\n\n".join([greeting, *paragraphs, signature]) + "\n"


def _confirm(params: Params) -> tuple[str, list[str]]:
    return _("Confirm your e-mail address"), [
        _("Somebody asked for an account with this e-mail address."),
        _("If it was you, open this link within two days and enter the password you chose:"),
        str(params["link"]),
        _("If it was not you, do nothing. Without your word there is no account."),
    ]


def _exists(params: Params) -> tuple[str, list[str]]:
    return _("You already have an account"), [
        _("Somebody asked for a new account with this e-mail address, but you already have one."),
        _("If it was you, sign in here. You can ask for a new password on that page:"),
        str(params["link"]),
        _("If it was not you, do nothing. Your account is as it was."),
    ]


def _reset(params: Params) -> tuple[str, list[str]]:
    return _("Choose a new password"), [
        _("Somebody asked for a new password for your account."),
        _("If it was you, open this link within one hour:"),
        str(params["link"]),
        _("If it was not you, do nothing. Your password stays as it is."),
    ]


def _password_changed(_params: Params) -> tuple[str, list[str]]:
    return _("Your password was changed"), [
        _("The password of your account was changed just now. Other sessions were ended."),
        _("If it was not you, ask for a new password on the sign-in page at once."),
    ]


def _code(params: Params) -> tuple[str, list[str]]:
    return _("Your one-time code"), [
        _("Your code is %(code)s.", code=params["code"]),
        _(
            "It is good for %(minutes)s minutes, in the browser that asked for it.",
            minutes=params["minutes"],
        ),
        _("Nobody from a court or from us will ever ask you for it."),
    ]


def _app_added(_params: Params) -> tuple[str, list[str]]:
    return _("An authenticator app was set up"), [
        _("From now on your account asks for a code of this app when you sign in."),
        _("If it was not you, write to us at once."),
    ]


def _app_removed(_params: Params) -> tuple[str, list[str]]:
    return _("The authenticator app was removed"), [
        _("Your account no longer asks for a code of the app when you sign in."),
        _("If it was not you, write to us at once."),
    ]


def _recovery_used(_params: Params) -> tuple[str, list[str]]:
    return _("A recovery code was used"), [
        _("Somebody signed in to your account with one of your recovery codes."),
        _("If it was not you, change your password and write to us at once."),
    ]


def _invitation(params: Params) -> tuple[str, list[str]]:
    return _("Invitation to work for %(court)s", court=_court(params)), [
        _(
            "%(court)s invites you to take the role: %(role)s.",
            court=_court(params),
            role=_role(params),
        ),
        _("Two persons agreed on this. To accept, open this link within seven days:"),
        str(params["link"]),
        _("The link works once. If you do not know about this, do nothing."),
    ]


def _role_given(params: Params) -> tuple[str, list[str]]:
    return _("You have a new role at %(court)s", court=_court(params)), [
        _("Your role is now: %(role)s. Two persons agreed on this.", role=_role(params)),
    ]


def _roles_ended(params: Params) -> tuple[str, list[str]]:
    return _("Your work for %(court)s has ended", court=_court(params)), [
        _("These roles of yours have ended: %(roles)s.", roles=_roles(params)),
        _("Reason given: %(reason)s", reason=params["reason"]),
        _("If you think this is wrong, write to the president of the court."),
    ]


_WORDINGS: dict[str, Wording] = {
    "confirm": _confirm,
    "exists": _exists,
    "reset": _reset,
    "password_changed": _password_changed,
    "code": _code,
    "app_added": _app_added,
    "app_removed": _app_removed,
    "recovery_used": _recovery_used,
    "invitation": _invitation,
    "role_given": _role_given,
    "roles_ended": _roles_ended,
}
KINDS = frozenset(PREFIX + kind for kind in _WORDINGS)


def _court(params: Params) -> str:
    return str(params["court_zh" if str(get_locale()) == "zh" else "court_en"])


def _role(params: Params) -> str:
    return role_name(str(params["role"]))


def _roles(params: Params) -> str:
    return ", ".join(role_name(str(role)) for role in params["roles"])


def role_name(role: str) -> str:
    """A role in words, in the language of whoever reads."""
    return {
        "president": _("president"),
        "judge": _("judge"),
        "clerk": _("clerk"),
        "finance": _("finance officer"),
    }[role]
