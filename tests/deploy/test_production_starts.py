"""What stands in `deploy/` starts in production with what it is given and nothing else."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.local.places import VENV
from deploy.local.postgres import Cluster, ephemeral_cluster
from deploy.local.secrets import ROLES, load_secrets, password_name, write_private
from deploy.production import fill_in_for_compose, prepare
from tests.conftest import ROOT
from tests.deploy.composed import (
    FOLDER,
    HOST,
    OF_THIS_MACHINE,
    SERVICES,
    Composed,
    Running,
    filled_in,
    running,
)
from tests.deploy.installed import command_of, environment_of
from tests.scale.front import free_port

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="there is no redis-server"
)

SOCKET = "/socket.io/?EIO=4&transport=polling"
HEARD_FROM = {
    "scheduler": "this scheduler leads",
    "worker": "working in lanes: ours, incoming, refunds, polls, provider's books, reconcile",
    "notifier": "working in lanes: letters",
}


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    folder = tmp_path_factory.mktemp("composed")
    with ephemeral_cluster() as primary, redis(folder) as redis_port:
        filled = filled_in(folder)
        platform = Composed(primary, folder, filled, redis_port, free_port())
        first_start_of(platform)
        with replica(platform):
            migration = platform.command("migration"), platform.environment("migration")
            with running(*migration, folder / "migration.log") as process:
                assert process.process.wait(120) == 0, process.log.read_text()
            yield platform


@pytest.fixture(scope="module")
def installed(composed: Composed) -> Path:
    """Where an operator had the units' files of settings written, for the same database."""
    passwords = {password_name(role): composed.filled[password_name(role)] for role in ROLES}
    write_private(composed.folder / "secrets.json", load_secrets(composed.folder / "x") | passwords)
    said = {**composed.filled, "DATABASE_URL": composed.primary.url(database="luochui")}
    prepare(composed.folder, {**said, "REDIS_URL": f"redis://127.0.0.1:{composed.redis_port}/0"})
    return composed.folder


def first_start_of(platform: Composed) -> None:
    """As the image of the database runs what lies in its folder for a first start."""
    primary = platform.primary
    own = {"PGHOST": str(primary.socket_dir), "PGPASSWORD": primary.password, "PGDATABASE": ""}
    told = platform.environment("primary") | own
    run_script(platform, "primary.sh", told | {"POSTGRES_USER": "postgres"})


def run_script(platform: Composed, name: str, told: dict[str, str]) -> None:
    told |= {"PATH": path_of(platform.primary), "PGDATA": str(platform.primary.data_dir)}
    done = subprocess.run(["sh", FOLDER / name], env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def path_of(cluster: Cluster) -> str:
    return f"{Path(cluster._program('psql')).parent}:{os.environ['PATH']}"


@contextmanager
def replica(platform: Composed) -> Iterator[None]:
    account, data = platform.primary.account, platform.primary.home / "replica"
    # One name of a port for both: where it listens itself, and where it finds the primary.
    sockets = platform.primary.socket_dir
    (sockets / f".s.PGSQL.{platform.replica_port}").symlink_to(sockets / ".s.PGSQL.5432")
    told = platform.environment("replica") | {
        "PRIMARY": str(sockets),
        "PATH": path_of(platform.primary),
        "PGDATA": str(data),
        "PGPORT": str(platform.replica_port),
    }
    with (platform.folder / "replica.log").open("wb") as log:
        process = account.popen(
            ["sh", str(FOLDER / "replica.sh")], env=told, stdout=log, stderr=log, cwd="/"
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    port = free_port()
    words = [*shlex.split(SERVICES["redis"]["command"]), "--port", str(port)]
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("name", list(HEARD_FROM))
def test_a_service_of_compose_starts(composed: Composed, name: str) -> None:
    log = composed.folder / f"{name}.log"
    with running(composed.command(name), composed.environment(name), log) as process:
        process.wait_until_it_says(HEARD_FROM[name])


@pytest.mark.parametrize("name", list(HEARD_FROM))
def test_a_unit_of_systemd_starts(installed: Path, name: str) -> None:
    log = installed / f"unit-{name}.log"
    with running(command_of(name), environment_of(name, installed), log) as process:
        process.wait_until_it_says(HEARD_FROM[name])


def test_the_first_operator_is_made_by_hand(composed: Composed) -> None:
    made = [str(VENV / "bin/flask"), "--app", "app.wsgi"]
    made += ["create-operator", "operator@example.org", "王丽", "--password", "correct horse 落槌"]
    told = composed.environment("commands")

    done = subprocess.run(
        made, cwd=ROOT, env=told | OF_THIS_MACHINE, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "Recovery codes" in done.stdout


def test_pages_are_served_behind_the_front_and_read_from_the_replica(composed: Composed) -> None:
    port = free_port()
    told = composed.command("web-1", port), composed.environment("web-1")
    with running(*told, composed.folder / "web.log") as web:
        page = answer_of(web, port, "/")

        assert "Luochui" in page
        assert readers_of_the_replica(composed) == "luochui_public"


def test_the_unit_of_the_web_serves_pages(installed: Path) -> None:
    port = free_port()
    told = command_of("web", port), environment_of("web", installed)
    with running(*told, installed / "unit-web.log") as web:
        assert "Luochui" in answer_of(web, port, "/")


def test_sockets_are_served(composed: Composed) -> None:
    port = free_port()
    told = composed.command("live-1", port), composed.environment("live-1")
    with running(*told, composed.folder / "live.log") as live:
        assert '"sid"' in answer_of(live, port, SOCKET)


def test_the_unit_of_the_live_process_serves_sockets(installed: Path) -> None:
    port = free_port()
    told = command_of("live", port), environment_of("live", installed)
    with running(*told, installed / "unit-live.log") as live:
        assert '"sid"' in answer_of(live, port, SOCKET)


def test_said_again_it_keeps_what_is_not_said_anew(installed: Path) -> None:
    before = {file.name: file.read_text() for file in installed.glob("*.env")}

    prepare(installed, {"MAIL_SENDER": "clerk@auctions.court"})

    after = {file.name: file.read_text() for file in installed.glob("*.env")}
    assert [name for name in after if after[name] != before[name]] == ["notifier.env"]
    assert "clerk@auctions.court" in after["notifier.env"]


def test_keys_for_compose_are_made_once_and_are_nobody_elses_to_read(composed: Composed) -> None:
    file = composed.folder / "secrets.env"

    with pytest.raises(FileExistsError, match="the only ones that fit"):
        fill_in_for_compose(file)

    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("list_of", [".gitignore", ".dockerignore"])
def test_secrets_get_into_no_image_and_no_commit(list_of: str) -> None:
    named = {line.strip("/") for line in (ROOT / list_of).read_text().splitlines()}

    assert {"deploy/compose/secrets.env", "var"} <= named


def readers_of_the_replica(composed: Composed) -> str:
    """Who has a connection to it, as the replica itself says."""
    url = f"postgresql://postgres@127.0.0.1:{composed.replica_port}/postgres"
    with psycopg.connect(url, password=composed.primary.password) as connection:
        asked = "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename LIKE 'luochui%'"
        return ",".join(row[0] for row in connection.execute(asked))


def answer_of(server: Running, port: int, path: str) -> str:
    """As the front passes it on; asked until the process is there."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        headers={"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.9"},
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{refused.code}: {server.log.read_text()}") from refused
        except OSError:
            assert server.process.poll() is None, server.log.read_text()
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.1)
