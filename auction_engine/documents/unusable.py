"""The one way in which input is turned down: a place and a sentence."""

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
# Besides control characters: line and paragraph separators, which would also break the one line,
# and lone surrogates, which come from file names and cannot be written at all.
_UNPRINTABLE = frozenset({"Cc", "Zl", "Zp", "Cs"})


class UnusableInput(Exception):
    """The input cannot be used. `where` is a JSON pointer, `input` or `usage`."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what

    def as_one_line(self) -> str:
        return one_line(f"error: {self.where}: {self.what}")


def one_line(text: str) -> str:
    """The text with everything that could break a line or a terminal as a JSON escape."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def pointer(where: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) of a key or an index below `where`."""
    return f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return _SHORT.get(character, f"\\u{ord(character):04x}")
