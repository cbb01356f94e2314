"""docs/faults.md: what was done to the machine, what the law demands, what was seen.

    python -m tests.faults.report RESULTS SEED [REMARK]

Written at the end of `make faults` from the lines that the tests left in RESULTS. The same results
make the same page. Several sittings make one page: of an experiment that stands in RESULTS more
than once, the last counts.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.experiments.kind import Experiment, Found, Mutant

RESULTS = os.environ.get("FAULTS_RESULTS")
PAGE = Path(__file__).resolve().parents[2] / "docs/faults.md"

HEAD = """# What happens when things fail

Nobody should have to believe that a bid is safe. So the platform is started for real, on a machine
of its own: two web processes, the process that closes sales, the database, the lines between them.
People bid. Then something is broken on purpose. Somebody outside, who shares no code with the
platform, reads only what the public can read and keeps it. Afterwards eight questions are asked of
what the bidders were told, of what the observer kept, and of what the record holds:

1. Does the course of the sale follow from the record of what came in, told again from the rules?
2. Does everything stand that a bidder was told, once and only once?
3. Is the evidence still one chain, with every line that somebody outside had kept?
4. Did the books balance at every look?
5. Did number, price and end only ever go forward, for everybody who watched?
6. Does the public see all that the record holds, and nothing else?
7. Once nothing fails any more, is a bid accepted and everything due done?
8. Is nobody's name in anything that an outsider or a reader of logs can see?

An experiment that cannot fail proves nothing. Each is played once more with its defence taken out
(a *mutant*): then it must be red. The defence is taken out from outside, in a running process of
the rig; the platform itself has no such switch.

`make faults` plays everything again and writes this page; `SEED=` repeats a run. `make test` plays
a taste of the most telling ones on every change. The numbers are those of the team's list of
faults.
"""

OTHERWISE = """## Not played here

| No. | What | Where it is looked at instead |
|---|---|---|
| F12 | Random histories in a world without a machine | `python -m tests.faults.simulator`, a thousand in `make test` |
| F26 to F32, F42 | Money and letters | `tests/services`, `tests/gateways`, `tests/faults/test_money_killed.py` |
| F38 | Memory over hours (a minute of it is played) | `python -m bench soak` |
"""  # noqa: E501


def note(experiment: Experiment, found: Found) -> None:
    """One line for whoever writes the report when the run is over."""
    _keep({"number": experiment.number, "wrong": found.wrong, "figures": found.figures})


def note_mutant(experiment: Experiment, mutant: Mutant, found: Found, is_red: bool) -> None:
    seen = next((line for line in found.wrong if mutant.noticed_as in line), "")
    _keep({"number": experiment.number, "mutant": mutant.name, "red": is_red, "seen": seen})


def _keep(line: dict[str, object]) -> None:
    if RESULTS:
        with Path(RESULTS).open("a") as results:
            results.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")


def page(experiments: Iterable[Experiment], lines: list[dict[str, Any]], *, run: str) -> str:
    held = {line["number"]: line for line in lines if "mutant" not in line}
    mutants = {(line["number"], line["mutant"]): line for line in lines if "mutant" in line}
    experiments = sorted(experiments, key=lambda each: each.number)
    parts = [HEAD, run, "", "## All at a glance", "", *_table(experiments, held, mutants), ""]
    for experiment in experiments:
        parts += _chapter(experiment, held.get(experiment.number), mutants)
    return "\n".join([*parts, OTHERWISE])


def _table(
    experiments: list[Experiment], held: dict[str, Any], mutants: dict[tuple[str, str], Any]
) -> list[str]:
    rows = ["| No. | What is broken | The platform | Without its defence |", "|---|---|---|---|"]
    for each in experiments:
        noticed = [_colour(mutants.get((each.number, one.name))) for one in each.mutants]
        without = ", ".join(dict.fromkeys(noticed)) or "the defence is what is tested"
        rows.append(
            f"| {each.number} | {each.title} | {_holds(held.get(each.number))} | {without} |"
        )
    return rows


def _holds(line: dict[str, Any] | None) -> str:
    if line is None:
        return "not played in this run"
    return "**red**" if line["wrong"] else "green"


def _colour(line: dict[str, Any] | None) -> str:
    if line is None:
        return "not played in this run"
    return "red, as it must be" if line["red"] else "**not noticed**"


def _chapter(
    experiment: Experiment, line: dict[str, Any] | None, mutants: dict[tuple[str, str], Any]
) -> list[str]:
    parts = [f"## {experiment.number}. {experiment.title}", "", f"*Done.* {experiment.done}", ""]
    parts += [f"*Demanded.* {experiment.demanded}", "", f"*Seen.* {_holds(line)}."]
    if line is not None:
        parts += [f"- {name}: {value}" for name, value in line["figures"].items()]
        parts += [f"- **{sentence}**" for sentence in line["wrong"]]
    for mutant in experiment.mutants:
        found = mutants.get((experiment.number, mutant.name))
        said = f" It was told as: {found['seen']}" if found and found["seen"] else ""
        parts += ["", f"*Without its defence* ({mutant.name}): {_colour(found)}.{said}"]
    return [*parts, ""]


def main() -> None:
    from tests.faults.experiments import EXPERIMENTS

    results, seed, remark = Path(sys.argv[1]), sys.argv[2], " ".join(sys.argv[3:])
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    today = datetime.now(UTC).date().isoformat()
    where = f"{os.cpu_count()} processors, {platform.system()}"
    run = " ".join([f"Last run: {today}, seed {seed}, {where}.", *([remark] if remark else [])])
    PAGE.write_text(page(EXPERIMENTS, lines, run=run))
    sys.stdout.write(f"The report is in {PAGE.name}; repeat it with SEED={seed}\n")


if __name__ == "__main__":
    main()
