"""The bank's counter: a page for people, endpoints for programs.

  GET  /bank             the form; query parameters fill it in
  POST /bank/transfers   reference, amount_minor (or amount), currency, payer_name, payer_account,
                         value_date?, account?  (JSON or form)  ->  the camt.054 credit notice
  POST /bank/payments    a pain.001.001.09  ->  the camt.054 debit notice
  GET  /bank/statement   account?, currency, day  ->  the day's camt.053
Every notice also lies in the bank's folder `in`, whole from the moment it has its name.
"""

import secrets
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from deploy.local.outside.bank import notices
from deploy.local.outside.bank.movements import Ledger, Movement
from deploy.local.outside.bank.orders import Order, OrderUnfit, read_order
from deploy.local.outside.bank.transfers import (
    PLATFORM_ACCOUNT,
    Transfer,
    TransferUnfit,
    read_transfer,
)
from deploy.local.outside.words import words_for

# A payee's account with this ending is closed: the money goes out and comes back.
CLOSED_ACCOUNT_ENDING = "0004"
_FIELDS = ("reference", "amount", "currency", "payer_name", "payer_account", "value_date")


class Counter:
    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._notices = folder / "in"

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("bank", __name__)
        for method, path, view in (
            ("GET", "/bank", self.show),
            ("POST", "/bank/transfers", self.transfer),
            ("POST", "/bank/payments", self.pay),
            ("GET", "/bank/statement", self.statement),
            ("GET", "/bank/notices/<name>", self.download),
        ):
            blueprint.add_url_rule(path, view_func=view, methods=[method])
        blueprint.register_error_handler(TransferUnfit, _refuse)
        blueprint.register_error_handler(OrderUnfit, _refuse)
        return blueprint

    def show(self) -> str:
        filled = {name: request.args.get(name, "") for name in _FIELDS}
        return self._page(filled=filled)

    def transfer(self) -> Response | str:
        sent = request.get_json() if request.is_json else request.form.to_dict()
        if not isinstance(sent, dict):
            raise TransferUnfit("send a JSON object or a form")
        asked = read_transfer(sent, datetime.now(UTC).date())
        movement = _credit(asked)
        self._ledger.book([movement])
        name, notice = self._tell(asked.account, [movement])
        if request.accept_mimetypes.best_match(["application/xml", "text/html"]) == "text/html":
            return self._page(filled=dict.fromkeys(_FIELDS, ""), made=name)
        return _xml(notice, name)

    def pay(self) -> Response:
        content = request.get_data()
        order = read_order(content)
        earlier = self._ledger.order(order.message_id)
        if earlier is not None:
            if earlier[0] != content:
                message = f"MsgId {order.message_id} was another order; nothing was paid"
                return Response(message, 409, mimetype="text/plain")
            return _xml(earlier[1], f"{order.message_id}.camt054.xml")
        movements = _debits(order)
        name, notice = self._notice(order.account, movements)
        self._ledger.carry_out(order.message_id, content, movements, notice)
        self._put(name, notice)
        return _xml(notice, name)

    def statement(self) -> Response:
        account = request.args.get("account", PLATFORM_ACCOUNT)
        currency = request.args.get("currency", "CNY")
        try:
            day = date.fromisoformat(request.args.get("day", ""))
        except ValueError as unreadable:
            raise TransferUnfit("day: like 2026-11-21") from unreadable
        message_id = f"ST{day:%Y%m%d}{secrets.token_hex(6).upper()}"
        written = notices.statement(
            message_id,
            account,
            currency,
            day,
            self._ledger.balance_before(account, currency, day),
            self._ledger.of_day(account, currency, day),
            datetime.now(UTC),
        )
        return _xml(written, f"{message_id}.camt053.xml")

    def download(self, name: str) -> Response:
        found = next((f for f in self._notices.glob("*.xml") if f.name == name), None)
        if found is None:
            return Response("No such notice.", 404, mimetype="text/plain")
        return _xml(found.read_bytes(), name)

    def _tell(self, account: str, movements: list[Movement]) -> tuple[str, bytes]:
        name, notice = self._notice(account, movements)
        self._put(name, notice)
        return name, notice

    def _notice(self, account: str, movements: list[Movement]) -> tuple[str, bytes]:
        now = datetime.now(UTC)
        message_id = f"NT{now:%Y%m%d%H%M%S}{secrets.token_hex(6).upper()}"
        written = notices.notice(message_id, account, movements, now)
        return f"{message_id}.camt054.xml", written

    def _put(self, name: str, notice: bytes) -> None:
        self._notices.mkdir(parents=True, exist_ok=True)
        unfinished = self._notices / f".{name}.unfinished"
        unfinished.write_bytes(notice)
        unfinished.rename(self._notices / name)

    def _page(self, *, filled: dict[str, str], made: str | None = None) -> str:
        words = words_for(request.args.get("lang"), request)
        return render_template("bank.html", words=words, filled=filled, made=made)


def _credit(asked: Transfer) -> Movement:
    return Movement(
        reference=_new_reference(),
        account=asked.account,
        direction="CRDT",
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        day=asked.value_on.isoformat(),
        party_name=asked.payer_name,
        party_account=asked.payer_account,
        end_to_end_id="",
        remittance=asked.reference,
    )


def _debits(order: Order) -> list[Movement]:
    """Each payment out, and back again where the payee's account is closed."""
    movements = []
    for payment in order.payments:
        out = Movement(
            reference=_new_reference(),
            account=order.account,
            direction="DBIT",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            day=order.execute_on.isoformat(),
            party_name=payment.payee_name,
            party_account=payment.payee_account,
            end_to_end_id=payment.end_to_end_id,
            remittance=payment.remittance,
        )
        movements.append(out)
        if payment.payee_account.endswith(CLOSED_ACCOUNT_ENDING):
            movements.append(_returned(out))
    return movements


def _returned(out: Movement) -> Movement:
    return Movement(
        reference=_new_reference(),
        account=out.account,
        direction="CRDT",
        amount_minor=out.amount_minor,
        currency=out.currency,
        day=out.day,
        party_name=out.party_name,
        party_account=out.party_account,
        end_to_end_id=out.end_to_end_id,
        remittance=out.remittance,
        return_reason="AC04",
    )


def _new_reference() -> str:
    return f"BK{secrets.token_hex(12).upper()}"


def _xml(content: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(
        content, mimetype="application/xml", headers={"Content-Disposition": disposition}
    )


def _refuse(problem: Exception) -> tuple[Response, int]:
    return Response(str(problem), mimetype="text/plain"), 400
