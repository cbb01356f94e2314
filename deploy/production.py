"""Prepares a production installation.

    python -m deploy.production /etc/luochui
    python -m deploy.production --compose deploy/compose/secrets.env

The first makes the database and its roles, makes the keys, and writes one file of settings for
each unit of `deploy/systemd`, which holds what that process may know and nothing else. Said once
more, it changes what is said anew and keeps the rest, every key and password first of all. The
second makes the keys and passwords for compose and leaves open what only you know.

Said in the environment: PUBLIC_URL (https://…), DATABASE_URL (somebody who may create roles and
databases; the database that it names must be there, `…/postgres` makes one called luochui),
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, SMTP_URL, MAIL_SENDER; and what docs/production.md lists.
"""

from __future__ import annotations

import json
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
from deploy.local.secrets import (
    ROLES,
    load_secrets,
    password_name,
    write_private,
    write_private_text,
)

NEEDED = (
    *("PUBLIC_URL", "DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
    *("SMTP_URL", "MAIL_SENDER"),
)
# What may be said besides, by whom it concerns.
FOR_ALL = ("REDIS_URL", "TRUSTED_HOSTS", "TIMEZONE")
FOR_ONE = {
    "web": ("BIND", "BIDS_PER_SECOND", "SNAPSHOT_SECONDS", "DATABASE_URL_PUBLIC_READS"),
    "live": ("BIND", "VIEWERS_PER_PROCESS", "BIDDER_SOCKETS_PER_PROCESS"),
    "scheduler": ("DATABASE_DISK", "DATABASE_DISK_FREE_PERCENT", "DATABASE_DISK_FREE_MIB"),
    "worker": ("REFUND_LANES",),
    "notifier": ("SMTP_URL", "MAIL_SENDER"),
}
# The one place that the units let a process write to.
FILES = "/var/lib/luochui/files"
COMPOSE_EXAMPLE = ROOT / "deploy/compose/secrets.example"
_OF_THE_DATABASE = ("POSTGRES_PASSWORD", "REPLICATION_PASSWORD")
_REHEARSED = ("demo", "outside")
INSTALLED = (*(one for one in PROCESSES if one.name not in _REHEARSED), MIGRATION, COMMANDS)


def prepare(folder: Path, said_now: Mapping[str, str]) -> None:
    """Nothing but keys is made before everything was looked at.

    Raises SettingsUnfit, which names what is missing or unsafe.
    """
    said = _said(folder, said_now)
    missing = [name for name in NEEDED if not said.get(name)]
    if missing:
        raise SettingsUnfit(f"Not said: {', '.join(missing)}.")
    setting = _setting(folder, said)
    files = {process.name: environment_of(process, setting) for process in INSTALLED}
    for environment in files.values():
        settings(environment)
    passwords = {role: setting.secrets[password_name(role)] for role in ROLES}
    database.prepare(setting.server_url, passwords, setting.database)
    write_private(folder / "said.json", said)
    write_private(folder / "secrets.json", setting.secrets)
    for name, environment in files.items():
        write_private_text(folder / f"{name}.env", _lines(environment))


def fill_in_for_compose(file: Path) -> None:
    """`secrets.example` with a value behind each name that nobody but us needs to choose.

    Raises FileExistsError: with other keys nothing that was sealed could ever be opened again.
    """
    if file.exists():
        raise FileExistsError(f"{file} is there already, and its keys are the only ones that fit.")
    with tempfile.TemporaryDirectory() as folder:
        made = load_secrets(Path(folder) / "secrets.json")
    ours = {name: value for name, value in made.items() if not name.startswith("STRIPE")}
    ours |= {name: secrets.token_urlsafe(24) for name in _OF_THE_DATABASE}
    lines = COMPOSE_EXAMPLE.read_text().splitlines()
    filled = (f"{line}{ours.get(line.removesuffix('='), '')}\n" for line in lines)
    write_private_text(file, "".join(filled))


def environment_of(process: Process, setting: Setting) -> dict[str, str]:
    """All that a process is told in production."""
    said = setting.environ
    chosen = (*FOR_ALL, *FOR_ONE.get(process.name, ()))
    return {
        "APP_ENV": "production",
        "PUBLIC_URL": said["PUBLIC_URL"],
        "LIVE_URL": said.get("LIVE_URL") or said["PUBLIC_URL"],
        # nginx stands in front; what more proxies there are is said.
        "TRUSTED_PROXY_HOPS": said.get("TRUSTED_PROXY_HOPS") or "1",
        "BUILD_DIR": str(BUILD),
        "FILES_DIR": FILES,
        "PYTHONUNBUFFERED": "1",
        **MEMORY,
        **{name: said[name] for name in chosen if said.get(name)},
        **known_to(process, setting),
    }


def _said(folder: Path, now: Mapping[str, str]) -> dict[str, str]:
    """What was said before, and over it what is said now."""
    kept = folder / "said.json"
    before: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    names = {*NEEDED, *FOR_ALL, "LIVE_URL", "TRUSTED_PROXY_HOPS"}.union(*FOR_ONE.values())
    return before | {name: now[name] for name in sorted(names) if name in now}


def _setting(folder: Path, said: Mapping[str, str]) -> Setting:
    kept = load_secrets(folder / "secrets.json")
    url = said["DATABASE_URL"]
    return Setting(
        addresses=Addresses(LOOPBACK, 8000),
        server_url=database.plain(url),
        database=database.database_named_in(url),
        secrets={**kept, **{name: said[name] for name in kept if said.get(name)}},
        environ=said,
    )


def _lines(environment: Mapping[str, str]) -> str:
    """As systemd reads them, and a shell."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in environment.items())


def main(arguments: list[str]) -> int:
    if not arguments or arguments[-1].startswith("-") or arguments[:-1] not in ([], ["--compose"]):
        print(__doc__)
        return 2
    place = Path(arguments[-1])
    try:
        if len(arguments) == 2:
            fill_in_for_compose(place)
        else:
            prepare(place, os.environ)
    except (SettingsUnfit, FileExistsError, psycopg.OperationalError) as refused:
        print(refused)
        return 1
    print(f"Written: {place}. What comes next stands in docs/production.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
