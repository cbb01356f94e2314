"""The worker and the notifier: processes that keep what the platform promised to the outside.

Each lane is a thread with one kind of work, so that a slow provider never delays the bank, and a
flood of refunds never delays a deposit. Short looks at the database instead of a queue: nothing
is lost when a process dies, and several workers may run.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.announcing import announcer
from app.db import engine_for, transaction
from app.extensions import db
from app.gateways.payments import Payments, PaymentsConfig, PaymentsUnavailable
from app.models.outbox_queue import Claim, claim_due, pause_after, postpone
from app.services import checkouts, deposits, refunds, webhooks
from app.services.bidding import sweeps

log = logging.getLogger(__name__)

# A paid deposit admits within about a second, so nobody may sleep longer than this.
_SECONDS_IDLE = 0.25
_SECONDS_AFTER_TROUBLE = 2.0

Deliver = Callable[[Claim], None]


@dataclass(frozen=True, slots=True)
class Lane:
    """One thread's work: true where something was done, so that it looks again at once."""

    name: str
    work: Callable[[], bool]


def run(app: Flask, stop: threading.Event) -> None:
    """Keep promises until asked to stop; what is being done is finished first."""
    _run_lanes(app, lanes(app), stop)


def lanes(app: Flask) -> list[Lane]:
    """The worker's lanes; without a key to the provider, only those that need none."""
    inside = [Lane("ours", lambda: sweep(app))]
    config = PaymentsConfig.from_settings(app.config)
    if not config.secret_key:
        log.warning("no key to the payment provider: cards are not served by this worker")
        return inside
    # One connection for each thread.
    return [
        *inside,
        Lane("incoming", _incoming(_provider(config))),
        Lane("refunds", _refunds(_provider(config))),
        Lane("polls", _polls(_provider(config))),
    ]


def sweep(app: Flask) -> bool:
    """What is found in the data itself, and needs nobody outside."""
    admitted = deposits.admit_the_held()
    sweeps.drain_leftovers(engine_for("closer"), announcer(app).tell)
    done = [admitted, deposits.return_the_refused(), deposits.cancel_the_unpaid()]
    return any(done)


def keep_one(kinds: Sequence[str], deliver: Deliver) -> bool:
    """Keep the most urgent promise of these kinds; false where none is due.

    A failure that time can mend spaces the tries out; anything unforeseen does, too, and is
    logged: one bad promise must not hold up the others.
    """
    with transaction() as session:
        claim = claim_due(session, kinds)
    if claim is None:
        return False
    try:
        deliver(claim)
    except (PaymentsUnavailable, checkouts.OfferStillOpening) as failure:
        _try_later(claim, f"{type(failure).__name__}: {failure}")
    except SQLAlchemyError:
        log.exception("promise %s: the database did not take it", claim.key)
        _try_later(claim, "the database did not take it")
    except Exception as failure:
        log.exception("promise %s could not be kept", claim.key)
        _try_later(claim, type(failure).__name__)
    return True


def _try_later(claim: Claim, answer: str) -> None:
    with transaction() as session:
        postpone(session, claim.id, answer, pause_after(claim.tries))


def _provider(config: PaymentsConfig) -> checkouts.Provider:
    return checkouts.Provider(Payments(config), live=config.live)


def _incoming(provider: checkouts.Provider) -> Callable[[], bool]:
    def deliver(claim: Claim) -> None:
        if claim.kind == "checkout":
            checkouts.deliver_checkout(provider, claim)
        else:
            webhooks.look_into_hint(provider, claim)

    return lambda: keep_one(("provider_event", "checkout"), deliver)


def _refunds(provider: checkouts.Provider) -> Callable[[], bool]:
    return lambda: keep_one(("refund",), lambda claim: refunds.deliver_refund(provider, claim))


def _polls(provider: checkouts.Provider) -> Callable[[], bool]:
    return lambda: checkouts.poll_open_offers(provider) > 0


def _run_lanes(app: Flask, chosen: Sequence[Lane], stop: threading.Event) -> None:
    threads = [
        threading.Thread(target=_drive, args=(app, lane, stop), name=lane.name) for lane in chosen
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def _drive(app: Flask, lane: Lane, stop: threading.Event) -> None:
    with app.app_context():
        while not stop.is_set():
            try:
                busy = lane.work()
                pause = 0.0 if busy else _SECONDS_IDLE
            except Exception:
                log.exception("the lane %s stumbled; it goes on", lane.name)
                pause = _SECONDS_AFTER_TROUBLE
            finally:
                # Each look starts from what is in the database now.
                db.session.remove()
            stop.wait(pause)
