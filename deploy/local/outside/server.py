"""The outside world as one small server on loopback."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, render_template, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from deploy.local.outside.bank.counter import Counter
from deploy.local.outside.bank.movements import Ledger
from deploy.local.outside.loopback import is_loopback
from deploy.local.outside.mailbox import Mailbox
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.api import Api
from deploy.local.outside.stripe.control import ControlDesk
from deploy.local.outside.stripe.courier import Courier
from deploy.local.outside.stripe.pages import Pages
from deploy.local.outside.stripe.store import Store
from deploy.local.outside.words import words_for


class NotOnThisMachine(Exception):
    """Raised rather than letting anybody else reach a server that pays by pretending."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the outside world keeps its things."""

    state: Path
    mail: Path
    bank: Path


def create_app(parts: Sequence[Blueprint], hosts: Sequence[str] = ()) -> Flask:
    app = Flask(__name__)
    # A foreign name that resolves to this machine must not reach the pretended money.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]", *hosts]
    app.config["MAX_CONTENT_LENGTH"] = 20 * 1024 * 1024
    for part in parts:
        app.register_blueprint(part)
    app.add_url_rule("/", view_func=_front)
    app.before_request(_refuse_foreign_pages)
    app.after_request(_load_nothing_from_elsewhere)
    app.context_processor(lambda: {"style_nonce": _style_nonce()})
    return app


class RequestHandler(WSGIRequestHandler):
    def connection_dropped(self, *dropped: object) -> None:
        # A fault that cuts the connection really cuts it, instead of waiting for more.
        self.close_connection = True


class OutsideWorld:
    """The running server; a context manager, so that tests leave nothing behind."""

    def __init__(
        self,
        places: Places,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
    ) -> None:
        if not is_loopback(host):
            raise NotOnThisMachine(f"{host} is not a loopback address")
        self._store = Store(places.state / "stripe.sqlite3")
        self.account = Account(self._store, public_url="")
        hosts = [urlsplit(public_url).hostname or ""] if public_url else []
        self._ledger = Ledger(places.state / "bank.sqlite3")
        api = Api(self.account)
        parts = (
            api,
            Pages(self.account),
            ControlDesk(api),
            Counter(self._ledger, places.bank),
            Mailbox(places.mail),
        )
        app = create_app([part.blueprint() for part in parts], hosts)
        self._server: BaseWSGIServer = make_server(
            host, port, app, threaded=True, request_handler=RequestHandler
        )
        self.url = f"http://{host}:{self._server.server_port}"
        self.account.public_url = (public_url or self.url).rstrip("/")
        self._courier = Courier(self.account)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="outside"
        )

    def __enter__(self) -> "OutsideWorld":
        self._courier.start()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._courier.stop()
        self._store.close()
        self._ledger.close()


def _front() -> str:
    return render_template("front.html", words=words_for(request.args.get("lang"), request))


def _refuse_foreign_pages() -> None:
    """No web page of elsewhere makes transfers or pays from a developer's browser."""
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
    if request.method not in ("GET", "HEAD") and foreign:
        abort(403)


def _style_nonce() -> str:
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    return str(g.style_nonce)


def _load_nothing_from_elsewhere(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        # No form-action: browsers apply it to the redirect back to the platform as well.
        f"default-src 'none'; style-src 'nonce-{_style_nonce()}'; frame-ancestors 'none';"
        " base-uri 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
