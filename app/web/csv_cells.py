"""Cells of a CSV file that a spreadsheet will open (SEC-T13)."""

from __future__ import annotations

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """The value as text; what a spreadsheet would take for a formula gets a leading quote."""
    written = str(value)
    if isinstance(value, str) and written.startswith(_FORMULA_STARTS):
        return "'" + written
    return written
