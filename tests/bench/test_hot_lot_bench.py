"""The bench runs from beginning to end and counts what the database counts."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

TINY = ("--bidders", "6", "--least", "3", "--most", "8", "--seconds", "0.7", "--drain", "100")
PROMISED = {
    "bidders", "seconds", "decided_per_s", "accepted_per_s", "p50_ms", "p99_ms",
    "open_loop_p99_ms", "stamp_p99_ms", "drain_per_s", "baseline_http_per_s",
    "baseline_drain_per_s",
}  # fmt: skip


def test_the_hot_lot_bench_agrees_with_the_database_and_ends_with_one_json_object() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "hot-lot", "--json", "--quick", *TINY, "--per-s", "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures.keys() >= PROMISED
    assert figures["unknown"] == figures["open_loop_unknown"] == 0
    assert figures["bids_sent"] == figures["decisions_in_database"] > 0
    assert figures["acknowledged"] > 0 and figures["acknowledged_and_lost"] == 0
    assert figures["cold_bids"] == 8 and figures["cold_unknown"] == 0
    assert all(figures[name] > 0 for name in PROMISED - {"accepted_per_s"})
