"""A platform of a bench's own: a PostgreSQL that waits for its disk, migrated, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from nacl.public import PrivateKey
from sqlalchemy import Engine, create_engine

from config import ROLES
from deploy.local.postgres import Cluster, ephemeral_cluster
from deploy.local.processes import MEMORY

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Platform:
    """`admin` writes what a bench needs to begin with, past every right and policy."""

    urls: dict[str, str]
    admin: Engine
    keys: dict[str, str]

    def app(self, role: str) -> Flask:
        from app import create_app

        return create_app(role, {"DATABASE_URLS": self.urls, **self.keys})

    def environment(self, *roles: str) -> dict[str, str]:
        """Of a process of the platform with these roles."""
        urls = {f"DATABASE_URL_{role.upper()}": self.urls[role] for role in roles}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        return {**kept, **MEMORY, "APP_ENV": "development", **self.keys, **urls}

    def as_json(self) -> str:
        return json.dumps({"urls": self.urls, "keys": self.keys})


@contextmanager
def running_platform(
    *, durable: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    with (
        ephemeral_cluster(durable=durable, settings=settings) as cluster,
        platform_in(cluster) as platform,
    ):
        yield platform


@contextmanager
def platform_in(cluster: Cluster, database: str = "bench") -> Iterator[Platform]:
    """A migrated database of this name; one that is there already is kept and migrated further."""
    words = {role: secrets.token_hex(8) for role in ROLES}
    for role, word in words.items():
        there = cluster.psql("SELECT rolname FROM pg_roles").splitlines()
        verb = "ALTER" if f"luochui_{role}" in there else "CREATE"
        cluster.psql(f"{verb} ROLE luochui_{role} LOGIN PASSWORD '{word}'")
    if database not in cluster.psql("SELECT datname FROM pg_database").splitlines():
        cluster.psql(f"CREATE DATABASE {database} OWNER luochui_migrator")
        cluster.psql("ALTER SCHEMA public OWNER TO luochui_migrator", database=database)
    urls = {role: cluster.url(f"luochui_{role}", word, database) for role, word in words.items()}
    url = cluster.url(database=database).replace("postgresql://", "postgresql+psycopg://", 1)
    platform = Platform(urls, create_engine(url), _keys())
    _migrate(platform)
    try:
        yield platform
    finally:
        platform.admin.dispose()


def _migrate(platform: Platform) -> None:
    from flask_migrate import upgrade

    with platform.app("migrator").app_context():
        upgrade(directory=str(ROOT / "migrations"))


def _keys() -> dict[str, str]:
    envelope = PrivateKey.generate()
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "BLIND_INDEX_KEY": _text(secrets.token_bytes(32)),
        "ENVELOPE_PUBLIC_KEY": _text(bytes(envelope.public_key)),
        "ENVELOPE_PRIVATE_KEY": _text(bytes(envelope)),
    }


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
