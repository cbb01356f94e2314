"""`python -m bench NAME [--json] [--quick]`: one measurement; bench/README.md tells of each."""

from __future__ import annotations

import argparse
import importlib
import json
import os

BENCHES = {
    "fan-out": "bench.fan_out.run",
    "herd": "bench.herd.run",
    "hot-lot": "bench.hot_lot.run",
    "ledger": "bench.ledger.run",
    "nation": "bench.nation.run",
    "soak": "bench.soak.run",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--quick", action="store_true", help="a small run, for a look")
    asked, more = parser.parse_known_args()
    os.environ.setdefault("APP_ENV", "development")
    figures = importlib.import_module(BENCHES[asked.name]).measure(more, quick=asked.quick)
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:{width}}  {value}")
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
