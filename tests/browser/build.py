"""What the page for looking needs built: the style sheet and the layout's Chinese."""

import subprocess
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = "zh/LC_MESSAGES/messages"


def build_styles(folder: Path) -> Path:
    """Compile as the set-up does, into a folder of our own."""
    sass = ROOT / "node_modules/.bin/sass"
    sheet = folder / "css/luochui.css"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            str(sass),
            "--no-source-map",
            "--style=compressed",
            f"--load-path={ROOT / 'node_modules'}",
            str(ROOT / "static/scss/luochui.scss"),
            str(sheet),
        ],
        check=True,
    )
    return folder


def compile_catalogue(folder: Path) -> Path:
    source = ROOT / f"app/translations/layout/{CATALOGUE}.po"
    target = folder / f"translations/{CATALOGUE}.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as read, target.open("wb") as written:
        write_mo(written, read_po(read, locale="zh"))
    return folder / "translations"
