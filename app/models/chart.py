"""The chart of accounts of a court's books: every kind of account, its side, and what it means.

Debit is written positive, credit negative. A debit kind says where money lies or what it was spent
on; a credit kind says whose it is. What is held for others is a credit balance and never rises
above zero (INV-M2, M19): the platform spends nobody's money.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the chart. `subject` says what an account of this kind is named after.

    `booked` is False where no rule of the platform books it yet: the line is there so that whoever
    writes that rule finds its place, and the reader sees that the balance is nought for a reason.
    """

    name: str
    side: Side
    title: str
    meaning: str
    subject: str = ""
    booked: bool = True


CHART: tuple[Kind, ...] = (
    Kind(
        "bank",
        Side.DEBIT,
        "Bank",
        "Money on the court's account at its bank.",
    ),
    Kind(
        "provider_clearing",
        Side.DEBIT,
        "ProviderClearing",
        "Money that the card provider has taken and holds for the court (RULE-E5).",
    ),
    Kind(
        "provider_fees",
        Side.DEBIT,
        "ProviderFees",
        "What the card provider charged and keeps even where a payment is refunded. The court"
        " bears it: a bidder gets the whole deposit back.",
    ),
    Kind(
        "disputed",
        Side.DEBIT,
        "Disputed",
        "What a card holder's bank took back and nobody has made good yet: to be won, covered by"
        " money that was owed to the same payer, or recovered (FAULT-F31).",
        subject="dispute",
    ),
    Kind(
        "due_from_court",
        Side.DEBIT,
        "DueFromCourts",
        "A share of a payout that landed on another court's account, until it has been transferred"
        " to ours.",
        subject="court",
    ),
    Kind(
        "deposits_held",
        Side.CREDIT,
        "DepositsHeld",
        "A bidder's deposit while it secures a sale (RULE-E3).",
        subject="deposit",
    ),
    Kind(
        "refunds_payable",
        Side.CREDIT,
        "RefundsPayable",
        "Owed back to whoever paid it: a deposit that bought nothing (RULE-H3), or a payment that"
        " nothing asked for.",
        subject="deposit, card payment or bank credit",
    ),
    Kind(
        "price_held",
        Side.CREDIT,
        "PriceHeld",
        "The price of a sold lot until it is distributed (RULE-H4, I1), with what a lost deposit"
        " adds to it; or what a debtor paid into a case.",
        subject="sale, or `case-` and a case",
    ),
    Kind(
        "forfeited",
        Side.CREDIT,
        "Forfeited",
        "A lost deposit until the resale shows what it is used for (RULE-J1, J2).",
        subject="sale",
    ),
    Kind(
        "payable",
        Side.CREDIT,
        "CreditorsPayable",
        "A payee's share of a final plan until the bank has paid it: creditors, the debtor's"
        " surplus, and the costs that the plan names.",
        subject="payout",
    ),
    Kind(
        "suspense",
        Side.CREDIT,
        "Suspense",
        "Money that has come and has no place yet; somebody looks after it by a day (INV-M6).",
        subject="suspense item",
    ),
    Kind(
        "owed_to_court",
        Side.CREDIT,
        "OwedToCourts",
        "Another court's share of a payout that landed on our account, until it has been"
        " transferred there.",
        subject="court",
    ),
    Kind(
        "costs_payable",
        Side.CREDIT,
        "CostsPayable",
        "Costs of execution owed to somebody before a plan is final. Today costs are lines of the"
        " plan and booked as shares to be paid out.",
        subject="case",
        booked=False,
    ),
    Kind(
        "fees_payable",
        Side.CREDIT,
        "FeesPayable",
        "Court fees kept out of proceeds for the treasury. Today they are lines of the plan.",
        subject="case",
        booked=False,
    ),
    Kind(
        "escrow",
        Side.CREDIT,
        "Escrow",
        "The disputed part of a plan, kept while the rest is paid (INV-M18). Today a disputed plan"
        " waits as a whole, and its money stays with the price.",
        subject="plan",
        booked=False,
    ),
    Kind(
        "interest_held",
        Side.CREDIT,
        "InterestHeld",
        "Interest that the bank paid on held money, for those whose money earned it.",
        subject="sale",
        booked=False,
    ),
)

DEBIT_KINDS = tuple(kind.name for kind in CHART if kind.side is Side.DEBIT)
CREDIT_KINDS = tuple(kind.name for kind in CHART if kind.side is Side.CREDIT)
KINDS = {kind.name: kind for kind in CHART}

# How an entry's key begins, and what has happened then. A key names its effect: the same effect is
# never booked twice (INV-M5).
ENTRIES: dict[str, str] = {
    "deposit-held": "A deposit has come and secures its sale.",
    "deposit-owed-back": "A deposit that bought nothing is owed back.",
    "deposit-applied": "The buyer's deposit has become part of the price.",
    "deposit-forfeited": "A buyer did not pay; the deposit is lost.",
    "deposit-out-of-price": "A sale was revoked; the deposit leaves the price and is owed back.",
    "forfeiture-used": "A lost deposit joins the proceeds of the resale.",
    "payment-owed-back": "A card payment that became nothing is owed back.",
    "credit-owed-back": "A bank credit, or what is left of it, is owed back.",
    "refund-done": "A refund has left the court's money.",
    "refund-again": "A refund that came back goes out by bank.",
    "balance-by-card": "The buyer paid on the price by card.",
    "balance-by-bank": "The buyer paid on the price by bank.",
    "balance-from-suspense": "Money in suspense was found to pay a price.",
    "difference-by-bank": "A creditor paid the difference for a property taken in kind.",
    "difference-from-suspense": "Money in suspense was found to pay such a difference.",
    "suspense": "Money has come that has no place yet.",
    "debtor-payment": "Money in suspense was a debtor's payment into the case.",
    "plan-final": "A plan became final: the price is owed to its payees.",
    "payout-paid": "The bank has paid a share out.",
    "payout-returned": "A payee's bank sent a share back.",
    "parts-added": "Short transfers under one reference are together.",
    "provider-fee": "The card provider took a fee.",
    "provider-payout": "The card provider's payout has arrived at the bank.",
    "court-transfer-in": "Another court's transfer of our share of a payout has arrived.",
    "court-transfer-out": "The bank has transferred another court's share of a payout.",
    "court-transfer-back": "Such a transfer came back from the other court's bank.",
    "dispute-opened": "A card holder's bank took a payment back.",
    "dispute-won": "A disputed payment came back to us.",
    "dispute-covered": "Money owed to the same payer makes a lost dispute good.",
    "deposit-again": "A deposit that was taken back was paid once more.",
    "dispute-made-good": "What a lost dispute took out of a price was paid once more.",
    "reversal": "An earlier entry is undone, on the word of two persons.",
}
