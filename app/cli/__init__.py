"""The platform's commands: its own processes, and what an administrator runs by hand."""

from __future__ import annotations

from flask import Flask

from app.cli.listings import import_listings
from app.cli.processes import scheduler, stop_on_signal

__all__ = ["register_commands", "stop_on_signal"]

COMMANDS = (scheduler, import_listings)


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
