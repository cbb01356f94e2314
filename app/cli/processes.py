"""The processes of the platform, each a command that runs until it is asked to end."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Sequence
from queue import SimpleQueue

import click
from flask import current_app

from app.gateways import notifier as letters
from app.gateways import payments


@click.command("scheduler")
def scheduler() -> None:
    """Open and close sales, beat, sweep up (its own process; several may run, one leads)."""
    from app import scheduler as process

    process.run(current_app._get_current_object(), stop_on_signal())  # type: ignore[attr-defined]


@click.command("worker")
def worker() -> None:
    """Move money and admit bidders: the provider's hints, refunds, the bank's movements."""
    from app import worker as process

    config = payments.PaymentsConfig.from_settings(current_app.config)
    _refuse_to_start_with(payments.problems_in(config))
    # Ten thousand deposits going back take no processor from a bid that is being decided here.
    os.nice(10)
    process.run_worker(current_app._get_current_object(), stop_on_signal())  # type: ignore[attr-defined]


@click.command("notifier")
def notifier() -> None:
    """Write letters: the one process that can open where a bidder's letters go."""
    from app import worker as process

    _refuse_to_start_with(letters.problems_in(current_app.config))
    process.run_notifier(current_app._get_current_object(), stop_on_signal())  # type: ignore[attr-defined]


def _refuse_to_start_with(problems: Sequence[str]) -> None:
    """What could not be paid or sent is said before there is anything to pay or send."""
    if problems:
        raise click.ClickException(" ".join(["This process does not start.", *problems]))


def stop_on_signal() -> threading.Event:
    """An event that is set when the process is asked to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    asked: SimpleQueue[int] = SimpleQueue()

    def pass_on() -> None:
        asked.get()
        stop.set()

    # A handler that set the event itself would wait for ever for the event's lock when the signal
    # falls between two steps of this same thread's `stop.wait()`; a SimpleQueue is reentrant.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.put(number))
    threading.Thread(target=pass_on, name="end", daemon=True).start()
    return stop
