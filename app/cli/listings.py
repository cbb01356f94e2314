"""`flask import-listings`: take listings over from files of other platforms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from app.db import Tenant, act_for
from app.services.importing.files import UnreadableFile
from app.services.importing.take import Taken, take_listings


@click.command("import-listings")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--accept-valid",
    is_flag=True,
    help="Take the rows that can be taken; without it a file with one bad row changes nothing.",
)
def import_listings(files: tuple[Path, ...], accept_valid: bool) -> None:
    """Import listings as drafts; every row that cannot be taken is named with field and reason."""
    act_for(Tenant(is_operator=True))
    whole = [_import(path, accept_valid) for path in files]
    if not all(whole):
        sys.exit(1)


def _import(path: Path, accept_valid: bool) -> bool:
    try:
        content = path.read_bytes()
        taken = take_listings(content, accept_valid=accept_valid, progress=_progress(path.name))
    except (OSError, UnreadableFile) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        click.echo(f"{path}: {reason}; nothing was imported", err=True)
        return False
    _report(path, taken)
    return not taken.refused or accept_valid


def _report(path: Path, taken: Taken) -> None:
    for row in taken.refused:
        for problem in row.problems:
            where = f"row {row.place} ({row.key})" if row.key else f"row {row.place}"
            field = f" field {problem.field}" if problem.field else ""
            click.echo(f"{path}: {where}{field}: {problem.reason}", err=True)
    if taken.refused and not taken.added and not taken.known:
        click.echo(
            f"{path}: {len(taken.refused)} of {taken.rows} rows cannot be taken;"
            " nothing was imported (--accept-valid takes the others)"
        )
        return
    click.echo(
        f"{path}: {taken.added} drafts added, {taken.known} known already,"
        f" {len(taken.refused)} refused, of {taken.rows} rows of {taken.source}"
    )


def _progress(name: str) -> Callable[[int, int], None]:
    """A line that counts where somebody watches; silence in a file or a pipe."""
    if not sys.stderr.isatty():
        return lambda _done, _all: None

    def show(done: int, everything: int) -> None:
        if done % 50 == 0 or done == everything:
            click.echo(f"\r{name}: {done} of {everything}", err=True, nl=done == everything)

    return show
