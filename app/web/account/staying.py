"""How long this browser stays signed in, and the button by which it stays (WCAG 2.2.1).

A page asks before it warns, because another window may have been used meanwhile; asking is not
using, so it prolongs nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from app.web.account.blueprint import bp
from app.web.gates import let_in, signed_in, signed_in_person
from app.web.sessions import IDLE, Kept, current_session, waits_for_an_end

_WARN = timedelta(minutes=5)


@bp.get("/session.json")
@let_in(signed_in)
def session_left() -> ResponseReturnValue:
    """How long is left, without making it longer; 401 where somebody is not signed in any more."""
    opened = current_session()
    opened.is_only_looked_at = True
    assert opened.kept is not None
    return jsonify(_told(opened.kept, opened.kept.idle_left))


@bp.post("/session")
@let_in(signed_in)
def stay() -> ResponseReturnValue:
    """Somebody is at work here, or said so."""
    opened = current_session()
    opened.modified = True
    assert opened.kept is not None
    return jsonify(_told(opened.kept, IDLE))


def _told(kept: Kept, idle_left: timedelta) -> dict[str, Any]:
    left = min(idle_left, kept.whole_left)
    # The form's token belongs to the session: whoever signed in again elsewhere has a new one.
    person, token = signed_in_person(), generate_csrf()
    return {
        "signed_in": True,
        "who": person.public_id,
        "csrf_token": token,
        "seconds": int(left.total_seconds()),
        "can_stay": idle_left < kept.whole_left,
        "held": left < _WARN and waits_for_an_end(person),
    }
