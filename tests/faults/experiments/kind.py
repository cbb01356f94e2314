"""What an experiment is: what is done, what is demanded, what was found, what is taken out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

from tests.faults.rig import Rig


@dataclass(slots=True)
class Found:
    """Sentences about what went wrong, and figures for the report."""

    wrong: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: a taste in `make test`, all of it in `make faults`."""

    seed: int
    is_whole: bool = False

    def of(self, quick: int, whole: int) -> int:
        return whole if self.is_whole else quick


Run = Callable[[Rig, Size], Found]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defence taken out: names from `mutants.py`, and a word that the red sentences have."""

    name: str
    takes_out: tuple[str, ...]
    noticed_as: str
    is_quick: bool = True


@dataclass(frozen=True, slots=True)
class Experiment:
    number: str
    title: str
    # For a judge: what was done to the machine, and what the law demands of it.
    done: str
    demanded: str
    run: Run
    mutants: tuple[Mutant, ...]
    is_quick: bool = True
    # Faults that are in while it runs, also without a mutant.
    with_faults: tuple[str, ...] = ()

    def play(self, rig: Rig, size: Size, mutant: Mutant | None = None) -> Found:
        names = (*self.with_faults, *(mutant.takes_out if mutant else ()))
        with rig.mutated(*names) if names else nullcontext():
            found = self.run(rig, size)
        if mutant is None:
            # Without its defence it is noticed by what it demands, not by this.
            found.wrong += [f"{self.number}: {sentence}" for sentence in rig.ended()]
        return found
