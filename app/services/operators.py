"""Operators of the platform: made by whoever holds the database, never by a page (SEC-T9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import engine_for
from app.gateways.account_rules import (
    EmailUnfit,
    PasswordUnfit,
    email_problem,
    password_problem,
)
from app.gateways.credentials import (
    app_codes,
    hash_password,
    new_recovery_codes,
    recovery_digest,
)
from app.models.account_rows import (
    add_person,
    end_sessions,
    find_person,
    lock_person,
    promise_letter,
)
from app.models.outbox_rows import record_act


class OperatorRefused(StrEnum):
    # An operator's account is for nothing else: no bids, no claims, no court.
    HAS_ACCOUNT = "has_account"


@dataclass(frozen=True, slots=True)
class NewOperator:
    """What is shown once, and kept by the new operator alone."""

    key: str
    uri: str
    recovery_codes: list[str]


def create_operator(
    email: str, name: str, password: str
) -> NewOperator | OperatorRefused | EmailUnfit | PasswordUnfit:
    """Write an operator with an authenticator app set up, as the owner of the tables."""
    problem = email_problem(email) or password_problem(password, email, name)
    if problem is not None:
        return problem
    hashed, codes = hash_password(password), app_codes()
    secret = codes.generate_totp_secret()
    with Session(engine_for("migrator")) as session, session.begin():
        person = add_person(session, email=email, name=name, phone=None, hashed=hashed, locale="zh")
        if person is None:
            return OperatorRefused.HAS_ACCOUNT
        person.is_operator = True
        person.confirmed_at = session.scalars(select(func.clock_timestamp())).one()
        person.tf_totp_secret, person.tf_primary_method = secret, "authenticator"
        recovery_codes = new_recovery_codes()
        person.mf_recovery_codes = [
            recovery_digest(person.public_id, code) for code in recovery_codes
        ]
        record_act(
            session,
            actor="administrator",
            action="operator_made",
            subject=f"person:{person.public_id}",
        )
        uri = codes.get_totp_uri(person.email, secret)
    return NewOperator(codes.get_totp_pretty_key(secret), uri, recovery_codes)


def remove_lost_app(email: str) -> bool:
    """Take the authenticator app from somebody who lost it and their recovery codes.

    By hand, after the platform made sure of the person; their sessions end, they are told, and
    whoever has duties sets up another app before anything else.
    """
    with Session(engine_for("migrator")) as session, session.begin():
        found = find_person(session, email)
        if found is None or found.tf_totp_secret is None:
            return False
        person = lock_person(session, found.id)
        person.tf_totp_secret = person.tf_primary_method = person.tf_totp_counter = None
        person.mf_recovery_codes = None
        end_sessions(session, person.id, "app_removed")
        promise_letter(session, "app_removed", {}, person_id=person.id)
        record_act(
            session,
            actor="administrator",
            action="app_removed",
            subject=f"person:{person.public_id}",
        )
        return True
