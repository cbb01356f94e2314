"""Settings, read from the environment once, checked before anything starts.

Every process is given only what it needs (`deploy/local/supervisor.py` shows which), so each
setting may be absent; the part that needs it says so when it starts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

ROLES = ("migrator", "web", "drain", "closer", "notifier", "public")

# Values that stand in documentation and examples; a production start with one of them is refused.
KNOWN_SECRETS = frozenset({"", "dev", "development", "changeme", "secret", "luochui", "test"})


class SettingsUnfit(Exception):
    """The settings would make the platform unsafe; the message names each of them."""


def settings(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Flask's configuration out of environment variables."""
    env = _environment() if env is None else env
    production = env.get("APP_ENV", "production") == "production"
    public_url = env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    live_url = env.get("LIVE_URL", public_url).rstrip("/")
    found: dict[str, Any] = {
        "APP_ENV": "production" if production else env["APP_ENV"],
        "PRODUCTION": production,
        "PUBLIC_URL": public_url,
        "LIVE_URL": live_url,
        "OUTSIDE_URL": env.get("OUTSIDE_URL", ""),
        "DATABASE_URLS": {
            role: env[f"DATABASE_URL_{role.upper()}"]
            for role in ROLES
            if env.get(f"DATABASE_URL_{role.upper()}")
        },
        # Where the database's data lies, if on this machine: bidding stops before it is full.
        "DATABASE_DISK": env.get("DATABASE_DISK", ""),
        # Of that disk this share stays free, and never less than so many MiB (FAULT-F33).
        "DATABASE_DISK_FREE_PERCENT": float(env.get("DATABASE_DISK_FREE_PERCENT", "10")),
        "DATABASE_DISK_FREE_MIB": int(env.get("DATABASE_DISK_FREE_MIB", "64")),
        # A streaming replica for lists, searches and pages about lots; for nothing that decides.
        "DATABASE_URL_PUBLIC_READS": env.get("DATABASE_URL_PUBLIC_READS", ""),
        "REDIS_URL": env.get("REDIS_URL", ""),
        "SECRET_KEY": env.get("SECRET_KEY", ""),
        "SECURITY_PASSWORD_SALT": env.get("SECURITY_PASSWORD_SALT", env.get("SECRET_KEY", "")),
        "BLIND_INDEX_KEY": env.get("BLIND_INDEX_KEY", ""),
        "ENVELOPE_PUBLIC_KEY": env.get("ENVELOPE_PUBLIC_KEY", ""),
        "ENVELOPE_PRIVATE_KEY": env.get("ENVELOPE_PRIVATE_KEY", ""),
        "CONTACT_PUBLIC_KEY": env.get("CONTACT_PUBLIC_KEY", ""),
        "CONTACT_PRIVATE_KEY": env.get("CONTACT_PRIVATE_KEY", ""),
        "SIGNING_KEY": env.get("SIGNING_KEY", ""),
        "STRIPE_SECRET_KEY": env.get("STRIPE_SECRET_KEY", ""),
        "STRIPE_WEBHOOK_SECRET": env.get("STRIPE_WEBHOOK_SECRET", ""),
        "STRIPE_API_BASE": env.get("STRIPE_API_BASE", ""),
        "SMTP_URL": env.get("SMTP_URL", ""),
        "MAIL_DIR": env.get("MAIL_DIR", ""),
        "MAIL_SENDER": env.get("MAIL_SENDER", "no-reply@luochui.example"),
        "FILES_DIR": env.get("FILES_DIR", "var/files"),
        "BUILD_DIR": env.get("BUILD_DIR", "var/build"),
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "TRUSTED_HOSTS": _names(env.get("TRUSTED_HOSTS", "")) or _hosts(public_url),
        "WTF_CSRF_TIME_LIMIT": None,
        # What one bidder may send; 0 lifts it, and a bench that does says so (SEC-T8).
        "BIDS_PER_SECOND": float(env.get("BIDS_PER_SECOND", "5")),
        # How many sockets of viewers one live process takes; beyond that new ones are told to poll.
        # Bidders are known by a pass, made with this key, and have their own number on top.
        "VIEWERS_PER_PROCESS": int(env.get("VIEWERS_PER_PROCESS", "5000")),
        "BIDDER_SOCKETS_PER_PROCESS": int(env.get("BIDDER_SOCKETS_PER_PROCESS", "1500")),
        # How long a snapshot or a stranger's page counts, unless the sale is heard to change.
        "SNAPSHOT_SECONDS": float(env.get("SNAPSHOT_SECONDS", "1")),
        "LIVE_PASS_KEY": env.get("LIVE_PASS_KEY", ""),
        # How many refunds one worker has under way at the provider at once.
        "REFUND_LANES": int(env.get("REFUND_LANES", "16")),
        "RATELIMIT_STORAGE_URI": env.get("REDIS_URL") or "memory://",
        # On one machine everybody has the same address; only there may the count be left out.
        "LIMITS_PER_ADDRESS": production or env.get("LIMITS_PER_ADDRESS") != "off",
        # How many proxies of ours stand before a web process; what a stranger writes into
        # X-Forwarded-For counts for nothing (SEC-T19).
        "TRUSTED_PROXY_HOPS": int(env.get("TRUSTED_PROXY_HOPS", "0")),
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": env.get("TIMEZONE", "Asia/Shanghai"),
    }
    if production:
        _refuse_unsafe(found)
    return found


def _environment() -> Mapping[str, str]:
    """What the process was given; a command by hand gets what `make run` wrote down for it.

    Only where nobody said what environment this is, and only beside a platform that runs.
    """
    var = Path(os.environ.get("LUOCHUI_VAR") or Path(__file__).parent / "var")
    written = var / "run/commands.json"
    if "APP_ENV" in os.environ or not written.exists():
        return os.environ
    return {**json.loads(written.read_text()), **os.environ}


def _refuse_unsafe(found: dict[str, Any]) -> None:
    """Production starts with secrets of its own or not at all (SEC-T24)."""
    problems = [
        f"{name} is a value that everybody knows"
        for name in ("SECRET_KEY", "BLIND_INDEX_KEY", "STRIPE_WEBHOOK_SECRET")
        if found[name].lower() in KNOWN_SECRETS - {""}
    ]
    # Who may open sessions signs them; no other process is to hold this key at all.
    if "web" in found["DATABASE_URLS"] and not found["SECRET_KEY"]:
        problems.append("SECRET_KEY is missing")
    elif 0 < len(found["SECRET_KEY"]) < 32:
        problems.append("SECRET_KEY is shorter than 32 characters")
    if found["STRIPE_SECRET_KEY"].startswith("sk_test_"):
        problems.append("STRIPE_SECRET_KEY is a test key")
    if not found["PUBLIC_URL"].startswith("https://"):
        problems.append("PUBLIC_URL is not https")
    if os.environ.get("FLASK_DEBUG") not in (None, "", "0"):
        problems.append("FLASK_DEBUG is on")
    if problems:
        raise SettingsUnfit("The platform does not start in production: " + "; ".join(problems))


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _hosts(url: str) -> list[str]:
    host = url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    return [host, "localhost"] if host == "127.0.0.1" else [host]
