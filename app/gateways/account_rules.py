"""What an e-mail address and a password have to be like; nobody outside is asked."""

from __future__ import annotations

from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from app.gateways.known_passwords import is_widely_known

SHORTEST, LONGEST = 8, 256


class PasswordUnfit(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WIDELY_KNOWN = "widely_known"


class EmailUnfit(StrEnum):
    NOT_AN_ADDRESS = "not_an_address"


def email_problem(email: str) -> EmailUnfit | None:
    try:
        validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return EmailUnfit.NOT_AN_ADDRESS
    return None if len(email) <= 254 else EmailUnfit.NOT_AN_ADDRESS


def password_problem(password: str, *about_owner: str) -> PasswordUnfit | None:
    """Length, and not one that everybody tries; nothing else is asked of a password."""
    if len(password) < SHORTEST:
        return PasswordUnfit.TOO_SHORT
    if len(password) > LONGEST:
        return PasswordUnfit.TOO_LONG
    if is_widely_known(password, *about_owner):
        return PasswordUnfit.WIDELY_KNOWN
    return None
