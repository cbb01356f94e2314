"""What the finance desk has to do next, each with its day: the top of its page.

Read off what the page shows below, so that nothing is asked of the database twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from app.queries import finance as queries
from app.queries.court_transfers import Between
from app.queries.reconciliation import Item
from app.web.court.frame import here
from app.web.formats import money
from app.web.page import chosen_language


@dataclass(frozen=True, slots=True)
class Task:
    """One act; `due_at` is legal time, and None where only people wait for it."""

    title: str
    url: str
    due_at: datetime | None
    who: str
    is_late: bool = False


def tasks_of(
    *,
    me: int,
    now: datetime,
    waiting: Sequence[queries.Waiting],
    proposed: Sequence[queries.Proposed],
    going_back: Sequence[queries.GoingBack],
    owed: Sequence[queries.Owed],
    lost: Sequence[queries.Lost],
    between: Sequence[Between],
    differing: Sequence[Item],
) -> list[Task]:
    """The most urgent first."""
    tasks = [
        *_proposals(proposed, waiting, me),
        *_suspense(waiting, {one.content["item"] for one in proposed}),
        *_bank_refunds(going_back),
        *_transfers(between),
        *_late_prices(owed),
        *_lost_deposits(lost),
        *_differences(differing, now),
    ]
    return sorted(tasks, key=lambda task: (task.due_at is None, task.due_at or now))


def _proposals(
    proposed: Sequence[queries.Proposed], waiting: Sequence[queries.Waiting], me: int
) -> list[Task]:
    due = {one.item.public_id: one for one in waiting}
    tasks = []
    for one in proposed:
        item = due.get(one.content["item"])
        sum_ = _money(one.content["amount"], one.content["currency"])
        is_mine = one.proposal.proposed_by == me
        text = _("Wait for a colleague's word on %(amount)s", amount=sum_)
        if not is_mine:
            text = _("Agree or not with the place for %(amount)s", amount=sum_)
        tasks.append(
            Task(
                text,
                here("suspense_item", item=one.content["item"]),
                item.item.due_at if item else None,
                _("A colleague") if is_mine else _("You, or another of the desk"),
            )
        )
    return tasks


def _suspense(waiting: Sequence[queries.Waiting], proposed: set[str]) -> list[Task]:
    return [
        Task(
            _(
                "Give %(amount)s a place, or send it back",
                amount=_money(one.item.amount, one.item.currency),
            ),
            here("suspense_item", item=one.item.public_id),
            one.item.due_at,
            one.owner or _("The finance desk"),
            one.is_late,
        )
        for one in waiting
        if one.item.state == "open" and one.item.public_id not in proposed
    ]


def _bank_refunds(going_back: Sequence[queries.GoingBack]) -> list[Task]:
    """What waits for a payment file, and what waits for the bank's word about one."""
    by_bank = [one for one in going_back if one.refund.channel == "bank"]
    due = [one for one in by_bank if one.refund.state == "due"]
    sent = [one for one in by_bank if one.refund.state == "sent"]
    tasks = []
    if due:
        text = ngettext(
            "Make the payment file: %(num)s refund waits for it",
            "Make the payment file: %(num)s refunds wait for it",
            len(due),
        )
        tasks.append(_with_bank(text, due, "payments"))
    if sent:
        text = ngettext(
            "Take in what the bank says of %(num)s refund that it was told to pay",
            "Take in what the bank says of %(num)s refunds that it was told to pay",
            len(sent),
        )
        tasks.append(_with_bank(text, sent, "statements"))
    return tasks


def _with_bank(text: str, ones: Sequence[queries.GoingBack], anchor: str) -> Task:
    first = min(ones, key=lambda one: one.refund.due_at)
    return Task(
        text,
        here("finance", _anchor=anchor),
        first.refund.due_at,
        _("The finance desk"),
        first.is_late,
    )


def _transfers(between: Sequence[Between]) -> list[Task]:
    """Another court's money that is still with us, and nobody has told the bank to pay."""
    tasks = []
    for one in between:
        if not one.we_pay or one.step == "ordered":
            continue
        sum_ = _money(one.transfer.amount, one.transfer.currency)
        if one.step == "due":
            text = _("Make the payment file: another court's %(amount)s waits for it", amount=sum_)
            anchor = "payments"
        elif one.step == "perhaps_paid":
            text = _("Find out whether a debit has paid another court's %(amount)s", amount=sum_)
            anchor = "between"
        else:
            text = _("Find out why another court's %(amount)s came back", amount=sum_)
            anchor = "between"
        url = here("finance", _anchor=anchor)
        tasks.append(Task(text, url, None, _("The finance desk")))
    return tasks


def _late_prices(owed: Sequence[queries.Owed]) -> list[Task]:
    return [
        Task(
            _(
                "Decide what follows: %(amount)s of a price did not come",
                amount=_money(one.balance, one.settlement.currency),
            ),
            here("after", sale=one.sale.public_id),
            one.due_at,
            _("A judge"),
            is_late=True,
        )
        for one in owed
        if one.is_late
    ]


def _lost_deposits(lost: Sequence[queries.Lost]) -> list[Task]:
    return [
        Task(
            _(
                "Use the lost deposit of %(amount)s: the resale is paid",
                amount=_money(one.forfeiture.amount, one.forfeiture.currency),
            ),
            here("finance", _anchor="lost"),
            None,
            _("A judge"),
        )
        for one in lost
        if one.forfeiture.state != "used" and one.resale is not None
    ]


def _differences(differing: Sequence[Item], now: datetime) -> list[Task]:
    if not differing:
        return []
    text = ngettext(
        "Explain %(num)s difference between the books and the outside",
        "Explain %(num)s differences between the books and the outside",
        len(differing),
    )
    first = min(one.item.due_at for one in differing)
    return [Task(text, here("open_items"), first, _("The finance desk"), now > first)]


def _money(amount: int, currency: str) -> str:
    return money(amount, currency, chosen_language())
