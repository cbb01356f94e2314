"""The daily comparison by hand: our books, the provider's list, the bank's balance."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask import Flask, current_app

from app import create_app
from app.gateways.payments import Payments, PaymentsConfig
from app.services.checkouts import Provider
from app.services.reconciliation import Reconciled, reconcile


@click.command("reconcile")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of this day.")
def reconcile_day(day: datetime | None) -> None:
    """Compare the books with the provider's list and the bank's balances; 1 if they differ."""
    application = _as_worker()
    with application.app_context():
        found = _look(application, day or datetime.now(UTC))
    click.echo(f"{found.day}: {found.compared} sums compared, {found.differences} differences")
    if found.differences:
        sys.exit(1)


def _look(application: Flask, day: datetime) -> Reconciled:
    config = PaymentsConfig.from_settings(application.config)
    if not config.secret_key:
        click.echo("no key to the payment provider: only the bank is compared", err=True)
        return reconcile(day.date())
    payments = Payments(config)
    try:
        return reconcile(day.date(), Provider(payments, live=config.live))
    finally:
        payments.close()


def _as_worker() -> Flask:
    """The comparison reads all courts and writes items: that is the worker's role, not a page's."""
    here: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if here.config["DATABASE_ROLE"] == "closer":
        return here
    return create_app("closer")
