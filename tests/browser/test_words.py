"""No sentence is left over in the catalogue of the layout and the components.

That each has its Chinese, in whatever catalogue, is `tests/web/test_words.py`'s.
"""

from __future__ import annotations

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.browser.build import CATALOGUE, ROOT

FOLDERS = ("templates/layout", "templates/components")


def test_no_sentence_of_the_layouts_catalogue_is_left_over() -> None:
    with (ROOT / f"app/translations/layout/{CATALOGUE}.po").open("rb") as file:
        written = {message.id for message in read_po(file) if message.id}

    assert written - _said() == set()


def _said() -> set[str | tuple[str, ...]]:
    """What the templates say, as the catalogue names it: one string, or singular and plural."""
    return {
        tuple(said) if isinstance(said, tuple) else said
        for folder in FOLDERS
        for _file, _line, said, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=[("**.html", "jinja2.ext.babel_extract")]
        )
    }
