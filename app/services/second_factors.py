"""The second factor: an authenticator app for staff and operators, a code by mail for bidders.

A code of the app is taken once, a recovery code is taken once, and a code by mail is good for
ten minutes in the browser that asked for it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import segno

from app.db import transaction
from app.gateways.clock import real_now
from app.gateways.credentials import (
    app_codes,
    digest,
    is_digest,
    new_mail_code,
    new_recovery_codes,
    recovery_digest,
)
from app.models.account_rows import (
    end_sessions,
    has_duties,
    lock_person,
    promise_letter,
    record_own_act,
)
from app.models.people import Person

MAIL_CODE_LASTS = timedelta(minutes=10)
MAIL_CODE_TRIES = 5


class FactorRefused(StrEnum):
    WRONG = "wrong"
    TOO_OLD = "too_old"
    TOO_MANY_TRIES = "too_many_tries"
    # Whoever works for a court, or runs the platform, cannot do without an app.
    NEEDED_FOR_DUTIES = "needed_for_duties"
    ALREADY_THERE = "already_there"


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person can prove themself with, and what they have to."""

    has_app: bool
    must_have_app: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class MailCode:
    """What the browser's session keeps of a code that was sent: nothing that could be typed."""

    digest: str
    expires_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class NewApp:
    """An authenticator app being set up: the secret as picture and as text."""

    secret: str
    key: str
    uri: str
    picture: str


def factors_of(person_id: int) -> Factors:
    with transaction() as session:
        person = session.get_one(Person, person_id)
        return Factors(
            has_app=person.tf_totp_secret is not None,
            must_have_app=has_duties(session, person),
            recovery_codes_left=len(person.mf_recovery_codes or []),
        )


def send_mail_code(person_id: int) -> MailCode:
    """Promise a letter with a code; the code itself stands in the letter alone."""
    code = new_mail_code()
    with transaction() as session:
        person = session.get_one(Person, person_id)
        minutes = int(MAIL_CODE_LASTS.total_seconds()) // 60
        promise_letter(session, "code", {"code": code, "minutes": minutes}, person_id=person.id)
        return MailCode(_mail_digest(person, code), real_now(session) + MAIL_CODE_LASTS)


def check_mail_code(person_id: int, sent: MailCode, code: str) -> FactorRefused | None:
    with transaction() as session:
        person = session.get_one(Person, person_id)
        if sent.tries >= MAIL_CODE_TRIES:
            return FactorRefused.TOO_MANY_TRIES
        if real_now(session) >= sent.expires_at:
            return FactorRefused.TOO_OLD
        if not is_digest(sent.digest, "mail code", person.public_id, _digits(code)):
            return FactorRefused.WRONG
        record_own_act(session, person, "second_factor_by_mail")
    return None


def check_app_code(person_id: int, code: str) -> FactorRefused | None:
    """A code of the app, or one of the recovery codes; each only once."""
    with transaction() as session:
        person = lock_person(session, person_id)
        if _uses_recovery_code(person, code):
            promise_letter(session, "recovery_used", {}, person_id=person.id)
            record_own_act(session, person, "second_factor_by_recovery_code")
            return None
        if not app_codes().takes(_digits(code), person):
            return FactorRefused.WRONG
        record_own_act(session, person, "second_factor_by_app")
    return None


def new_app(email: str) -> NewApp:
    """A secret to be set up; nothing is written before a first code was right."""
    codes = app_codes()
    return show_app(codes.generate_totp_secret(), email)


def show_app(secret: str, email: str) -> NewApp:
    codes = app_codes()
    uri = codes.get_totp_uri(email, secret)
    return NewApp(secret, codes.get_totp_pretty_key(secret), uri, _picture(uri))


def add_app(
    person_id: int, secret: str, code: str, this_session: bytes | None
) -> list[str] | FactorRefused:
    """Set up the app whose code this is; the answer is the recovery codes, shown once.

    Sessions that were opened with less are ended.
    """
    with transaction() as session:
        person = lock_person(session, person_id)
        if person.tf_totp_secret is not None:
            return FactorRefused.ALREADY_THERE
        if not app_codes().takes(_digits(code), person, secret):
            return FactorRefused.WRONG
        person.tf_totp_secret, person.tf_primary_method = secret, "authenticator"
        codes = _give_recovery_codes(person)
        end_sessions(session, person.id, "app_added", keep=this_session)
        promise_letter(session, "app_added", {}, person_id=person.id)
        record_own_act(session, person, "app_added")
        return codes


def remove_app(person_id: int, code: str) -> FactorRefused | None:
    """Do without the app again, with a last code of it; not for people with duties."""
    with transaction() as session:
        person = lock_person(session, person_id)
        if has_duties(session, person):
            return FactorRefused.NEEDED_FOR_DUTIES
        if not _uses_recovery_code(person, code) and not app_codes().takes(_digits(code), person):
            return FactorRefused.WRONG
        person.tf_totp_secret = person.tf_primary_method = person.tf_totp_counter = None
        person.mf_recovery_codes = None
        promise_letter(session, "app_removed", {}, person_id=person.id)
        record_own_act(session, person, "app_removed")
    return None


def renew_recovery_codes(person_id: int, code: str) -> list[str] | FactorRefused:
    with transaction() as session:
        person = lock_person(session, person_id)
        if not app_codes().takes(_digits(code), person):
            return FactorRefused.WRONG
        codes = _give_recovery_codes(person)
        record_own_act(session, person, "recovery_codes_renewed")
        return codes


def _give_recovery_codes(person: Person) -> list[str]:
    codes = new_recovery_codes()
    person.mf_recovery_codes = [recovery_digest(person.public_id, code) for code in codes]
    return codes


def _uses_recovery_code(person: Person, code: str) -> bool:
    """Whether it is one of the codes that are left; it is not left afterwards."""
    left: list[str] = list(person.mf_recovery_codes or [])
    written = recovery_digest(person.public_id, code)
    if written not in left:
        return False
    person.mf_recovery_codes = [kept for kept in left if kept != written]
    return True


def _mail_digest(person: Person, code: str) -> str:
    return digest("mail code", person.public_id, code)


def _digits(code: str) -> str:
    """What was typed or pasted, without blanks and hyphens."""
    return "".join(sign for sign in code if sign.isdigit() and sign.isascii())


def _picture(uri: str) -> str:
    """The QR code as inline SVG: no script, no style attribute, no file."""
    drawn = io.BytesIO()
    plain = {"xmldecl": False, "svgclass": None, "lineclass": None, "omitsize": True}
    segno.make(uri, error="m").save(drawn, kind="svg", border=4, light="#fff", **plain)
    return drawn.getvalue().decode()
