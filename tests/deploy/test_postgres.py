"""The local PostgreSQL server: it starts, survives a crash, and leaves nothing behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import Cluster, ServerDidNotStart, ephemeral_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with ephemeral_cluster(durable=True) as running:
        yield running


def test_what_was_committed_outlives_a_killed_server(cluster: Cluster) -> None:
    cluster.psql("CREATE TABLE bids (amount int); INSERT INTO bids VALUES (100), (200)")

    cluster.kill()
    cluster.start()

    assert cluster.psql("SELECT sum(amount) FROM bids") == "300"


def test_starting_what_runs_changes_nothing(cluster: Cluster) -> None:
    pid = cluster.pid()

    Cluster(cluster.home).start()

    assert cluster.pid() == pid


def test_a_stopped_server_is_gone_and_comes_back_with_its_data(cluster: Cluster) -> None:
    cluster.psql("CREATE TABLE lots (name text); INSERT INTO lots VALUES ('江阴')")

    cluster.stop()
    stopped = (cluster.pid(), cluster.is_ready())
    cluster.start()

    assert stopped == (None, False)
    assert cluster.psql("SELECT name FROM lots") == "江阴"


def test_a_pid_file_that_names_somebody_else_is_not_believed(cluster: Cluster) -> None:
    cluster.kill()
    bystander = subprocess.Popen(["sleep", "60"])
    pidfile = cluster.data_dir / "postmaster.pid"
    lines = pidfile.read_text().splitlines()
    pidfile.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")

    believed = cluster.pid()
    cluster.stop()
    survived = bystander.poll() is None
    bystander.kill()
    bystander.wait()
    cluster.start()

    assert believed is None
    assert survived
    assert cluster.is_ready()


def test_a_stranger_without_the_password_is_refused(cluster: Cluster) -> None:
    with pytest.raises(RuntimeError, match="password authentication failed"):
        _psql_as(cluster, password="guess")


def test_chinese_words_have_trigrams(cluster: Cluster) -> None:
    cluster.psql("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    assert cluster.psql("SELECT cardinality(show_trgm('司法拍卖'))") == "5"


def test_pages_carry_checksums_and_commits_are_flushed(cluster: Cluster) -> None:
    shown = cluster.psql("SHOW data_checksums; SHOW fsync; SHOW synchronous_commit")

    assert shown.split() == ["on", "on", "on"]


def test_data_of_another_major_version_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/PG_VERSION").write_text("9\n")

    with pytest.raises(ServerDidNotStart, match="is of PostgreSQL 9"):
        Cluster(tmp_path).start()


def test_a_home_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    deep = Cluster(tmp_path / ("long" * 25))

    assert deep.socket_dir != deep.home / "run"
    assert len(str(deep.socket_dir)) < 60


def test_an_ephemeral_cluster_is_gone_even_when_its_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), ephemeral_cluster() as cluster:
        raise ZeroDivisionError

    assert not cluster.home.exists()
    assert cluster.pid() is None


OUTRIGHT_DEATH = """
import os
from deploy.local.postgres import ephemeral_cluster
with ephemeral_cluster() as cluster:
    print(cluster.home, cluster.pid(), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_an_ephemeral_cluster_is_gone_even_when_the_tests_are_killed() -> None:
    done = subprocess.run([sys.executable, "-c", OUTRIGHT_DEATH], capture_output=True, text=True)
    home, pid = done.stdout.split()

    assert done.returncode == -signal.SIGKILL
    assert _within(10, lambda: not Path(home).exists())
    assert _is_dead(pid)


def _psql_as(cluster: Cluster, *, password: str) -> None:
    stranger = Cluster(cluster.home)
    url = stranger.url(password=password)
    psql = stranger._program("psql")
    done = subprocess.run([psql, "-XqAt", "-c", "SELECT 1", url], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


def _is_dead(pid: str) -> bool:
    # A zombie that nobody has collected yet has no command line.
    process = Path(f"/proc/{pid}/cmdline")
    return not process.exists() or process.read_bytes() == b""


def _within(seconds: float, fact) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.05)
    return False
