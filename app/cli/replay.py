"""`flask replay-sale`: play a recorded auction against the running platform."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import requests
import socketio
from flask import current_app

from app.db import engine_for
from app.rehearsal.browser import TurnedAway
from app.rehearsal.forms import NoSuchForm
from app.rehearsal.history import HistoryUnusable, read_history
from app.rehearsal.mailbox import NoLetter
from app.rehearsal.people import Human, Place
from app.rehearsal.replay import Differs, Replay


@click.command("replay-sale")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", help="Where the platform answers; `make run` writes it down.")
@click.option(
    "--operators",
    type=click.Path(path_type=Path),
    help="A JSON list with e-mail, password and authenticator key of two operators.",
)
def replay_sale(file: Path, url: str | None, operators: Path | None) -> None:
    """Play FILE, a recorded auction, in a rehearsal court of its own, from listing to payment.

    Exits 0 only if the recorded winner, price, extensions and closing time come out, every bid is
    accepted, a watcher has seen each, and the payouts add up; else the last line says what differs.
    """
    try:
        history = read_history(file)
        place = _place(url)
        people = _operators(place, operators)
        left = Replay(history, place, people, say=_say).run(engine_for("closer"))
    except (HistoryUnusable, TurnedAway, NoSuchForm, NoLetter, LookupError) as wrong:
        _fail(str(wrong))
    except (requests.RequestException, socketio.exceptions.ConnectionError) as away:
        _fail(f"the platform does not answer: {away}")
    except Differs as differs:
        _fail(f"differs: {differs}")
    click.echo(
        f"{history.id}: as recorded. {left.winner} for {left.price} after {left.extensions}"
        f" extensions at {left.closed_at.isoformat()}; {left.paid_out} paid out,"
        f" trial balance {left.trial_balance}"
    )


def _say(line: str) -> None:
    click.echo(f"  {line}")


def _fail(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)


def _place(url: str | None) -> Place:
    """The platform and its neighbours: as configured, or on the ports after the given one."""
    if url is None:
        config = current_app.config
        return Place(config["PUBLIC_URL"], config["LIVE_URL"], config["OUTSIDE_URL"])
    parts = urlsplit(url.rstrip("/"))
    port = parts.port or 80

    def after(number: int) -> str:
        return f"{parts.scheme}://{parts.hostname}:{port + number}"

    return Place(after(0), after(1), after(2))


def _operators(place: Place, file: Path | None) -> tuple[Human, Human]:
    """Two operators, signed in: of the file, or those of the demonstration."""
    path = file or Path(os.environ.get("DEMO_ACCOUNTS") or "var/demo_accounts.json")
    try:
        listed: list[dict[str, Any]] = json.loads(path.read_text())
    except (OSError, ValueError) as wrong:
        raise LookupError(f"no operators to be had from {path}: {wrong}") from wrong
    found = [
        Human(place, account["who"], account["email"], account["password"], account["key"])
        for account in listed
        if account.get("role", account.get("who")) == "operator" and account.get("key")
    ]
    if len(found) < 2:
        raise LookupError(f"{path} names {len(found)} operators with a key; two are needed")
    return found[0].sign_in(), found[1].sign_in()
