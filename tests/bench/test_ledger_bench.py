"""The bench runs from beginning to end and says what it promises; its figures are not judged."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

TINY = ("--entries", "60", "--batch", "20", "--refunds", "6", "--alone-s", "0.5", "--workers", "1")


def test_the_ledger_bench_ends_with_one_json_object() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "ledger", "--json", "--quick", *TINY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures["refunds"] == 6
    assert all(
        figures[name] > 0
        for name in ("entries_per_s", "refunds_s", "bid_p99_ms_during", "bid_p99_ms_alone")
    )
