"""Every sentence of the platform has its Chinese; one sentence has one; English stays short."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted((ROOT / "app/translations").glob("*/zh/LC_MESSAGES/messages.po"))
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract"), ("**.txt", "ignore")]
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
LONGEST_SENTENCE = 25
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|\{[a-z_]*\}|%[sd]")

Said = str | tuple[str, ...]


def test_every_sentence_has_its_chinese() -> None:
    chinese = _written()

    missing = {said: places for said, places in _said().items() if said not in chinese}

    assert not missing, _listed(f"{said!r}  {places[0]}" for said, places in missing.items())


def test_one_sentence_has_one_chinese() -> None:
    several = {said: by for said, by in _written().items() if len(set(by.values())) > 1}

    assert not several, _listed(f"{said!r}: {by}" for said, by in several.items())


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_a_catalogue_is_finished(catalogue: Path) -> None:
    unfinished = [
        f"{message.id!r}" for message in _messages(catalogue) if message.fuzzy or not _full(message)
    ]

    assert not unfinished, _listed(unfinished)


def test_chinese_fills_in_what_the_english_fills_in() -> None:
    wrong = [
        f"{message.id!r}: {chinese!r}"
        for catalogue in CATALOGUES
        for message in _messages(catalogue)
        for chinese in _strings(message)
        if not _fills_alike(message, chinese)
    ]

    assert not wrong, _listed(wrong)


def test_no_english_sentence_is_longer_than_twenty_five_words() -> None:
    long = [
        f"{len(sentence.split())} words: {sentence!r}  {places[0]}"
        for said, places in _said().items()
        for sentence in _sentences(said if isinstance(said, str) else said[-1])
        if len(sentence.split()) > LONGEST_SENTENCE
    ]

    assert not long, _listed(long)


@cache
def _said() -> dict[Said, list[str]]:
    """What the code and the templates say, and where."""
    found: dict[Said, list[str]] = defaultdict(list)
    for folder in ("app", "templates"):
        listed = extract_from_dir(ROOT / folder, method_map=METHODS, keywords=KEYWORDS)
        for file, line, said, _comments, _context in listed:
            found[said].append(f"{folder}/{file}:{line}")
    return dict(found)


@cache
def _written() -> dict[Said, dict[str, tuple[str, ...]]]:
    """The Chinese of each sentence, by catalogue; what is not finished does not count."""
    found: dict[Said, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for catalogue in CATALOGUES:
        for message in _messages(catalogue):
            if not message.fuzzy and _full(message):
                found[message.id][catalogue.parts[-4]] = _strings(message)
    return dict(found)


def _messages(catalogue: Path) -> Iterator[Message]:
    with catalogue.open("rb") as file:
        yield from (message for message in read_po(file, locale="zh") if message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _full(message: Message) -> bool:
    return all(_strings(message))


def _fills_alike(message: Message, chinese: str) -> bool:
    """Each placeholder as often; a plural's Chinese may leave out nothing but what English does."""
    english = message.id if isinstance(message.id, str) else message.id[-1]
    return sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(chinese))


def _sentences(text: str) -> Iterator[str]:
    """Sentences and points of a list; a placeholder is a word, markup is none."""
    plain = re.sub(r"<[^>]+>", " ", PLACEHOLDER.sub("X", text))
    yield from re.split(r"(?<=[.!?:;])\s+|\n", plain)


def _listed(lines: Iterator[str] | list[str]) -> str:
    return "\n" + "\n".join(sorted(lines))
