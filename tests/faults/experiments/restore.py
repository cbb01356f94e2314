"""F34: the database's machine is gone; it is built again from a copy and its stream of changes."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deploy.local.postgres import Cluster
from tests.faults import oracles
from tests.faults.aftermath import final_of
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Kind
from tests.faults.rig import Rig, die_with_parent, wait_until
from tests.faults.stage import Stage, a_stage

HOUR = 3600.0
BAR_S = 15 * 60.0


def restored(rig: Rig, size: Size) -> Found:
    streams = "the stream of changes is not kept" not in rig.mutants
    with tempfile.TemporaryDirectory(prefix="luochui-restore-") as home:
        folder = Path(home)
        folder.chmod(0o711)
        (folder / "wal").mkdir(mode=0o700)
        rig.cluster.account.own(folder / "wal")
        stage = a_stage(rig, size.seed, ends_in=HOUR)
        with _stream(rig, folder / "wal", streams):
            crowd = stage.crowd()
            _wait_for(stage, 4)
            _copy(rig, folder / "base")
            _wait_for(stage, len(stage.history.of_kind(Kind.OK)) + 6)
            crowd.stop()
            stage.observer.keep_checkpoint(stage.ports[0])
            final = stage.finish()
            # What was committed is on its way to the other machine within a moment.
            time.sleep(1.5)
        stage.break_("the machine is gone")
        began = time.monotonic()
        with _built_again(rig, folder) as cluster:
            seconds = time.monotonic() - began
            there = final_of(replace(rig, cluster=cluster), stage.sale_id)
    found = Found(_compared(stage, final, there))
    found.figures = {
        "acknowledged": len(stage.history.of_kind(Kind.OK)),
        "bids in the restored log": len(there.bids),
        "seconds from the copy to a running database": round(seconds, 1),
    }
    if seconds > BAR_S:
        found.wrong.append(f"F34: the restore took {seconds:.0f} s")
    return found


def _wait_for(stage: Stage, count: int) -> None:
    wait_until(lambda: len(stage.history.of_kind(Kind.OK)) >= count, "no bids", 60)


def _compared(stage: Stage, before: oracles.Final, there: oracles.Final) -> list[str]:
    wrong = [f"O2: {line}" for line in oracles.answers_stand(stage.history, there)]
    chain = oracles.chained(stage.history.checkpoints, there.transcript)
    wrong += [f"O3: {line}" for line in chain]
    missing = len(before.transcript) - len(there.transcript)
    if missing:
        wrong.append(f"F34: the last {missing} lines of the record are missing")
    if there.books != before.books:
        wrong.append("F34: the books are not what they were")
    return wrong


@contextmanager
def _stream(rig: Rig, folder: Path, streams: bool) -> Iterator[None]:
    if not streams:
        yield
        return
    cluster = rig.cluster
    command = [
        cluster._program("pg_receivewal"),
        "-D",
        str(folder),
        "-d",
        _url(cluster),
        "--synchronous",
        "--no-loop",
    ]
    running = cluster.account.popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
    )
    try:
        wait_until(lambda: any(folder.iterdir()), "nothing is streamed", 20)
        yield
    finally:
        running.terminate()
        running.wait(20)


def _copy(rig: Rig, target: Path) -> None:
    cluster = rig.cluster
    command = [
        cluster._program("pg_basebackup"),
        "-D",
        str(target / "data"),
        "-d",
        _url(cluster),
        "--checkpoint=fast",
        "--wal-method=none",
        "--no-manifest",
    ]
    target.mkdir(mode=0o700)
    cluster.account.own(target)
    done = cluster.account.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _url(cluster: Cluster) -> str:
    return cluster.url()


@contextmanager
def _built_again(rig: Rig, folder: Path) -> Iterator[Cluster]:
    """The copy, rolled forward through everything that was streamed, open for reading."""
    base, wal = folder / "base", folder / "wal"
    for partial in wal.glob("*.partial"):
        partial.rename(partial.with_suffix(""))
    if not any(wal.iterdir()):
        # Only what the copy itself needs to stand on its feet.
        source = rig.cluster.data_dir / "pg_wal"
        start = (base / "data/backup_label").read_text().split("file ")[1].split(")")[0]
        shutil.copy(source / start, wal / start)
    (base / "password").write_text(rig.cluster.password + "\n")
    (base / "data/recovery.signal").touch()
    for path in [base / "password", base / "data/recovery.signal", *wal.iterdir()]:
        rig.cluster.account.own(path)
    settings = {
        **rig.cluster.settings,
        "restore_command": f"cp {wal}/%f %p",
        "recovery_target_action": "promote",
    }
    cluster = Cluster(base, settings=settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


EXPERIMENTS = (
    Experiment(
        "F34",
        "The database is built again elsewhere",
        "While people bid, a copy of the database is taken and its stream of changes is kept"
        " elsewhere. Then the database is built again from these two alone.",
        "Nothing that was confirmed is missing, the evidence is the same to the last line that"
        " somebody outside kept, and a missing end would be named.",
        restored,
        (
            Mutant(
                "the stream of changes is not kept",
                ("the stream of changes is not kept",),
                "missing",
            ),
        ),
        is_quick=False,
    ),
)
