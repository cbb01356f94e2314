"""One platform for all journeys of a run: it takes longer to start than most of them to play."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.platform import Platform, running_platform


@pytest.fixture(scope="package")
def platform() -> Iterator[Platform]:
    with running_platform() as started:
        yield started


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any) -> Iterator[None]:
    """A failure tells what the processes said last: their logs are gone with the platform."""
    outcome = yield
    report, started = outcome.get_result(), item.funcargs.get("platform")
    if report.failed and started is not None:
        report.sections += [(f"log of {name}", started.last_words(name)) for name in LOGS]


LOGS = ("web", "scheduler", "worker")
