"""The colours hold their contrast, and the table in docs/look.md says what they really are."""

from __future__ import annotations

import re

import pytest

from tests.browser.build import ROOT

TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("paper", "card")
WASHES = ("seal", "jade", "amber", "slate")
PAIRS = [
    *((text, ground, TEXT) for text in ("ink", "slate", "link", "visited") for ground in GROUNDS),
    *((text, ground, TEXT) for text in ("seal", "jade", "amber") for ground in GROUNDS),
    *((text, f"{text}-wash", TEXT) for text in WASHES),
    *(("ink", f"{wash}-wash", TEXT) for wash in WASHES),
    *(("slate", f"{wash}-wash", TEXT) for wash in WASHES),
    *(("link", f"{wash}-wash", TEXT) for wash in WASHES),
    *(("edge", ground, SHAPE) for ground in GROUNDS),
]
DAY_ONLY = [("card", "ink", TEXT), ("paper", "seal", TEXT), ("card", "amber", TEXT)]
DAY_ONLY += [("ink", "focus", TEXT)]
NIGHT_ONLY = [("ink", "night-ink", TEXT), ("night-paper", "night-seal", TEXT)]
ALL = [
    *PAIRS,
    *DAY_ONLY,
    *((f"night-{text}", f"night-{ground}", least) for text, ground, least in PAIRS),
    *NIGHT_ONLY,
]


def palette() -> dict[str, str]:
    sheet = (ROOT / "static/scss/_palette.scss").read_text(encoding="utf-8")
    return dict(re.findall(r"^\$([\w-]+): (#[0-9a-f]{6});", sheet, re.MULTILINE))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def table(night: str = "") -> str:
    """One row a colour, one column a ground; a dash where the two never meet."""
    colours = palette()
    own = [
        (text, ground) for text, ground, _least in ALL if text.startswith("night-") == bool(night)
    ]
    texts = list(dict.fromkeys(text for text, _ground in own))
    grounds = list(dict.fromkeys(ground for _text, ground in own))
    head = " | ".join(f"{ground} `{colours[ground]}`" for ground in grounds)
    rows = [f"| colour | {head} |", "|---" * (len(grounds) + 1) + "|"]
    for text in texts:
        cells = (
            f"{contrast(colours[text], colours[ground]):.1f}" if (text, ground) in own else "–"
            for ground in grounds
        )
        rows.append(f"| {text} `{colours[text]}` | {' | '.join(cells)} |")
    return "\n".join(rows)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("text", "ground", "least"), ALL)
def test_every_pair_of_colours_can_be_read(text: str, ground: str, least: float) -> None:
    colours = palette()

    assert contrast(colours[text], colours[ground]) >= least


def test_the_documented_contrasts_are_the_measured_ones() -> None:
    page = (ROOT / "docs/look.md").read_text(encoding="utf-8")

    assert table() in page
    assert table("night") in page
