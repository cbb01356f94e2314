"""Every sentence of the layout and the components has its Chinese, and no sentence is left over."""

from __future__ import annotations

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.browser.build import CATALOGUE, ROOT

FOLDERS = ("templates/layout", "templates/components")


def test_every_sentence_of_the_components_has_its_chinese() -> None:
    with (ROOT / f"app/translations/layout/{CATALOGUE}.po").open("rb") as file:
        written = {message.id: message.string for message in read_po(file) if message.id}

    assert _said() - {said for said, chinese in written.items() if chinese} == set()
    assert set(written) - _said() == set()


def _said() -> set[str | tuple[str, ...]]:
    """What the templates say, as the catalogue names it: one string, or singular and plural."""
    return {
        tuple(said) if isinstance(said, tuple) else said
        for folder in FOLDERS
        for _file, _line, said, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=[("**.html", "jinja2.ext.babel_extract")]
        )
    }
