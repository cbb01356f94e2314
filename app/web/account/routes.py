"""Accounts: register, sign in, second factor, data, sessions, invitations."""

from __future__ import annotations

from app.web.account import (
    authenticator,
    invitation,
    overview,
    recovery,
    registration,
    second_factor,
    security,
    sign_in,
    staying,
)
from app.web.account.blueprint import bp

__all__ = [
    "authenticator",
    "bp",
    "invitation",
    "overview",
    "recovery",
    "registration",
    "second_factor",
    "security",
    "sign_in",
    "staying",
]
