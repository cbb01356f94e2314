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
from datetime import UTC, datetime
from functools import partial

from flask import Flask

from app.announcing import announcer
from app.db import engine_for
from app.extensions import db
from app.gateways.notifier import notifier_from
from app.gateways.payments import Payments, PaymentsConfig, PaymentsUnavailable
from app.gateways.seal import Opener
from app.models.outbox_queue import Claim
from app.services import (
    approvals,
    bank,
    checkouts,
    deposits,
    disputes,
    further_sums,
    letters,
    provider_books,
    reconciliation,
    revocations,
    settlement,
    suspense,
    webhooks,
)
from app.services.bidding import sweeps
from app.services.promises import NotYet, is_our_turn, keep_one
from app.services.refund_desk import RefundDesk

log = logging.getLogger(__name__)

# A paid deposit admits within about a second, so nobody may sleep longer than this.
_SECONDS_IDLE = 0.25
_SECONDS_AFTER_TROUBLE = 2.0
_SECONDS_BETWEEN_TURNS = 5.0
# The provider lists fees and payouts; nobody waits for them, and its lists are long. So only one
# worker reads them, and each minute only what is new; with the hourly comparison, a day and more.
_SECONDS_BETWEEN_BOOKS = 60.0
_SECONDS_BETWEEN_LOOKS = 3600.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One thread's work: true where something was done, so that it looks again at once."""

    name: str
    work: Callable[[], bool]
    # What it does when the process is asked to end.
    end: Callable[[], None] = lambda: None
    pause_seconds: float = _SECONDS_IDLE


def run_worker(app: Flask, stop: threading.Event) -> None:
    """Move money and admit bidders until asked to stop; what is being done is finished first."""
    # It would write two lines for each call; what came of a call stands in the outbox.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    _run_lanes(app, worker_lanes(app), stop)


def run_notifier(app: Flask, stop: threading.Event) -> None:
    """Write letters until asked to stop: the one process that can open where they go."""
    opener = Opener(app.config["CONTACT_PRIVATE_KEY"])
    notifier = notifier_from(app.config)
    desk = letters.LetterDesk(notifier, opener.open, app.config["PUBLIC_URL"])
    letter_lane = Lane("letters", lambda: keep_one(("letter",), desk.deliver))
    _run_lanes(app, [letter_lane], stop)
    notifier.close()


def worker_lanes(app: Flask) -> list[Lane]:
    """The worker's lanes; without a key to the provider, only those that need none."""
    inside = [Lane("ours", lambda: sweep(app))]
    config = PaymentsConfig.from_settings(app.config)
    if not config.secret_key:
        log.warning("no key to the payment provider: cards are not served by this worker")
        return inside
    # A connection of its own for each thread.
    return [
        *inside,
        Lane("incoming", partial(serve_incoming, _provider(config))),
        _refund_lane(app, config),
        Lane("polls", partial(serve_polls, _provider(config))),
        _in_turn("provider's books", _SECONDS_BETWEEN_BOOKS, _reader(_provider(config))),
        _in_turn("reconcile", _SECONDS_BETWEEN_LOOKS, _comparer(_provider(config))),
    ]


def _refund_lane(app: Flask, config: PaymentsConfig) -> Lane:
    """One lane, which has REFUND_LANES refunds under way at once, each with its own connection."""
    at_once = max(1, int(app.config["REFUND_LANES"]))
    desk = RefundDesk(partial(_provider, config), at_once)
    return Lane("refunds", desk.serve, end=desk.close)


def sweep(app: Flask) -> bool:
    """What is found in the data itself, and needs nobody outside."""
    drain = partial(sweeps.drain_leftovers, engine_for("closer"), announcer(app).tell)
    steps: tuple[Callable[[], int], ...] = (
        bank.match_new_entries,
        suspense.settle_decided,
        deposits.admit_the_held,
        drain,
        deposits.return_the_refused,
        deposits.cancel_the_unpaid,
        settlement.settle_what_is_covered,
        settlement.keep_lost_deposits,
        revocations.return_money,
        approvals.return_money,
        disputes.cover_lost,
        further_sums.tell_takers,
    )
    done = [_survived(step) for step in steps]
    return any(done)


def _survived(step: Callable[[], int]) -> bool:
    """A step that fails does not hold up the ones after it."""
    try:
        return step() > 0
    except Exception:
        log.exception("a sweep failed; it is tried again")
        return False


def serve_incoming(provider: checkouts.Provider) -> bool:
    """Look into one hint, or open or withdraw one offer."""

    def deliver(claim: Claim) -> None:
        if claim.kind == "checkout":
            checkouts.deliver_checkout(provider, claim)
        else:
            webhooks.look_into_hint(provider, claim)

    return keep_one(("provider_event", "checkout"), _patient(deliver))


def serve_polls(provider: checkouts.Provider) -> bool:
    return checkouts.poll_open_offers(provider) > 0


def _reader(provider: checkouts.Provider) -> Callable[[], object]:
    return lambda: provider_books.read_provider_books(provider, news_only=True)


def _comparer(provider: checkouts.Provider) -> Callable[[], object]:
    """With the provider as well as the bank."""
    return lambda: reconciliation.reconcile(datetime.now(UTC).date(), provider)


def _in_turn(name: str, seconds: float, work: Callable[[], object]) -> Lane:
    """Work that is done now and then, and by one of all the workers."""

    def now_and_then() -> bool:
        if is_our_turn(name, seconds):
            work()
        return False

    return Lane(name, now_and_then, pause_seconds=_SECONDS_BETWEEN_TURNS)


def _patient(deliver: Callable[[Claim], None]) -> Callable[[Claim], None]:
    """A provider that does not answer is asked again later; nothing is given up because of it."""

    def delivered(claim: Claim) -> None:
        try:
            deliver(claim)
        except PaymentsUnavailable as unavailable:
            raise NotYet(str(unavailable)) from unavailable

    return delivered


def _provider(config: PaymentsConfig) -> checkouts.Provider:
    return checkouts.Provider(Payments(config), live=config.live)


def _run_lanes(app: Flask, chosen: Sequence[Lane], stop: threading.Event) -> None:
    threads = [
        threading.Thread(target=_drive, args=(app, lane, stop), name=lane.name) for lane in chosen
    ]
    for thread in threads:
        thread.start()
    log.info("working in lanes: %s", ", ".join(lane.name for lane in chosen))
    stop.wait()
    for thread in threads:
        thread.join()


def _drive(app: Flask, lane: Lane, stop: threading.Event) -> None:
    with app.app_context():
        while not stop.is_set():
            stop.wait(_look(lane, lane.work))
        _look(lane, lane.end)


def _look(lane: Lane, work: Callable[[], bool | None]) -> float:
    """Let a lane work once; how many seconds it then pauses."""
    try:
        return 0.0 if work() else lane.pause_seconds
    except PaymentsUnavailable as unavailable:
        log.warning("the lane %s waits for the provider: %s", lane.name, unavailable)
    except Exception:
        log.exception("the lane %s stumbled; it goes on", lane.name)
    finally:
        # Each look starts from what is in the database now.
        db.session.remove()
    return _SECONDS_AFTER_TROUBLE
