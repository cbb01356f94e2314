"""The hosted pages: where a person types in a card, and where the card's bank asks back.

A program pays by the same forms:
  POST /pay/<session>        card_number, expiry (MM/YY), cvc, holder
  POST /challenge/<intent>   outcome = complete | fail
Both answer 303 to the next page when all went well, and 402 with the page when the card declined.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request

from deploy.local.outside.amounts_shown import shown_amount
from deploy.local.outside.stripe import checkouts, intents
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.cards import CardRefused, read_card
from deploy.local.outside.stripe.declines import Declined
from deploy.local.outside.words import Words, words_for

Page = Response


class Pages:
    def __init__(self, account: Account) -> None:
        self.account = account

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("stripe_pages", __name__)
        rules = (
            ("/pay/<session_id>", self.show, "GET"),
            ("/pay/<session_id>", self.pay, "POST"),
            ("/challenge/<intent_id>", self.show_challenge, "GET"),
            ("/challenge/<intent_id>", self.answer_challenge, "POST"),
        )
        for rule, view, method in rules:
            blueprint.add_url_rule(rule, view_func=view, methods=[method])
        return blueprint

    def show(self, session_id: str) -> Page:
        session = self.account.store.find("checkout.session", session_id)
        if session is None:
            return _plain_page("missing", "auto", 404)
        if session["status"] != "open":
            return self._closed(session)
        return self._form(session)

    def pay(self, session_id: str) -> Page:
        with self.account.store.transaction():
            session = self.account.store.find("checkout.session", session_id)
            if session is None:
                return _plain_page("missing", "auto", 404)
            if session["status"] != "open":
                return self._closed(session)
            card = read_card(
                request.form.get("card_number", ""),
                request.form.get("expiry", ""),
                request.form.get("cvc", ""),
                datetime.fromtimestamp(self.account.now(session), UTC).date(),
            )
            if isinstance(card, CardRefused):
                return self._form(session, card.code, card.field, 402)
            outcome = checkouts.pay(
                self.account, session, card, request.form.get("holder", "")[:200]
            )
        return self._next(session, outcome)

    def show_challenge(self, intent_id: str) -> Page:
        intent = self.account.store.find("payment_intent", intent_id)
        if intent is None or intent["status"] != "requires_action":
            return _plain_page("missing", "auto", 404)
        session = self._session_of(intent)
        words = words_for(session["locale"] if session else None, request)
        amount = shown_amount(intent["amount"], intent["currency"], words.locale)
        return _page("challenge.html", words, 200, amount=amount)

    def answer_challenge(self, intent_id: str) -> Page:
        passed = request.form.get("outcome") == "complete"
        with self.account.store.transaction():
            intent = self.account.store.find("payment_intent", intent_id)
            if intent is None or intent["status"] != "requires_action":
                return _plain_page("missing", "auto", 404)
            session = self._session_of(intent)
            if session is not None:
                outcome = checkouts.answer_challenge(self.account, session, passed=passed)
                return self._next(session, outcome)
            back = intent["next_action"]["redirect_to_url"]["return_url"]
            settled = intents.answer_challenge(self.account, intent, passed=passed)
        return _return_to(back, intent, settled)

    def _session_of(self, intent: dict[str, Any]) -> dict[str, Any] | None:
        found = self.account.store.all_of("checkout.session", payment_intent=intent["id"])
        return found[0] if found else None

    def _next(self, session: dict[str, Any], outcome: Declined | str) -> Page:
        if isinstance(outcome, Declined):
            return self._form(session, outcome.reason, "card_number", 402)
        return redirect(outcome, 303)

    def _closed(self, session: dict[str, Any]) -> Page:
        if session["status"] == "complete":
            return redirect(checkouts.after_success(session), 303)
        return _plain_page("expired", session["locale"], 410, back=session["cancel_url"])

    def _form(
        self,
        session: dict[str, Any],
        problem: str | None = None,
        field: str | None = None,
        status: int = 200,
    ) -> Page:
        words = words_for(session["locale"], request)
        return _page(
            "pay.html",
            words,
            status,
            session=session,
            lines=[line["description"] for line in checkouts.lines_of(self.account, session["id"])],
            amount=shown_amount(session["amount_total"], session["currency"], words.locale),
            problem=problem and words.problem(problem),
            field_at_fault=field,
        )


def _plain_page(title: str, locale: str | None, status: int, back: str | None = None) -> Page:
    words = words_for(locale, request)
    return _page("closed.html", words, status, title=words[title], back=back)


def _page(template: str, words: Words, status: int, **values: Any) -> Page:
    response = make_response(render_template(template, words=words, **values), status)
    response.headers["Content-Language"] = words.locale
    return response


def _return_to(url: str | None, intent: dict[str, Any], outcome: dict[str, Any] | Declined) -> Page:
    """Back to the page that asked for the payment, as Stripe returns a payer from 3-D Secure."""
    if url is None:
        return _plain_page("done", "auto", 200)
    told = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "failed" if isinstance(outcome, Declined) else "succeeded",
        }
    )
    parts = urlsplit(url)
    query = f"{parts.query}&{told}" if parts.query else told
    return redirect(urlunsplit(parts._replace(query=query)), 303)
