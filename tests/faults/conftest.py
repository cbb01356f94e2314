"""One rig for all experiments of a run, and the report at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.rig import Rig, running_rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with running_rig() as started:
        yield started
