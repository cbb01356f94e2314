"""The baseline below HTTP: one transaction for each bid, driven by PostgreSQL's own `pgbench`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sqlalchemy import Engine, text

from bench.ledger.rows import INCREMENT, STARTING_PRICE
from deploy.local.postgres_account import account_for
from deploy.local.postgres_programs import find_programs

LOT = 1
_SCRIPT = """
\\set bidder random(1, 500)
SELECT bid.seq, bid.arrived_at FROM one_by_one.lots, one_by_one.bid(lots.id, :bidder,
  lots.price + (CASE WHEN :bidder % 2 = 0 THEN 1 ELSE -5 END) * lots.increment,
  gen_random_uuid()) WHERE lots.id = 1;
"""


def make_tables(admin: Engine) -> None:
    with admin.begin() as connection:
        connection.exec_driver_sql((Path(__file__).parent / "one_by_one.sql").read_text())
        connection.execute(
            text(
                "INSERT INTO one_by_one.lots (id, price, increment, closes_at)"
                " VALUES (:lot, :price, :increment, clock_timestamp() + interval '1 day')"
            ),
            {"lot": LOT, "price": STARTING_PRICE, "increment": INCREMENT},
        )


def decisions_per_second(url: str, folder: Path, *, writers: int, seconds: float) -> float:
    """As many writers as given, each with a connection of its own and prepared statements."""
    script = folder / "one_by_one.bench"
    script.write_text(_SCRIPT)
    said = subprocess.run(
        [
            str(find_programs(account_for()) / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={writers}",
            f"--time={max(1, round(seconds))}",
            f"--file={script}",
            url,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])
