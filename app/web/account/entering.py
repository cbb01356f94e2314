"""Becoming somebody in this browser, proving more, and leaving again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import after_this_request, current_app, request, session, url_for
from flask.wrappers import Response
from flask_security import login_user

from app.db import Tenant, act_for
from app.extensions import db
from app.models.people import Person
from app.web.account.known_browser import remember_browser
from app.web.gates import works_for_a_court

# How long a password alone is kept in mind while the app's code is being typed.
_HALF_WAY_LASTS = timedelta(minutes=10)


def enter(person_id: int) -> None:
    """Sign this browser in: the session becomes another, under a new id."""
    session.clear()
    login_user(db.session.get_one(Person, person_id), remember=False)


def enter_half(person_id: int) -> None:
    """The password was right; the authenticator app has to vouch before anybody is signed in."""
    session.clear()
    session["half_way"] = {"person": person_id, "at": datetime.now(UTC)}


def half_way() -> int | None:
    """Whose password was just given in this browser."""
    found = session.get("half_way")
    if found is None or datetime.now(UTC) - found["at"] > _HALF_WAY_LASTS:
        return None
    person_id: int = found["person"]
    return person_id


def step_up(person: Person, by: str) -> None:
    """A second factor was given; the session gets a new id, and the browser is known."""
    session["second_factor_at"] = datetime.now(UTC)
    session["second_factor_by"] = by
    for spent in ("mail_code", "half_way"):
        session.pop(spent, None)
    email = person.email

    @after_this_request
    def _remember(response: Response) -> Response:
        return remember_browser(response, email)


def note_mailbox() -> None:
    """This browser opened a link that came by mail: the mailbox is theirs."""
    session["mailbox_at"] = datetime.now(UTC)


def has_shown_mailbox() -> bool:
    return "mailbox_at" in session or "second_factor_at" in session


def leave() -> None:
    session.clear()


def way_on(person: Person) -> str:
    """Where to after signing in: where they wanted to go, or where their work is."""
    return wanted_page() or url_for(_home_of(person))


def _home_of(person: Person) -> str:
    act_for(Tenant(person_id=person.id))
    wanted = ["account.overview"]
    if person.is_operator:
        wanted.insert(0, "operator.overview")
    elif works_for_a_court(person):
        wanted.insert(0, "court.courts")
    else:
        wanted.insert(0, "bidder.my_lots")
    return next(name for name in wanted if name in current_app.view_functions)


def wanted_page() -> str | None:
    """`next` from the address, where it is a page of ours; nobody is sent elsewhere."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    is_ours = (
        wanted.startswith("/")
        and not parts.scheme
        and not parts.netloc
        and not wanted.startswith(("//", "/\\"))
        and "\\" not in wanted
        and wanted.isprintable()
    )
    return wanted.removesuffix("?") if is_ours else None


def public_link(endpoint: str, **values: Any) -> str:
    """An address for a letter: under our public name, whatever the request called us."""
    path = url_for(endpoint, **values)
    return f"{current_app.config['PUBLIC_URL']}{path}"
