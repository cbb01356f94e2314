"""Every experiment holds, and goes red when its defence is taken out (reliability/faults.md).

`make test` plays a taste of the most telling ones; `make faults` (FAULTS=all, SEED=…) plays all of
them at full length and writes docs/faults.md.
"""

from __future__ import annotations

import os

import pytest

from tests.faults import report
from tests.faults.experiments import EXPERIMENTS
from tests.faults.experiments.kind import Experiment, Mutant, Size
from tests.faults.rig import Rig

IS_WHOLE = os.environ.get("FAULTS") == "all"
SIZE = Size(int(os.environ.get("SEED") or 1), IS_WHOLE)
PLAYED = [each for each in EXPERIMENTS if IS_WHOLE or each.is_quick]
MUTANTS = [
    (each, mutant) for each in PLAYED for mutant in each.mutants if IS_WHOLE or mutant.is_quick
]

pytestmark = pytest.mark.timeout(900 if IS_WHOLE else 240)


@pytest.mark.parametrize("experiment", PLAYED, ids=lambda each: each.number)
def test_the_platform_holds(rig: Rig, experiment: Experiment) -> None:
    found = experiment.play(rig, SIZE)

    report.note(experiment, found)
    assert found.wrong == []


@pytest.mark.parametrize(
    ("experiment", "mutant"), MUTANTS, ids=lambda each: getattr(each, "number", "mutant")
)
def test_without_its_defence_it_does_not(rig: Rig, experiment: Experiment, mutant: Mutant) -> None:
    found = experiment.play(rig, Size(SIZE.seed), mutant)

    is_red = any(mutant.noticed_as in sentence for sentence in found.wrong)
    report.note_mutant(experiment, mutant, found, is_red)
    assert is_red, f"{mutant.name} was not noticed: {found.wrong or 'all is well'}"
