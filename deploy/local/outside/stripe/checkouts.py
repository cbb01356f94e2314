"""Checkout sessions: one offer to pay, on a page of ours, paid at most once."""

from typing import Any

from deploy.local.outside.stripe import intents
from deploy.local.outside.stripe.account import Account, new_id
from deploy.local.outside.stripe.amounts import checked_amount, checked_currency, merged_metadata
from deploy.local.outside.stripe.cards import Card
from deploy.local.outside.stripe.declines import Declined
from deploy.local.outside.stripe.objects import blank_intent, blank_session
from deploy.local.outside.stripe.refusals import invalid, missing_parameter, wrong_state

Session = dict[str, Any]

_SHORTEST, _LONGEST = 30 * 60, 24 * 3600


def create(account: Account, params: dict[str, Any]) -> Session:
    if params.get("mode") != "payment":
        raise invalid("mode", "The local server plays mode=payment only.")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("ui_mode", "The local server plays ui_mode=hosted_page only.")
    if "success_url" not in params:
        raise missing_parameter("success_url")
    lines = _read_lines(params.get("line_items", []))
    metadata = merged_metadata({}, params.get("metadata", {}))
    total = checked_amount(sum(line["amount_total"] for line in lines), "line_items")
    session = blank_session(account.now({"metadata": metadata}), total, lines[0]["currency"])
    session["metadata"] = metadata
    for name in (
        "allowed_payment_method_types",
        "cancel_url",
        "client_reference_id",
        "customer_email",
        "locale",
        "submit_type",
        "success_url",
    ):
        session[name] = params.get(name)
    session["expires_at"] = _expiry(session, params)
    session["url"] = f"{account.public_url}/pay/{session['id']}"
    account.keep(session)
    _keep_particulars(account, session, params.get("payment_intent_data", {}), lines)
    account.note_effect("checkout.session.created", session["id"])
    return session


def expire(account: Account, session_id: str) -> Session:
    session = account.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise wrong_state(
            f"Only Checkout Sessions with a status in ['open'] can be expired."
            f" This Checkout Session has a status of {session['status']}.",
            "resource_unexpected_state",
        )
    session |= {"status": "expired", "url": None}
    if session["payment_intent"] is not None:
        intents.abandon(account, account.get("payment_intent", session["payment_intent"]), None)
    account.keep(session)
    account.emit("checkout.session.expired", session)
    return session


def expire_what_is_due(account: Account) -> None:
    for session in account.store.all_in_state("checkout.session", "open"):
        if session["expires_at"] <= account.now(session):
            expire(account, session["id"])


def lines_of(account: Account, session_id: str) -> list[dict[str, Any]]:
    session = account.get("checkout.session", session_id, "session")
    return list(_particulars(account, session)["lines"])


def pay(account: Account, session: Session, card: Card, holder: str) -> Declined | str:
    """Pay an open session with a card; where the payer's browser goes next, or a decline."""
    intent = _intent_of(account, session)
    intents.use_card(account, intent, card)
    session["customer_details"] = {"email": None, "name": holder or None, "phone": None}
    account.keep(session)
    challenge_url = f"{account.public_url}/challenge/{intent['id']}"
    outcome = intents.attempt(
        account, intent, card, return_url=session["success_url"], challenge_url=challenge_url
    )
    return _after(account, session, outcome)


def answer_challenge(account: Account, session: Session, *, passed: bool) -> Declined | str:
    intent = account.get("payment_intent", session["payment_intent"])
    return _after(account, session, intents.answer_challenge(account, intent, passed=passed))


def note_settled(account: Account, intent: dict[str, Any], *, succeeded: bool) -> None:
    """A slow payment ended; its session, already complete, says so."""
    for session in account.store.all_of("checkout.session", payment_intent=intent["id"]):
        session["payment_status"] = "paid" if succeeded else "unpaid"
        account.keep(session)
        ending = "succeeded" if succeeded else "failed"
        account.emit(f"checkout.session.async_payment_{ending}", session)


def after_success(session: Session) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _after(
    account: Account, session: Session, outcome: dict[str, Any] | Declined
) -> Declined | str:
    if isinstance(outcome, Declined):
        return outcome
    if outcome["status"] == "requires_action":
        return str(outcome["next_action"]["redirect_to_url"]["url"])
    paid = outcome["status"] == "succeeded"
    session |= {
        "status": "complete",
        "payment_status": "paid" if paid else "unpaid",
        "url": None,
    }
    account.keep(session)
    account.note_effect("checkout.session.completed", session["id"])
    account.emit("checkout.session.completed", session)
    return after_success(session)


def _intent_of(account: Account, session: Session) -> dict[str, Any]:
    """The session's payment intent; since 2022 Stripe makes it only when somebody pays."""
    if session["payment_intent"] is not None:
        return account.get("payment_intent", session["payment_intent"])
    wished = _particulars(account, session)["payment"]
    intent = blank_intent(account.now(wished), session["amount_total"], session["currency"])
    intent |= wished
    account.keep(intent)
    session["payment_intent"] = intent["id"]
    account.keep(session)
    account.note_effect("payment_intent.created", intent["id"])
    account.emit("payment_intent.created", intent)
    return intent


def _keep_particulars(
    account: Account, session: Session, sent: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    """What a session knows but does not show: its lines, and the wishes for its payment."""
    wished = {k: sent[k] for k in ("description", "statement_descriptor_suffix") if k in sent}
    wished["metadata"] = merged_metadata({}, sent.get("metadata", {}), "payment_intent_data")
    kept = {"id": f"{session['id']}/particulars", "object": "particulars"}
    account.keep({**kept, "payment": wished, "lines": lines})


def _particulars(account: Account, session: Session) -> dict[str, Any]:
    return account.get("particulars", f"{session['id']}/particulars")


def _expiry(session: Session, params: dict[str, Any]) -> int:
    expires_at = int(params.get("expires_at", session["created"] + _LONGEST))
    if not _SHORTEST <= expires_at - session["created"] <= _LONGEST:
        raise invalid(
            "expires_at",
            "The `expires_at` timestamp must be from 30 minutes to 24 hours after"
            " Checkout Session creation.",
        )
    return expires_at


def _read_lines(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not sent:
        raise missing_parameter("line_items")
    lines = [_read_line(line, f"line_items[{index}]") for index, line in enumerate(sent)]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("line_items", "All line items must have the same currency.")
    return lines


def _read_line(sent: dict[str, Any], param: str) -> dict[str, Any]:
    price = sent.get("price_data")
    if price is None:
        raise missing_parameter(f"{param}[price_data]")
    if "unit_amount" not in price:
        raise missing_parameter(f"{param}[price_data][unit_amount]")
    if "product_data" not in price:
        raise missing_parameter(f"{param}[price_data][product_data]")
    quantity = sent.get("quantity", 0)
    if quantity < 1:
        raise invalid(f"{param}[quantity]", "This value must be greater than or equal to 1.")
    amount = quantity * checked_amount(price["unit_amount"], f"{param}[price_data][unit_amount]")
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": checked_currency(price["currency"], f"{param}[price_data][currency]"),
        "description": price["product_data"]["name"],
        "price": None,
        "quantity": quantity,
    }
