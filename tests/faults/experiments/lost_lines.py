"""F41: the network of most bidders fails, and ours does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg

from app.gateways.live_pass import new_pass
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.experiments.sockets import a_live_process
from tests.faults.nemesis import kill_worker
from tests.faults.rig import Rig, free_port, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage
from tests.faults.watchers import Watcher

MINUTES_TO_THE_END = 8
SECONDS_TO_TELL = 30.0
THEIRS, OURS = 7, 3
LINE = "http-live-theirs"


def their_network_fails(rig: Rig, size: Size) -> Found:
    """Seven of ten bidders are behind a line that swallows everything from one moment on."""
    found = Found()
    with a_live_process(rig) as port:
        stage = a_stage(rig, size.seed, ends_in=MINUTES_TO_THE_END * 60, bidders=2)
        theirs = free_port()
        rig.line(LINE, listen=theirs, target=rig.programs["live"].port)
        with _bidders_listen(stage, [theirs] * THEIRS + [port] * OURS) as watchers:
            _bid(stage, 0, 3)
            _wait_until_counted(stage, THEIRS + OURS)
            if size.is_whole:
                _nobody_cries_over_a_deploy(stage, watchers, found)
            seconds = _cut_them_off(stage)
            found.figures["seconds until the court was told"] = seconds and round(seconds, 1)
            _bid(stage, 3, 3)
            found.wrong += _what_was_told(stage, seconds)
            rig.line(LINE, mode="pass")
            stage.break_("their network works again")
            if seconds and size.is_whole:
                found.figures["seconds until they were back"] = _seconds_until_back(stage)
        rig.line(LINE, mode="cut")
        found.wrong += stage.judge(stage.finish())
    return found


@contextmanager
def _bidders_listen(stage: Stage, ports: list[int]) -> Iterator[list[Watcher]]:
    """Each with the pass that a bidder's page is given."""
    key = stage.rig.keys["LIVE_PASS_KEY"]
    with ExitStack() as leaving:
        watchers = []
        for number, port in enumerate(ports, start=1):
            written = new_pass(key, stage.public_id, number, time.time())
            watcher = Watcher(stage.public_id, port, stage.ports[0], written=written)
            watchers.append(watcher.begin())
            leaving.callback(watcher.stop)
        yield watchers


def _bid(stage: Stage, first: int, count: int) -> None:
    for number in range(first, first + count):
        bidder = stage.bidders[number % len(stage.bidders)]
        bidder.ask_until_known(START + number * STEP, ports=stage.ports)


def _wait_until_counted(stage: Stage, bidders: int) -> None:
    """Looked at twice by whoever counts; with a mutant nobody does, and nothing is waited for."""

    def counted() -> bool:
        [(times,)] = stage.rig.sql(
            "SELECT count(*) FROM attendance WHERE sale_id = %s AND bidders = %s",
            stage.sale_id,
            bidders,
        )
        return int(times) >= 2

    with suppress(AssertionError):
        wait_until(counted, "", 12)


def _nobody_cries_over_a_deploy(stage: Stage, watchers: list[Watcher], found: Found) -> None:
    """A live process that is killed sends everybody away, and they come back at once."""
    kill_worker(stage, "live")
    began = time.monotonic()
    time.sleep(0.5)
    wait_until(lambda: all(one.is_connected for one in watchers), "F41: not back", 40)
    seconds = time.monotonic() - began
    found.figures["all back after a kill of our own"] = f"{seconds:.1f} s"
    time.sleep(9)
    if seconds < 3 and _alarm(stage):
        found.wrong.append("F41: bidders who were back at once were called lost")
    _wait_until_counted(stage, THEIRS + OURS)
    wait_until(lambda: not _open_alarm(stage), "F41: they are back and still called lost", 40)
    stage.rig.run_sql("DELETE FROM lost_bidders WHERE sale_id = %s", stage.sale_id)


def _cut_them_off(stage: Stage) -> float | None:
    """The seconds until there is an alarm."""
    stage.rig.line(LINE, mode="hole")
    stage.break_("the network of seven of ten bidders swallows everything")
    with suppress(AssertionError):
        return wait_until(lambda: _alarm(stage), "", SECONDS_TO_TELL + 10)
    return None


def _alarm(stage: Stage) -> list[Any]:
    return stage.rig.sql(
        "SELECT were_here, stayed, back_at FROM lost_bidders WHERE sale_id = %s", stage.sale_id
    )


def _open_alarm(stage: Stage) -> bool:
    return any(back_at is None for _were, _stayed, back_at in _alarm(stage))


def _what_was_told(stage: Stage, seconds: float | None) -> list[str]:
    if seconds is None:
        return ["F41: seven of ten bidders were gone, and nobody was told"]
    wrong = []
    if seconds > SECONDS_TO_TELL:
        wrong.append(f"F41: the court was told after {seconds:.0f} s")
    [(were_here, stayed, _back_at)] = _alarm(stage)
    if (were_here, stayed) != (THEIRS + OURS, OURS):
        wrong.append(f"F41: {stayed} of {were_here} were said to be left, not 3 of 10")
    if _as_the_court(stage) != [(7,)]:
        wrong.append("F41: the court cannot read how large a share is gone")
    # Long enough for whoever would act by themselves.
    if stage.wait_for_status("suspended", seconds=4) is not None:
        wrong.append("F41: nobody decided, and the sale is suspended")
    return wrong


def _as_the_court(stage: Stage) -> list[Any]:
    """What the role of the court's pages reads, on behalf of its staff."""
    with psycopg.connect(stage.rig.urls["web"].replace("+psycopg", "")) as connection:
        connection.execute("SELECT set_config('luochui.court', %s, true)", (str(stage.court_id),))
        return connection.execute("SELECT tenths_gone FROM lost_bidders").fetchall()


def _seconds_until_back(stage: Stage) -> float | None:
    with suppress(AssertionError):
        return round(wait_until(lambda: not _open_alarm(stage), "", 60), 1)
    return None


EXPERIMENTS = (
    Experiment(
        "F41",
        "The network of most bidders fails",
        "Eight minutes before the end seven of ten connected bidders are cut off by a line that"
        " swallows everything, as a broken provider does; ours works. Before that a live process is"
        " killed, and all of them come back at once.",
        "Court and operator are told within thirty seconds, with the share and the moment. The sale"
        " goes on: whether to suspend it is the court's to decide. Bidders who are back at once"
        " are no alarm.",
        their_network_fails,
        (
            Mutant("nobody counts who can hear us", ("nobody calls the roll",), "F41"),
            Mutant(
                "the platform suspends by itself",
                ("the platform stays what others lost",),
                "nobody decided",
            ),
        ),
        is_quick=False,
    ),
)
