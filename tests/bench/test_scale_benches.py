"""The benches of scale run from beginning to end; their figures are not judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.soak.memory import slope
from tests.conftest import ROOT


def _run(name: str, *options: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", name, "--json", "--quick", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    figures: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return figures


def test_the_herd_is_closed_and_said_how_late() -> None:
    figures = _run(
        "herd", *("--lots", "12", "--elsewhere", "4"), *("--fill-s", "30", "--alone-s", "1")
    )

    assert figures["lots"] == 12
    assert figures["sold"] > 0
    assert figures["last_close_late_s"] >= figures["p99_close_late_s"] >= 0
    assert figures["bid_p99_ms"] > 0


def test_the_nation_is_searched_and_its_plans_are_kept(tmp_path: Path) -> None:
    plans = tmp_path / "plans.txt"

    figures = _run(
        *("nation", "--lots", "600", "--small-lots", "200", "--seconds", "0.5"),
        *("--plans", str(plans)),
    )

    assert (figures["lots"], figures["small_lots"]) == (600, 200)
    assert all(
        figures[name] > 0
        for name in ("search_p95_ms", "list_p95_ms", "lot_p95_ms", "small_search_p95_ms")
    )
    assert "ix_public_lots" in plans.read_text()


def test_the_soak_says_how_memory_grows() -> None:
    figures = _run("soak", "--minutes", "0.2")

    assert figures["hours"] > 0
    processes = {name.partition("-")[0] for name in figures["rss_slope_mb_per_h_by_process"]}
    assert processes == {"web", "live", "scheduler", "worker", "notifier"}
    assert figures["pages_failed"] == figures["turns_lost"] == 0
    assert figures["bids_decided"] > 0


@pytest.mark.parametrize(
    ("points", "grows"),
    [([(0.0, 5.0), (1.0, 5.0), (2.0, 5.0)], 0.0), ([(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)], 2.0)],
)
def test_a_slope_is_what_is_added_in_an_hour(
    points: list[tuple[float, float]], grows: float
) -> None:
    assert slope(points) == pytest.approx(grows)
