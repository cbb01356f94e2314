"""When each event is to be delivered, and how often: the script of webhook faults (FAULT-F27)."""

import math
from typing import Any

from deploy.local.outside.stripe.store import Store

# After a failed delivery we try again after so many seconds; when they are used up we give up.
RETRY_AFTER_SECONDS = [1, 2, 5, 15, 60, 300, 1800, 7200]

# No fault: at once, once, in order.
NO_FAULTS: dict[str, Any] = {
    "delay_seconds": 0,
    "duplicates": 0,
    "order": "in_order",
    "window_seconds": 1.0,
    "drop": [],
    "hold": False,
}


def endpoint(store: Store) -> dict[str, Any] | None:
    """Where events go and what they are signed with; nobody listens until one is set."""
    return store.setting("webhook", None)


def faults(store: Store) -> dict[str, Any]:
    return {**NO_FAULTS, **store.setting("webhook_faults", {})}


def plan(store: Store, event: dict[str, Any], now: float) -> None:
    """Write down every delivery of `event`, or that it will never come."""
    if endpoint(store) is None:
        return
    script = faults(store)
    state = _state(event["type"], script)
    for _ in range(1 + script["duplicates"]):
        due_at, reverse = _due(script, now)
        store.change(
            "INSERT INTO deliveries (event_id, state, due_at, rank)"
            " SELECT ?, ?, ?, ? * (1 + COALESCE(MAX(seq), 0)) FROM deliveries",
            event["id"],
            state,
            due_at,
            -1 if reverse else 1,
        )


def _state(event_type: str, script: dict[str, Any]) -> str:
    if "*" in script["drop"] or event_type in script["drop"]:
        return "dropped"
    return "held" if script["hold"] else "due"


def _due(script: dict[str, Any], now: float) -> tuple[float, bool]:
    """The moment, and whether later events of the same moment go first."""
    due_at = now + script["delay_seconds"]
    if script["order"] == "in_order":
        return due_at, False
    # Reversed: what happens within one window is delivered together, last things first.
    window = script["window_seconds"]
    return (math.floor(due_at / window) + 1) * window, True


def release(store: Store, event_ids: list[str] | None, order: str, now: float) -> int:
    """Let held deliveries go: all of them in `order`, or just these events, in the order named."""
    held = store.rows("SELECT seq, event_id FROM deliveries WHERE state = 'held' ORDER BY seq")
    chosen = [row["seq"] for row in held]
    if event_ids is not None:
        chosen = [r["seq"] for wanted in event_ids for r in held if r["event_id"] == wanted]
    elif order == "reversed":
        chosen.reverse()
    for rank, seq in enumerate(chosen):
        store.change(
            "UPDATE deliveries SET state = 'due', due_at = ?, rank = ? WHERE seq = ?",
            now,
            rank,
            seq,
        )
    return len(chosen)


def repeat(store: Store, event_id: str, now: float) -> None:
    """Deliver an event once more, whatever became of it."""
    store.change(
        "INSERT INTO deliveries (event_id, state, due_at, rank) VALUES (?, 'due', ?, 0)",
        event_id,
        now,
    )
