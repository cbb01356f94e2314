"""Reads XML from strangers: no document types, no entities, nothing fetched, bounded in size.

Every node remembers its line, so that whoever mends a file is told where to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from types import MappingProxyType
from xml.parsers import expat

from app.gateways.bank_files.failures import BankFileUnreadable

LARGEST_BYTES = 32 * 1024 * 1024
_DEEPEST = 64
_NONE: Mapping[str, str] = MappingProxyType({})
_ENCODINGS = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii"})


@dataclass(eq=False, slots=True)
class Node:
    """Kept small: a statement has hundreds of thousands of them."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int
    parent: Node | None
    children: list[Node] | None = None
    text: str = ""

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

    def every(self, name: str) -> list[Node]:
        return [child for child in self.children or () if child.name == name]

    def maybe(self, path: str) -> Node | None:
        """The node at `path` ("Acct/Id/IBAN"), or None; more than one is a fault of the file."""
        node = self
        for name in path.split("/"):
            found = node.every(name)
            if not found:
                return None
            if len(found) > 1:
                raise found[1].fault("is given more than once")
            node = found[0]
        return node

    def one(self, path: str) -> Node:
        found = self.maybe(path)
        if found is None:
            raise BankFileUnreadable(self.line, f"{self.path}/{path}", "is missing")
        return found

    def value(self, path: str) -> str:
        """The text at `path`, which must be there and not be empty."""
        node = self.one(path)
        if not node.plain:
            raise node.fault("is empty")
        return node.plain

    def maybe_value(self, path: str) -> str | None:
        node = self.maybe(path)
        return (node.plain or None) if node is not None else None

    @property
    def plain(self) -> str:
        return self.text.strip()

    def fault(self, message: str) -> BankFileUnreadable:
        return BankFileUnreadable(self.line, self.path, message)


def read_xml(content: bytes) -> Node:
    if len(content) > LARGEST_BYTES:
        raise BankFileUnreadable(1, "file", f"is larger than {LARGEST_BYTES} bytes")
    return _Reading().of(content)


class _Reading:
    """One pass of the parser over one file."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.XmlDeclHandler = self._declaration
        # With no document type there are no entities but the five of XML itself.
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._open: list[Node] = []
        self._root: Node | None = None

    def of(self, content: bytes) -> Node:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as broken:
            said = expat.ErrorString(broken.code)
            raise BankFileUnreadable(broken.lineno, "XML", said) from broken
        except (LookupError, ValueError) as undecodable:
            raise self._fault("encoding", "is none we read; write it in UTF-8") from undecodable
        assert self._root is not None
        return self._root

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        namespace, _, name = full_name.rpartition(" ")
        if len(self._open) >= _DEEPEST:
            raise self._fault(name, "is nested too deeply")
        parent = self._open[-1] if self._open else None
        line = self._parser.CurrentLineNumber
        node = Node(intern(name), intern(namespace), attributes or _NONE, line, parent)
        if parent is None:
            self._root = node
        elif parent.children is None:
            parent.children = [node]
        else:
            parent.children.append(node)
        self._open.append(node)

    def _end(self, full_name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        # The white space between elements is nobody's text.
        if self._open[-1].children is None or not text.isspace():
            self._open[-1].text += text

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise self._fault("encoding", f"is {encoding}; write it in UTF-8")

    def _document_type(self, *declared: object) -> None:
        raise self._fault("DOCTYPE", "is not allowed in a bank file")

    def _fault(self, field: str, message: str) -> BankFileUnreadable:
        return BankFileUnreadable(self._parser.CurrentLineNumber, field, message)
