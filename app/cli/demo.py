"""`flask demo`: courts, lots and bidders to look at, beside the running platform."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import current_app

from app.cli.processes import stop_on_signal
from app.rehearsal.demonstration.programme import Demonstration
from app.rehearsal.people import Place
from app.services.operators import NewOperator, create_operator


@click.command("demo")
def demo() -> None:
    """Fill the platform with a demonstration, and bid in it until asked to end."""
    stop = stop_on_signal()
    config = current_app.config
    place = Place(config["PUBLIC_URL"], config["LIVE_URL"], config["OUTSIDE_URL"])
    accounts = Path(os.environ.get("DEMO_ACCOUNTS") or "var/demo_accounts.json")
    Demonstration(place, accounts, _make_operator, stop).run()


def _make_operator(email: str, name: str, password: str) -> str | None:
    made = create_operator(email, name, password)
    return made.key.replace("-", "").replace(" ", "") if isinstance(made, NewOperator) else None
