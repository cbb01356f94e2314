"""What account pages say when something is refused: in one place, in plain words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.gateways.account_rules import LONGEST, SHORTEST, PasswordUnfit
from app.services.accounts import LinkRefused, SignInRefused
from app.services.second_factors import FactorRefused
from app.web.account.throttle import Wait

PASSWORD: dict[PasswordUnfit, Any] = {
    PasswordUnfit.TOO_SHORT: _l("Use %(count)s characters or more", count=SHORTEST),
    PasswordUnfit.TOO_LONG: _l("Use %(count)s characters or fewer", count=LONGEST),
    PasswordUnfit.WIDELY_KNOWN: _l(
        "Many people use this password, so it is easily guessed. Choose another one"
    ),
}
SIGN_IN: dict[SignInRefused, Any] = {
    SignInRefused.WRONG: _l("The e-mail address or the password is not right"),
    SignInRefused.UNCONFIRMED: _l(
        "This e-mail address is not confirmed yet. We have sent you the link again"
    ),
}
LINK: dict[LinkRefused, Any] = {
    LinkRefused.WRONG: _l("That is not the password you chose when you registered"),
    LinkRefused.WORN_OUT: _l("This link is too old, or was used already"),
}
FACTOR: dict[FactorRefused, Any] = {
    FactorRefused.WRONG: _l("That code is not right. Each code can be used once only"),
    FactorRefused.TOO_OLD: _l("That code is too old. Ask for a new one"),
    FactorRefused.TOO_MANY_TRIES: _l("Too many tries with this code. Ask for a new one"),
    FactorRefused.NEEDED_FOR_DUTIES: _l("People who work for a court need an authenticator app"),
    FactorRefused.ALREADY_THERE: _l("An authenticator app is set up already"),
}


def too_many(wait: Wait) -> str:
    return _(
        "Too many tries. Try again in %(minutes)s minutes, or ask for a new password",
        minutes=wait.minutes,
    )


def too_many_codes(wait: Wait) -> str:
    return _("Too many tries. Try again in %(minutes)s minutes", minutes=wait.minutes)
