"""The lot everybody bids on, and the bidders: signed in, admitted, each at a browser."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app.gateways.seal import blind_index
from app.models.bidding import Registration, SaleStateRecord
from app.models.people import Person
from app.models.sales import SaleRecord
from app.web.sessions import StoredSession
from bench.ledger.rows import DEPOSIT, add_court, add_sale, admit
from bench.platform import Platform

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TERMS = "0" * 64
# Inside the last five minutes, so that every accepted bid moves the end (RULE-G5).
LEFT = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Lot:
    sale_id: int
    public_id: str


@dataclass(frozen=True, slots=True)
class Bidder:
    """`cookie` and `token` are what the browser of somebody who signed in would send."""

    registration_id: int
    cookie: str
    token: str


def add_hot_lot(platform: Platform, left: timedelta = LEFT) -> Lot:
    court = add_court(platform.admin, f"Court {secrets.token_hex(4)}")
    with Session(platform.admin) as rows:
        sale = add_sale(rows, court)
        # Published with a day to go; here the last minutes begin at once.
        rows.get_one(SaleStateRecord, sale.id).closes_at = datetime.now(UTC) + left
        rows.commit()
        return Lot(sale.id, sale.public_id)


def add_bidders(platform: Platform, app: Flask, lot: Lot, count: int) -> list[Bidder]:
    with Session(platform.admin) as rows:
        sale = rows.get_one(SaleRecord, lot.sale_id)
        people = [_person() for _number in range(count)]
        rows.add_all(people)
        rows.flush()
        key = app.config["BLIND_INDEX_KEY"]
        registrations = [
            _registration(sale, number, blind_index(key, "sale", sale.id, person.id))
            for number, person in enumerate(people)
        ]
        rows.add_all(registrations)
        rows.flush()
        ids = [registration.id for registration in registrations]
        admit(rows, sale, ids)
        names = [person.fs_uniquifier for person in people]
        rows.commit()
    opened = (_open_session(app, name) for name in names)
    return [Bidder(one, *browser) for one, browser in zip(ids, opened, strict=True)]


def _person() -> Person:
    name = uuid.uuid4().hex
    return Person(email=f"{name}@bench.example", name="Bidder", fs_uniquifier=name, active=True)


def _registration(sale: SaleRecord, number: int, index: bytes) -> Registration:
    return Registration(
        court_id=sale.court_id,
        sale_id=sale.id,
        code=f"H{number:05d}",
        blind_index=index,
        deposit_due=DEPOSIT,
        currency=sale.currency,
        terms_hash=TERMS,
        terms_accepted_at=datetime.now(UTC),
    )


def _open_session(app: Flask, uniquifier: str) -> tuple[str, str]:
    """The cookie and the token of a browser with a password and a second factor behind it."""
    with app.test_request_context(headers={"User-Agent": BROWSER}):
        opened, response = StoredSession(), app.response_class()
        for name, value in _content(uniquifier):
            opened[name] = value
        token: str = generate_csrf()
        opened.update(session)
        app.session_interface.save_session(app, opened, response)
    return response.headers["Set-Cookie"].partition(";")[0], token


def _content(uniquifier: str) -> Iterator[tuple[str, object]]:
    now = datetime.now(UTC)
    yield "_user_id", uniquifier
    yield "_fresh", True
    yield "fs_paa", now.timestamp()
    yield "second_factor_at", now
    yield "second_factor_by", "mail"
