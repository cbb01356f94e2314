"""A page for looking: every component in every state, with made-up data, in both languages.

    python -m tests.browser.component_page        serves it on port 5599

It stands apart from the platform: no database, no rules. The browser tests drive it, because here
a test can put a sale into any state and break the link at will.
"""

import mimetypes
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request
from flask_babel import Babel
from flask_socketio import ConnectionRefusedError, SocketIO, join_room
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.security import safe_join

from app.web.formats import register_formats

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
CSP = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'; connect-src 'self' ws:"
)
STEP = 20_000_00
START = 14_174_399_94
SALE = "7k2m9x"


@dataclass
class MadeUpSale:
    """A sale whose every turn a test decides."""

    status: str = "open"
    closes_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=12))
    bids: list[dict[str, Any]] = field(default_factory=list)
    extensions: int = 0
    seq: int = 0
    answers: list[Any] = field(default_factory=list)  # what the next POSTs get, in turn
    posts: list[dict[str, Any]] = field(default_factory=list)
    outcomes: dict[str, Any] = field(default_factory=dict)
    reachable: bool = True
    clock_off: timedelta = timedelta(0)
    delay: float = 0.0
    rate: int = 1

    @property
    def price_minor(self) -> int | None:
        return self.bids[-1]["amount_minor"] if self.bids else None

    @property
    def leader(self) -> str | None:
        return self.bids[-1]["code"] if self.bids else None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_off

    def bid(self, code: str, steps: int = 1) -> dict[str, Any]:
        """Add a bid and give the message that announces it."""
        self.seq += 1
        amount = self.price_minor + steps * STEP if self.bids else START
        closes_at = max(self.closes_at, self.now() + timedelta(minutes=5))
        self.extensions += closes_at > self.closes_at
        self.closes_at = closes_at
        self.bids.append(
            {"seq": self.seq, "code": code, "amount_minor": amount, "at": self.now()}
            | {"closes_at": closes_at}
        )
        return self.message(self.bids[-1:])

    def message(self, bids: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "sale": SALE,
            "seq": self.seq,
            "bids": [_written(bid) for bid in bids],
            "price_minor": self.price_minor,
            "leader": self.leader,
            "closes_at": self.closes_at.isoformat(),
            "extensions": self.extensions,
            "status": self.status,
            "at": self.now().isoformat(),
        }


def create_page(built: Path, translations: Path | None = None) -> Flask:
    """`built` holds the compiled style sheet, `translations` the compiled catalogues."""
    app = Flask(__name__, static_folder=None)
    app.secret_key = secrets.token_hex()
    app.config |= {
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(translations or ROOT / "app/translations/layout"),
    }
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(ROOT / "templates"),
            FileSystemLoader(HERE / "pages"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.sale = MadeUpSale()  # type: ignore[attr-defined]
    Babel(app, locale_selector=_language)
    WTFormsHelpers(app)
    register_formats(app, now=lambda: app.sale.now())  # type: ignore[attr-defined]
    app.live = _live(app)  # type: ignore[attr-defined]
    _serve_files(app, built)
    _serve_pages(app)
    _serve_sale(app)
    return app


def _language() -> str:
    return "zh" if request.args.get("lang") == "zh" else "en"


def _live(app: Flask) -> SocketIO:
    live = SocketIO(app, async_mode="threading")

    @live.on("connect")
    def join(auth: dict[str, Any] | None) -> None:
        if not auth or auth.get("sale") != SALE or not app.sale.reachable:
            raise ConnectionRefusedError("no such sale")
        join_room(SALE)

    def beat() -> None:
        while True:
            live.sleep(2)
            if app.sale.reachable:
                sale = app.sale
                written = {"sale": SALE, "seq": sale.seq, "status": sale.status}
                live.emit("beat", written | {"closes_at": sale.closes_at.isoformat()}, to=SALE)

    live.start_background_task(beat)
    return live


def _serve_files(app: Flask, built: Path) -> None:
    @app.get("/static/<path:name>")
    def asset_file(name: str) -> Response:
        folder = built if name.startswith("css/") else ROOT / "static"
        return _whole(folder, name)

    @app.get("/vendor/<path:name>")
    def vendor_file(name: str) -> Response:
        return _whole(ROOT / "node_modules", name)

    @app.context_processor
    def page_variables() -> dict[str, Any]:
        code = _language()
        return {
            "locale": code,
            "language_links": [
                (name, text, f"?lang={name}", name == code)
                for name, text in (("en", "English"), ("zh", "中文"))
            ],
            "navigation": [
                ("拍卖公告" if code == "zh" else "Auctions", "#", True),
                ("日历" if code == "zh" else "Calendar", "#calendar", False),
                ("我的拍品" if code == "zh" else "My lots", "#mine", False),
            ],
            "current_user": None,
            "server_now": app.sale.now(),
            "csp_nonce": _nonce(),
            "live_url": "/" if request.args.get("live") else None,
            "asset": lambda path: f"/static/{path}",
            "vendor": lambda path: f"/vendor/{path}",
        }

    @app.after_request
    def security(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = CSP.format(nonce=_nonce())
        return answer


def _whole(folder: Path, name: str) -> Response:
    """Read at once: what is sent piece by piece stays open where a browser leaves in the middle."""
    path = safe_join(str(folder), name)
    if path is None or not Path(path).is_file():
        abort(404)
    return Response(Path(path).read_bytes(), mimetype=mimetypes.guess_type(path)[0])


def _nonce() -> str:
    request.nonce = getattr(request, "nonce", None) or secrets.token_urlsafe(12)
    return request.nonce


def _serve_pages(app: Flask) -> None:
    from tests.browser.made_up import ROOMS, samples

    @app.get("/")
    def components() -> str:
        return render_template("all.html", **samples(app.sale))

    @app.get("/pages/<name>")
    def page(name: str) -> str:
        known = {path.stem for path in (HERE / "pages").glob("*.html")}
        if name not in known:
            abort(404)
        return render_template(f"{name}.html", **samples(app.sale))

    @app.get("/rooms/<state>")
    def room(state: str) -> str:
        if state not in ROOMS:
            abort(404)
        return render_template("room.html", **ROOMS[state](app.sale))


def _serve_sale(app: Flask) -> None:
    @app.get("/time")
    def server_time() -> Response:
        now = app.sale.now()
        answer = {"now": now.isoformat(), "legal": now.isoformat(), "error": 0.0}
        time.sleep(app.sale.delay)
        return jsonify(answer | {"rate": app.sale.rate})

    @app.get(f"/sales/{SALE}/snapshot.json")
    def snapshot() -> Response:
        if not app.sale.reachable:
            abort(503)
        after = request.args.get("after", 0, type=int)
        return jsonify(app.sale.message([bid for bid in app.sale.bids if bid["seq"] > after]))

    @app.post(f"/sales/{SALE}/bids")
    def place_bid() -> Any:
        post = {"key": request.headers.get("Idempotency-Key"), "sent": request.get_json()}
        app.sale.posts.append(post)
        answer = app.sale.answers.pop(0) if app.sale.answers else {"status": "waiting"}
        return answer(post) if callable(answer) else jsonify(answer)

    @app.get(f"/sales/{SALE}/bids/outcome")
    def outcome() -> Response:
        return jsonify(app.sale.outcomes.get(request.args["key"], {"status": "unknown"}))


def _written(bid: dict[str, Any]) -> dict[str, Any]:
    return bid | {"at": bid["at"].isoformat(), "closes_at": bid["closes_at"].isoformat()}


if __name__ == "__main__":
    from tests.browser.build import build_styles, compile_catalogue

    folder = ROOT / "var/looking"
    page = create_page(build_styles(folder), compile_catalogue(folder))
    page.live.run(page, port=5599, allow_unsafe_werkzeug=True)
