"""Bank statements for tests, in as few words as a test needs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from app.gateways.seal import Sealer
from app.services.bank import import_statement
from tests.gateways.camt import entry, notice, payment

_numbers = itertools.count(1)


@dataclass
class Credit:
    """Money that came in; `says` is what the payer wrote."""

    amount: str
    says: str
    currency: str = "CNY"
    reference: str | None = field(default_factory=lambda: f"B-{next(_numbers)}")
    payer: str = "王小明"
    end_to_end: str | None = None
    bank: str = "102100099996"

    def written(self) -> str:
        refs = f"<EndToEndId>{self.end_to_end}</EndToEndId>" if self.end_to_end else ""
        agent = (
            "<RltdAgts><DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>"
            f"{self.bank}</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt></RltdAgts>"
        )
        details = payment(
            references=refs,
            payer=self.payer,
            remittance=f"<Ustrd>{self.says}</Ustrd>" if self.says else "",
        ).replace("<RmtInf>", f"{agent}<RmtInf>")
        return entry(self.amount, details, currency=self.currency, reference=self.reference)


@dataclass
class Debit:
    """Money that went out under the end-to-end id of our order."""

    amount: str
    end_to_end: str
    reference: str = field(default_factory=lambda: f"D-{next(_numbers)}")

    def written(self) -> str:
        details = payment(references=f"<EndToEndId>{self.end_to_end}</EndToEndId>", remittance="")
        return entry(self.amount, details, direction="DBIT", reference=self.reference)


def file_of(account: str, *movements: Credit | Debit) -> bytes:
    return notice(*(movement.written() for movement in movements), account=account)


def take_in(money: Any, *movements: Credit | Debit, content: bytes | None = None) -> Any:
    """The finance desk takes a notice of its own account in."""
    account = str(money.one("SELECT account_number FROM courts WHERE id = %s", money.court))
    sealer = Sealer(money.web.config["ENVELOPE_PUBLIC_KEY"])
    with money.as_court(money.court):
        return import_statement(
            money.court,
            content or file_of(account, *movements),
            name="notice.xml",
            by=None,
            sealer=sealer,
        )
