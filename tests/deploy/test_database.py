"""The platform's database on any server: the roles log in, the migrator owns, nobody is super."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import database
from deploy.local.postgres import Cluster, ephemeral_cluster
from deploy.local.secrets import ROLES

PASSWORDS = {role: f"password of {role} @/:%" for role in ROLES}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with ephemeral_cluster() as running:
        database.prepare(running.url(), PASSWORDS)
        yield running


@pytest.mark.parametrize("role", ROLES)
def test_every_role_logs_in_with_its_own_password_and_is_no_superuser(
    cluster: Cluster, role: str
) -> None:
    url = database.url_for(cluster.url(), role=role, password=PASSWORDS[role], database="luochui")
    asked = "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"

    with psycopg.connect(url) as connection:
        row = connection.execute(f"{asked} FROM pg_roles WHERE rolname = current_user").fetchone()

    assert row == (f"luochui_{role}", False)


def test_the_migrator_owns_the_database(cluster: Cluster) -> None:
    asked = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'luochui'"

    assert cluster.psql(asked) == "luochui_migrator"


def test_preparing_again_changes_only_passwords(cluster: Cluster) -> None:
    cluster.psql("CREATE TABLE kept (bid int)", database="luochui")

    database.prepare(cluster.url(), {**PASSWORDS, "web": "another"})

    url = database.url_for(cluster.url(), role="web", password="another", database="luochui")
    psycopg.connect(url).close()
    assert cluster.psql("SELECT count(*) FROM kept", database="luochui") == "0"
    database.prepare(cluster.url(), PASSWORDS)


def test_an_administrator_who_is_no_superuser_is_enough(cluster: Cluster) -> None:
    cluster.psql("CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'pw'")
    cluster.psql("ALTER DATABASE luochui RENAME TO other")
    for role in ROLES:
        cluster.psql(f"ALTER ROLE luochui_{role} RENAME TO other_{role}")
    admin = cluster.url(user="admin", password="pw")

    database.prepare(admin, PASSWORDS)

    asked = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'luochui'"
    assert cluster.psql(asked) == "luochui_migrator"


def test_a_fresh_database_has_seen_no_migration(cluster: Cluster) -> None:
    url = database.url_for(
        cluster.url(), role="migrator", password=PASSWORDS["migrator"], database="luochui"
    )

    assert database.revision_of(url) is None


def test_the_newest_migration_is_the_one_with_the_highest_number(tmp_path: Path) -> None:
    for name in ("0001_roles.py", "0010_ledger.py", "0009_lots.py", "notes.py"):
        (tmp_path / name).touch()

    assert database.newest_revision(tmp_path) == "0010"


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ("postgresql://admin:pw@db.example/postgres", "luochui"),
        ("postgresql://admin:pw@db.example", "luochui"),
        ("postgresql://admin:pw@db.example:5433/auctions?sslmode=require", "auctions"),
    ],
)
def test_the_database_somebody_named_is_used(given: str, chosen: str) -> None:
    assert database.database_named_in(given) == chosen


def test_a_roles_url_keeps_host_port_and_options() -> None:
    url = database.url_for(
        "postgresql+psycopg://admin:pw@db.example:5433/postgres?sslmode=require",
        role="web",
        password="a/b",
        database="luochui",
    )

    assert url == "postgresql://luochui_web:a%2Fb@db.example:5433/luochui?sslmode=require"
