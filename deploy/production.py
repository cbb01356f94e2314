"""Prepares a production installation.

    python -m deploy.production /etc/luochui
    python -m deploy.production --compose > deploy/compose/secrets.env

The first makes the database and its roles, makes the keys, and writes one file of settings for
each unit of `deploy/systemd`, which holds what that process may know and nothing else. Once more
changes what is said anew and keeps every key and password. The second makes the keys and passwords
for compose and leaves open what only you know.

Said in the environment: PUBLIC_URL (https://…), DATABASE_URL (somebody who may create roles and
databases; the database that it names must be there, `…/postgres` makes one called luochui),
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, SMTP_URL; and where there are some REDIS_URL,
DATABASE_URL_PUBLIC_READS (a replica), TRUSTED_PROXY_HOPS (1 if not said), FILES_DIR.
"""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg

from config import SettingsUnfit, settings
from deploy.local import database
from deploy.local.places import BUILD, ROOT
from deploy.local.processes import (
    COMMANDS,
    LOOPBACK,
    MEMORY,
    MIGRATION,
    PROCESSES,
    Addresses,
    Process,
    Setting,
    known_to,
)
from deploy.local.secrets import ROLES, load_secrets, password_name, write_private_text

NEEDED = ("PUBLIC_URL", "DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SMTP_URL")
COMMON = {"FILES_DIR": "/var/lib/luochui/files", "TRUSTED_PROXY_HOPS": "1", "REDIS_URL": ""}
COMPOSE_EXAMPLE = ROOT / "deploy/compose/secrets.example"
_OF_THE_DATABASE = ("POSTGRES_PASSWORD", "REPLICATION_PASSWORD")
_REHEARSED = ("demo", "outside")
INSTALLED = (*(one for one in PROCESSES if one.name not in _REHEARSED), MIGRATION, COMMANDS)


def prepare(folder: Path, said: Mapping[str, str]) -> None:
    """Nothing but keys is made before everything was looked at.

    Raises SettingsUnfit, which names what is missing or unsafe.
    """
    missing = [name for name in NEEDED if not said.get(name)]
    if missing:
        raise SettingsUnfit(f"Not said: {', '.join(missing)}.")
    setting = _setting(folder, said)
    files = {process.name: environment_of(process, setting) for process in INSTALLED}
    for environment in files.values():
        settings(environment)
    passwords = {role: setting.secrets[password_name(role)] for role in ROLES}
    database.prepare(setting.server_url, passwords, setting.database)
    for name, environment in files.items():
        write_private_text(folder / f"{name}.env", _lines(environment))


def for_compose(kept: Path) -> str:
    """`secrets.example` with a value behind each name that nobody but us needs to choose."""
    made = load_secrets(kept)
    ours = {name: value for name, value in made.items() if not name.startswith("STRIPE")}
    ours |= {
        name: secrets.token_urlsafe(24) for name in ("POSTGRES_PASSWORD", "REPLICATION_PASSWORD")
    }
    lines = COMPOSE_EXAMPLE.read_text().splitlines()
    return "\n".join(f"{line}{ours.get(line.removesuffix('='), '')}" for line in lines) + "\n"


def environment_of(process: Process, setting: Setting) -> dict[str, str]:
    """All that a process is told in production."""
    public = setting.environ["PUBLIC_URL"]
    common = {name: setting.environ.get(name, usual) for name, usual in COMMON.items()}
    letters = {"SMTP_URL": setting.environ["SMTP_URL"]} if process.name == "notifier" else {}
    return {
        "APP_ENV": "production",
        "PUBLIC_URL": public,
        "LIVE_URL": setting.environ.get("LIVE_URL", public),
        "BUILD_DIR": str(BUILD),
        "PYTHONUNBUFFERED": "1",
        **MEMORY,
        **common,
        **letters,
        **known_to(process, setting),
    }


def _setting(folder: Path, said: Mapping[str, str]) -> Setting:
    kept = load_secrets(folder / "secrets.json")
    theirs = {name: said[name] for name in kept if said.get(name)}
    url = said["DATABASE_URL"]
    return Setting(
        addresses=Addresses(LOOPBACK, 8000),
        server_url=database.plain(url),
        database=database.database_named_in(url),
        secrets={**kept, **theirs},
        environ=said,
    )


def _lines(environment: Mapping[str, str]) -> str:
    """As systemd reads them, and a shell."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in environment.items())


def main(arguments: list[str]) -> int:
    if arguments == ["--compose"]:
        with tempfile.TemporaryDirectory() as folder:
            print(for_compose(Path(folder) / "secrets.json"), end="")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    try:
        prepare(Path(arguments[0]), os.environ)
    except (SettingsUnfit, psycopg.OperationalError) as refused:
        print(refused)
        return 1
    print(f"{len(INSTALLED)} files of settings are in {arguments[0]}; next: docs/production.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
