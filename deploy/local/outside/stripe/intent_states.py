"""The states of a payment intent, and the only ways from one to another."""

from enum import Enum, auto
from typing import Any

from deploy.local.outside.stripe.refusals import wrong_state


class Step(Enum):
    CARD_GIVEN = auto()
    HOLDER_ASKED = auto()
    TAKES_TIME = auto()
    HELD = auto()
    CAPTURED = auto()
    PAID = auto()
    DECLINED = auto()
    CANCELED = auto()


# Whatever is not in this table cannot happen.
NEXT = {
    ("requires_payment_method", Step.CARD_GIVEN): "requires_confirmation",
    ("requires_payment_method", Step.CANCELED): "canceled",
    ("requires_confirmation", Step.HOLDER_ASKED): "requires_action",
    ("requires_confirmation", Step.TAKES_TIME): "processing",
    ("requires_confirmation", Step.HELD): "requires_capture",
    ("requires_confirmation", Step.PAID): "succeeded",
    ("requires_confirmation", Step.DECLINED): "requires_payment_method",
    ("requires_confirmation", Step.CANCELED): "canceled",
    ("requires_action", Step.HOLDER_ASKED): "requires_action",
    ("requires_action", Step.TAKES_TIME): "processing",
    ("requires_action", Step.HELD): "requires_capture",
    ("requires_action", Step.PAID): "succeeded",
    ("requires_action", Step.DECLINED): "requires_payment_method",
    ("requires_action", Step.CANCELED): "canceled",
    ("processing", Step.PAID): "succeeded",
    ("processing", Step.DECLINED): "requires_payment_method",
    ("requires_capture", Step.CAPTURED): "succeeded",
    ("requires_capture", Step.CANCELED): "canceled",
}


def move(intent: dict[str, Any], step: Step) -> None:
    status = NEXT.get((intent["status"], step))
    if status is None:
        raise wrong_state(
            f"This PaymentIntent could not be changed ({step.name.lower()})"
            f" because it has a status of {intent['status']}.",
            "payment_intent_unexpected_state",
        )
    intent["status"] = status
