"""One platform for all journeys of a run: it takes longer to start than most of them to play."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.platform import Platform, running_platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    with running_platform() as started:
        yield started
