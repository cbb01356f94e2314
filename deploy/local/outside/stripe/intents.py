"""Payment intents: from the wish to pay to money received."""

from typing import Any

from deploy.local.outside.stripe import charges
from deploy.local.outside.stripe.account import Account, new_id
from deploy.local.outside.stripe.amounts import checked_amount, checked_currency, merged_metadata
from deploy.local.outside.stripe.cards import Card, Conduct, card_of_token
from deploy.local.outside.stripe.declines import Declined, decline, remember_failure
from deploy.local.outside.stripe.intent_states import Step, move
from deploy.local.outside.stripe.objects import blank_intent
from deploy.local.outside.stripe.refusals import StripeRefusal, invalid, no_such, wrong_state

Intent = dict[str, Any]


def create(account: Account, params: dict[str, Any]) -> Intent | Declined:
    metadata = merged_metadata({}, params.get("metadata", {}))
    intent = blank_intent(
        account.now({"metadata": metadata}),
        checked_amount(params["amount"]),
        checked_currency(params["currency"]),
    )
    intent["metadata"] = metadata
    intent["automatic_payment_methods"] |= params.get("automatic_payment_methods", {})
    for name in ("description", "capture_method", "statement_descriptor_suffix"):
        intent[name] = params.get(name, intent[name])
    intent["allowed_payment_method_types"] = params.get("allowed_payment_method_types")
    account.keep(intent)
    account.note_effect("payment_intent.created", intent["id"])
    account.emit("payment_intent.created", intent)
    _attach(account, intent, params)
    return _confirm(account, intent, params) if params.get("confirm") else intent


def update(account: Account, intent_id: str, params: dict[str, Any]) -> Intent:
    intent = account.get("payment_intent", intent_id, "intent")
    open_to_change = intent["status"].startswith("requires_") and (
        intent["status"] != "requires_capture"
    )
    if not open_to_change and params.keys() & {"amount", "currency", "payment_method"}:
        raise wrong_state(
            f"This PaymentIntent's amount could not be updated because it has a status of"
            f" {intent['status']}.",
            "payment_intent_unexpected_state",
        )
    if "amount" in params:
        intent["amount"] = checked_amount(params["amount"])
    if "currency" in params:
        intent["currency"] = checked_currency(params["currency"])
    intent["description"] = params.get("description", intent["description"])
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata", {}))
    _attach(account, intent, params)
    return account.keep(intent)


def confirm(account: Account, intent_id: str, params: dict[str, Any]) -> Intent | Declined:
    intent = account.get("payment_intent", intent_id, "intent")
    _refuse_if_of_a_checkout(account, intent, "confirm")
    _attach(account, intent, params)
    return _confirm(account, intent, params)


def capture(account: Account, intent_id: str, params: dict[str, Any]) -> Intent:
    intent = account.get("payment_intent", intent_id, "intent")
    move(intent, Step.CAPTURED)
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if not 1 <= amount <= intent["amount_capturable"]:
        raise StripeRefusal(
            f"The amount to capture must be from 1 to {intent['amount_capturable']}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata", {}))
    charges.captured(account, account.get("charge", intent["latest_charge"]), amount)
    intent |= {"amount_received": amount, "amount_capturable": 0}
    account.keep(intent)
    account.note_effect("payment_intent.captured", intent["id"])
    account.emit("payment_intent.succeeded", intent)
    return intent


def cancel(account: Account, intent_id: str, params: dict[str, Any]) -> Intent:
    intent = account.get("payment_intent", intent_id, "intent")
    _refuse_if_of_a_checkout(account, intent, "cancel")
    return abandon(account, intent, params.get("cancellation_reason"))


def abandon(account: Account, intent: Intent, reason: str | None) -> Intent:
    held = intent["status"] == "requires_capture"
    move(intent, Step.CANCELED)
    if held:
        charges.hold_lifted(account, account.get("charge", intent["latest_charge"]))
    intent |= {
        "amount_capturable": 0,
        "canceled_at": account.now(intent),
        "cancellation_reason": reason,
        "next_action": None,
    }
    account.keep(intent)
    account.note_effect("payment_intent.canceled", intent["id"])
    account.emit("payment_intent.canceled", intent)
    return intent


def attempt(
    account: Account, intent: Intent, card: Card, *, return_url: str | None, challenge_url: str
) -> Intent | Declined:
    """Ask `card` for the money: it pays, it declines, or it wants to ask its holder first."""
    if card.conduct is Conduct.ASKS_FIRST:
        move(intent, Step.HOLDER_ASKED)
        redirect = {"return_url": return_url, "url": challenge_url}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
        account.keep(intent)
        account.emit("payment_intent.requires_action", intent)
        return intent
    return _charge(account, intent, card)


def answer_challenge(account: Account, intent: Intent, *, passed: bool) -> Intent | Declined:
    """The holder came back from the bank's 3-D Secure page."""
    if intent["status"] != "requires_action":
        raise wrong_state("There is nothing to authenticate.", "payment_intent_unexpected_state")
    intent["next_action"] = None
    card = _card_of(account, intent)
    if passed:
        return _charge(account, intent, card)
    move(intent, Step.DECLINED)
    return remember_failure(
        account,
        intent,
        decline(intent, code="payment_intent_authentication_failure", decline_code=None),
    )


def settle(account: Account, intent: Intent, *, succeeded: bool) -> Intent | Declined:
    """The slow payment that was `processing` comes to its end."""
    charge = account.get("charge", intent["latest_charge"])
    if succeeded:
        return _collect(account, intent, charge)
    move(intent, Step.DECLINED)
    charges.failed(account, charge, "generic_decline")
    return remember_failure(
        account,
        intent,
        decline(intent, code="card_declined", decline_code="generic_decline"),
    )


def use_card(account: Account, intent: Intent, card: Card) -> None:
    """Attach a card to the intent, as a payment method of its own."""
    method = {"id": new_id("pm"), "object": "payment_method", "token": card.token}
    account.keep(method)
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        move(intent, Step.CARD_GIVEN)
    account.keep(intent)


def _attach(account: Account, intent: Intent, params: dict[str, Any]) -> None:
    token = params.get("payment_method")
    if token is None:
        return
    card = card_of_token(token)
    if card is None:
        raise no_such("PaymentMethod", token, "payment_method")
    use_card(account, intent, card)


def _confirm(account: Account, intent: Intent, params: dict[str, Any]) -> Intent | Declined:
    if intent["payment_method"] is None or intent["status"] == "requires_payment_method":
        raise wrong_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            "payment_intent_unexpected_state",
        )
    redirects = intent["automatic_payment_methods"]["allow_redirects"] == "always"
    if redirects and "return_url" not in params:
        raise invalid(
            "return_url", "A return_url is needed, because a payment method might redirect."
        )
    return attempt(
        account,
        intent,
        _card_of(account, intent),
        return_url=params.get("return_url"),
        challenge_url=f"{account.public_url}/challenge/{intent['id']}",
    )


def _card_of(account: Account, intent: Intent) -> Card:
    card = card_of_token(account.get("payment_method", intent["payment_method"])["token"])
    assert card is not None
    return card


def _charge(account: Account, intent: Intent, card: Card) -> Intent | Declined:
    charge = charges.begin(account, intent, card)
    intent |= {"latest_charge": charge["id"], "last_payment_error": None}
    if card.conduct is Conduct.DECLINES:
        move(intent, Step.DECLINED)
        charges.failed(account, charge, card.decline_code or "generic_decline")
        refusal = decline(intent, code="card_declined", decline_code=card.decline_code)
        return remember_failure(account, intent, refusal)
    if account.store.setting("settlement", "at_once") == "later":
        move(intent, Step.TAKES_TIME)
        account.keep(intent)
        account.emit("payment_intent.processing", intent)
        return intent
    if intent["capture_method"] == "manual":
        return _hold(account, intent, charge)
    return _collect(account, intent, charge)


def _hold(account: Account, intent: Intent, charge: dict[str, Any]) -> Intent:
    move(intent, Step.HELD)
    charges.held(account, charge)
    intent["amount_capturable"] = intent["amount"]
    account.keep(intent)
    account.note_effect("payment_intent.held", intent["id"])
    account.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def _collect(account: Account, intent: Intent, charge: dict[str, Any]) -> Intent:
    move(intent, Step.PAID)
    charges.paid(account, charge)
    intent["amount_received"] = intent["amount"]
    account.keep(intent)
    account.note_effect("payment_intent.paid", intent["id"])
    account.emit("payment_intent.succeeded", intent)
    return intent


def _refuse_if_of_a_checkout(account: Account, intent: Intent, verb: str) -> None:
    if account.store.all_of("checkout.session", payment_intent=intent["id"]):
        raise wrong_state(
            f"You cannot {verb} a PaymentIntent created by Checkout. Expire the session instead.",
            "payment_intent_unexpected_state",
        )
