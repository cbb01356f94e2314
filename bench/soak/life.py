"""What goes on meanwhile: lots end, their losers' deposits go back and letters are written; new
lots come into play, and people come to watch them and leave again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from stripe import StripeClient, StripeError

from app.gateways.seal import Sealer
from app.models.money import Deposit
from app.models.people import ContactEnvelope
from bench.fan_out.watching import crowd_of
from bench.herd.rows import Herd, add_herd, add_person
from bench.hot_lot.rows import Lot, add_bidders, add_hot_lot
from bench.ledger.rows import card_payment
from bench.platform import Platform
from bench.soak.bids import Bidding
from bench.soak.processes import STRIPE_KEY, Running

_BIDDERS_OF_A_LOT = 4
_LEFT = timedelta(days=1)
_UNTIL_THEY_END = timedelta(seconds=10)
PASSERS_BY = 20


@dataclass(slots=True)
class Life:
    platform: Platform
    running: Running
    app: Flask
    bidding: Bidding
    courts: Sequence[int]
    ended: list[int] = field(default_factory=list)
    passers_by: ExitStack = field(default_factory=ExitStack)
    turns_lost: int = 0

    def go_on(self, lots: int) -> None:
        """Lots end, one comes, and so do others who watch it. An hour is not lost for one turn."""
        try:
            self._let_end(lots)
            self._change_passers_by(self.bring_lot())
        except (RuntimeError, ValueError, SQLAlchemyError, StripeError) as failure:
            self.turns_lost += 1
            print(f"… a turn was lost: {failure}", file=sys.stderr, flush=True)

    def bring_lot(self) -> Lot:
        """A lot that everybody bids on now."""
        lot = add_hot_lot(self.platform, _LEFT)
        bidders = add_bidders(self.platform, self.app, lot, _BIDDERS_OF_A_LOT)
        self.bidding.bring_into_play(lot, bidders)
        return lot

    def _change_passers_by(self, lot: Lot) -> None:
        """Those who watched leave, and others come to watch this one."""
        self.passers_by.close()
        crowd = crowd_of([self.running.live], PASSERS_BY, lot.public_id)
        self.passers_by.enter_context(crowd)

    def _let_end(self, lots: int) -> None:
        """So many lots that end in a moment; six of ten are sold, and the deposits were paid."""
        sealer = Sealer(self.platform.keys["ENVELOPE_PUBLIC_KEY"])
        ends_at = datetime.now(UTC) + _UNTIL_THEY_END
        herd = Herd(self.courts, lots, ends_at, sold_share=0.6, bidders=4)
        sales = add_herd(self.platform.admin, herd, sealer, add_person(self.platform.admin))
        self._pay(sales)
        self.ended += sales

    def _pay(self, sales: Sequence[int]) -> None:
        """The provider has the money, and the notifier can write to whose it is."""
        stripe = StripeClient(STRIPE_KEY, base_addresses={"api": self.running.stripe_url})
        contacts = Sealer(self.running.contact_public_key)
        with Session(self.platform.admin) as rows:
            deposits = rows.scalars(select(Deposit).where(Deposit.sale_id.in_(sales))).all()
            intents = [_wish(stripe, deposit) for deposit in deposits]
            rows.add_all(
                card_payment(deposit, intent)
                for deposit, intent in zip(deposits, intents, strict=True)
            )
            rows.add_all(
                ContactEnvelope(
                    registration_id=deposit.registration_id,
                    sealed=contacts.seal({"email": "bidder@bench.example", "name": "王丽"}),
                )
                for deposit in deposits
            )
            rows.commit()
        # Paid once the platform knows of the wish, as in life.
        for intent in intents:
            stripe.v1.payment_intents.confirm(
                intent,
                {"payment_method": "pm_card_visa", "return_url": self.running.stripe_url},
            )


def _wish(stripe: StripeClient, deposit: Deposit) -> str:
    intent = stripe.v1.payment_intents.create({"amount": deposit.amount, "currency": "cny"})
    return intent.id
