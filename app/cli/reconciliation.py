"""The daily comparison by hand: our books, the provider's list, the bank's balance."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app

from app.gateways.payments import Payments, PaymentsConfig
from app.services.checkouts import Provider
from app.services.reconciliation import Reconciled, reconcile


@click.command("reconcile")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of this day.")
def reconcile_day(day: datetime | None) -> None:
    """Compare the books with the provider's list and the bank's balances; 1 if they differ."""
    if current_app.config["DATABASE_ROLE"] != "closer":
        # It reads all courts and writes items: that is the worker's role, not a page's.
        raise click.UsageError("start it as the worker: flask --app 'app:create_app(\"closer\")'")
    found = _look(current_app.config, day or datetime.now(UTC))
    click.echo(f"{found.day}: {found.compared} sums compared, {found.differences} differences")
    if found.differences:
        sys.exit(1)


def _look(settings: Mapping[str, Any], day: datetime) -> Reconciled:
    config = PaymentsConfig.from_settings(settings)
    if not config.secret_key:
        click.echo("no key to the payment provider: only the bank is compared", err=True)
        return reconcile(day.date())
    payments = Payments(config)
    try:
        return reconcile(day.date(), Provider(payments, live=config.live))
    finally:
        payments.close()
