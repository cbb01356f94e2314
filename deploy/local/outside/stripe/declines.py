"""A declined card: an answer of 402 that, unlike a refusal, leaves its traces."""

from dataclasses import dataclass
from typing import Any

from deploy.local.outside.stripe.account import Account

_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    None: "The provided payment method has failed authentication.",
}


@dataclass(frozen=True, slots=True)
class Declined:
    error: dict[str, Any]

    @property
    def reason(self) -> str:
        """The decline code where there is one, else the error code."""
        return self.error.get("decline_code") or self.error["code"]


def decline(intent: dict[str, Any], *, code: str, decline_code: str | None) -> Declined:
    error: dict[str, Any] = {
        "type": "card_error",
        "code": code,
        "message": _MESSAGES.get(decline_code, "Your card was declined."),
    }
    if decline_code is not None:
        error |= {"decline_code": decline_code, "charge": intent["latest_charge"]}
    return Declined(error)


def remember_failure(account: Account, intent: dict[str, Any], declined: Declined) -> Declined:
    """The intent keeps the error, loses its card and waits for another."""
    intent |= {"last_payment_error": declined.error, "payment_method": None, "next_action": None}
    account.keep(intent)
    account.emit("payment_intent.payment_failed", intent)
    return Declined({**declined.error, "payment_intent": intent})
