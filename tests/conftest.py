"""One PostgreSQL for the whole run, a migrated database, and a clean slate for each test.

The database is the real thing with the real roles: what a role may not do fails here, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from config import ROLES
from deploy.local.postgres import Cluster, ephemeral_cluster

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# Before anything reads the settings: tests never run as production.
os.environ.update(APP_ENV="development", SECRET_KEY="test-secret-key-that-is-long-enough-000")

# How long an example takes says how busy the machine is, and nothing about a rule.
settings.register_profile("rules", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rules")

# What starts a platform or a Chromium for its whole folder stays in one process.
WHOLE_FOLDERS = ("tests/journeys", "tests/browser")
# What starts whole platforms, the longest first: at the end there is only what is short.
PLATFORMS = (*WHOLE_FOLDERS, "tests/faults", "tests/bench", "tests/scale")
# More of them at once on two cores wait for each other until they give up.
PLATFORMS_AT_ONCE = 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadFileScheduling

    class PlatformsFirst(LoadFileScheduling):
        """Two processes begin with platforms; whoever may not have one takes what is short."""

        def _split_scope(self, nodeid: str) -> str:
            folder = _folder(nodeid)
            return folder if folder in WHOLE_FOLDERS else super()._split_scope(nodeid)

        def _reschedule(self, node: Any) -> None:
            if self.workqueue and not self._open_to(node):
                node.shutdown()
            else:
                super()._reschedule(node)

        def _assign_work_unit(self, node: Any) -> None:
            open_to_it = self._open_to(node)
            if open_to_it:
                self.workqueue.move_to_end(min(open_to_it, key=_turn), last=False)
                super()._assign_work_unit(node)

        def _open_to(self, node: Any) -> list[str]:
            others = [units for other, units in self.assigned_work.items() if other is not node]
            taken = sum(_holds_a_platform(units) for units in others)
            return [
                scope
                for scope in self.workqueue
                if taken < PLATFORMS_AT_ONCE or _folder(scope) not in PLATFORMS
            ]

    return PlatformsFirst(config, log) if config.getoption("dist") == "loadfile" else None


def _holds_a_platform(units: Mapping[str, Mapping[str, bool]]) -> bool:
    return any(
        _folder(scope) in PLATFORMS and not all(done.values()) for scope, done in units.items()
    )


def _turn(scope: str) -> int:
    folder = _folder(scope)
    return PLATFORMS.index(folder) if folder in PLATFORMS else len(PLATFORMS)


def _folder(path: str) -> str:
    """`tests/faults` of `tests/faults/test_experiments.py::test_…`."""
    return "/".join(path.split("/")[:2])


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with ephemeral_cluster() as running:
        for role in ROLES:
            running.psql(f"CREATE ROLE luochui_{role} LOGIN PASSWORD 'pw-{role}'")
        yield running


@pytest.fixture(scope="session")
def database_urls(cluster: Cluster) -> dict[str, str]:
    """A migrated database, made once; the address for each role."""
    return migrated_database(cluster, "luochui_tests")


def migrated_database(cluster: Cluster, name: str) -> dict[str, str]:
    """A fresh database with all migrations applied, and its address for each role."""
    cluster.psql(f"CREATE DATABASE {name} OWNER luochui_migrator")
    cluster.psql("ALTER SCHEMA public OWNER TO luochui_migrator", database=name)
    urls = {role: cluster.url(f"luochui_{role}", f"pw-{role}", name) for role in ROLES}
    from flask_migrate import upgrade

    from app import create_app

    with create_app("migrator", {"DATABASE_URLS": urls}).app_context():
        upgrade(directory=str(ROOT / "migrations"))
    return urls


@pytest.fixture(scope="session")
def test_settings(database_urls: dict[str, str], tmp_path_factory: Any) -> dict[str, Any]:
    """Settings of every process in tests; keys are made for the run."""
    import base64

    from nacl.public import PrivateKey

    envelope, contact = PrivateKey.generate(), PrivateKey.generate()

    def text(key: Any) -> str:
        return base64.b64encode(bytes(key)).decode()

    return {
        "TESTING": True,
        "DATABASE_URLS": database_urls,
        "SECRET_KEY": "test-secret-key-that-is-long-enough-000",
        "SECURITY_PASSWORD_SALT": "test-salt",
        "BLIND_INDEX_KEY": "dGVzdC1ibGluZC1pbmRleC1rZXktMzItYnl0ZXMhIQ==",
        "ENVELOPE_PUBLIC_KEY": text(envelope.public_key),
        "ENVELOPE_PRIVATE_KEY": text(envelope),
        "CONTACT_PUBLIC_KEY": text(contact.public_key),
        "CONTACT_PRIVATE_KEY": text(contact),
        "STRIPE_SECRET_KEY": "sk_test_for_the_tests",
        "STRIPE_WEBHOOK_SECRET": "whsec_for_the_tests",
        "MAIL_DIR": str(tmp_path_factory.mktemp("mail")),
        "FILES_DIR": str(tmp_path_factory.mktemp("files")),
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "SNAPSHOT_SECONDS": 0.0,  # what a test has just written is what it reads
        "SERVER_NAME": None,
    }


@dataclass
class Sweeper:
    """Empties the tables that hold something, over one connection that knows them all by now.

    To delete from all ninety, over a new connection for each test, took longer than most tests.
    """

    connection: psycopg.Connection[Any]

    def __post_init__(self) -> None:
        # Evidence refuses to be deleted; only the superuser of a test may look away from that.
        self.connection.execute("SET session_replication_role = replica")
        held = ", ".join(
            f"CASE WHEN EXISTS (SELECT FROM {table}) THEN '{table}' END" for table in self._tables()
        )
        self.connection.execute(f"PREPARE held AS SELECT array_remove(ARRAY[{held}], NULL)")

    def sweep(self) -> None:
        [held] = self.connection.execute("EXECUTE held").fetchone() or [[]]
        self.connection.execute("; ".join(f"DELETE FROM {table}" for table in held))

    def _tables(self) -> list[str]:
        listed = self.connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'identity') AND tablename <> 'alembic_version'"
        )
        return [table for (table,) in listed]


@pytest.fixture(scope="session")
def _sweeper(cluster: Cluster, database_urls: dict[str, str]) -> Iterator[Sweeper]:
    with psycopg.connect(cluster.url(database="luochui_tests"), autocommit=True) as connection:
        yield Sweeper(connection)


@pytest.fixture
def clean_database(database_urls: dict[str, str], _sweeper: Sweeper) -> dict[str, str]:
    """Empty tables before and a look at nobody's leftovers after: rows are really committed."""
    _sweeper.sweep()
    return database_urls


@pytest.fixture
def app(clean_database: dict[str, str], test_settings: dict[str, Any]) -> Iterator[Flask]:
    """The web application on a clean database, inside an application context."""
    yield from _application("web", test_settings)


@pytest.fixture
def closer(clean_database: dict[str, str], test_settings: dict[str, Any]) -> Iterator[Flask]:
    """The application of the scheduler and the worker (role `closer`)."""
    yield from _application("closer", test_settings)


_made: dict[str, Flask] = {}


def application_for(role: str, settings: dict[str, Any]) -> Flask:
    """Making an application takes longer than most tests; it is made once for its settings."""
    from app import create_app

    name = f"{role} {sorted(settings.items(), key=str)}"
    if name not in _made:
        _made[name] = create_app(role, settings)
    return _made[name]


def _application(role: str, settings: dict[str, Any]) -> Iterator[Flask]:
    """Entered, and with its configuration as it was once a test has ended."""
    from app.extensions import db

    application = application_for(role, settings)
    config = dict(application.config)
    with application.app_context():
        yield application
        db.session.remove()
    application.config.clear()
    application.config.update(config)


@contextmanager
def no_server_goes_away() -> Iterator[None]:
    """For folders whose server stays: to ask it before each use takes a fifth of their time."""
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PGDialect_psycopg, "do_ping", lambda _self, line: not line.closed)
        yield


@pytest.fixture(scope="session", autouse=True)
def _connections_are_given_back() -> Iterator[None]:
    from app.db import close_engines
    from app.extensions import db

    yield
    for application in _made.values():
        with application.app_context():
            db.session.remove()
            db.engine.dispose()
        for name in ("luochui_desk", "luochui_announcer"):
            if name in application.extensions:
                application.extensions[name].close()
        close_engines(application.extensions)


@pytest.fixture(scope="session")
def _builders(cluster: Cluster, database_urls: dict[str, str]) -> Iterator[Engine]:
    """The superuser's connections outlive a test: what they have learnt of the tables is kept."""
    from tests.world import lasting_engine

    engine = lasting_engine(cluster.url(database="luochui_tests"))
    yield engine
    engine.dispose()


@pytest.fixture
def world(
    cluster: Cluster,
    clean_database: dict[str, str],
    test_settings: dict[str, Any],
    _builders: Engine,
) -> Any:
    """Builders of rows (`tests/world.py`) on the clean database."""
    from tests.world import World

    return World(cluster.url(database="luochui_tests"), test_settings, _builders)
