"""The hall of one live process: lets people in, passes on what is announced, keeps the beat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO
from sqlalchemy.exc import SQLAlchemyError

from app.db import engine_for
from app.gateways.announcer import Message, heard_by_notify, heard_by_redis
from app.gateways.live_pass import holder_of
from app.services.bidding.lost_bidders import write_who_is_here
from app.web.live.audience import Audience, Seat
from app.web.live.door import Door
from app.web.live.frames import Packet
from app.web.live.inbound import limit_polled_messages
from app.web.live.line import Line
from app.web.live.pulse import Pulse
from app.web.live.register import Register
from app.web.live.roll import bidders_here, process_name
from app.web.live.seats import SECONDS_BETWEEN_POLLS, House, Ticket, way_out_of
from app.web.live.standing import beats_of, is_public, what_was_missed

log = logging.getLogger(__name__)

SECONDS_BETWEEN_BEATS = 2.0
SECONDS_BETWEEN_ROLL_CALLS = 2.0
# An announcement of what a beat saw in the database is still on its way for a moment.
SECONDS_TO_BE_ANNOUNCED = 0.5
# Nobody reads faster than this; what comes in between is merged for those who only watch.
SECONDS_BETWEEN_UPDATES = 0.1
# After so many deliveries to viewers whatever else waits has its turn: bidders first of all.
DELIVERIES_IN_A_ROW = 100
# Questions to the database by newcomers, at once; the others wait for their turn.
QUESTIONS_AT_ONCE = 4
_MOST_REMEMBERED = 10_000


class Hall:
    """Everybody who watches, by sale."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.house = House(most_viewers=app.config["VIEWERS_PER_PROCESS"])
        self._known: set[str] = set()
        self._questions = threading.BoundedSemaphore(QUESTIONS_AT_ONCE)
        self.sockets = SocketIO(
            app,
            async_mode=app.config.get("SOCKET_ASYNC_MODE", "gevent"),
            cors_allowed_origins=[app.config["PUBLIC_URL"]],
            manage_session=False,
            client_manager=Register(),
            allow_upgrades=False,
            ping_interval=10,
            ping_timeout=10,
            max_http_buffer_size=4096,
        )
        server = self.sockets.server
        server.eio._async["websocket"] = Line
        limit_polled_messages(server)
        self.pulse = Pulse(server.eio.sockets, server.eio.ping_interval, self.sockets.sleep)
        self._watch_the_door(server)
        self._news = server.eio.create_event()
        self.sockets.on_event("connect", self._connect)
        self.sockets.on_event("disconnect", self._disconnect)
        most = self.house.most_viewers + app.config["BIDDER_SOCKETS_PER_PROCESS"]
        app.wsgi_app = Door(  # type: ignore[method-assign]
            app.wsgi_app, lambda: len(server.eio.sockets) >= most
        )

    def start(self) -> None:
        for work in (self._relay, self._beat, self._show, self._call_the_roll, self.pulse.run):
            self.sockets.start_background_task(work)

    def tell(self, event: str, message: Mapping[str, Any]) -> None:
        """Tell everybody who hears of this sale; bidders at once, viewers when it is their turn."""
        audience = self.house.audiences.get(message["sale"])
        if audience is not None:
            audience.tell(event, message)
            self._news.set()

    def _connect(self, auth: Any = None) -> None:
        if not request.headers.get("Origin"):
            # Every browser names its origin; whoever does not is told to (SEC-S4).
            raise Refused("origin_missing")
        wanted = auth.get("sale") if isinstance(auth, dict) else None
        if not isinstance(wanted, str) or not self._is_public(wanted):
            raise Refused("no_such_sale")
        key = self._app.config["LIVE_PASS_KEY"]
        ticket = Ticket(wanted, holder_of(key, wanted, auth.get("pass"), time.time()))
        if not self.house.has_room_for(ticket):
            raise Refused("full", {"poll_every_s": SECONDS_BETWEEN_POLLS})
        eio_sid = self._eio_sid()
        socket = self.sockets.server.eio.sockets.get(eio_sid)
        if socket is None:
            # Gone while the database was asked.
            raise Refused("gone")
        self.house.seat(eio_sid, ticket, way_out_of(socket))

    def _disconnect(self, *_reason: Any) -> None:
        eio_sid = self._eio_sid()
        self.house.leave(eio_sid)
        # Whoever leaves a sale without hanging up has no reason to stay.
        self.house.at_the_door[eio_sid] = time.monotonic()

    def _eio_sid(self) -> str:
        socket_id = request.sid  # type: ignore[attr-defined]
        found: str = self.sockets.server.manager.eio_sid_from_sid(socket_id, "/")
        return found

    def _is_public(self, public_id: str) -> bool:
        """What is published stays so: a crowd that comes back asks the database once."""
        if public_id in self._known or public_id in self.house.audiences:
            return True
        try:
            with self._questions:
                found = public_id in self._known or is_public(public_id)
        except SQLAlchemyError as failure:
            raise Refused("try_again", {"poll_every_s": SECONDS_BETWEEN_POLLS}) from failure
        if found:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known.add(public_id)
        return found

    def _watch_the_door(self, server: Any) -> None:
        """A socket that does not say what it wants to watch, or was refused, does not stay."""
        come, go = server._handle_eio_connect, server.eio.handlers["disconnect"]

        def connected(eio_sid: str, environ: dict[str, Any]) -> Any:
            self.house.at_the_door[eio_sid] = time.monotonic()
            self.pulse.begin(eio_sid)
            return come(eio_sid, environ)

        def disconnected(eio_sid: str, *reason: Any) -> Any:
            try:
                return go(eio_sid, *reason)
            finally:
                self.house.leave(eio_sid)

        server.eio.on("connect", connected)
        server.eio.on("disconnect", disconnected)

    def _relay(self) -> None:
        """Pass on what the deciders announce; start again whenever the channel breaks."""
        while True:
            try:
                for message in self._heard():
                    if message is not None:
                        self.tell("sale", message)
            except Exception:
                log.warning("the live channel broke; listening again", exc_info=True)
                self.sockets.sleep(0.5)

    def _heard(self) -> Iterator[Message | None]:
        redis_url = self._app.config["REDIS_URL"]
        if redis_url:
            return heard_by_redis(redis_url)
        return heard_by_notify(self._app.config["DATABASE_URLS"]["public"])

    def _show(self) -> None:
        """Viewers hear what has come together, as fast as they can be told and no faster."""
        while True:
            self._news.wait()
            self._news.clear()
            began = time.monotonic()
            try:
                self.show_what_is_pending()
            except Exception:
                log.warning("viewers were not told; the beat repairs it", exc_info=True)
            self.sockets.sleep(max(0.0, began + SECONDS_BETWEEN_UPDATES - time.monotonic()))

    def show_what_is_pending(self) -> None:
        for audience in list(self.house.audiences.values()):
            for packet in audience.take_pending():
                self._deliver(packet, list(audience.viewers.values()))

    def _deliver(self, packet: Packet, seats: list[Seat]) -> None:
        for number, seat in enumerate(seats, start=1):
            seat.deliver(packet)
            if number % DELIVERIES_IN_A_ROW == 0:
                self.sockets.sleep(0)

    def _beat(self) -> None:
        """Every two seconds, how each watched sale stands by the database: whoever missed a
        message sees the gap here (pages.md, lost link)."""
        while True:
            self.sockets.sleep(SECONDS_BETWEEN_BEATS - SECONDS_TO_BE_ANNOUNCED)
            try:
                self._clear_the_door()
                with self._app.app_context():
                    self._beat_once(self.sockets.sleep)
            except Exception:
                log.warning("a heartbeat was lost", exc_info=True)

    def _call_the_roll(self) -> None:
        """Say how many bidders can hear us, so that somebody notices when most of them cannot."""
        is_silent = False
        while True:
            self.sockets.sleep(SECONDS_BETWEEN_ROLL_CALLS)
            try:
                self.call_the_roll()
                is_silent = False
            except Exception:
                if not is_silent:
                    log.warning("who is here could not be written down", exc_info=True)
                is_silent = True

    def call_the_roll(self) -> None:
        present = bidders_here(self.house, self.sockets.server.eio.sockets, time.time())
        with self._app.app_context():
            write_who_is_here(engine_for("public"), process_name(), present)

    def _clear_the_door(self) -> None:
        for eio_sid in self.house.waiting_too_long():
            self.house.leave(eio_sid)
            socket = self.sockets.server.eio.sockets.get(eio_sid)
            if socket is not None:
                socket.close(wait=False)

    def _beat_once(self, sleep: Callable[[float], object]) -> None:
        beats = beats_of(list(self.house.audiences))
        sleep(SECONDS_TO_BE_ANNOUNCED)
        for beat in beats:
            audience = self.house.audiences.get(beat["sale"])
            # Whoever was told of a bid since has heard more than this beat knows.
            if audience is not None and beat["seq"] >= (audience.told or 0):
                self._make_up(audience, beat)
                self.tell("beat", beat)

    def _make_up(self, audience: Audience, beat: Mapping[str, Any]) -> None:
        """An announcement that was lost is made up here once, before thousands of pages ask."""
        if audience.told is None:
            audience.told = beat["seq"]
        elif audience.told < beat["seq"]:
            missed = what_was_missed(beat["sale"], audience.told)
            if missed is not None:
                self.tell("sale", missed)
