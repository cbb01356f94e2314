"""The platform's commands: its own processes, and what an administrator runs by hand."""

from __future__ import annotations

import logging
import signal
import threading

import click
from flask import Flask, current_app


def register_commands(app: Flask) -> None:
    for command in (scheduler,):
        app.cli.add_command(command)


@click.command("scheduler")
def scheduler() -> None:
    """Open and close sales, beat, sweep up (its own process; several may run, one leads)."""
    from app import scheduler as process

    process.run(current_app._get_current_object(), stop_on_signal())  # type: ignore[attr-defined]


def stop_on_signal() -> threading.Event:
    """An event that is set when the process is asked to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
