"""Setting up does what is needed, and nothing when nothing is needed."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.steps import SetUpFailed, Step, carry_out, run


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def step(tmp_path: Path, done: list[str]) -> Step:
    lock = tmp_path / "some.lock"
    lock.write_text("flask==3.1.3")
    made = tmp_path / "made"
    return Step(
        says="Installing",
        reads=[lock],
        makes=[made],
        stamp=tmp_path / "stamps/some.stamp",
        work=_leaving(made, done),
    )


def test_a_step_is_done_once(step: Step, done: list[str]) -> None:
    carry_out(step)
    carry_out(step)

    assert done == ["once more"]


def test_a_step_is_done_again_when_what_it_reads_has_changed(step: Step, done: list[str]) -> None:
    carry_out(step)
    step.reads[0].write_text("flask==3.1.4")
    carry_out(step)

    assert len(done) == 2


def test_a_newer_date_alone_is_no_change(step: Step, done: list[str]) -> None:
    carry_out(step)
    os.utime(step.reads[0], (1, 1))
    carry_out(step)

    assert len(done) == 1


def test_a_step_is_done_again_when_what_it_made_is_gone(step: Step, done: list[str]) -> None:
    carry_out(step)
    step.makes[0].unlink()
    carry_out(step)

    assert len(done) == 2


def test_a_moved_checkout_is_another_place(step: Step, done: list[str]) -> None:
    carry_out(step)
    carry_out(replace(step, also="/elsewhere/.venv"))

    assert len(done) == 2


def test_a_step_that_failed_half_way_is_not_done_even_for_what_was_there_before(
    step: Step,
) -> None:
    carry_out(step)
    step.reads[0].write_text("flask==3.1.4")

    with pytest.raises(ZeroDivisionError):
        carry_out(replace(step, work=_fail))
    step.reads[0].write_text("flask==3.1.3")

    assert not step.is_done()


def test_a_program_that_fails_is_named() -> None:
    with pytest.raises(SetUpFailed, match=r"^false … ended with 1"):
        run(["false"])


def _fail() -> None:
    raise ZeroDivisionError


def _leaving(made: Path, done: list[str]) -> Callable[[], None]:
    def work() -> None:
        made.touch()
        done.append("once more")

    return work
