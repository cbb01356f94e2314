"""Who is signed in: Flask-Security's core, without its pages (docs/accounts.md says why)."""

from __future__ import annotations

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from app.extensions import db
from app.models.people import Person
from app.web.sessions import DatabaseSessions, current_session, stop_if_unread


def register_identity(app: Flask) -> None:
    """Sessions, and the person behind one. A session is the only way to be somebody here."""
    app.session_interface = DatabaseSessions()
    # First of all: whoever came before would take an unread session for a stranger's.
    app.before_request_funcs.setdefault(None, []).insert(0, stop_if_unread)
    app.config.update(
        # Argon2id and nothing else: there are no older passwords to be read.
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        # A session is bound to its kind of browser by our own table.
        SESSION_PROTECTION=None,
    )
    security = Security(app, SQLAlchemyUserDatastore(db, Person, None), register_blueprint=False)
    security.login_manager.user_loader(_person_of_session)
    # No tokens in addresses or headers, and no cookie that outlives its session.
    security.login_manager._request_callback = None
    security.login_manager._load_user_from_remember_cookie = lambda _cookie: None


def _person_of_session(uniquifier: str) -> Person | None:
    """The person whose session was read, unless the account was closed or made anew since."""
    person = current_session().person
    if person is None or not person.active or person.fs_uniquifier != uniquifier:
        return None
    return person
