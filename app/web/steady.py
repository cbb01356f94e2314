"""Answers that take as long for one as for another, so that time tells nothing (SEC-T2)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from flask import current_app

# More than hashing a password takes on a small machine.
_STEP_SECONDS = 0.75


@contextmanager
def steady() -> Iterator[None]:
    """What is done inside ends at a whole number of steps after it began."""
    began = time.monotonic()
    try:
        yield
    finally:
        step = float(current_app.config.get("STEADY_STEP_SECONDS", _STEP_SECONDS))
        if step:
            spent = time.monotonic() - began
            time.sleep(ceil(spent / step) * step - spent)
