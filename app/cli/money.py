"""Money by hand: a bank statement taken in, and the books shown to balance."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import current_app
from sqlalchemy import select

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import Sealer
from app.models.courts import CourtRecord
from app.queries.ledger import trial_balance
from app.queries.ledger_reports import account_balances, journal, settled_until
from app.services.bank import Imported, import_statement
from app.web.ledger_files import beancount, read_instant, trial_balance_csv


@click.command("import-statement")
@click.argument("court")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_statement_file(court: str, file: Path) -> None:
    """Take in a camt.054 or camt.053 FILE of COURT (its public id); the worker matches it."""
    found = _find_court(court)
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


@click.command("export-ledger")
@click.argument("court")
@click.option("--as-of", default="", help="A moment of writing, ISO 8601; now without it.")
@click.option("--csv", "as_table", is_flag=True, help="The trial balance instead of the journal.")
def export_ledger(court: str, as_of: str, as_table: bool) -> None:
    """Print the books of COURT (its public id) for beancount; of one instant always the same."""
    found = _find_court(court)
    act_for(Tenant(court_id=found.id))
    until = _instant(as_of)
    if as_table:
        written = trial_balance_csv(account_balances(db.session(), found.id, until), until)
    else:
        zone, lines = ZoneInfo(found.timezone), journal(db.session(), found.id, until)
        written = beancount(lines, court=found.public_id, zone=zone, as_of=until)
    click.echo(written, nl=False)


def _instant(typed: str) -> datetime:
    settled = settled_until(db.session())
    read = read_instant(typed) if typed else settled
    if read is None or read > settled:
        raise click.BadParameter("no instant of which all is written", param_hint="--as-of")
    return read


def _find_court(public_id: str) -> CourtRecord:
    found = db.session.scalars(select(CourtRecord).filter_by(public_id=public_id)).one_or_none()
    if found is None:
        raise click.BadParameter(f"there is no court {public_id}", param_hint="COURT")
    return found
