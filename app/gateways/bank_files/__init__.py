"""Bank files, ISO 20022: what the bank tells us comes in, what we order it to pay goes out.

In: camt.054 (notices of single movements, the platform books by these) and camt.053 (the day's
statement, the reconciliation's other side). Out: pain.001.
"""

from app.gateways.bank_files.amounts import decimal_text, digits_of
from app.gateways.bank_files.failures import BankFileUnreadable, PaymentOrderUnfit
from app.gateways.bank_files.payment_orders import (
    BankAccount,
    PaymentOrder,
    Payout,
    message_id_for,
    write_payment_order,
)
from app.gateways.bank_files.statements import read_bank_file
from app.gateways.bank_files.values import Balance, BankEntry, BankFile, Direction, Statement

__all__ = [
    "Balance",
    "BankAccount",
    "BankEntry",
    "BankFile",
    "BankFileUnreadable",
    "Direction",
    "PaymentOrder",
    "PaymentOrderUnfit",
    "Payout",
    "Statement",
    "decimal_text",
    "digits_of",
    "message_id_for",
    "read_bank_file",
    "write_payment_order",
]
