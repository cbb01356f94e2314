"""What happens by itself: sessions expire, late refunds succeed or fail."""

import time

from deploy.local.outside.stripe import checkouts, refunds
from deploy.local.outside.stripe.account import Account


def do_what_is_due(account: Account) -> None:
    now = time.time()
    with account.store.transaction():
        due = account.store.rows("SELECT * FROM later WHERE due_at <= ?", now)
        for row in due:
            _do(account, row["change"], row["object_id"])
        account.store.change("DELETE FROM later WHERE due_at <= ?", now)
        checkouts.expire_what_is_due(account)


def _do(account: Account, change: str, object_id: str) -> None:
    refund = account.get("refund", object_id)
    if change == "fail refund" and refund["status"] in ("succeeded", "pending"):
        refunds.fail(account, object_id)
    if change == "succeed refund" and refund["status"] == "pending":
        refunds.succeed(account, object_id)
