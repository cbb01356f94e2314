"""Creditors: they file a claim at the sale's page, name an account, and read what they get."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from app.rehearsal.founding import Staff
from app.rehearsal.listing import amount
from app.rehearsal.people import Human


@dataclass(slots=True)
class Creditor:
    """Somebody with a claim in the case of a sale."""

    human: Human
    claim: str = ""

    def file(self, sale: str, minor: int, kind: str, ground: str) -> None:
        """File a claim and say where the money goes."""
        browser = self.human.browser
        page = browser.submit(
            f"/claims/file/{sale}",
            has="claim_class",
            claim_class=kind,
            amount=amount(minor),
            ground=ground,
            true_and_complete="y",
        )
        self.claim = page.url.rstrip("/").rsplit("/", 1)[1]
        browser.submit(
            f"/claims/{self.claim}",
            action="/account",
            account_name=self.human.name,
            account_number="6222020200998877665",
            account_bank="Bank of Rehearsal",
        )

    def is_paid(self) -> bool:
        """Whether the statement shows every payment to this creditor as paid."""
        table = self.human.browser.download("/claims/statement.csv").decode()
        states = [row["state"] for row in csv.DictReader(io.StringIO(table))]
        return bool(states) and set(states) == {"paid"}


def admit(staff: Staff, claim: str, minor: int, kind: str) -> None:
    """A judge admits a claim in full; a secured one ranks first on the first thing of the case."""
    browser = staff.judges[0].browser
    page = browser.get(f"{staff.path}/claims/{claim}")
    on_thing: dict[str, object] = {}
    if kind == "secured":
        on_thing = {"rank": 1, "on_assets": page.choices["on_assets"][:1]}
    browser.submit(
        page,
        has="decision",
        decision="admit",
        admitted_amount=amount(minor),
        claim_class=kind,
        reason="Proven by the judgment.",
        **on_thing,
    )
