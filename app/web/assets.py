"""Files that pages load: our own, and a short list out of the front-end packages.

Nothing is copied into the repository and nothing outside these lists is served.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, send_file, url_for

from app.web.gates import gated, open_to_all

ROOT = Path(__file__).resolve().parents[2]

# What the browser may have of `node_modules`; the key is what `vendor()` is asked for.
VENDOR = frozenset(
    {
        "govuk-frontend/dist/govuk/govuk-frontend.min.js",
        "socket.io-client/dist/socket.io.esm.min.js",
        "uplot/dist/uPlot.esm.js",
        "uplot/dist/uPlot.min.css",
    }
)
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_ONE_YEAR = 31_536_000

bp = gated(Blueprint("assets", __name__), open_to_all)


def vendor(path: str) -> str:
    """The address of a file of a front-end package, with its fingerprint."""
    return url_for("assets.vendor_file", path=path, v=_fingerprint(ROOT / "node_modules" / path))


def asset(path: str) -> str:
    """The address of a file of ours, with its fingerprint."""
    return url_for("assets.own_file", path=path, v=_fingerprint(_own(path)))


@bp.get("/vendor/<path:path>")
def vendor_file(path: str) -> Response:
    if path not in VENDOR:
        abort(404)
    return _send(ROOT / "node_modules" / path)


@bp.get("/static/<path:path>")
def own_file(path: str) -> Response:
    return _send(_own(path))


def _own(path: str) -> Path:
    """Compiled styles lie in the build folder, everything else under `static`."""
    base = Path(current_app.config["BUILD_DIR"]) if path.startswith("css/") else ROOT / "static"
    if not base.is_absolute():
        base = ROOT / base
    found = (base / path).resolve()
    if not found.is_relative_to(base.resolve()) or found.suffix not in _KINDS:
        abort(404)
    return found


def _send(found: Path) -> Response:
    if not found.is_file():
        abort(404)
    response = send_file(found, mimetype=_KINDS[found.suffix], conditional=True)
    response.cache_control.public = True
    response.cache_control.no_cache = None
    response.cache_control.max_age = _ONE_YEAR if current_app.config["PRODUCTION"] else 60
    return response


def _fingerprint(found: Path) -> str:
    try:
        return _digest(found, found.stat().st_mtime_ns)
    except FileNotFoundError:
        return "missing"


@lru_cache(maxsize=512)
def _digest(found: Path, _changed: int) -> str:
    return hashlib.sha256(found.read_bytes()).hexdigest()[:12]
