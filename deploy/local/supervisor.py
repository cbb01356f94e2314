"""Starts the platform on this machine, watches it, and takes it down again in order.

    python -m deploy.local.supervisor run [--host HOST] [--port PORT] [--without NAME]
    python -m deploy.local.supervisor stop

What it starts is the table in `processes.py`.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deploy.local import console, database
from deploy.local.kept import Kept
from deploy.local.places import LOGS, ROOT, VAR
from deploy.local.postgres import Cluster, ServerDidNotStart, home_within_reach
from deploy.local.processes import (
    COMMANDS,
    MIGRATION,
    PLATFORM,
    PROCESSES,
    Addresses,
    Process,
    Setting,
    database_url,
    environment_of,
    setting_of,
    words_of,
)
from deploy.local.readiness import answers, first_busy
from deploy.local.running import (
    AlreadyRunning,
    Identity,
    Running,
    end,
    only_one,
    read_running,
    write_running,
)
from deploy.local.secrets import ROLES, password_name, write_private

LOCK = VAR / "run/lock"
RUNNING = VAR / "run/running.json"
ACCOUNTS = VAR / "demo_accounts.json"
FOR_COMMANDS = VAR / "run/commands.json"

SECONDS_TO_ANSWER = 90
SECONDS_TO_END = 10
SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_STARTS = 0.7


class CannotRun(Exception):
    """The platform cannot start here; the message says why, in one sentence or with a log."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make")
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run")
    runs.add_argument("--host", default="127.0.0.1")
    runs.add_argument("--port", type=int, default=8000)
    runs.add_argument("--without", action="append", default=[], help="a process not to start")
    commands.add_parser("stop")
    chosen = parser.parse_args()
    if chosen.command == "stop":
        return stop()
    return run(Addresses(chosen.host, chosen.port), os.environ, frozenset(chosen.without))


def run(
    addresses: Addresses, environ: Mapping[str, str], without: frozenset[str] = frozenset()
) -> int:
    try:
        with only_one(LOCK):
            return Supervisor(addresses, environ, without).run()
    except AlreadyRunning:
        running = read_running(RUNNING)
        where = f" at {running.address}" if running else ""
        console.say(f"Luochui is already running{where}. `make stop` stops it.")
        return 0
    except (CannotRun, ServerDidNotStart) as reason:
        console.say(str(reason))
        return 1


def stop() -> int:
    """End the supervisor of this checkout, or what a killed one left behind."""
    running = read_running(RUNNING)
    if running is not None and running.supervisor.is_alive():
        end(running.supervisor, patience=SECONDS_TO_END * 3)
        console.say(f"Stopped what ran at {running.address}.")
    elif running is not None:
        console.say(f"Ending what a killed run left at {running.address}.")
    else:
        console.say("Nothing is running.")
    _end_what_was_left(running)
    home = home_within_reach(VAR / "postgres")
    if home.exists():
        Cluster(home).stop()
    return 0


@dataclass
class Supervisor:
    addresses: Addresses
    environ: Mapping[str, str]
    without: frozenset[str] = frozenset()
    cluster: Cluster | None = None
    kept: list[Kept] = field(default_factory=list)
    stopping: bool = False
    hurried: bool = False

    def run(self) -> int:
        self._listen_for_signals()
        _end_what_was_left(read_running(RUNNING))
        self._refuse_busy_ports()
        _put_old_logs_aside()
        self._write_down()
        started = time.monotonic()
        try:
            setting = self._prepare()
            write_private(FOR_COMMANDS, environment_of(COMMANDS, setting))
            self._start_and_wait(setting)
            if not self.stopping:
                console.welcome(self.addresses, seconds=time.monotonic() - started)
                self._start_the_rest(setting)
                self._watch()
        finally:
            self._take_down()
        return 0

    def _listen_for_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        # Plain flags: whatever the main loop is doing is finished first. A second one hurries it.
        # (An Event's lock may be held by the very loop that this interrupts, and would never open.)
        self.hurried = self.stopping
        self.stopping = True

    def _refuse_busy_ports(self) -> None:
        afters = [process.port_after for process in PROCESSES if process.port_after is not None]
        busy = first_busy(self.addresses, afters)
        if busy is not None:
            raise CannotRun(
                f"Port {busy} is taken by another program."
                f" Choose others: `make run PORT={self.addresses.port + 100}`."
            )

    def _prepare(self) -> Setting:
        """The database server, the roles, the tables."""
        server_url = self.environ.get("DATABASE_URL") or self._start_postgres()
        setting = setting_of(self.addresses, self.environ, server_url)
        passwords = {role: setting.secrets[password_name(role)] for role in ROLES}
        database.prepare(setting.server_url, passwords, setting.database)
        self._migrate(setting)
        return setting

    def _start_postgres(self) -> str:
        self.cluster = Cluster(home_within_reach(VAR / "postgres"))
        if not self.cluster.is_initialised():
            console.say("Making the database in var/postgres")
        self.cluster.start()
        return self.cluster.url()

    def _migrate(self, setting: Setting) -> None:
        newest = database.newest_revision(ROOT / "migrations/versions")
        if database.revision_of(database_url(setting, "migrator")) == newest:
            return
        console.say(f"Bringing the database to revision {newest}")
        log = LOGS / "migration.log"
        LOGS.mkdir(parents=True, exist_ok=True)
        with log.open("w") as out:
            done = subprocess.run(
                words_of(MIGRATION, self.addresses),
                env=environment_of(MIGRATION, setting),
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        if done.returncode != 0:
            raise CannotRun(f"The migration failed.\n{console.end_of(log)}")

    def _start_and_wait(self, setting: Setting) -> None:
        """The first process has both cores to itself, so that the first page comes soon."""
        web = self._keep(PROCESSES[0], setting)
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        while not self.stopping and not answers(self.addresses, "/healthz"):
            time.sleep(0.05)
            if not web.is_alive() or time.monotonic() > deadline:
                raise CannotRun(f"The web process does not answer.\n{console.end_of(web.log)}")

    def _start_the_rest(self, setting: Setting) -> None:
        """One after the other: all at once, the first would come no sooner than the last."""
        for process in PROCESSES[1:]:
            if process.name not in self.without and not self.stopping:
                self._keep(process, setting)
                time.sleep(SECONDS_BETWEEN_STARTS)

    def _keep(self, process: Process, setting: Setting) -> Kept:
        kept = Kept(
            process,
            words=words_of(process, self.addresses),
            environment=environment_of(process, setting),
            log=LOGS / f"{process.name}.log",
        )
        kept.start()
        self.kept.append(kept)
        self._write_down()
        return kept

    def _watch(self) -> None:
        tell_accounts = console.teller_of_accounts(ACCOUNTS)
        while not self.stopping:
            self._watch_postgres()
            for kept in self.kept:
                if kept.look():
                    self._write_down()
            tell_accounts()
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _watch_postgres(self) -> None:
        if self.cluster is not None and self.cluster.pid() is None:
            console.say("PostgreSQL ended and is started again; its log is in var/postgres")
            self.cluster.start()

    def _write_down(self) -> None:
        myself = Identity.of(os.getpid())
        assert myself is not None
        alive = {kept.process.name: kept.identity() for kept in self.kept}
        processes = {name: identity for name, identity in alive.items() if identity is not None}
        RUNNING.parent.mkdir(parents=True, exist_ok=True)
        write_running(RUNNING, Running(myself, self.addresses.url(PLATFORM), processes))

    def _take_down(self) -> None:
        console.say("Stopping …")
        for kept in self.kept:
            kept.ask_to_end()
        self._until(lambda: not any(kept.is_alive() for kept in self.kept))
        for kept in self.kept:
            kept.end_now()
        if self.cluster is not None:
            self.cluster.stop()
        RUNNING.unlink(missing_ok=True)
        FOR_COMMANDS.unlink(missing_ok=True)
        console.say("Stopped.")

    def _until(self, fact: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_TO_END
        while not fact() and time.monotonic() < deadline and not self.hurried:
            time.sleep(0.05)


def _put_old_logs_aside() -> None:
    """Each run has its own logs; those of the run before are kept, older ones are not."""
    for log in LOGS.glob("*.log"):
        log.replace(log.with_suffix(".log.before"))


def _end_what_was_left(running: Running | None) -> None:
    """A supervisor killed outright leaves its processes; they would hold ports and the database."""
    if running is None:
        return
    for process in running.processes.values():
        end(process, patience=2)
    RUNNING.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
