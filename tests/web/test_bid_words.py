"""A bidder's pages speak two languages, in sentences that can be read in one breath."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_": None}
MOST_WORDS = 25


def test_every_sentence_has_its_chinese() -> None:
    assert [said for said in _said() if said not in _in_chinese()] == []


def test_no_sentence_is_longer_than_a_breath() -> None:
    sentences = [part for said in _said() for part in re.split(r"(?<=[.:;!?])\s", said)]

    assert [part for part in sentences if len(part.split()) > MOST_WORDS] == []


@cache
def _said() -> list[str]:
    found = set()
    for folder, method in (("app/web/bidder", "python"), ("templates/bidder", "jinja2")):
        pattern = "**.py" if method == "python" else "**.html"
        for _name, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=[(pattern, method)], keywords=KEYWORDS
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    assert len(found) > 300
    return sorted(found)


@cache
def _in_chinese() -> dict[str, str]:
    known = {}
    for catalogue in (ROOT / "app/translations").glob("*/zh/LC_MESSAGES/messages.po"):
        with catalogue.open("rb") as opened:
            for message in read_po(opened, locale="zh"):
                if message.id and message.string:
                    msgid = message.id[0] if isinstance(message.id, tuple) else message.id
                    known[msgid] = str(message.string)
    return known
