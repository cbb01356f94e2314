"""The platform of an experiment: real processes on loopback, each line between them breakable.

A PostgreSQL that waits for its disk, two web processes, one scheduler, and between them lines of
`proxy.py`. Everything is gone with the rig, and every process dies with the tests that started it.
"""

from __future__ import annotations

import base64
import ctypes
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from nacl.public import PrivateKey

from config import ROLES
from deploy.local.places import ROOT, VENV
from deploy.local.postgres import Cluster, ephemeral_cluster
from tests.faults.inside import knock
from tests.faults.mutants import IN_SQL, IN_TABLES, INSIDE
from tests.world import World

DATABASE = "luochui_rig"
SECONDS_TO_START = 60
# As in `deploy/local/processes.py`: a process knows what it needs and nothing else.
ROLES_OF = {"web": ("web", "drain", "public"), "live": ("public",), "scheduler": ("closer",)}
# All that a worker needs is read before the first one begins: one that is started after a kill,
# while somebody works on the code, would otherwise be made of old and new, and not start.
LOADS = {
    "web": "app.wsgi app.application app.services.bidding.outages app.web app.web.bidders_first"
    " app.web.deadline app.web.desk "
    + " ".join(
        f"app.web.{audience}.routes"
        for audience in ("public", "account", "bidder", "court", "creditor", "operator", "webhooks")
    ),
    "live": "app.wsgi app.application app.web.live",
}
_PR_SET_PDEATHSIG = 1
# The nemesis's hand on the database's clock: the same function, found first.
CLOCK = f"""
    CREATE SCHEMA rig;
    CREATE TABLE rig.jump (by interval NOT NULL);
    INSERT INTO rig.jump VALUES ('0');
    CREATE FUNCTION rig.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      $$ SELECT pg_catalog.clock_timestamp() + (SELECT by FROM rig.jump) $$;
    GRANT USAGE ON SCHEMA rig TO PUBLIC;
    GRANT SELECT ON rig.jump TO PUBLIC;
    ALTER DATABASE {DATABASE} SET search_path = rig, pg_catalog, public"""


@dataclass(slots=True)
class Program:
    """One running process, or gunicorn with its worker."""

    name: str
    kind: str
    popen: subprocess.Popen[bytes]
    port: int | None = None
    # The port that clients use: a line of the proxy before `port`.
    door: int | None = None
    log: Path | None = None

    def workers(self) -> list[int]:
        with suppress(OSError):
            found = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text()
            return [int(pid) for pid in found.split()]
        return []

    def everything(self) -> list[int]:
        return [*self.workers(), self.popen.pid]

    def last_words(self) -> str:
        """For whoever asks why it is not there."""
        with suppress(OSError, IndexError):
            assert self.log is not None
            return self.log.read_text(errors="replace").splitlines()[-1]
        return ""


@dataclass(slots=True)
class Rig:
    folder: Path
    cluster: Cluster
    urls: dict[str, str]
    keys: dict[str, str]
    # None while there is none yet, and where lines are not the question.
    world: World | Any
    proxy: subprocess.Popen[str] | Any
    programs: dict[str, Program] = field(default_factory=dict)
    redis_url: str = ""
    database_name: str = DATABASE
    # Patched into whatever starts from now on, too.
    mutants: list[str] = field(default_factory=list)

    # --- programs -------------------------------------------------------------------------------

    def start(
        self, name: str, kind: str, *, port: int | None = None, **environment: str
    ) -> Program:
        """Start without waiting; `wait_for` waits."""
        known = self.programs.get(name)
        port = known.port if known else port
        if kind != "scheduler" and port is None:
            port = free_port()
        (self.folder / "doors" / f"{name}.json").write_text(json.dumps(self.mutants))
        (self.folder / "doors" / f"{name}.sock").unlink(missing_ok=True)
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            popen = subprocess.Popen(
                self._command(kind, port),
                env={**self._environment(name, kind), **environment},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,
            )
        program = Program(name, kind, popen, port, known.door if known else None, log)
        if kind != "scheduler" and program.door is None:
            program.door = free_port()
            self.line(f"http-{name}", listen=program.door, target=port)
        self.programs[name] = program
        return program

    def wait_for(self, *names: str) -> None:
        for name in names or list(self.programs):
            program = self.programs[name]
            ready = self._serves if program.port else self._leads
            wait_until(
                lambda p=program, r=ready: r(p),
                f"{name} did not start",
                SECONDS_TO_START,
                alive=lambda p=program: p.popen.poll() is None,
            )

    def ended(self) -> list[str]:
        """Processes that should run and do not: nothing in an experiment ends one for good."""
        return [
            f"{name} ended by itself: {one.last_words()}"
            for name, one in self.programs.items()
            if one.popen.poll() is not None
        ]

    def stop(self, name: str) -> None:
        program = self.programs[name]
        for pid in program.everything():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        program.popen.wait(20)

    def _command(self, kind: str, port: int | None) -> list[str]:
        if kind == "scheduler":
            return [sys.executable, "-m", "tests.faults.inside", "scheduler"]
        served = "--no-control-socket --config python:tests.faults.served"
        return [
            str(VENV / "bin/gunicorn"),
            *served.split(),
            "--bind",
            f"127.0.0.1:{port}",
            f"app.wsgi:{kind}",
        ]

    def _environment(self, name: str, kind: str) -> dict[str, str]:
        line = self.folder / "lines" / name
        if not line.exists():
            line.mkdir(parents=True)
            self.line(
                f"db-{name}",
                listen=str(line / ".s.PGSQL.5432"),
                target=str(self.cluster.socket_dir / ".s.PGSQL.5432"),
            )
        real = quoted(self.cluster.socket_dir)
        urls = {
            f"DATABASE_URL_{role.upper()}": self.urls[role].replace(real, quoted(line))
            for role in ROLES_OF[kind]
        }
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONUNBUFFERED": "1",
            "APP_ENV": "development",
            "PUBLIC_URL": "http://127.0.0.1",
            "FILES_DIR": str(self.folder / "files"),
            "MAIL_DIR": str(self.folder / "mail"),
            "LIMITS_PER_ADDRESS": "off",
            "BIDS_PER_SECOND": "0",
            "PYTHONPATH": str(ROOT),
            "LUOCHUI_VAR": str(self.folder),
            "REDIS_URL": self.redis_url,
            "RIG_NAME": name,
            "RIG_DOORS": str(self.folder / "doors"),
            "RIG_LOADS": LOADS.get(kind, ""),
            **self.keys,
            **urls,
        }

    def _serves(self, program: Program) -> bool:
        assert program.port is not None
        with suppress(OSError, http.client.HTTPException):
            return get(program.port, "/healthz", timeout=2)[0] == 200
        return False

    def _leads(self, program: Program) -> bool:
        assert program.log is not None
        return (self.folder / "doors" / f"{program.name}.sock").exists()

    # --- lines ----------------------------------------------------------------------------------

    def line(self, name: str, **setting: Any) -> dict[str, Any]:
        """Tell the proxy how the line `name` behaves from now on."""
        assert self.proxy.stdin is not None
        assert self.proxy.stdout is not None
        self.proxy.stdin.write(json.dumps({"line": name, **setting}) + "\n")
        self.proxy.stdin.flush()
        answer = json.loads(self.proxy.stdout.readline())
        return answer if isinstance(answer, dict) else {}

    # --- mutants --------------------------------------------------------------------------------

    @contextmanager
    def mutated(self, *names: str, where: tuple[str, ...] | None = None) -> Iterator[None]:
        """Take defences out of every process (or of `where`), and put them back."""
        inside = [name for name in names if name in INSIDE]
        functions = [IN_SQL[name] for name in names if name in IN_SQL]
        tables = [IN_TABLES[name] for name in names if name in IN_TABLES]
        with self._changed_functions(functions), self._changed_tables(tables):
            try:
                if where is None:
                    self.mutants = inside
                self._tell(inside, where)
                yield
            finally:
                self.mutants = []
                self._tell([], where)

    def _tell(self, mutants: list[str], where: tuple[str, ...] | None) -> None:
        for name, program in self.programs.items():
            if where is None or name in where:
                (self.folder / "doors" / f"{name}.json").write_text(json.dumps(mutants))
                if program.popen.poll() is None:
                    self._knock(name, mutants)

    def _knock(self, name: str, mutants: list[str]) -> None:
        """A worker that was killed a moment ago opens its door again, and reads the file first."""
        for _ in range(100):
            with suppress(OSError):
                return knock(self.folder / "doors", name, mutants)
            time.sleep(0.1)
        raise RuntimeError(f"{name} does not open its door")

    @contextmanager
    def _changed_functions(
        self, changes: list[tuple[str, tuple[tuple[str, str], ...]]]
    ) -> Iterator[None]:
        before: list[str] = []
        try:
            for function, pairs in changes:
                [(written,)] = self.sql("SELECT pg_get_functiondef(%s::regprocedure)", function)
                before.append(written)
                for here, there in pairs:
                    assert here in written, f"{function} does not say {here!r}"
                    written = written.replace(here, there)
                self.run_sql(written)
            yield
        finally:
            # The first change first: what it found is what was there.
            for written in reversed(before):
                self.run_sql(written)

    @contextmanager
    def _changed_tables(self, changes: list[tuple[str, str]]) -> Iterator[None]:
        for statements, _back in changes:
            self.run_sql(statements)
        try:
            yield
        finally:
            for _statements, back in changes:
                self.run_sql(back)

    # --- the database ---------------------------------------------------------------------------

    @property
    def admin_url(self) -> str:
        return self.cluster.url(database=self.database_name)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def run_sql(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement, values or None)


@contextmanager
def running_rig(
    *,
    webs: int = 2,
    schedulers: int = 1,
    live: bool = False,
    home: Path | None = None,
    settings: Mapping[str, str] | None = None,
    mutants: Sequence[str] = (),
) -> Iterator[Rig]:
    """The rig, started and answering; its database below `home` where one is named."""
    with (
        database(home, settings or {}) as (cluster, urls),
        tempfile.TemporaryDirectory(prefix="luochui-rig-") as folder,
    ):
        rig = _made(Path(folder), cluster, urls)
        rig.mutants = list(mutants)
        try:
            for number in range(1, webs + 1):
                rig.start(f"web{number}", "web")
            for number in range(1, schedulers + 1):
                rig.start(f"scheduler{number}", "scheduler")
            if live:
                rig.start("live", "live")
            rig.wait_for()
            yield rig
        finally:
            for name in rig.programs:
                rig.stop(name)
            rig.world.close()
            assert rig.proxy.stdin is not None
            rig.proxy.stdin.close()
            rig.proxy.kill()
            rig.proxy.wait(10)
            if rig.proxy.stdout is not None:
                rig.proxy.stdout.close()
            if kept := os.environ.get("RIG_LOGS"):
                shutil.copytree(
                    folder,
                    kept,
                    dirs_exist_ok=True,
                    ignore_dangling_symlinks=True,
                    ignore=shutil.ignore_patterns("*.sock", ".s.*"),
                )


@contextmanager
def database(
    home: Path | None, settings: Mapping[str, str]
) -> Iterator[tuple[Cluster, dict[str, str]]]:
    """A migrated database of the rig's own, which waits for its disk as a real one does."""
    from tests.conftest import migrated_database

    with _cluster(home, {"track_commit_timestamp": "on", **settings}) as cluster:
        for role in ROLES:
            cluster.psql(f"CREATE ROLE luochui_{role} LOGIN PASSWORD 'pw-{role}'")
        # Nothing of the migration has to outlive a crash.
        cluster.psql("ALTER SYSTEM SET synchronous_commit = off")
        cluster.psql("SELECT pg_reload_conf()")
        urls = migrated_database(cluster, DATABASE)
        cluster.psql("ALTER SYSTEM RESET synchronous_commit")
        cluster.psql("SELECT pg_reload_conf()")
        cluster.psql(CLOCK, database=DATABASE)
        yield cluster, urls


@contextmanager
def _cluster(home: Path | None, settings: Mapping[str, str]) -> Iterator[Cluster]:
    if home is None:
        with ephemeral_cluster(durable=True, settings=settings) as cluster:
            yield cluster
        return
    cluster = Cluster(home / "postgres", settings=settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


def _made(home: Path, cluster: Cluster, urls: dict[str, str]) -> Rig:
    # PostgreSQL may run under another account, which only passes through.
    home.chmod(0o711)
    (home / "doors").mkdir()
    keys = _keys()
    return Rig(
        folder=home,
        cluster=cluster,
        urls=urls,
        keys=keys,
        world=World(cluster.url(database=DATABASE), keys),
        proxy=subprocess.Popen(
            [sys.executable, "-m", "tests.faults.proxy"],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        ),
    )


def _keys() -> dict[str, str]:
    envelope, contact = PrivateKey.generate(), PrivateKey.generate()
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "BLIND_INDEX_KEY": _text(secrets.token_bytes(32)),
        "ENVELOPE_PUBLIC_KEY": _text(bytes(envelope.public_key)),
        "ENVELOPE_PRIVATE_KEY": _text(bytes(envelope)),
        "CONTACT_PUBLIC_KEY": _text(bytes(contact.public_key)),
        "STRIPE_WEBHOOK_SECRET": "whsec_" + secrets.token_hex(8),
        "SIGNING_KEY": _text(secrets.token_bytes(32)),
        "LIVE_PASS_KEY": secrets.token_hex(32),
    }


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path), safe="")


def die_with_parent() -> None:
    """In the child, before it becomes the program: no process outlives the tests."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """Below those that the kernel hands out for callers."""
    for _ in range(200):
        port = random.randrange(20_000, 30_000)
        with socket.socket() as trying:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                trying.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("no free port")


def get(port: int, path: str, *, timeout: float = 5, **headers: str) -> tuple[int, bytes]:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        asking.request("GET", path, headers={"Host": "127.0.0.1", **headers})
        answer = asking.getresponse()
        return answer.status, answer.read()
    finally:
        asking.close()


def wait_until(
    fact: Callable[[], Any],
    otherwise: str,
    seconds: float = 20,
    *,
    alive: Callable[[], bool] = lambda: True,
) -> float:
    """The seconds until `fact` held."""
    began = time.monotonic()
    while not fact():
        if not alive() or time.monotonic() - began > seconds:
            raise AssertionError(otherwise)
        time.sleep(0.03)
    return time.monotonic() - began
