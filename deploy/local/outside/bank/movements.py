"""What moved on the bank's accounts, kept in a file of its own."""

import sqlite3
import threading
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS movements (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    direction TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    day TEXT NOT NULL,
    party_name TEXT NOT NULL,
    party_account TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    remittance TEXT NOT NULL,
    return_reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    message_id TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    notice BLOB NOT NULL
);
"""
_COLUMNS = (
    "reference, account, direction, amount_minor, currency, day, party_name, party_account,"
    " end_to_end_id, remittance, return_reason"
)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money in (CRDT) or out (DBIT) on `account`, on `day` (ISO)."""

    reference: str
    account: str
    direction: str
    amount_minor: int
    currency: str
    day: str
    party_name: str
    party_account: str
    end_to_end_id: str
    remittance: str
    return_reason: str = ""


class Ledger:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def book(self, movements: list[Movement]) -> None:
        with self._lock, self._connection:
            self._insert(movements)

    def carry_out(
        self, message_id: str, content: bytes, movements: list[Movement], notice: bytes
    ) -> None:
        """Book an order's movements together with the order itself, or nothing."""
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT INTO orders (message_id, content, notice) VALUES (?, ?, ?)",
                (message_id, content, notice),
            )
            self._insert(movements)

    def order(self, message_id: str) -> tuple[bytes, bytes] | None:
        """The order carried out under this number, and the notice it got."""
        with self._lock:
            found = self._connection.execute(
                "SELECT content, notice FROM orders WHERE message_id = ?", (message_id,)
            ).fetchone()
        return (found[0], found[1]) if found else None

    def of_day(self, account: str, currency: str, day: date) -> list[Movement]:
        return self._select(
            "account = ? AND currency = ? AND day = ?", account, currency, day.isoformat()
        )

    def balance_before(self, account: str, currency: str, day: date) -> int:
        earlier = self._select(
            "account = ? AND currency = ? AND day < ?", account, currency, day.isoformat()
        )
        return sum(m.amount_minor if m.direction == "CRDT" else -m.amount_minor for m in earlier)

    def _insert(self, movements: list[Movement]) -> None:
        self._connection.executemany(
            f"INSERT INTO movements ({_COLUMNS}) VALUES ({', '.join('?' * 11)})",  # noqa: S608
            [astuple(movement) for movement in movements],
        )

    def _select(self, condition: str, *values: str) -> list[Movement]:
        sql = f"SELECT {_COLUMNS} FROM movements WHERE {condition} ORDER BY seq"  # noqa: S608
        with self._lock:
            return [Movement(*row) for row in self._connection.execute(sql, values)]
