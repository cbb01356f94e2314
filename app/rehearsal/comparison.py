"""What a replay left behind, held against what was recorded: the only look into the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text


@dataclass(frozen=True, slots=True)
class Left:
    """How a sale ended, by the tables."""

    status: str
    winner: str | None
    price: int | None
    extensions: int
    closed_at: datetime
    accepted: int
    refused: int
    trial_balance: int
    paid_out: int
    payouts_open: int


def what_is_left(engine: Engine, sale: str) -> Left:
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT o.status, o.winner_code, o.price, o.extensions, o.at, o.accepted,"
                "  o.refused,"
                "  (SELECT coalesce(sum(a.balance), 0) FROM ledger_accounts a) AS trial_balance,"
                "  (SELECT coalesce(sum(p.amount), 0) FROM payouts p"
                "     JOIN plans n ON n.id = p.plan_id"
                "    WHERE n.sale_id = s.id AND p.state = 'paid') AS paid_out,"
                "  (SELECT count(*) FROM payouts p JOIN plans n ON n.id = p.plan_id"
                "    WHERE n.sale_id = s.id AND p.state <> 'paid') AS payouts_open"
                " FROM sales s JOIN outcomes o ON o.sale_id = s.id WHERE s.public_id = :sale"
            ),
            {"sale": sale},
        ).one()
    return Left(
        status=row.status,
        winner=row.winner_code,
        price=row.price,
        extensions=row.extensions,
        closed_at=row.at,
        accepted=row.accepted,
        refused=row.refused,
        trial_balance=int(row.trial_balance),
        paid_out=int(row.paid_out),
        payouts_open=row.payouts_open,
    )
