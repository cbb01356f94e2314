"""The platform's commands: its own processes, and what an administrator runs by hand."""

from __future__ import annotations

from importlib import import_module

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

# The module of each command here, and the function in it.
COMMANDS = {
    "scheduler": ("processes", "scheduler"),
    "worker": ("processes", "worker"),
    "notifier": ("processes", "notifier"),
    "demo": ("demo", "demo"),
    "import-statement": ("money", "import_statement_file"),
    "trial-balance": ("money", "show_trial_balance"),
    "export-ledger": ("money", "export_ledger"),
    "reconcile": ("reconciliation", "reconcile_day"),
    "import-listings": ("listings", "import_listings"),
    "replay-sale": ("replay", "replay_sale"),
    "create-operator": ("people", "create_operator_command"),
    "remove-lost-app": ("people", "remove_lost_app_command"),
}


class Commands(AppGroup):
    """Each command is loaded when it is asked for: a process runs one of them, or none."""

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, function = COMMANDS[cmd_name]
        command: Command = getattr(import_module(f"app.cli.{module}"), function)
        return command


def register_commands(app: Flask) -> None:
    app.cli = Commands(name=app.name)
