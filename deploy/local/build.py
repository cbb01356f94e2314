"""What is generated: the style sheet out of SCSS, the catalogues out of the translations."""

from pathlib import Path

from deploy.local import node_packages
from deploy.local.places import BUILD, NODE_MODULES, PYTHON, ROOT
from deploy.local.steps import Step, run

SCSS = ROOT / "static/scss"
STYLE_SHEET = BUILD / "css/luochui.css"
TRANSLATIONS = ROOT / "app/translations"


def style_sheet() -> Step:
    return Step(
        says="Compiling the style sheet",
        reads=[ROOT / "package-lock.json", *sorted(SCSS.rglob("*.scss"))],
        makes=[STYLE_SHEET],
        stamp=STYLE_SHEET.with_suffix(".stamp"),
        work=_compile_style_sheet,
    )


def catalogues() -> Step:
    texts = sorted(TRANSLATIONS.glob("**/*.po"))
    return Step(
        says="Compiling the translations",
        reads=texts,
        makes=[text.with_suffix(".mo") for text in texts],
        stamp=BUILD / "translations.stamp",
        work=lambda: _compile_catalogues(texts),
    )


def _compile_style_sheet() -> None:
    STYLE_SHEET.parent.mkdir(parents=True, exist_ok=True)
    unfinished = STYLE_SHEET.with_suffix(".unfinished.css")
    sass = ["node", NODE_MODULES / "sass/sass.js", f"--load-path={NODE_MODULES}", "--quiet-deps"]
    form = ["--style=compressed", "--no-source-map"]
    run([*sass, *form, SCSS / "luochui.scss", unfinished], env=node_packages.environment())
    unfinished.rename(STYLE_SHEET)


def _compile_catalogues(texts: list[Path]) -> None:
    for text in texts:
        language = text.parent.parent.name
        pybabel = [PYTHON, "-m", "babel.messages.frontend", "--quiet", "compile"]
        run([*pybabel, "-l", language, "-i", text, "-o", text.with_suffix(".mo")])
