"""The bench runs from beginning to end and says what it promises; its figures are not judged."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.fan_out import wire
from bench.fan_out.run import _bids_in
from tests.conftest import ROOT

TINY = ("--sockets", "12", "--workers", "2", "--seconds", "1", "--flood-s", "0.3")


def test_the_fan_out_bench_ends_with_one_json_object() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "fan-out", "--json", "--quick", *TINY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert (figures["sockets"], figures["workers"]) == (12, 2)
    # So few cost less than the hundredth of a second that the system counts in.
    assert {"cpu_us_per_delivery", "baseline_cpu_us_per_delivery"} <= set(figures)
    assert all(
        figures[name] > 0
        for name in (
            *("deliveries_per_s", "p99_ms", "baseline_deliveries_per_s"),
            *("pages_per_s", "snapshots_per_s_uncached"),
        )
    )


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_found_however_they_arrive(size: int) -> None:
    from app.web.live.frames import text_frame

    both = text_frame(b"x" * size) + text_frame(b"y")

    whole, rest = wire.frames_in(both)
    first, part = wire.frames_in(both[:-1])

    assert [wire.payload(frame) for frame in whole] == [b"x" * size, b"y"]
    assert rest == b""
    assert len(first) == 1
    assert wire.frames_in(part + both[-1:])[0] == [text_frame(b"y")]


def test_a_frame_counts_for_the_bids_that_it_brings() -> None:
    told = '42["sale",{"seq":7,"bids":[{"seq":5},{"seq":6},{"seq":7}]}]'

    assert list(_bids_in(told)) == [5, 6, 7]
    assert list(_bids_in('42["sale",{"seq":7,"bids":[]}]')) == [7]
    assert list(_bids_in('42["beat",{"seq":7}]')) == []
