"""What every request under /v1 goes through: who asks, with which parameters, under which key."""

import base64
import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from deploy.local.outside.stripe import faults
from deploy.local.outside.stripe.account import API_VERSION, Account, new_id
from deploy.local.outside.stripe.declines import Declined
from deploy.local.outside.stripe.endpoints import ENDPOINTS, Endpoint
from deploy.local.outside.stripe.faults import Fault, FaultScript
from deploy.local.outside.stripe.idempotency import Answer, IdempotencyKeys, fingerprint
from deploy.local.outside.stripe.lists import expanded
from deploy.local.outside.stripe.refusals import MalformedRequest, StripeRefusal


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as far as the key and the parameters go."""

    endpoint: Endpoint
    ids: dict[str, str]
    pairs: tuple[tuple[str, str], ...]
    key: str | None
    request_id: str

    @property
    def fingerprint(self) -> str:
        return fingerprint(request.method, request.path, self.pairs)


class Api:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.keys = IdempotencyKeys(account.store)
        self.script = FaultScript(account.store)

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("stripe", __name__)
        for number, endpoint in enumerate(ENDPOINTS):
            blueprint.add_url_rule(
                endpoint.path,
                endpoint=f"endpoint_{number}",
                view_func=self._view(endpoint),
                methods=[endpoint.method],
            )
        blueprint.add_url_rule(
            "/v1/<path:path>", view_func=_unknown_url, methods=["GET", "POST", "DELETE"]
        )
        return blueprint

    def _view(self, endpoint: Endpoint) -> Any:
        def view(**ids: str) -> Response:
            request_id = new_id("req")
            try:
                _authenticate()
                asked = Asked(endpoint, ids, _pairs(), _key(), request_id)
                with self.keys.held(asked.key):
                    response = self._serve(asked)
            except StripeRefusal as refusal:
                response = _response(Answer(refusal.status, refusal.body()))
            response.headers["Request-Id"] = request_id
            response.headers["Stripe-Version"] = API_VERSION
            return response

        return view

    def _serve(self, asked: Asked) -> Response:
        latency = self.script.latency_seconds
        if latency:
            time.sleep(latency)
        fault = self.script.take(f"{request.method} {request.path}")
        if fault is None:
            return _response(self._answer(asked))
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return _response(self._answer(asked))
        if fault.when == "after":
            self._answer(asked)
        self._keep_fault(asked, fault)
        return faults.play(fault)

    def _answer(self, asked: Asked) -> Answer:
        """Do the work and remember the answer in one transaction, or find the earlier answer."""
        params = asked.endpoint.declared.read(asked.pairs)
        try:
            with self.account.store.transaction():
                earlier = self.keys.earlier_answer(asked.key, asked.fingerprint)
                if earlier is not None:
                    return earlier
                answer = self._work(asked, params)
                self.keys.keep(asked.key, asked.fingerprint, answer)
                return answer
        except MalformedRequest:
            raise
        except StripeRefusal as refusal:
            if refusal.kind == "idempotency_error":
                raise
            # The work was begun and undone: this answer stays with the key.
            answer = Answer(refusal.status, refusal.body())
            self.keys.keep(asked.key, asked.fingerprint, answer)
            return answer

    def _work(self, asked: Asked, params: dict[str, Any]) -> Answer:
        expand = params.pop("expand", [])
        account = self.account
        account.current_key, account.current_request_id = asked.key, asked.request_id
        try:
            outcome = asked.endpoint.serve(account, params, **asked.ids)
        finally:
            account.current_key, account.current_request_id = None, None
        if isinstance(outcome, Declined):
            return Answer(402, {"error": outcome.error})
        return Answer(200, expanded(account, outcome, expand))

    def _keep_fault(self, asked: Asked, fault: Fault) -> None:
        if fault.kept and fault.kind == "status":
            kept = Answer(fault.status, faults.error_body(fault))
            self.keys.keep(asked.key, asked.fingerprint, kept)


def _authenticate() -> None:
    kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
    key = credentials
    if kind == "Basic":
        key = base64.b64decode(credentials + "==").decode("ascii", "replace").partition(":")[0]
    if kind not in ("Bearer", "Basic") or not key.startswith("sk_test_"):
        raise StripeRefusal(
            "Invalid API Key provided: the local server takes keys that begin with sk_test_.",
            status=401,
        )
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeRefusal(f"The local server speaks {API_VERSION}, not {version}.")


def _pairs() -> tuple[tuple[str, str], ...]:
    if request.method == "GET":
        return tuple(request.args.items(multi=True))
    if request.args:
        raise StripeRefusal("Parameters of a POST belong in its body.")
    if request.content_length and request.mimetype != "application/x-www-form-urlencoded":
        raise StripeRefusal("The body must be application/x-www-form-urlencoded.")
    return tuple(request.form.items(multi=True))


def _key() -> str | None:
    return request.headers.get("Idempotency-Key") if request.method == "POST" else None


def _response(answer: Answer) -> Response:
    response = jsonify(answer.body)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _unknown_url(path: str) -> tuple[Response, int]:
    message = f"Unrecognized request URL ({request.method}: /v1/{path})."
    return jsonify({"error": {"type": "invalid_request_error", "message": message}}), 404
