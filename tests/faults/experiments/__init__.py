"""The experiments of reliability/faults.md, by number; each must fail on a planted mutant."""

from __future__ import annotations

from tests.faults.experiments import (
    bidding,
    blackout,
    browsers,
    evidence,
    floods,
    fronts,
    loss,
    lost_lines,
    machines,
    onlookers,
    restore,
    sockets,
    times,
    worn,
)
from tests.faults.experiments.kind import Experiment

EXPERIMENTS: tuple[Experiment, ...] = tuple(
    sorted(
        (
            *loss.EXPERIMENTS,
            *lost_lines.EXPERIMENTS,
            *bidding.EXPERIMENTS,
            *machines.EXPERIMENTS,
            *times.EXPERIMENTS,
            *worn.EXPERIMENTS,
            *evidence.EXPERIMENTS,
            *blackout.EXPERIMENTS,
            *browsers.EXPERIMENTS,
            *floods.EXPERIMENTS,
            *fronts.EXPERIMENTS,
            *restore.EXPERIMENTS,
            *sockets.EXPERIMENTS,
            *onlookers.EXPERIMENTS,
        ),
        key=lambda each: each.number,
    )
)
