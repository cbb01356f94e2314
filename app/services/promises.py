"""Keeping promises of the outbox: claim one, keep it, or try again later. And sweeping."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import transaction
from app.models.outbox_queue import Claim, claim_due, pause_after, postpone
from app.models.turns import take_turn

log = logging.getLogger(__name__)

Deliver = Callable[[Claim], None]


class NotYet(Exception):
    """The promise cannot be kept now; in a moment it may be. The message goes to the operator."""


def keep_one(kinds: Sequence[str], deliver: Deliver) -> bool:
    """Keep the most urgent promise of these kinds; false where none is due.

    `deliver` finishes or parks the promise itself, in the transaction of its effect. A failure
    that time can mend spaces the tries out; anything unforeseen does, too, and is logged: one bad
    promise must not hold up the others.
    """
    with transaction() as session:
        claim = claim_due(session, kinds)
    if claim is None:
        return False
    try:
        deliver(claim)
    except NotYet as reason:
        _try_later(claim, str(reason))
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


def is_our_turn(name: str, seconds: float) -> bool:
    """Whether to do now what one of several processes does every so many seconds."""
    with transaction() as session:
        return take_turn(session, name, seconds)


def for_each(found: Iterable[int], act: Callable[[Session, int], object]) -> int:
    """Act on each in a transaction of its own; how many it was done for.

    One that fails is logged, stays as it is, and does not hold up the others.
    """
    done = 0
    for number in found:
        try:
            with transaction() as session:
                act(session, number)
            done += 1
        except Exception:
            log.exception("%s of %d failed; it is tried again", act.__name__, number)
    return done
