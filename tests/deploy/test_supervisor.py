"""The processes of `make run`: kept alive, found again, and never mistaken for others."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import running
from deploy.local.kept import Kept
from deploy.local.processes import Addresses, Process
from deploy.local.readiness import first_busy
from deploy.local.running import AlreadyRunning, Identity, Running, only_one


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield child
    child.kill()
    child.wait()


def test_a_process_that_ends_is_started_again(tmp_path: Path) -> None:
    kept = _kept(tmp_path, "echo born; exit 3")
    kept.pause = 0.05
    kept.start()

    _look_for(kept, seconds=0.6)
    kept.ask_to_end()
    kept.end_now()

    assert (tmp_path / "some.log").read_text().count("born") >= 2


def test_a_process_that_keeps_ending_is_started_less_and_less_often(tmp_path: Path) -> None:
    kept = _kept(tmp_path, "exit 3")
    kept.pause = 0.02
    kept.start()

    _look_for(kept, seconds=0.6)

    assert kept.pause > 0.1


def test_a_process_that_has_done_its_work_is_left_alone(tmp_path: Path) -> None:
    kept = _kept(tmp_path, "echo born", ends_well=True)
    kept.pause = 0.05
    kept.start()

    _look_for(kept, seconds=0.4)

    assert (tmp_path / "some.log").read_text().count("born") == 1


def test_a_process_that_will_not_listen_is_ended_with_its_children(tmp_path: Path) -> None:
    kept = _kept(tmp_path, "trap '' TERM; sleep 60 & echo $!; wait; sleep 60")
    kept.start()
    child = _first_line(tmp_path / "some.log")

    kept.ask_to_end()
    kept.end_now()

    assert _within(5, lambda: Identity.of(int(child)) is None)


def test_a_process_under_a_number_given_again_is_not_the_one_written_down(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    now = Identity.of(sleeper.pid)
    assert now is not None
    long_ago = Identity(sleeper.pid, born=now.born - 1)

    running.end(long_ago, patience=0)

    assert not long_ago.is_alive()
    assert sleeper.poll() is None


def test_a_process_written_down_is_found_and_ended(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    identity = Identity.of(sleeper.pid)
    assert identity is not None
    file = tmp_path / "running.json"
    running.write_running(file, Running(identity, "http://127.0.0.1:8000", {"web": identity}))

    found = running.read_running(file)
    assert found is not None
    running.end(found.processes["web"], patience=5)

    assert sleeper.wait(timeout=5) == -15


HOLD_THE_LOCK = """
import sys, time, pathlib
from deploy.local.running import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_supervisor_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    lock = tmp_path / "run/lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(lock)], stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()

        with pytest.raises(AlreadyRunning), only_one(lock):
            pass
        first.kill()

    with only_one(lock):
        pass


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert first_busy(Addresses("127.0.0.1", port - 1), [1]) == port


def test_a_port_left_by_a_run_just_ended_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.close()

    assert first_busy(Addresses("127.0.0.1", port), [0]) is None


def _kept(folder: Path, script: str, *, ends_well: bool = False) -> Kept:
    process = Process(name="some", command=script, ends_well=ends_well)
    path = {"PATH": "/usr/bin:/bin"}
    return Kept(process, words=["sh", "-c", script], environment=path, log=folder / "some.log")


def _look_for(kept: Kept, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        kept.look()
        time.sleep(0.01)


def _first_line(file: Path) -> str:
    assert _within(5, lambda: "\n" in file.read_text())
    return file.read_text().splitlines()[0]


def _within(seconds: float, fact) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.02)
    return False
