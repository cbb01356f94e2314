"""Money by hand: a bank statement taken in, and the books shown to balance."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import Sealer
from app.models.courts import CourtRecord
from app.queries.ledger import trial_balance
from app.services.bank import Imported, import_statement


@click.command("import-statement")
@click.argument("court")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_statement_file(court: str, file: Path) -> None:
    """Take in a camt.054 or camt.053 FILE of COURT (its public id); the worker matches it."""
    found = db.session.scalars(select(CourtRecord).filter_by(public_id=court)).one_or_none()
    if found is None:
        raise click.BadParameter(f"there is no court {court}", param_hint="COURT")
    act_for(Tenant(court_id=found.id))
    taken = import_statement(
        found.id,
        file.read_bytes(),
        name=file.name,
        by=None,
        sealer=Sealer(current_app.config["ENVELOPE_PUBLIC_KEY"]),
    )
    if isinstance(taken, Imported):
        click.echo(
            f"{file}: {taken.credits} credits and {taken.debits} debits taken,"
            f" {taken.known} known already"
        )
        return
    where = f", line {taken.line}, {taken.field}" if taken.line is not None else ""
    click.echo(f"{file}: {taken.reason.value}{where}; nothing was taken", err=True)
    sys.exit(1)


@click.command("trial-balance")
def show_trial_balance() -> None:
    """Sum all accounts by court and currency: each line is zero, or the exit status is 1."""
    act_for(Tenant(is_operator=True))
    lines = trial_balance(db.session())
    for line in lines:
        click.echo(f"{line.court} {line.currency} {line.total} ({line.accounts} accounts)")
    if any(line.total for line in lines):
        sys.exit(1)
