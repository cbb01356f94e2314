"""`flask create-operator` and `flask remove-lost-app`: what no page can do."""

from __future__ import annotations

import sys

import click

from app.services.operators import NewOperator, create_operator, remove_lost_app

_REASONS = {
    "has_account": "This address has an account already; an operator has one of their own.",
    "not_an_address": "This is not an e-mail address.",
    "too_short": "The password is shorter than 8 characters.",
    "too_long": "The password is longer than 256 characters.",
    "widely_known": "Many people use this password, so it is easily guessed.",
}


@click.command("create-operator")
@click.argument("email")
@click.argument("name")
@click.password_option(help="Asked for when not given.")
def create_operator_command(email: str, name: str, password: str) -> None:
    """Make an operator of the platform, with an authenticator app set up.

    Needs the passwords of two database roles: `web`, whose code it is, and `migrator`, who alone
    may say that somebody is an operator.
    """
    made = create_operator(email, name, password)
    if not isinstance(made, NewOperator):
        click.echo(_REASONS[made], err=True)
        sys.exit(1)
    click.echo(f"{name} is an operator now. What follows is shown once.\n")
    click.echo(f"Key for the authenticator app: {made.key}")
    click.echo(f"The same as an address:        {made.uri}\n")
    click.echo("Recovery codes, each good for one time:")
    for code in made.recovery_codes:
        click.echo(f"  {code}")


@click.command("remove-lost-app")
@click.argument("email")
def remove_lost_app_command(email: str) -> None:
    """Take the authenticator app from somebody who lost it. Make sure first that it is them."""
    if not remove_lost_app(email):
        click.echo("Nobody with this address has an authenticator app.", err=True)
        sys.exit(1)
    click.echo("The app is removed, their sessions are ended, and a letter says so.")
