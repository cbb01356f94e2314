"""Pictures of every page, taken on the way of the journey: `python -m tests.journeys.take_screens`.

Small ones: few colours, by ImageMagick's `convert`, and what one sees without scrolling.
docs/screens/README.md shows them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.journeys import test_court_at_work, test_spanish_sale
from tests.journeys.platform import running_platform
from tests.journeys.stage import announced_home
from tests.journeys.test_browser_journey import Journey, play
from tests.journeys.window import Findings, chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs/screens"
SIZES = ((360, 780), (1280, 900))
COLOURS = 48
HEAD = """# What it looks like

Every page that the journeys in `tests/journeys/` pass, in their order, on a telephone and on a
screen: a home sold and paid out, a court at work, a sealed sale under another law.
`python -m tests.journeys.take_screens` takes the pictures anew.

| page | 360 px | 1280 px |
|---|---|---|"""


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    findings = Findings(watcher=take)
    with running_platform() as platform, chromium() as browser:
        try:
            stage = announced_home(platform, mark="")
            play(Journey(stage, browser, findings), platform)
            test_court_at_work.play(platform, browser, findings)
            test_spanish_sale.play(platform, browser, findings)
        except Exception:
            sys.stdout.write(platform.last_words("web"))
            raise
    show(dict.fromkeys(findings.looked_at))
    sys.stdout.write("\n".join([*findings.lines, f"{len(findings.looked_at)} pages", ""]))
    return 1 if findings.lines else 0


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
    sys.exit(main())
