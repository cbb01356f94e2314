"""What is wrong with a bank file, and where."""

from __future__ import annotations


class BankFileUnreadable(Exception):
    """A file from the bank that is not read, not even in part: `line` and `field` say where."""

    def __init__(self, line: int, field: str, message: str) -> None:
        super().__init__(f"line {line}, {field}: {message}")
        self.line = line
        self.field = field
        self.message = message


class PaymentOrderUnfit(Exception):
    """A payment order the bank would refuse, or pay wrongly: it is not written."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
