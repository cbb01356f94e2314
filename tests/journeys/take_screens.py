"""Pictures of every page that journeys pass: `python -m tests.journeys.take_screens`.

Small ones: few colours, by ImageMagick's `convert`, and what one sees without scrolling.
docs/screens/README.md shows them. With names (`home`, `court`, `spain`, `money`, `rare`) only these
are played, and the pictures of the others stay as they are. `rare` are some of the pages that
`tests/browser/test_rare_pages.py` builds: no journey comes by them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.browser.alone import watchers
from tests.chromium import chromium
from tests.journeys import test_court_at_work, test_money, test_spanish_sale
from tests.journeys.platform import Platform, running_platform
from tests.journeys.stage import announced_home
from tests.journeys.test_browser_journey import Journey, play
from tests.journeys.window import Findings

FOLDER = Path(__file__).resolve().parents[2] / "docs/screens"
SIZES = ((360, 780), (1280, 900))
COLOURS = 48
RARE = (
    "difference to pay",
    "taking in kind, in order",
    "draw, in Chinese",
    "without an auction",
    "not approved, won",
    "deposit taken back",
    "won, in parts",
)
HEAD = """# What it looks like

Every page that the journeys in `tests/journeys/` pass, in their order, on a telephone and on a
screen: a home sold and paid out, a court at work, a sealed sale under another law, and money that
comes, waits, goes back or stays away. At the end some pages that few people ever see.
`python -m tests.journeys.take_screens` takes the pictures anew.

| page | 360 px | 1280 px |
|---|---|---|"""


def _home(platform: Platform, browser: Any, findings: Findings) -> None:
    play(Journey(announced_home(platform, mark=""), browser, findings), platform)


def _money(platform: Platform, browser: Any, findings: Findings) -> None:
    test_money.play(platform, browser, findings, mark="")


JOURNEYS = {
    "home": _home,
    "court": test_court_at_work.play,
    "spain": test_spanish_sale.play,
    "money": _money,
}


def main(chosen: Sequence[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    findings = Findings(watcher=take)
    journeys = [name for name in chosen or JOURNEYS if name != "rare"]
    if journeys:
        _play(journeys, findings)
    if not chosen or "rare" in chosen:
        _visit_rare_pages(findings)
    kept = shown_before() if chosen else []
    show(dict.fromkeys([*kept, *findings.looked_at]))
    sys.stdout.write("\n".join([*findings.lines, f"{len(findings.looked_at)} pages", ""]))
    return 1 if findings.lines else 0


def _play(journeys: Sequence[str], findings: Findings) -> None:
    with running_platform() as platform, chromium() as browser:
        try:
            for name in journeys:
                JOURNEYS[name](platform, browser, findings)
        except Exception:
            sys.stdout.write(platform.last_words("web"))
            raise


def _visit_rare_pages(findings: Findings) -> None:
    """pytest builds their states, and says itself what is wrong with them."""
    seen: set[str] = set()

    def watch(name: str, page: Any) -> None:
        if name in RARE:
            take(name, page)
            seen.add(name)

    watchers.append(watch)
    ended = pytest.main(["-q", "-p", "no:cacheprovider", "tests/browser/test_rare_pages.py"])
    watchers.remove(watch)
    findings.looked_at += [name for name in RARE if name in seen]
    if ended:
        findings.add("rare pages", "see above")


def shown_before() -> list[str]:
    """The pages whose pictures are there, in their order."""
    return re.findall(r"^\| ([^|]+) \| !\[", (FOLDER / "README.md").read_text(), re.MULTILINE)


def take(name: str, page: Any) -> None:
    """One picture for each width; the window is as wide afterwards as it was before."""
    before = page.viewport_size
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        file = FOLDER / file_name(name, width)
        few = ["+dither", "-colors", str(COLOURS), "-strip", f"png8:{file}"]
        subprocess.run(["convert", "png:-", *few], input=page.screenshot(), check=True)
    page.set_viewport_size(before)


def show(names: Iterable[str]) -> None:
    """The page that shows them all, in the order of the journey."""
    rows = [
        f"| {name} | ![{name}, 360 px]({file_name(name, 360)}) "
        f"| ![{name}, 1280 px]({file_name(name, 1280)}) |"
        for name in names
    ]
    (FOLDER / "README.md").write_text("\n".join([HEAD, *rows, ""]))


def file_name(name: str, width: int) -> str:
    return f"{name.replace(', ', '-').replace(' ', '-')}-{width}.png"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
