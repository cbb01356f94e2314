"""`python -m deploy.local.outside --port N`: run the outside world of this machine."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.outside.loopback import is_loopback
from deploy.local.outside.server import NotOnThisMachine, OutsideWorld, Places
from deploy.local.outside.stripe import webhook_plans
from deploy.local.places import VAR

# Where the platform listens for Stripe (app/web/webhooks).
WEBHOOK_PATH = "/hooks/stripe"


def main(arguments: list[str] | None = None) -> int:
    if os.environ.get("APP_ENV") == "production":
        print("The outside world pretends to pay; it does not run in production.", file=sys.stderr)
        return 2
    asked = _parser().parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.INFO if asked.verbose else logging.WARNING)
    try:
        _run(asked)
    except NotOnThisMachine as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _run(asked: argparse.Namespace) -> None:
    asked_to_end = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, asked_to_end)
    beside = asked.state.resolve().parent
    places = Places(
        state=asked.state,
        mail=asked.mail_dir or beside / "mail",
        bank=asked.bank_dir or beside / "bank",
    )
    with OutsideWorld(
        places, host=asked.host, port=asked.port, public_url=asked.public_url
    ) as world:
        _listen(world, asked.webhook_url, asked.webhook_secret)
        print(f"outside world at {world.url}", flush=True)
        signal.sigwait(asked_to_end)


def _listen(world: OutsideWorld, url: str | None, secret: str | None) -> None:
    """Send webhooks to the platform, where it is known and on this machine."""
    if not url or not secret:
        return
    if not is_loopback(urlsplit(url).hostname or ""):
        print(f"No webhooks: {url} is not on this machine.", file=sys.stderr)
        return
    world.account.store.set(
        "webhook",
        {"url": url, "secret": secret, "retry_seconds": webhook_plans.RETRY_AFTER_SECONDS},
    )


def _parser() -> argparse.ArgumentParser:
    env = os.environ
    platform = env.get("PUBLIC_URL")
    parser = argparse.ArgumentParser(prog="python -m deploy.local.outside", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, required=True)
    add("--host", default="127.0.0.1", help="a loopback address")
    add("--state", type=Path, default=VAR / "outside", help="the folder of its memory")
    add("--mail-dir", type=Path, default=_folder(env.get("MAIL_DIR")), help="or MAIL_DIR")
    add("--bank-dir", type=Path, default=_folder(env.get("BANK_DIR")), help="or BANK_DIR")
    add("--public-url", default=env.get("OUTSIDE_URL"), help="its address for browsers")
    add(
        "--webhook-url",
        default=platform and platform.rstrip("/") + WEBHOOK_PATH,
        help=f"where Stripe's webhooks go; PUBLIC_URL and {WEBHOOK_PATH} unless told",
    )
    add("--webhook-secret", default=env.get("STRIPE_WEBHOOK_SECRET"))
    add("--verbose", action="store_true", help="log every request")
    return parser


def _folder(named: str | None) -> Path | None:
    return Path(named) if named else None


if __name__ == "__main__":
    sys.exit(main())
