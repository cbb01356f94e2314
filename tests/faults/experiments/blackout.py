"""F40: the power goes, everything is killed, and one command brings it back."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.places import PYTHON, ROOT
from deploy.local.postgres import Cluster, home_within_reach
from deploy.local.processes import PLATFORM, Addresses
from deploy.local.readiness import answers
from deploy.local.secrets import load_secrets
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Kind
from tests.faults.oracles import Healed
from tests.faults.rig import Program, Rig, die_with_parent, free_port, wait_until
from tests.faults.stage import a_stage
from tests.world import World

HOUR = 3600.0
BAR_S = 60.0
SECONDS_TO_START = 150


def blackout(rig: Rig, size: Size) -> Found:
    """`make run` for itself, killed to the last process in the middle of bidding; run again."""
    found, times = Found(), []
    forgets = "the disk is not waited for" in rig.mutants
    with _a_platform(forgets) as own:
        for turn in range(size.of(1, 2)):
            stage = a_stage(own, size.seed + turn, ends_in=HOUR, bidders=3)
            crowd = stage.crowd()
            wait_until(lambda s=stage: len(s.history.of_kind(Kind.OK)) > 5, "no bids", 40)
            _kill_everything(own)
            stage.break_("kill -9 of everything")
            began = time.monotonic()
            own.programs["web"].popen = _run(own)
            after = stage.healed_bid(seconds=SECONDS_TO_START)
            seconds = time.monotonic() - began
            crowd.stop()
            stage.healed = Healed(
                accepted_after_s=after, expects_close=False, within_s=SECONDS_TO_START
            )
            found.wrong += stage.judge(stage.finish())
            times.append(seconds)
            if after is None:
                break
    found.figures = {
        "blackouts": len(times),
        "from the command to the first bid accepted": f"{max(times):.0f} s",
    }
    if max(times) > BAR_S:
        found.wrong.append(f"F40: it took {max(times):.0f} s until a bid was accepted")
    return found


@contextmanager
def _a_platform(forgets: bool) -> Iterator[Rig]:
    """What `make run` starts, without the demonstration, on ports and data of its own."""
    with tempfile.TemporaryDirectory(prefix="luochui-blackout-") as home:
        folder, port = Path(home), free_port() // 10 * 10
        folder.chmod(0o711)
        cluster = Cluster(home_within_reach(folder / "postgres"))
        own = Rig(
            folder=folder,
            cluster=cluster,
            urls={},
            keys={},
            world=None,
            proxy=None,
            database_name="luochui",
        )
        own.programs["web"] = Program("web", "web", None, port, port, folder / "log/web.log")
        own.programs["web"].popen = _run(own)
        try:
            _wait_for(own)
            own.keys = dict(_secrets(folder))
            own.world = World(own.admin_url, own.keys)
            if forgets:
                _commit_without_the_disk(own)
            yield own
        finally:
            _kill_everything(own)
            if own.world is not None:
                own.world.close()


def _commit_without_the_disk(own: Rig) -> None:
    """Whatever enters the journal or is decided there is said to be written before it is."""
    own.run_sql("""
        CREATE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$""")
    for table in ("arrivals", "decisions", "bids", "sale_states"):
        own.run_sql(
            f"CREATE TRIGGER hurry AFTER INSERT OR UPDATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hurry()"
        )
    for setting in ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"):
        own.cluster.psql(f"ALTER SYSTEM SET {setting}")
    own.cluster.psql("SELECT pg_reload_conf()")


def _secrets(folder: Path) -> dict[str, str]:
    return dict(load_secrets(folder / "secrets.json"))


def _run(own: Rig) -> subprocess.Popen[bytes]:
    port = own.programs["web"].port
    command = [
        PYTHON,
        "-m",
        "deploy.local.supervisor",
        "run",
        "--without",
        "demo",
        "--port",
        str(port),
    ]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (own.folder / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            command,
            env={**kept, "LUOCHUI_VAR": str(own.folder), "BIDS_PER_SECOND": "0"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
        )


def _wait_for(own: Rig) -> None:
    web = own.programs["web"]
    addresses = Addresses("127.0.0.1", (web.port or 0) + PLATFORM)
    wait_until(
        lambda: answers(addresses, "/healthz"),
        "the platform did not start",
        SECONDS_TO_START,
        alive=lambda: web.popen.poll() is None,
    )


def _kill_everything(own: Rig) -> None:
    """Every process that belongs to this platform's folder, the supervisor first, all at once."""
    supervisor = own.programs["web"].popen
    pids = _descendants(supervisor.pid)
    server = own.cluster.pid()
    if server is not None:
        pids += [server, *_descendants(server)]
    for pid in [supervisor.pid, *pids]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    supervisor.wait(20)
    own.cluster.kill()
    if own.world is not None:
        own.world.engine.dispose()


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            found += [int(child), *_descendants(int(child))]
    return found


EXPERIMENTS = (
    Experiment(
        "F40",
        "The power goes",
        "While three bidders bid, every process of the platform and of its database is killed in"
        " one moment. One command, `make run`, starts everything again.",
        "Nothing that was confirmed is lost, and within a minute of the command a bid is accepted"
        " again.",
        blackout,
        (Mutant("a commit does not wait for the disk", ("the disk is not waited for",), "lost"),),
        is_quick=False,
    ),
)
