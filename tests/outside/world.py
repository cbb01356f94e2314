"""The outside world for tests: a running server, somebody who pays, somebody who listens."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from deploy.local.outside.server import OutsideWorld, Places

SECRET = "whsec_of_the_tests_and_nobody_else"
API_KEY = "sk_test_of_the_tests"

PAYS = "4242 4242 4242 4242"
DECLINES = "4000000000000002"
NO_FUNDS = "4000000000009995"
ASKS_HOLDER = "4000002500003155"
REFUND_FAILS = "4000000000005126"
REFUND_WAITS = "4000000000007726"


@contextmanager
def running_world(folder: Path, **more: Any) -> Iterator[World]:
    places = Places(folder / "state", folder / "mail", folder / "bank")
    with OutsideWorld(places, **more) as server, requests.Session() as session:
        session.trust_env = False
        yield World(server, session)


class World:
    def __init__(self, server: OutsideWorld, session: requests.Session) -> None:
        self.server = server
        self.url = server.url
        self.session = session

    def control(self, method: str, path: str, **sent: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/_control{path}", json=sent)
        answer.raise_for_status()
        return answer.json()

    def api(self, method: str, path: str, data: Any = None, **headers: str) -> requests.Response:
        """A request with no SDK between, to see what the SDK hides."""
        sent = {"Authorization": f"Bearer {API_KEY}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(method, self.url + path, data=data, headers=sent)

    def pay(self, page: str | None, number: str = PAYS, **other: str) -> requests.Response:
        form = {"card_number": number, "expiry": "08/39", "cvc": "123", **other}
        assert page is not None
        return self.session.post(page, data=form, allow_redirects=False)

    def answer_bank(self, page: str, outcome: str) -> requests.Response:
        return self.session.post(page, data={"outcome": outcome}, allow_redirects=False)

    def effects(self, key: str) -> list[str]:
        return [e["effect"] for e in self.control("GET", f"/effects?key={key}")]


class Listener:
    """The platform's end of the webhooks: keeps what came, answers what it is told to."""

    def __init__(self) -> None:
        self.letters: queue.Queue[tuple[bytes, str]] = queue.Queue()
        self.answers: list[int] = []
        handler = self._handler()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/stripe"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self) -> dict[str, Any]:
        return json.loads(self.letters.get(timeout=10)[0])

    def next_kinds(self, count: int) -> list[str]:
        return [self.next()["type"] for _ in range(count)]

    def nothing_more(self, seconds: float = 0.3) -> bool:
        try:
            self.letters.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = listener.answers.pop(0) if listener.answers else 200
                if status == 200:
                    # Before the answer: the next delivery waits for it, so the order is kept.
                    listener.letters.put((body, self.headers["Stripe-Signature"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet: the tests say what matters."""

        return Handler
