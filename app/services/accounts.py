"""Accounts: asked for, confirmed by mail, signed in to, recovered.

Whoever asks for an account, or for a new password, is told the same whether the address is known
or not; the letter tells the owner of the address which it was (SEC-T7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.account_rules import PasswordUnfit, password_problem
from app.gateways.clock import real_now
from app.gateways.credentials import digest as digest_of
from app.gateways.credentials import (
    hash_password,
    is_digest,
    is_password,
    needs_new_hash,
    read_signed,
    signed,
)
from app.models.account_rows import (
    add_person,
    end_sessions,
    find_person,
    lock_person,
    promise_letter,
    record_own_act,
)
from app.models.people import Person

CONFIRM_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(hours=1)

# Makes the address of a page out of a token; the web knows its pages.
Link = Callable[[str], str]


class SignInRefused(StrEnum):
    WRONG = "wrong"
    UNCONFIRMED = "unconfirmed"


class LinkRefused(StrEnum):
    """A link out of a letter that leads nowhere any more, or a password beside it."""

    WORN_OUT = "worn_out"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class NewAccount:
    email: str
    name: str
    phone: str | None
    password: str
    locale: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is, and whether an authenticator app has to vouch before anything else."""

    person_id: int
    email: str
    asks_app: bool


def register(asked: NewAccount, link: Link, sign_in_url: str) -> None:
    """Write an account that waits to be confirmed, or tell the owner that there is one already.

    An account nobody confirmed belongs to nobody: whoever asks again writes over it.
    """
    hashed = hash_password(asked.password)
    with transaction() as session:
        person = add_person(
            session,
            email=asked.email,
            name=asked.name,
            phone=asked.phone,
            hashed=hashed,
            locale=asked.locale,
        )
        if person is None:
            owner = find_person(session, asked.email)
            assert owner is not None, "the address has an account"
            promise_letter(session, "exists", {"link": sign_in_url}, person_id=owner.id)
            return
        token = signed("confirm", [person.fs_uniquifier])
        promise_letter(session, "confirm", {"link": link(token)}, person_id=person.id)
        record_own_act(session, person, "account_asked_for")


def confirm(token: str, password: str) -> SignedIn | LinkRefused:
    """Confirm the address, by the link in the letter and the password of whoever asked for it.

    The link alone is not enough: somebody else may have asked with this address.
    """
    person_id, hashed = _person_behind("confirm", token, CONFIRM_WITHIN)
    if person_id is None:
        return LinkRefused.WORN_OUT
    if not is_password(password, hashed):
        return LinkRefused.WRONG
    with transaction() as session:
        person = lock_person(session, person_id)
        if person.password != hashed:
            return LinkRefused.WORN_OUT
        if person.confirmed_at is None:
            person.confirmed_at = real_now(session)
            record_own_act(session, person, "account_confirmed")
        return _signed_in(person)


def sign_in(email: str, password: str) -> SignedIn | SignInRefused:
    """Check a password; an unknown address costs the same time and gets the same answer."""
    with transaction() as session:
        found = find_person(session, email)
        person_id, hashed = (found.id, found.password) if found is not None else (None, None)
    if not is_password(password, hashed) or person_id is None or hashed is None:
        return SignInRefused.WRONG
    better = hash_password(password) if needs_new_hash(hashed) else hashed
    with transaction() as session:
        person = lock_person(session, person_id)
        if not person.active or person.password != hashed:
            return SignInRefused.WRONG
        if person.confirmed_at is None:
            return SignInRefused.UNCONFIRMED
        person.password = better
        record_own_act(session, person, "signed_in")
        return _signed_in(person)


def send_confirmation_again(email: str, link: Link) -> None:
    with transaction() as session:
        person = find_person(session, email)
        if person is not None and person.confirmed_at is None and person.active:
            token = signed("confirm", [person.fs_uniquifier])
            promise_letter(session, "confirm", {"link": link(token)}, person_id=person.id)


def ask_for_reset(email: str, link: Link) -> None:
    """Promise the owner of a known address a link; nobody else learns whether it is known."""
    with transaction() as session:
        person = find_person(session, email)
        if person is not None and person.active:
            token = signed("reset", [person.fs_uniquifier, _mark(person.password)])
            promise_letter(session, "reset", {"link": link(token)}, person_id=person.id)
            record_own_act(session, person, "reset_asked_for")


def is_reset_link(token: str) -> bool:
    return _person_behind("reset", token, RESET_WITHIN)[0] is not None


def reset(token: str, password: str) -> SignedIn | LinkRefused | PasswordUnfit:
    """Set a new password by the link in a letter, once, and end every session there is.

    The second factor stays as it is: a mailbox alone does not open an account (SEC-T7).
    """
    person_id, before = _person_behind("reset", token, RESET_WITHIN)
    if person_id is None:
        return LinkRefused.WORN_OUT
    with transaction() as session:
        person = session.get_one(Person, person_id)
        problem = password_problem(password, person.email, person.name)
    if problem is not None:
        return problem
    hashed = hash_password(password)
    with transaction() as session:
        person = lock_person(session, person_id)
        if person.password != before:
            return LinkRefused.WORN_OUT
        person.password = hashed
        person.confirmed_at = person.confirmed_at or real_now(session)
        end_sessions(session, person.id, "password_reset")
        promise_letter(session, "password_changed", {}, person_id=person.id)
        record_own_act(session, person, "password_reset")
        return _signed_in(person)


def change_password(
    person_id: int, current: str, new: str, this_session: bytes | None
) -> SignInRefused | PasswordUnfit | None:
    """Change the password of somebody who knows it, and end their other sessions."""
    with transaction() as session:
        person = session.get_one(Person, person_id)
        before, about = person.password, (person.email, person.name)
    if not is_password(current, before):
        return SignInRefused.WRONG
    problem = password_problem(new, *about)
    if problem is not None:
        return problem
    hashed = hash_password(new)
    with transaction() as session:
        person = lock_person(session, person_id)
        if person.password != before:
            return SignInRefused.WRONG
        person.password = hashed
        end_sessions(session, person.id, "password_changed", keep=this_session)
        promise_letter(session, "password_changed", {}, person_id=person.id)
        record_own_act(session, person, "password_changed")
    return None


@dataclass(frozen=True, slots=True)
class Details:
    """What a court has to know of a bidder, and how to reach them."""

    name: str
    phone: str | None
    id_number: str | None
    address: str | None
    locale: str


def change_details(person_id: int, details: Details) -> None:
    with transaction() as session:
        person = lock_person(session, person_id)
        before = Details(person.name, person.phone, person.id_number, person.address, person.locale)
        if before == details:
            return
        person.name, person.phone = details.name, details.phone
        person.id_number, person.address = details.id_number, details.address
        person.locale = details.locale
        record_own_act(session, person, "details_changed")


def end_session(person_id: int, handle: str) -> bool:
    """End one session of this person; another's handle names nothing here."""
    with transaction() as session:
        ended = end_sessions(session, person_id, "ended_by_owner", only=handle)
        if ended:
            record_own_act(session, session.get_one(Person, person_id), "session_ended")
        return bool(ended)


def end_other_sessions(person_id: int, this_session: bytes) -> int:
    with transaction() as session:
        ended = end_sessions(session, person_id, "ended_by_owner", keep=this_session)
        record_own_act(session, session.get_one(Person, person_id), "other_sessions_ended")
        return ended


def _signed_in(person: Person) -> SignedIn:
    return SignedIn(person.id, person.email, asks_app=person.tf_totp_secret is not None)


def _person_behind(purpose: str, token: str, within: timedelta) -> tuple[int | None, str | None]:
    """Whom a link was sent to, and their password's hash then, if it still leads anywhere."""
    content = read_signed(purpose, token, within)
    if not content:
        return None, None
    with transaction() as session:
        person = _by_uniquifier(session, content[0])
        if person is None or not person.active:
            return None, None
        # A link to a new password dies with the password it was to replace.
        if len(content) > 1 and not is_digest(content[1], "password mark", person.password or ""):
            return None, None
        return person.id, person.password


def _by_uniquifier(session: Session, uniquifier: str) -> Person | None:
    return session.scalars(select(Person).where(Person.fs_uniquifier == uniquifier)).one_or_none()


def _mark(hashed: str | None) -> str:
    return digest_of("password mark", hashed or "")
