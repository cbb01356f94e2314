"""JSON as the contract wants it: UTF-8, no duplicate keys, whole numbers only, no lone surrogates.

Python's own parser is more generous; everything it lets through and the contract does not is
turned down here, once, for all commands.
"""

import json
import re
from typing import Any, Final

from auction_engine.documents.unusable import UnusableInput

WHOLE: Final = "input"

# No quantity of any document has more digits. Longer ones are not converted at all, because
# Python refuses more than 4,300 digits with an error of its own.
_MOST_DIGITS = 40
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotWhole:
    """Stands for a number that is not an integer of sensible length: 1.0, 1e3, 10^50."""


NOT_WHOLE: Final = NotWhole()


def parse_document(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, or UnusableInput at `input`."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raise UnusableInput(WHOLE, "starts with a byte order mark")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnusableInput(WHOLE, f"not UTF-8 at byte {error.start}") from None
    document = _parse(text)
    if not isinstance(document, dict):
        raise UnusableInput(WHOLE, "not a JSON object")
    if _ESCAPED_SURROGATE.search(text) is not None:
        _refuse_lone_surrogates(document)
    return document


def parse_leniently(raw: bytes) -> Any:
    """What Python's parser makes of `raw`, or None: enough to tell what a text claims to be."""
    try:
        return _LENIENT.decode(raw.decode("utf-8", "replace"))
    except (json.JSONDecodeError, RecursionError):
        return None


def _parse(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise UnusableInput(WHOLE, what) from None
    except RecursionError:
        raise UnusableInput(WHOLE, "nested too deeply") from None


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise UnusableInput(WHOLE, "the same key stands twice in an object")
    return values


def _whole_number(digits: str) -> int | NotWhole:
    return int(digits) if len(digits) <= _MOST_DIGITS else NOT_WHOLE


def _broken_number(_digits: str) -> NotWhole:
    return NOT_WHOLE


def _refuse_constant(name: str) -> Any:
    raise UnusableInput(WHOLE, f"{name} is not JSON")


def _refuse_lone_surrogates(document: Any) -> None:
    """Walk without recursion: the document may be as deep as the parser allowed."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.keys())
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and not _is_well_formed(value):
            raise UnusableInput(WHOLE, "contains a lone surrogate")


def _is_well_formed(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


_LENIENT = json.JSONDecoder(parse_int=_whole_number, strict=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_without_duplicates,
    parse_int=_whole_number,
    parse_float=_broken_number,
    parse_constant=_refuse_constant,
)
