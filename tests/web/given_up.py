"""What `test_given_up.py` runs in a process of its own, as a web process is: all greenlets.

    python -m tests.web.given_up SCENE < what the scene needs, as JSON

Writes what was seen, as JSON.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

# psycopg asks at its import whether gevent is there, so everything else comes after the patch.
import json  # noqa: E402
import os  # noqa: E402
import random  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from sqlalchemy import Engine, create_engine, text  # noqa: E402
from werkzeug.test import Client  # noqa: E402

from app.db import engine_options  # noqa: E402
from app.web import deadline  # noqa: E402
from app.web.bidder.long_way import AT_ONCE, LongWay  # noqa: E402
from app.web.deadline import Deadline  # noqa: E402

TERMS = "0" * 64
SECONDS = 0.4


# --- one connection, and a request that is given up while it waits for it ------------------------


def connection(told: dict[str, Any]) -> dict[str, Any]:
    """At each moment of an exchange: how the one given up ended, and what the next one reads."""
    options = engine_options("web") | {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(told["url"], **options)
    return {moment: _give_up(engine, wait) for moment, wait in _MOMENTS.items()}


def _asks(engine: Engine, frozen: Callable[[], object]) -> None:
    with engine.connect() as connection:
        frozen()
        connection.execute(text("SELECT 'theirs'"))


def _is_greeted(engine: Engine, frozen: Callable[[], object]) -> None:
    """The pool asks a connection whether it is there before it hands it out."""
    frozen()
    engine.connect()


def _commits(engine: Engine, frozen: Callable[[], object]) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 'theirs'"))
        frozen()
        connection.commit()


def _gives_it_back(engine: Engine, frozen: Callable[[], object]) -> None:
    """With something to be rolled back."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 'theirs'"))
        frozen()


_MOMENTS = {
    "asks": _asks,
    "is greeted": _is_greeted,
    "commits": _commits,
    "gives it back": _gives_it_back,
}


def _give_up(engine: Engine, wait: Callable[..., None]) -> dict[str, Any]:
    with engine.connect() as first:
        pid = first.scalar(text("SELECT pg_backend_pid()"))
    waiting = gevent.spawn(wait, engine, lambda: os.kill(pid, signal.SIGSTOP))
    gevent.sleep(0.2)
    waiting.kill(block=False)
    try:
        with gevent.Timeout(5), engine.connect() as following:
            read = following.scalar(text("SELECT 'mine'"))
    finally:
        os.kill(pid, signal.SIGCONT)
    waiting.join(5)
    return {"ended": type(waiting.value or waiting.exception).__name__, "read": read}


# --- the long way ---------------------------------------------------------------------------------


def long_way(_told: dict[str, Any]) -> dict[str, Any]:
    """Hundreds come, and each second one is given up at any moment."""
    line, draw, failed = LongWay(), random.Random(1), Counter[str]()

    def go() -> None:
        turn = line.wait_for_turn()
        try:
            gevent.sleep(draw.random() / 500)
        finally:
            turn.end()

    coming = [gevent.spawn(go) for _ in range(600)]
    while not all(one.ready() for one in coming):
        gevent.sleep(draw.random() / 1000)
        left = [one for one in coming if not one.ready()]
        for one in draw.sample(left, len(left) // 20 + 1) if left else ():
            one.kill(block=False)
    failed.update(type(one.exception).__name__ for one in coming if one.exception)
    turns = [gevent.spawn(line.wait_for_turn) for _ in range(AT_ONCE)]
    gevent.joinall(turns, timeout=1)
    free = sum(one.ready() and not one.value.has_ended for one in turns)
    return {"failed": failed, "turns free": free}


# --- bids, while the sessions cannot be read ------------------------------------------------------


def bids(told: dict[str, Any]) -> dict[str, Any]:
    """Everybody bids while their sessions are locked for longer than the deadline, then again."""
    from app import create_app

    app = create_app("web", told["settings"])
    door = Deadline(app.wsgi_app)
    in_life = deadline.SECONDS_FOR_A_BID
    # Somebody bids first: what opens with the first bid would not open in time.
    _bid(door, told, told["cookies"].pop())
    deadline.SECONDS_FOR_A_BID = SECONDS
    with _locked_sessions(told["admin_url"]):
        during = _all_bid(door, told)
    deadline.SECONDS_FOR_A_BID = in_life
    after = [_all_bid(door, told) for _ in range(3)]
    return {"during": during, "after": dict(sum(map(Counter, after), Counter()))}


def _all_bid(door: Deadline, told: dict[str, Any]) -> dict[str, int]:
    asking = [gevent.spawn(_bid, door, told, cookie) for cookie in told["cookies"]]
    gevent.joinall(asking)
    return dict(Counter(one.get() for one in asking))


def _bid(door: Deadline, told: dict[str, Any], cookie: str) -> str:
    content = {"amount": 1, "key": str(uuid.uuid4()), "terms_hash": TERMS}
    answer = Client(door, use_cookies=False).post(
        f"/bid/{told['sale']}/bid",
        json=content,
        headers={"Cookie": cookie, "User-Agent": told["agent"], "Host": "localhost"},
    )
    return f"{answer.status_code} {(answer.json or {}).get('status')}"


@contextmanager
def _locked_sessions(url: str) -> Iterator[None]:
    with create_engine(url).connect() as holder:
        holder.execute(text("LOCK TABLE identity.sessions IN ACCESS EXCLUSIVE MODE"))
        yield
        holder.rollback()


SCENES = {"connection": connection, "long way": long_way, "bids": bids}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(SCENES[sys.argv[1]](json.load(sys.stdin))))
