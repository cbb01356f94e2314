"""The grounds on which sales are stopped and undone, in words: for pages, notices and letters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

# AP 17, and what follows from AP 14 and CI 513 (RULE-L6, C10, L9).
WITHDRAWAL_GROUNDS: dict[str, Any] = {
    "title_annulled": _("The instrument that was enforced is annulled"),
    "creditors_withdrew": _("All creditors withdrew their applications"),
    "debt_paid": _("The debt is paid in full"),
    "settled": _("The parties settled, and no sale is needed"),
    "third_party_objection": _("A third party objected to the sale with good reason"),
    "collusion": _("Bidders colluded"),
    "debts_covered": _("Other lots of the case cover the debts and the costs"),
    "bankruptcy": _("The debtor is declared bankrupt"),
    "other": _("Another ground, named in the reason"),
}

# OJS 31 and OR 21(4) (RULE-M3, M4).
REVOCATION_GROUNDS: dict[str, Any] = {
    "false_description": _("The property was described falsely, and a buyer was seriously misled"),
    "system_failure": _("A system failure, an attack or wrong data made the result wrong"),
    "collusion": _("Bidders colluded with each other or with the platform"),
    "buyer_unqualified": _("The buyer was not qualified to buy"),
    "bidders_restricted": _("Bidders were kept out unlawfully or treated unequally"),
    "procedure": _("Another serious breach of procedure did harm"),
    "not_announced": _("The sale was not announced as the law requires"),
}
