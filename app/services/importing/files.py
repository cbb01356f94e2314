"""Reading a file of listings: which source it is, and its rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from app.services.importing.sources import SOURCES, Source


class UnreadableFile(Exception):
    """The file as a whole cannot be used; the message says where and why."""


def read_file(content: bytes) -> tuple[Source, list[Any]]:
    """The source that this file is from, and its raw rows."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise UnreadableFile(f"byte {wrong.start} is not UTF-8") from wrong
    rows = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    if not rows:
        raise UnreadableFile("there is no row in it")
    columns = {name for row in rows if isinstance(row, dict) for name in row}
    for source in SOURCES:
        if source.known_by <= columns:
            return source, rows
    raise UnreadableFile("its columns are those of no source that is known here")


def _json_rows(text: str) -> list[Any]:
    try:
        rows = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as wrong:
        raise UnreadableFile(f"it is not JSON: {wrong}") from wrong
    if not isinstance(rows, list):
        raise UnreadableFile("it is not a list of records")
    return rows


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _csv_rows(text: str) -> list[Any]:
    return list(_records(text))


def _records(text: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for record in reader:
            if None in record or None in record.values():
                raise UnreadableFile(f"line {reader.line_num} has another number of columns")
            yield record
    except csv.Error as wrong:
        raise UnreadableFile(f"line {reader.line_num}: {wrong}") from wrong
