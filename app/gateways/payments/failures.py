"""How a call to the payment provider fails, and whether trying again can help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stripe


class PaymentsFailed(Exception):
    """Either of the two below; `trying_again_helps` tells them apart."""

    trying_again_helps: bool

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class PaymentsUnavailable(PaymentsFailed):
    """No answer, or none to trust. The work may have been done: ask again with the same key."""

    trying_again_helps = True


class PaymentRefused(PaymentsFailed):
    """The provider said no and will say no again: a person has to look."""

    trying_again_helps = False


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn the SDK's errors into the two kinds that matter."""
    try:
        yield
    except stripe.CardError as declined:
        raise PaymentRefused(declined.code or "card_error", str(declined)) from declined
    except stripe.IdempotencyError as misuse:
        raise _of_a_key(misuse) from misuse
    except stripe.InvalidRequestError as refused:
        raise PaymentRefused(refused.code or "invalid_request", str(refused)) from refused
    except (stripe.AuthenticationError, stripe.PermissionError) as locked_out:
        # A wrong key is mended by an operator; no refund may be dropped because of it.
        raise PaymentsUnavailable("not_authorised", str(locked_out)) from locked_out
    except stripe.StripeError as failure:
        raise PaymentsUnavailable(failure.code or "unavailable", str(failure)) from failure


def _of_a_key(misuse: stripe.StripeError) -> PaymentsFailed:
    if misuse.http_status == 409:
        return PaymentsUnavailable("key_in_use", str(misuse))
    return PaymentRefused("key_used_otherwise", str(misuse))
