"""Sockets: outgoing only. A socket carries no session and nothing personal, and bids never.

The server chooses the room from the public sale that the page names (SEC-S5); a client's own
messages are counted and thrown away, and too many of them end the socket (SEC-S6). There is
nothing here that a sign-out would have to end (SEC-S3): what is sent is public.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Any

import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room
from sqlalchemy import select

from app.db import engine_for
from app.gateways.announcer import heard_by_notify, heard_by_redis
from app.models.bidding import SaleStateRecord
from app.models.sales import PublicLot

log = logging.getLogger(__name__)

SECONDS_BETWEEN_BEATS = 2.0
# A page sends nothing but the protocol's own answers; a burst of these is somebody playing.
MESSAGES_PER_SECOND = 5
BURST = 20


class Hall:
    """Everybody who watches, by sale."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._watched: Counter[str] = Counter()
        self._sale_of: dict[str, str] = {}
        self.sockets = SocketIO(
            app,
            async_mode=app.config.get("SOCKET_ASYNC_MODE", "gevent"),
            cors_allowed_origins=_origins(app),
            manage_session=False,
            ping_interval=10,
            ping_timeout=10,
            max_http_buffer_size=4096,
        )
        _limit_messages(self.sockets.server)
        self.sockets.on_event("connect", self._connect)
        self.sockets.on_event("disconnect", self._disconnect)

    def start(self) -> None:
        self.sockets.start_background_task(self._relay)
        self.sockets.start_background_task(self._beat)

    def _connect(self, auth: Any = None) -> None:
        if not request.headers.get("Origin"):
            # Every browser names its origin; whoever does not is told to (SEC-S4).
            raise Refused("origin_missing")
        wanted = auth.get("sale") if isinstance(auth, dict) else None
        if not isinstance(wanted, str) or not self._is_public(wanted):
            raise Refused("no_such_sale")
        socket_id = request.sid  # type: ignore[attr-defined]
        self._sale_of[socket_id] = wanted
        self._watched[wanted] += 1
        join_room(wanted)

    def _disconnect(self, *_reason: Any) -> None:
        wanted = self._sale_of.pop(request.sid, None)  # type: ignore[attr-defined]
        if wanted is not None:
            self._watched[wanted] -= 1
            if self._watched[wanted] <= 0:
                del self._watched[wanted]

    def _is_public(self, public_id: str) -> bool:
        with engine_for("public").connect() as connection:
            found = connection.execute(
                select(PublicLot.sale_id).where(PublicLot.public_id == public_id)
            )
            return found.first() is not None

    def _relay(self) -> None:
        """Pass on what the deciders announce; start again whenever the channel breaks."""
        while True:
            try:
                for message in self._heard():
                    if message is not None and message["sale"] in self._watched:
                        self.sockets.emit("sale", message, to=message["sale"])
            except Exception:
                log.warning("the live channel broke; listening again", exc_info=True)
                self.sockets.sleep(0.5)

    def _heard(self) -> Any:
        redis_url = self._app.config["REDIS_URL"]
        if redis_url:
            return heard_by_redis(redis_url)
        return heard_by_notify(self._app.config["DATABASE_URLS"]["public"])

    def _beat(self) -> None:
        """Every two seconds, how each watched sale stands by the database: whoever missed a
        message sees the gap here (pages.md, lost link)."""
        while True:
            self.sockets.sleep(SECONDS_BETWEEN_BEATS)
            try:
                with self._app.app_context():
                    for beat in _standing(list(self._watched)):
                        self.sockets.emit("beat", beat, to=beat["sale"])
            except Exception:
                log.warning("a heartbeat was lost", exc_info=True)


def _standing(public_ids: list[str]) -> list[dict[str, Any]]:
    if not public_ids:
        return []
    with engine_for("public").connect() as connection:
        rows = connection.execute(
            select(
                PublicLot.public_id,
                SaleStateRecord.accepted,
                SaleStateRecord.status,
                SaleStateRecord.closes_at,
            )
            .join(SaleStateRecord, SaleStateRecord.sale_id == PublicLot.sale_id)
            .where(PublicLot.public_id.in_(public_ids))
        ).all()
    return [
        {
            "sale": row.public_id,
            "seq": row.accepted,
            "status": row.status,
            "closes_at": row.closes_at.isoformat(),
        }
        for row in rows
    ]


def _origins(app: Flask) -> list[str]:
    return [app.config["PUBLIC_URL"]]


def _limit_messages(server: socketio.Server) -> None:
    """End a socket that talks too much, before anything it says is looked at."""
    budgets: dict[str, tuple[float, float]] = {}
    lock = threading.Lock()
    handle, leave = server._handle_eio_message, server._handle_eio_disconnect

    def handle_message(eio_sid: str, data: Any) -> Any:
        socket = server.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            return None
        now = time.monotonic()
        with lock:
            left, since = budgets.get(eio_sid, (float(BURST), now))
            left = min(BURST, left + (now - since) * MESSAGES_PER_SECOND) - 1
            budgets[eio_sid] = (left, now)
        if left < 0:
            # Nobody waits until whoever floods has read our farewell: they may never read.
            socket.close(wait=False)
            server.eio.sockets.pop(eio_sid, None)
            return None
        return handle(eio_sid, data)

    def handle_disconnect(eio_sid: str, *reason: Any) -> Any:
        with lock:
            budgets.pop(eio_sid, None)
        return leave(eio_sid, *reason)

    server.eio.on("message", handle_message)
    server.eio.on("disconnect", handle_disconnect)
