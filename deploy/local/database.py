"""The platform's database and its login roles, on whatever PostgreSQL server there is."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

DEFAULT_NAME = "luochui"
OWNER = "luochui_migrator"


def url_for(server_url: str, *, role: str, password: str, database: str) -> str:
    """`server_url` with another role and database; host, port and options stay."""
    parts = urlsplit(server_url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"luochui_{role}:{quote(password, safe='')}@{host}"
    return urlunsplit(("postgresql", netloc, f"/{quote(database, safe='')}", parts.query, ""))


def plain(server_url: str) -> str:
    """Without SQLAlchemy's `+driver`, which PostgreSQL's own library does not know."""
    return urlunsplit(urlsplit(server_url)._replace(scheme="postgresql"))


def database_named_in(server_url: str) -> str:
    """The database somebody chose; the server's own ones are nobody's choice."""
    named = urlsplit(server_url).path.lstrip("/")
    return DEFAULT_NAME if named in ("", "postgres") else named


def prepare(server_url: str, passwords: Mapping[str, str], database: str = DEFAULT_NAME) -> None:
    """Make sure of the login roles with these passwords and of a database owned by the migrator.

    The roles are plain: what each may do is granted by the migrations.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        for role, password in passwords.items():
            _prepare_role(connection, f"luochui_{role}", password)
        _prepare_database(connection, database)


def newest_revision(versions: Path) -> str | None:
    """Migrations are numbered files, `0007_ledger_is_append_only.py`."""
    numbers = (file.stem.split("_")[0] for file in versions.glob("[0-9]*.py"))
    return max(numbers, default=None)


def revision_of(owner_url: str) -> str | None:
    """The last migration this database has seen, or None when it has seen none."""
    with psycopg.connect(owner_url) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def _prepare_role(connection: "psycopg.Connection", role: str, password: str) -> None:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    command = (
        "CREATE ROLE {} LOGIN PASSWORD {}" if known is None else "ALTER ROLE {} LOGIN PASSWORD {}"
    )
    connection.execute(sql.SQL(command).format(sql.Identifier(role), sql.Literal(password)))


def _prepare_database(connection: "psycopg.Connection", database: str) -> None:
    owner, name = sql.Identifier(OWNER), sql.Identifier(database)
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    if row is not None and row[0] == OWNER:
        return
    # An administrator who is no superuser may give away only what a role of theirs may own.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    if row is None:
        command = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
    else:
        command = sql.SQL("ALTER DATABASE {} OWNER TO {}")
    connection.execute(command.format(name, owner))
