"""Public pages read a streaming replica while it keeps up, and the primary when it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.gateways import replica as replica_module
from app.web.public.reading import public_reads
from deploy.local.postgres import Cluster
from tests.scale.replica import streaming_replica, wait_until_equal
from tests.world import World


@pytest.fixture(scope="module")
def replica(cluster: Cluster, database_urls: dict[str, str]) -> Iterator[Cluster]:
    with streaming_replica(cluster) as running:
        yield running


@pytest.fixture
def reads(app: Flask, replica: Cluster, cluster: Cluster, monkeypatch: Any) -> Iterator[Flask]:
    """The platform with the replica's address; it looks at it before each question."""
    monkeypatch.setattr(replica_module, "SECONDS_BETWEEN_LOOKS", 0.0)
    app.config["DATABASE_URL_PUBLIC_READS"] = replica.url(
        "luochui_public", "pw-public", "luochui_tests"
    ).replace("postgresql://", "postgresql+psycopg://", 1)
    wait_until_equal(cluster, replica)
    yield app
    app.extensions.pop("luochui_replica", None)
    made = app.extensions["luochui_engines"].pop("public_reads", None)
    if made is not None:
        made.dispose()


def is_read_from_the_replica() -> bool:
    with public_reads() as connection:
        return bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one())


def wait_until_read_from_the_replica() -> None:
    """The database may write something of its own at any moment, which the replica lacks then."""
    deadline = time.monotonic() + 10
    while not is_read_from_the_replica():
        assert time.monotonic() < deadline, "the replica does not keep up"
        time.sleep(0.05)


def test_lists_are_read_from_a_replica_that_keeps_up(
    reads: Flask, world: World, cluster: Cluster, replica: Cluster
) -> None:
    world.sale(world.court())
    wait_until_equal(cluster, replica)

    page = reads.test_client().get("/")

    wait_until_read_from_the_replica()
    assert page.status_code == 200
    assert "Home in Harbour Street" in page.text


def test_a_replica_that_stands_still_is_left_until_it_has_caught_up(
    reads: Flask, world: World, cluster: Cluster, replica: Cluster, monkeypatch: Any
) -> None:
    monkeypatch.setattr(replica_module, "MOST_SECONDS_BEHIND", 0.0)
    wait_until_read_from_the_replica()
    replica.psql("SELECT pg_wal_replay_pause()")

    world.sale(world.court())
    assert not is_read_from_the_replica()

    replica.psql("SELECT pg_wal_replay_resume()")
    wait_until_equal(cluster, replica)
    wait_until_read_from_the_replica()


def test_without_its_replica_the_platform_reads_the_primary(reads: Flask, replica: Cluster) -> None:
    wait_until_read_from_the_replica()
    replica.kill()

    try:
        assert reads.test_client().get("/").status_code == 200
        assert not is_read_from_the_replica()
    finally:
        replica.start()


def test_whoever_meets_a_dead_replica_between_two_looks_gets_the_primary(
    reads: Flask, replica: Cluster, monkeypatch: Any
) -> None:
    wait_until_read_from_the_replica()
    reads.extensions["luochui_engines"]["public_reads"].dispose()
    monkeypatch.setattr(replica_module, "SECONDS_BETWEEN_LOOKS", 3600.0)
    replica.kill()

    try:
        assert not is_read_from_the_replica()
    finally:
        replica.start()


def test_a_snapshot_is_never_read_from_the_replica(
    reads: Flask, world: World, replica: Cluster
) -> None:
    replica.psql("SELECT pg_wal_replay_pause()")
    world.sale(world.court())
    [(sale,)] = world.rows("SELECT public_id FROM sales")

    answer = reads.test_client().get(f"/sales/{sale}/snapshot.json")
    replica.psql("SELECT pg_wal_replay_resume()")

    assert answer.status_code == 200
