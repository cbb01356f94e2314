"""Sessions live in the database; the cookie holds nothing but a random id (SEC-S1, SEC-S2).

A session that is ended here is ended at once, everywhere, whatever the browser still sends. The
table holds the id's SHA-256, so a copy of the table opens no session. A new id is given whenever
somebody signs in or steps up, so an id planted beforehand leads nowhere (SEC-T6).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Text, and_, bindparam, cast, delete, func, insert, literal, select, update
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import CallbackDict

from app.extensions import db
from app.models.people import Person, WebSession
from app.queries.closing_lots import holds_deposit_on_a_closing_lot
from app.web.browsers import browser_class

COOKIE = "luochui"
IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
FORGET_STRANGERS_AFTER = timedelta(days=1)

# Files without a viewer: no session is read for them, so that they stay cacheable. Nor for what a
# watching page asks by itself: that is public, and a page left open is not a person at work.
_FILES = ("/static/", "/vendor/")
_ASKED_BY_ITSELF = re.compile(r"/time|/sales/[^/]+/snapshot\.json")

log = logging.getLogger(__name__)

_json = TaggedJSONSerializer()
_now = func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Kept:
    """The row a session was read from."""

    id_hash: bytes
    expires_at: datetime
    is_due_for_touch: bool
    idle_left: timedelta = IDLE
    whole_left: timedelta = LIFETIME
    # Of the content as it was read: whoever relies on it later can ask whether it still stands.
    version: str = ""

    @property
    def handle(self) -> str:
        """Names the row to its owner, and is of no use to anybody else."""
        return handle_of(self.id_hash)


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """The content of one browser's session."""

    def __init__(
        self,
        content: dict[str, Any] | None = None,
        kept: Kept | None = None,
        person: Person | None = None,
        is_for_viewer: bool = True,
        unread: SQLAlchemyError | None = None,
    ) -> None:
        super().__init__(content or {}, _note_change)
        self.kept = kept
        self.person = person
        self.is_for_viewer = is_for_viewer
        self.unread = unread
        self.is_only_looked_at = False
        self.modified = False
        self._user_at_first = self.get("_user_id")
        self._factor_at_first = self.get("second_factor_at")

    @property
    def has_changed_hands(self) -> bool:
        return self.get("_user_id") != self._user_at_first

    @property
    def has_stepped_up(self) -> bool:
        return self.get("second_factor_at") != self._factor_at_first


def _note_change(changed: CallbackDict[str, Any]) -> None:
    changed.modified = True  # type: ignore[attr-defined]


def handle_of(id_hash: bytes) -> str:
    return id_hash.hex()[:20]


def current_session() -> StoredSession:
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, StoredSession)
    return found


class DatabaseSessions(SessionInterface):
    """Flask's sessions, kept in `identity.sessions`."""

    def get_cookie_name(self, app: Flask) -> str:
        """`__Host-` binds the cookie to this host and to https; loopback has no https."""
        return COOKIE if is_plain_loopback(app) else f"__Host-{COOKIE}"

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        if request.path.startswith(_FILES) or _ASKED_BY_ITSELF.fullmatch(request.path):
            return StoredSession(is_for_viewer=False)
        key = request.cookies.get(self.get_cookie_name(app))
        try:
            return (_read(key, browser_class(request)) if key else None) or StoredSession()
        except SQLAlchemyError as failure:
            # Raised when Flask knows a session: the page that says that the database is away asks
            # it for a language and a viewer, and finds nobody.
            return StoredSession(is_for_viewer=False, unread=failure)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, StoredSession)
        if not session.is_for_viewer:
            return
        response.vary.add("Cookie")
        if not session.modified:
            if session.kept is not None and not session.is_only_looked_at:
                _touch(session.kept)
        elif not session:
            self._end(app, session, response)
        elif session.kept is None or session.has_changed_hands or session.has_stepped_up:
            self._begin(app, session, response)
        else:
            seen = {} if session.is_only_looked_at else {"seen_at": _now}
            _write(_of(session.kept).values(content=_content(session), **seen))

    def _begin(self, app: Flask, session: StoredSession, response: Response) -> None:
        key = secrets.token_urlsafe(32)
        _forget_passes(app, session)
        _write(*_replacing(session, key, browser_class(request)))
        response.set_cookie(self.get_cookie_name(app), key, **_attributes(app))

    def _end(self, app: Flask, session: StoredSession, response: Response) -> None:
        if session.kept is not None:
            _forget_passes(app, session)
            _write(_ended(_of(session.kept), "signed_out"))
            response.delete_cookie(self.get_cookie_name(app), **_attributes(app))


def stop_if_unread() -> None:
    """Before anything is done for a request whose session could not be read."""
    unread = current_session().unread
    if unread is not None:
        raise unread


def _forget_passes(app: Flask, session: StoredSession) -> None:
    """What this session may do without being read (bidder/passes.py), it may not do any more."""
    passes = app.extensions.get("luochui_passes")
    if passes is not None and session.kept is not None:
        passes.forget(session.kept.id_hash)


def is_plain_loopback(app: Flask) -> bool:
    """Development on this machine, where there is no certificate."""
    scheme, _, rest = app.config["PUBLIC_URL"].partition("://")
    host = rest.partition("/")[0].partition(":")[0]
    return not app.config["PRODUCTION"] and scheme == "http" and host in ("127.0.0.1", "localhost")


def _attributes(app: Flask) -> dict[str, Any]:
    secure = not is_plain_loopback(app)
    return {"httponly": True, "secure": secure, "samesite": "Lax", "path": "/"}


# One indexed read: the session, and the person whose it is. Built once: to build it anew for each
# request took longer than to run it.
_STORED = (
    select(
        WebSession.id_hash,
        WebSession.content,
        WebSession.expires_at,
        WebSession.agent_class,
        func.md5(cast(WebSession.content, Text)).label("version"),
        Person,
        (WebSession.seen_at + IDLE - _now).label("idle_left"),
        (WebSession.expires_at - _now).label("whole_left"),
        (WebSession.seen_at < _now - TOUCH_EVERY).label("is_due_for_touch"),
    )
    .outerjoin(Person, Person.id == WebSession.person_id)
    .where(WebSession.id_hash == bindparam("id_hash"), WebSession.ended_at.is_(None))
)


def _read(key: str, agent_class: str) -> StoredSession | None:
    found = db.session.execute(_STORED, {"id_hash": _hash(key)}).one_or_none()
    if found is None or found.agent_class != agent_class:
        return None
    is_over = min(found.idle_left, found.whole_left) <= timedelta(0)
    if is_over and not waits_for_an_end(found.Person):
        return None
    return StoredSession(
        _json.loads(json.dumps(found.content)),
        Kept(
            found.id_hash,
            found.expires_at,
            found.is_due_for_touch,
            found.idle_left,
            found.whole_left,
            found.version,
        ),
        found.Person,
    )


def waits_for_an_end(person: Person | None) -> bool:
    """Idle or too long here, but with a deposit on a lot that is about to end: then nobody is
    signed out (SEC-T6).

    Asked only of sessions that would end, so it costs an ordinary request nothing.
    """
    key = current_app.config["BLIND_INDEX_KEY"]
    return person is not None and holds_deposit_on_a_closing_lot(db.session(), key, person.id)


def _replacing(session: StoredSession, key: str, agent_class: str) -> list[Any]:
    """The statements that write `session` under a new id; its old id is dead with them."""
    keeps_its_end = session.kept is not None and not session.has_changed_hands
    row = insert(WebSession).values(
        id_hash=_hash(key),
        person_id=select(Person.id)
        .where(Person.fs_uniquifier == session.get("_user_id"))
        .scalar_subquery(),
        content=_content(session),
        agent_class=agent_class,
        seen_at=_now,
        expires_at=literal(session.kept.expires_at)
        if session.kept is not None and keeps_its_end
        else _now + LIFETIME,
    )
    if session.kept is not None:
        return [_ended(_of(session.kept), "renewed"), row]
    return [_forget_strangers(), row]


def _touch(kept: Kept) -> None:
    """Note that somebody is there. What the request did is done by now, a bid perhaps: its answer
    is not lost for a note that the next request makes as well."""
    if not kept.is_due_for_touch:
        return
    try:
        _write(_of(kept).values(seen_at=_now))
    except SQLAlchemyError as failure:
        db.session.remove()
        log.warning("a session was not marked as seen: %s", type(failure).__name__)


def _of(kept: Kept) -> Any:
    return update(WebSession).where(
        and_(WebSession.id_hash == kept.id_hash, WebSession.ended_at.is_(None))
    )


def _ended(statement: Any, reason: str) -> Any:
    return statement.values(ended_at=_now, end_reason=reason, content={})


def _forget_strangers() -> Any:
    """Whoever begins a session sweeps up a few that strangers left behind."""
    left = (
        select(WebSession.id_hash)
        .where(WebSession.person_id.is_(None), WebSession.seen_at < _now - FORGET_STRANGERS_AFTER)
        .limit(20)
    )
    return delete(WebSession).where(WebSession.id_hash.in_(left))


def _write(*statements: Any) -> None:
    """A transaction of its own: what a view left unfinished is not finished here."""
    db.session.rollback()
    for statement in statements:
        db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _content(session: StoredSession) -> Any:
    return json.loads(_json.dumps(dict(session)))
