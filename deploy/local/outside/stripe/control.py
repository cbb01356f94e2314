"""The control desk under /_control: scripts faults, shows what was done. Development only.

Every request is JSON (which no foreign web page can send unasked) from this machine.
"""

import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, request

from deploy.local.outside.loopback import is_loopback
from deploy.local.outside.stripe import (
    checkouts,
    disputes,
    intents,
    payouts,
    refunds,
    webhook_plans,
)
from deploy.local.outside.stripe.api import Api
from deploy.local.outside.stripe.balance_transactions import NO_FEES
from deploy.local.outside.stripe.declines import Declined
from deploy.local.outside.stripe.faults import read_fault
from deploy.local.outside.stripe.refusals import StripeRefusal, invalid

Sent = dict[str, Any]


class ControlDesk:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.account = api.account
        self.store = api.account.store

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("control", __name__, url_prefix="/_control")
        rules = (
            ("GET", "/", self.overview),
            ("PUT", "/webhook", self.set_webhook),
            ("PUT", "/webhook-faults", self.set_webhook_faults),
            ("GET", "/webhooks", self.list_deliveries),
            ("POST", "/webhooks/release", self.release),
            ("POST", "/webhooks/resend", self.resend),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("PUT", "/latency", self.set_latency),
            ("GET", "/effects", self.effects),
            ("POST", "/forget-keys", self.forget_keys),
            ("PUT", "/settlement", self.set_settlement),
            ("POST", "/payments/<intent_id>/settle", self.settle),
            ("PUT", "/refunds-wait-for-balance", self.set_refunds_wait),
            ("POST", "/refunds/<refund_id>/<outcome>", self.end_refund),
            ("POST", "/disputes", self.open_dispute),
            ("POST", "/disputes/<dispute_id>/close", self.close_dispute),
            ("PUT", "/fees", self.set_fees),
            ("POST", "/payouts", self.pay_out),
            ("POST", "/payouts/<payout_id>/<outcome>", self.end_payout),
            ("PUT", "/clocks/<name>", self.set_clock),
            ("DELETE", "/clocks/<name>", self.remove_clock),
            ("POST", "/clear", self.clear),
        )
        for method, path, view in rules:
            blueprint.add_url_rule(path, view_func=view, methods=[method])
        blueprint.before_request(_from_this_machine_only)
        blueprint.register_error_handler(StripeRefusal, _refused)
        blueprint.register_error_handler(TypeError, _misread)
        blueprint.register_error_handler(KeyError, _misread)
        return blueprint

    def overview(self) -> Response:
        counted = self.store.rows("SELECT kind, COUNT(*) AS n FROM objects GROUP BY kind")
        return jsonify(
            webhook=webhook_plans.endpoint(self.store),
            webhook_faults=webhook_plans.faults(self.store),
            faults=self.api.script.waiting(),
            latency_ms=self.store.setting("latency_ms", 0),
            settlement=self.store.setting("settlement", "at_once"),
            clocks=self.account.clocks.all(),
            objects={row["kind"]: row["n"] for row in counted},
        )

    def set_webhook(self) -> Response:
        sent = _sent()
        target = urlsplit(sent["url"])
        if target.scheme != "http" or not is_loopback(target.hostname or ""):
            raise invalid("url", "Webhooks go to this machine only, by plain http.")
        self.store.set(
            "webhook",
            {
                "url": sent["url"],
                "secret": sent["secret"],
                "retry_seconds": sent.get("retry_seconds", webhook_plans.RETRY_AFTER_SECONDS),
            },
        )
        return _done()

    def set_webhook_faults(self) -> Response:
        sent = _sent()
        unknown = sent.keys() - webhook_plans.NO_FAULTS.keys()
        if unknown:
            raise invalid(min(unknown), f"Unknown: {', '.join(sorted(unknown))}")
        self.store.set("webhook_faults", sent)
        return _done()

    def list_deliveries(self) -> Response:
        rows = self.store.rows("SELECT * FROM deliveries ORDER BY seq")
        kinds = {event["id"]: event["type"] for event in self.store.all_of("event")}
        return jsonify([{**dict(row), "type": kinds.get(row["event_id"])} for row in rows])

    def release(self) -> Response:
        sent = _sent()
        with self.store.transaction():
            released = webhook_plans.release(
                self.store, sent.get("event_ids"), sent.get("order", "in_order"), time.time()
            )
        return jsonify(released=released)

    def resend(self) -> Response:
        self.account.get("event", _sent()["event_id"])
        webhook_plans.repeat(self.store, _sent()["event_id"], time.time())
        return _done()

    def add_faults(self) -> Response:
        self.api.script.add([read_fault(fault) for fault in _sent()["next"]])
        return _done()

    def clear_faults(self) -> Response:
        self.api.script.clear()
        return _done()

    def set_latency(self) -> Response:
        self.store.set("latency_ms", int(_sent()["ms"]))
        return _done()

    def effects(self) -> Response:
        key = request.args.get("key")
        rows = self.store.rows(
            "SELECT key, effect, object_id FROM effects WHERE ? IS NULL OR key = ? ORDER BY seq",
            key,
            key,
        )
        return jsonify([dict(row) for row in rows])

    def forget_keys(self) -> Response:
        return jsonify(forgotten=self.api.keys.forget(_sent().get("older_than_seconds", 0)))

    def set_settlement(self) -> Response:
        mode = _sent()["mode"]
        if mode not in ("at_once", "later"):
            raise invalid("mode", "mode is at_once or later")
        self.store.set("settlement", mode)
        return _done()

    def settle(self, intent_id: str) -> Response:
        succeeded = _sent()["outcome"] == "succeeded"
        with self.store.transaction():
            intent = self.account.get("payment_intent", intent_id)
            outcome = intents.settle(self.account, intent, succeeded=succeeded)
            checkouts.note_settled(self.account, intent, succeeded=succeeded)
        return jsonify(outcome.error if isinstance(outcome, Declined) else outcome)

    def set_refunds_wait(self) -> Response:
        self.store.set("refunds_wait_for_balance", bool(_sent()["on"]))
        return _done()

    def end_refund(self, refund_id: str, outcome: str) -> Response:
        if outcome not in ("fail", "succeed"):
            abort(404)
        with self.store.transaction():
            if outcome == "fail":
                reason = _sent().get("reason", "lost_or_stolen_card")
                return jsonify(refunds.fail(self.account, refund_id, reason))
            return jsonify(refunds.succeed(self.account, refund_id))

    def open_dispute(self) -> Response:
        sent = _sent()
        reason = sent.get("reason", "fraudulent")
        with self.store.transaction():
            return jsonify(disputes.open_dispute(self.account, sent["payment_intent"], reason))

    def close_dispute(self, dispute_id: str) -> Response:
        won = _sent()["outcome"] == "won"
        with self.store.transaction():
            return jsonify(disputes.close_dispute(self.account, dispute_id, won=won))

    def set_fees(self) -> Response:
        sent = _sent()
        unknown = sent.keys() - NO_FEES.keys()
        if unknown:
            raise invalid(min(unknown), f"Unknown: {', '.join(sorted(unknown))}")
        self.store.set("fees", {**NO_FEES, **{name: int(value) for name, value in sent.items()}})
        return _done()

    def pay_out(self) -> Response:
        currency = _sent().get("currency", "cny")
        with self.store.transaction():
            return jsonify(payouts.pay_out(self.account, currency))

    def end_payout(self, payout_id: str, outcome: str) -> Response:
        if outcome not in ("arrive", "fail"):
            abort(404)
        with self.store.transaction():
            if outcome == "arrive":
                return jsonify(payouts.arrive(self.account, payout_id))
            return jsonify(payouts.fail(self.account, payout_id))

    def set_clock(self, name: str) -> Response:
        sent = _sent()
        self.account.clocks.set(name, legal_from=sent["legal_from"], rate=sent.get("rate", 1.0))
        return _done()

    def remove_clock(self, name: str) -> Response:
        self.account.clocks.remove(name)
        return _done()

    def clear(self) -> Response:
        """Forget everything but where webhooks go."""
        webhook = webhook_plans.endpoint(self.store)
        with self.store.transaction():
            self.store.forget_everything()
            if webhook is not None:
                self.store.set("webhook", webhook)
        return _done()


def _sent() -> Sent:
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise invalid("body", "Send a JSON object.")
    return sent


def _done() -> Response:
    return jsonify(done=True)


def _from_this_machine_only() -> None:
    if not is_loopback(request.remote_addr or ""):
        abort(403)
    if request.method == "POST" and not request.is_json:
        abort(415)


def _refused(refusal: StripeRefusal) -> tuple[Response, int]:
    return jsonify(refusal.body()), refusal.status


def _misread(problem: Exception) -> tuple[Response, int]:
    return jsonify(error={"message": f"Not understood: {problem!r}"}), 400
