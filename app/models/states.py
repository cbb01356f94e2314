"""Where every row with a state may go: what is not in these tables cannot happen (INV-A12).

PostgreSQL repeats them in triggers (migrations 0005 and later) wherever `kept_by` says so; tests
hold the two against each other, and docs/states.md is made from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.models.rounds import INQUIRY_NEXT, TAKING_NEXT
from auction_engine.pricing.methods import NEXT as PRICING_NEXT
from auction_engine.pricing.objections import OBJECTION_NEXT as PRICING_OBJECTION_NEXT
from auction_engine.sale.exclusion import NEXT as EXCLUSION_NEXT
from auction_engine.sale.objections import NEXT as OBJECTION_NEXT
from auction_engine.sale.revocation import NEXT as REVOCATION_NEXT
from auction_engine.sale.stopping import NEXT_BANKRUPTCY

Moves = Mapping[str, frozenset[str]]
"""From each state to those that may follow; none follows the last ones."""


class KeptBy(StrEnum):
    TRIGGER = "trigger"
    # Only the engine decides, and only the drain's role may write the row.
    ENGINE = "engine"
    # The one function that changes it locks the row and looks at its state first.
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class StateMachine:
    """The life of a kind of row. `begins` are the states in which it may come into being."""

    table: str
    about: str
    begins: tuple[str, ...]
    moves: Moves
    column: str = "state"
    kept_by: KeptBy = KeptBy.TRIGGER

    @property
    def pairs(self) -> frozenset[str]:
        """The moves as the trigger is given them."""
        return frozenset(f"{old}>{new}" for old, news in self.moves.items() for new in news)


def _to(*states: str) -> frozenset[str]:
    return frozenset(states)


def _as_decided(following: Mapping[StrEnum, frozenset[StrEnum]]) -> Moves:
    """The engine's own table, in the words of the column."""
    return {str(old): frozenset(map(str, news)) for old, news in following.items()}


_SALES = StateMachine(
    "sales",
    "A round of a lot. Once published its terms are frozen, and it ends or is taken back for good.",
    ("draft",),
    {
        "draft": _to("published"),
        "published": _to("ended", "withdrawn"),
        "ended": _to(),
        "withdrawn": _to(),
    },
)
_SALE_STATES = StateMachine(
    "sale_states",
    "A published sale as bidding goes: announced, open, stayed, and over once and for good.",
    ("announced",),
    {
        "announced": _to("open", "suspended", "withdrawn", "unsold"),
        "open": _to("suspended", "sold", "pending_award", "unsold", "withdrawn"),
        "suspended": _to("announced", "open", "withdrawn"),
        "pending_award": _to("sold", "unsold"),
        "sold": _to(),
        "unsold": _to(),
        "withdrawn": _to(),
    },
    column="status",
    kept_by=KeptBy.ENGINE,
)
_DEPOSITS = StateMachine(
    "deposits",
    "A deposit that is held is released, applied or forfeited, once and for good.",
    ("awaiting", "held"),
    {
        "awaiting": _to("held", "cancelled"),
        "held": _to("releasing", "applied", "forfeited"),
        "releasing": _to("released"),
        "released": _to(),
        "applied": _to(),
        "forfeited": _to(),
        "cancelled": _to(),
    },
)
_SETTLEMENTS = StateMachine(
    "settlements",
    "The price of a sold lot: paid, ruled on and handed over, or missed, undone, not approved.",
    ("awaiting_balance",),
    {
        "awaiting_balance": _to("paid", "defaulted", "revoked", "not_approved"),
        "paid": _to("ruled", "revoked", "not_approved"),
        "ruled": _to("delivered", "revoked"),
        "delivered": _to("revoked"),
        "defaulted": _to(),
        "revoked": _to(),
        "not_approved": _to(),
    },
)
_FORFEITURES = StateMachine(
    "forfeitures",
    "A lost deposit is kept until the resale, and used then.",
    ("kept",),
    {"kept": _to("used"), "used": _to()},
)
_CARD_PAYMENTS = StateMachine(
    "card_payments",
    "An offer to pay by card. The provider's word may come late, so money that came is never lost.",
    ("opening", "open"),
    {
        "opening": _to("open", "failed"),
        "open": _to("succeeded", "failed", "expired"),
        "failed": _to("open", "succeeded"),
        "expired": _to("succeeded"),
        "succeeded": _to(),
    },
)
_REFUNDS = StateMachine(
    "refunds",
    "Money going back. What the other bank sends back has failed, and becomes due again.",
    ("due",),
    {
        "due": _to("sent", "done", "failed"),
        "sent": _to("done", "failed"),
        "done": _to("failed"),
        "failed": _to("due"),
    },
)
_BANK_CREDITS = StateMachine(
    "bank_credits",
    "Money that came by the bank: matched by machine, or explained by persons.",
    ("new",),
    {
        "new": _to("matched", "suspense"),
        "suspense": _to("matched", "returned"),
        "matched": _to(),
        "returned": _to(),
    },
)
_BANK_DEBITS = StateMachine(
    "bank_debits",
    "Money that left a court's bank: a payment of ours, or somebody has to explain it.",
    ("new",),
    {"new": _to("matched", "unknown"), "matched": _to(), "unknown": _to()},
)
_SUSPENSE_ITEMS = StateMachine(
    "suspense_items",
    "Money without a place: assigned by two persons, or returned to where it came from.",
    ("open",),
    {
        "open": _to("assigning", "returning"),
        "assigning": _to("assigned", "open"),
        "returning": _to("returned", "open"),
        "assigned": _to(),
        "returned": _to(),
    },
)
_DISPUTES = StateMachine(
    "disputes",
    "A card payment that the holder's bank takes back: won, or lost for good.",
    ("open", "won", "lost"),
    {"open": _to("won", "lost"), "won": _to(), "lost": _to()},
)
_PROVIDER_PAYOUTS = StateMachine(
    "provider_payouts",
    "A court's share of what the provider pays out: booked when the bank says that it arrived.",
    ("on_its_way", "failed"),
    {"on_its_way": _to("arrived", "failed"), "arrived": _to(), "failed": _to()},
)
_OPEN_ITEMS = StateMachine(
    "open_items",
    "Where the books and the outside do not agree: open until they do, or two persons say why.",
    ("open",),
    {"open": _to("closed"), "closed": _to()},
)
_CLAIMS = StateMachine(
    "claims",
    "A creditor's claim on the proceeds: admitted, refused and filed anew, or withdrawn.",
    ("filed",),
    {
        "filed": _to("admitted", "refused", "withdrawn"),
        "refused": _to("filed"),
        "admitted": _to(),
        "withdrawn": _to(),
    },
)
_PLANS = StateMachine(
    "plans",
    "A plan of distribution is served before it is final; a new version replaces it until then.",
    ("draft",),
    {
        "draft": _to("served", "replaced"),
        "served": _to("final", "replaced"),
        "final": _to(),
        "replaced": _to(),
    },
)
_PAYOUTS = StateMachine(
    "payouts",
    "What a plan pays out. A payment the bank sends back is due again.",
    ("due",),
    {
        "due": _to("sent"),
        "sent": _to("paid", "failed"),
        "paid": _to("failed"),
        "failed": _to("due"),
    },
)
_PRIORITY_CLAIMS = StateMachine(
    "priority_claims",
    "A first right to buy: the court confirms it with a rank, or refuses it, once.",
    ("asked",),
    {"asked": _to("confirmed", "refused"), "confirmed": _to(), "refused": _to()},
    kept_by=KeptBy.LOCK,
)
_PROXY_REQUESTS = StateMachine(
    "proxy_requests",
    "Leave to bid for somebody else: decided once, before bidding starts.",
    ("asked",),
    {"asked": _to("confirmed", "refused"), "confirmed": _to(), "refused": _to()},
    kept_by=KeptBy.LOCK,
)
_OUTBOX = StateMachine(
    "outbox",
    "A promise to the outside is due until it is kept; a person may lay it aside and take it up.",
    ("due",),
    {"due": _to("done", "parked"), "parked": _to("due"), "done": _to()},
    kept_by=KeptBy.LOCK,
)
_CASES = StateMachine(
    "cases",
    "An enforcement case. One that has ended lists nothing new.",
    ("open",),
    {"open": _to("ended"), "ended": _to()},
    kept_by=KeptBy.LOCK,
)

_PRICING = StateMachine(
    "pricing_procedures",
    "A reference price in the making: four methods in their order, objections, and the price.",
    ("agreement", "directed_inquiry", "online_inquiry", "appraisal"),
    _as_decided(PRICING_NEXT),
)
_PRICING_OBJECTIONS = StateMachine(
    "pricing_objections",
    "An objection to a reference price; what cannot be heard is refused at once.",
    ("filed", "refused"),
    _as_decided(PRICING_OBJECTION_NEXT),
)
_EXCLUSIONS = StateMachine(
    "exclusions",
    "A ground that keeps somebody out of a lot. What was lifted is entered anew.",
    ("standing",),
    _as_decided(EXCLUSION_NEXT),
)
_OBJECTIONS = StateMachine(
    "objections",
    "An objection to conduct or to the sale of a thing: ruled on, and reviewed above.",
    ("filed",),
    _as_decided(OBJECTION_NEXT),
)
_REVOCATIONS = StateMachine(
    "revocations",
    "A request to undo a sale that was made.",
    ("requested",),
    _as_decided(REVOCATION_NEXT),
)
_DEBTOR_PAYMENTS = StateMachine(
    "debtor_payments",
    "A debtor pays in full and asks to stop the sale: the court decides once.",
    ("recorded",),
    {"recorded": _to("granted", "refused"), "granted": _to(), "refused": _to()},
)
_BANKRUPTCIES = StateMachine(
    "bankruptcies",
    "A bankruptcy stays enforcement when it is accepted, and ends it when it is declared.",
    ("accepted",),
    _as_decided(NEXT_BANKRUPTCY),
)
_INQUIRIES = StateMachine(
    "in_kind_inquiries",
    "Creditors are asked whether they take what was not sold.",
    ("asked",),
    INQUIRY_NEXT,
)
_TAKINGS = StateMachine(
    "takings",
    "A creditor takes the thing, pays what the claim lacks, and has title with the ruling.",
    ("awaiting_difference", "paid"),
    TAKING_NEXT,
)

MACHINES: Final[tuple[StateMachine, ...]] = (
    _CASES,
    _PRICING,
    _PRICING_OBJECTIONS,
    _SALES,
    _SALE_STATES,
    _PRIORITY_CLAIMS,
    _PROXY_REQUESTS,
    _EXCLUSIONS,
    _OBJECTIONS,
    _DEBTOR_PAYMENTS,
    _BANKRUPTCIES,
    _REVOCATIONS,
    _INQUIRIES,
    _TAKINGS,
    _DEPOSITS,
    _CARD_PAYMENTS,
    _SETTLEMENTS,
    _FORFEITURES,
    _REFUNDS,
    _BANK_CREDITS,
    _BANK_DEBITS,
    _SUSPENSE_ITEMS,
    _DISPUTES,
    _PROVIDER_PAYOUTS,
    _OPEN_ITEMS,
    _CLAIMS,
    _PLANS,
    _PAYOUTS,
    _OUTBOX,
)
