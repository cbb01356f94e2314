"""The platform's commands: its own processes, and what an administrator runs by hand."""

from __future__ import annotations

from flask import Flask

from app.cli.demo import demo
from app.cli.listings import import_listings
from app.cli.money import export_ledger, import_statement_file, show_trial_balance
from app.cli.people import create_operator_command, remove_lost_app_command
from app.cli.processes import notifier, scheduler, stop_on_signal, worker
from app.cli.reconciliation import reconcile_day
from app.cli.replay import replay_sale

__all__ = ["register_commands", "stop_on_signal"]

COMMANDS = (
    scheduler,
    worker,
    notifier,
    demo,
    import_statement_file,
    show_trial_balance,
    export_ledger,
    reconcile_day,
    import_listings,
    replay_sale,
    create_operator_command,
    remove_lost_app_command,
)


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
