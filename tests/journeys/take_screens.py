"""Pictures of every page, taken on the way of the journey: `python -m tests.journeys.take_screens`.

Small ones: few colours, by ImageMagick's `convert`, and what one sees without scrolling.
docs/screens/README.md shows them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.journeys.platform import running_platform
from tests.journeys.stage import announced_home
from tests.journeys.test_browser_journey import Journey, play
from tests.journeys.window import Findings, chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs/screens"
SIZES = ((360, 780), (1280, 900))
COLOURS = 48


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    findings = Findings(watcher=take)
    with running_platform() as platform, chromium() as browser:
        play(Journey(announced_home(platform), browser, findings), platform)
    sys.stdout.write("\n".join([*findings.lines, f"{len(findings.looked_at)} pages", ""]))
    return 1 if findings.lines else 0


def take(name: str, page: Any) -> None:
    """One picture for each width; the window is as wide afterwards as it was before."""
    before = page.viewport_size
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        file = FOLDER / f"{name.replace(', ', '-').replace(' ', '-')}-{width}.png"
        few = ["+dither", "-colors", str(COLOURS), "-strip", f"png8:{file}"]
        subprocess.run(["convert", "png:-", *few], input=page.screenshot(), check=True)
    page.set_viewport_size(before)


if __name__ == "__main__":
    sys.exit(main())
