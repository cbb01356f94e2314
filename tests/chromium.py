"""The Chromium that tests look at pages with.

Where Debian has it, that is Chromium without the window around the page: the same engine, half the
work. A Chromium of another kind does as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deploy.local.places import ROOT

FOUND = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = ROOT / "node_modules/axe-core/axe.min.js"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of its own for whoever asks; skips the test where there is none."""
    if FOUND is None or not AXE.exists():
        pytest.skip("no Chromium or no node_modules: run `make test`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=FOUND, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
