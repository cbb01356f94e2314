"""One of everything, twice: what the matrix of rights puts into addresses.

A new route whose address names a thing that is here needs nothing. Otherwise add a builder to
`OBJECTS` under the name of the parameter, or to `SPECIAL` where one name means several things.
A builder gets a side (a court and its people) and gives what stands in the address.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from app.models.cases import ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.courts import COURT_ROLES, Proposal, StaffInvitation
from app.models.journal import Entry, enter_arrivals
from app.models.money import BankCredit, BankStatement, PaymentFile, SuspenseItem
from app.models.objections import Objection, Revocation
from app.models.plans import Plan, PlanService
from app.models.pricing import PricingObjection, PricingProcedure, PricingStep
from app.models.qualification import ExclusionRecord, QualificationRecord
from app.models.reconciliation import OpenItem
from app.models.records import DocumentRecord, OutboxItem
from app.models.rounds import InKindInquiry, Taking
from app.models.sales import PriorityClaim, ProxyRequest
from app.models.stopping import Bankruptcy, DebtorPayment
from tests.staff import appoint
from tests.world import NOON, World


@dataclass
class Side:
    """A court, one of everything in it, and everybody who has to do with it."""

    world: World
    court_id: int
    sale_id: int
    creditor: int
    debtor: int
    bidder: int
    staff: int
    by_role: dict[str, int]
    bid_key: uuid.UUID
    made: dict[Any, str] = field(default_factory=dict)

    def one(self, sql: str, *values: Any) -> Any:
        return self.world.rows(sql, *values)[0][0]

    def public_id(self, table: str, number: int) -> str:
        return str(self.one(f"SELECT public_id FROM {table} WHERE id = %s", number))

    @property
    def case_id(self) -> int:
        return int(
            self.one(
                "SELECT l.case_id FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
                self.sale_id,
            )
        )

    def add(self, row: Any) -> Any:
        with self.world.session() as session:
            session.add(row)
            session.commit()
            return row

    def make(self, row: Any, **given: Any) -> str:
        """A row of this court's, about its case and its sale where such a row names them."""
        named = {
            "public_id": new_public_id(),
            "court_id": self.court_id,
            "case_id": self.case_id,
            "sale_id": self.sale_id,
        }
        columns = row.__table__.columns
        about = {name: value for name, value in named.items() if name in columns}
        return str(self.add(row(**about | given)).public_id)

    def value(self, endpoint: str, parameter: str) -> str | None:
        """What stands for `parameter` in the address of `endpoint`; made once."""
        build = SPECIAL.get((endpoint, parameter)) or OBJECTS.get(parameter)
        if build is None:
            return None
        if build not in self.made:
            self.made[build] = build(self)
        return self.made[build]


def a_side(world: World) -> Side:
    """A court with a running sale, somebody who bids, a creditor, a debtor and staff."""
    court_id = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court_id)
    bidder = world.person("Bidder", phone="1", id_number="1", address="1")
    registration = world.bidder(sale_id, f"B{court_id % 1000}", person_id=bidder)
    staff = appoint(world, court_id, world.person("Staff"), *COURT_ROLES)
    by_role = {role: appoint(world, court_id, world.person(role), role) for role in COURT_ROLES}
    side = Side(
        world,
        court_id,
        sale_id,
        creditor=world.person("Creditor"),
        debtor=world.person("Debtor"),
        bidder=bidder,
        staff=staff,
        by_role=by_role,
        bid_key=uuid.uuid4(),
    )
    for role, person in (("creditor", side.creditor), ("debtor", side.debtor)):
        side.add(
            Party(court_id=court_id, case_id=side.case_id, role=role, name=role, person_id=person)
        )
    bid = Entry(sale_id, "bid", side.bid_key, registration_id=registration, amount=70_000_000)
    with world.session() as session:
        enter_arrivals(session, [bid])
        session.commit()
    return side


def _party(side: Side) -> int:
    return int(side.one("SELECT id FROM parties WHERE person_id = %s", side.creditor))


def _claim(side: Side) -> str:
    return side.make(
        ClaimRecord,
        party_id=_party(side),
        claim_class="ordinary",
        amount=1_000_000,
        currency="CNY",
        ground="judgment",
        filed_on=date(2026, 1, 5),
    )


def _plan(side: Side) -> str:
    plan = side.add(
        Plan(
            public_id=new_public_id(),
            court_id=side.court_id,
            case_id=side.case_id,
            sale_id=side.sale_id,
            state="served",
            currency="CNY",
            pool=0,
            request={},
            result={},
            drafted_by=side.staff,
            served_at=NOON,
        )
    )
    side.add(
        PlanService(
            court_id=side.court_id,
            plan_id=plan.id,
            party_id=_party(side),
            served_at=NOON,
            objection_until=date(2026, 6, 30),
        )
    )
    return str(plan.public_id)


def _document(side: Side) -> str:
    return side.make(
        DocumentRecord,
        kind="note",
        subject=f"note-{side.court_id}",
        audience="court",
        title="A note",
        content="A note",
        sha256="0" * 64,
        made_at=NOON,
    )


def _proposal(side: Side, kind: str, payload: str, court_id: int | None) -> str:
    return side.make(
        Proposal,
        court_id=court_id,
        kind=kind,
        subject=f"{kind}-{side.court_id}",
        payload=payload,
        payload_hash=hashlib.sha256(payload.encode()).hexdigest(),
        proposed_by=side.by_role["president"],
    )


def _people_proposal(side: Side, capacity: str) -> str:
    court = side.public_id("courts", side.court_id)
    payload = (
        f'{{"as":"{capacity}","court":"{court}","email":"{capacity}@court.example","role":"judge"}}'
    )
    kind = "invite" if capacity == "president" else "end_all_roles"
    return _proposal(side, kind, payload, side.court_id)


def _court_proposal(side: Side) -> str:
    facts = (
        '{"account_bank":"B","account_name":"N","account_number":"1","contact":"c",'
        f'"is_rehearsal":false,"name_en":"Court {side.court_id} to be","name_zh":"法院",'
        '"region":"r","rule_family":"cn","timezone":"Asia/Shanghai"}'
    )
    return _proposal(side, "open_court", facts, None)


def _invitation(side: Side) -> str:
    return side.make(
        StaffInvitation,
        email=f"invited{side.court_id}@court.example",
        role="judge",
        token_hash=uuid.uuid4().bytes,
        invited_by=side.staff,
        approved_by=side.by_role["president"],
        expires_at=NOON + timedelta(days=9999),
    )


def _open_item(side: Side) -> str:
    return _an_item(side, side.court_id)


def _platform_item(side: Side) -> str:
    return _an_item(side, None)


def _an_item(side: Side, court_id: int | None) -> str:
    return side.make(
        OpenItem,
        court_id=court_id,
        kind="bank_debit",
        subject=f"debit:{new_public_id()}",
        ours=0,
        theirs=100,
        currency="CNY",
        since=NOON,
        due_at=NOON,
    )


def _suspense_item(side: Side) -> str:
    statement = side.add(
        BankStatement(
            court_id=side.court_id,
            sha256=hashlib.sha256(str(side.court_id).encode()).hexdigest(),
            name="statement.xml",
            message_id="M1",
            entries=1,
        )
    )
    credit = side.add(
        BankCredit(
            court_id=side.court_id,
            statement_id=statement.id,
            entry_reference="E1",
            amount=100,
            currency="CNY",
            value_on=date(2026, 5, 26),
            reference="thanks",
            sealed_payer=b"",
            state="suspense",
        )
    )
    return side.make(
        SuspenseItem,
        bank_credit_id=credit.id,
        amount=100,
        currency="CNY",
        reason="reference_unknown",
        since=NOON,
        due_at=NOON + timedelta(days=5),
    )


def _payment_file(side: Side) -> str:
    return side.make(
        PaymentFile,
        message_id=f"M{side.court_id}",
        sha256="0" * 64,
        content="<Document/>",
        payments=0,
        total=0,
        currency="CNY",
    )


def _proxy_request(side: Side) -> str:
    return side.make(
        ProxyRequest,
        person_id=side.bidder,
        principal_name="Principal",
        principal_id_number="E12345678",
        authority="power of attorney",
    )


def _priority_claim(side: Side) -> str:
    return side.make(
        PriorityClaim,
        person_id=side.debtor,
        ground="co-owner",
    )


def _qualification(side: Side) -> str:
    """What a sale asked when it was a draft; its trigger looks away for a builder alone."""
    asked = QualificationRecord(
        public_id=new_public_id(),
        court_id=side.court_id,
        sale_id=side.sale_id,
        kind="licence",
        asks="I hold a licence.",
        consequence="No ruling is made.",
        added_by=side.staff,
    )
    with side.world.session() as session:
        session.execute(text("SET session_replication_role = replica"))
        session.add(asked)
        session.commit()
        session.execute(text("SET session_replication_role = DEFAULT"))
        session.commit()
    return asked.public_id


def _exclusion(side: Side) -> str:
    return side.make(
        ExclusionRecord,
        person_index=uuid.uuid4().bytes,
        name="Listed",
        ground="auxiliary",
        entered_at=NOON - timedelta(days=9),
    )


def _pricing(side: Side) -> PricingProcedure:
    """One for the asset, with a side's price: made once, whoever asks for it first."""
    asset = side.one("SELECT id FROM assets WHERE case_id = %s", side.case_id)
    with side.world.session() as session:
        found = session.query(PricingProcedure).filter_by(asset_id=asset).one_or_none()
    if found is not None:
        return found
    row = side.add(
        PricingProcedure(
            public_id=new_public_id(),
            court_id=side.court_id,
            case_id=side.case_id,
            asset_id=asset,
            currency="CNY",
            state="agreement",
            method="agreement",
            started_on=date(2026, 5, 1),
        )
    )
    side.add(
        PricingStep(
            public_id=new_public_id(),
            court_id=side.court_id,
            procedure_id=row.id,
            kind="begun",
            method="agreement",
            happened_on=row.started_on,
            note="first_in_order",
        )
    )
    return row


def _pricing_objection(side: Side) -> str:
    return side.make(
        PricingObjection,
        procedure_id=_pricing(side).id,
        party_id=_party(side),
        ground="fraud",
        hearing="supervision",
        raised_on=date(2026, 5, 2),
        moved_on=date(2026, 5, 2),
        state="filed",
    )


def _promise(side: Side) -> str:
    return side.make(
        OutboxItem,
        kind="letter",
        key=f"letter:matrix:{side.court_id}",
        payload={"message": "x", "params": {}, "person_id": side.creditor},
    )


def _session_handle(side: Side) -> str:
    return str(
        side.one(
            "SELECT left(encode(id_hash, 'hex'), 20) FROM identity.sessions"
            " WHERE person_id = %s ORDER BY started_at DESC LIMIT 1",
            side.staff,
        )
    )


def _debtor_payment(side: Side) -> str:
    return side.make(
        DebtorPayment,
        amount=1,
        currency="CNY",
        reference="receipt 1",
        received_at=NOON,
        asked_at=NOON,
        debts=2,
        costs=0,
        recorded_by=side.by_role["clerk"],
        recorded_at=NOON,
    )


def _bankruptcy(side: Side) -> str:
    return side.make(
        Bankruptcy,
        reference="(2026) B 1",
        accepted_on=date(2026, 5, 1),
        state="lifted",
        recorded_by=side.staff,
        recorded_at=NOON,
        ended_at=NOON,
    )


def _ask_in_kind(side: Side) -> None:
    """Creditors asked whether they take the property in kind; the creditor's claim is admitted."""
    if (_inquiry, "row") not in side.made:
        claim = side.add(
            ClaimRecord(
                public_id=new_public_id(),
                court_id=side.court_id,
                case_id=side.case_id,
                party_id=_party(side),
                claim_class="ordinary",
                amount=1_000_000,
                currency="CNY",
                ground="judgment",
                filed_on=date(2026, 1, 5),
                state="admitted",
                admitted_amount=1_000_000,
            )
        )
        inquiry = side.add(
            InKindInquiry(
                public_id=new_public_id(),
                court_id=side.court_id,
                case_id=side.case_id,
                sale_id=side.sale_id,
                price=70_000_000,
                currency="CNY",
                seed="0" * 64,
                asked_at=NOON,
                answer_by=date(2026, 6, 5),
                asked_by=side.staff,
                state="ordered",
                places=[{"claim": claim.public_id, "rank": 1, "ticket": None}],
                drawn_at=NOON,
                drawn_by=side.staff,
            )
        )
        taking = side.add(
            Taking(
                public_id=new_public_id(),
                court_id=side.court_id,
                case_id=side.case_id,
                sale_id=side.sale_id,
                inquiry_id=inquiry.id,
                claim_id=claim.id,
                party_id=_party(side),
                price=70_000_000,
                due_to_taker=0,
                difference=70_000_000,
                currency="CNY",
                pay_by=date(2026, 6, 30),
                state="awaiting_difference",
                recorded_by=side.staff,
                recorded_at=NOON,
            )
        )
        side.made[_inquiry, "row"] = inquiry.public_id
        side.made[_taking, "row"] = taking.public_id


def _inquiry(side: Side) -> str:
    _ask_in_kind(side)
    return side.made[_inquiry, "row"]


def _taking(side: Side) -> str:
    _ask_in_kind(side)
    return side.made[_taking, "row"]


def _objection(side: Side) -> str:
    return side.make(
        Objection,
        kind="conduct",
        person_id=side.creditor,
        name="Creditor",
        grounds="The pictures show another flat.",
        filed_at=NOON,
    )


def _revocation(side: Side) -> str:
    return side.make(
        Revocation,
        ground="procedure",
        person_id=side.creditor,
        name="Creditor",
        grounds="Nobody was told.",
        requested_at=NOON,
    )


Builder = Callable[[Side], str]

OBJECTS: dict[str, Builder] = {
    "court": lambda side: side.public_id("courts", side.court_id),
    "sale": lambda side: side.public_id("sales", side.sale_id),
    "case": lambda side: side.public_id("cases", side.case_id),
    "asset": lambda side: str(
        side.one("SELECT public_id FROM assets WHERE case_id = %s", side.case_id)
    ),
    "party": lambda side: side.public_id("parties", _party(side)),
    "claim": _claim,
    "proxy": _proxy_request,
    "qualification": _qualification,
    "entry": _exclusion,
    "plan": _plan,
    "pricing": lambda side: str(_pricing(side).public_id),
    "pricing_objection": _pricing_objection,
    "document": _document,
    "person": lambda side: side.public_id("identity.people", side.by_role["clerk"]),
    "proposal": lambda side: _people_proposal(side, "president"),
    "invitation": _invitation,
    "item": _suspense_item,
    "open_item": _open_item,
    "file": _payment_file,
    "bid": lambda side: str(side.bid_key),
    "handle": _session_handle,
    "inquiry": _inquiry,
    "taking": _taking,
    "objection": _objection,
    "revocation": _revocation,
    "payment": _debtor_payment,
    "bankruptcy": _bankruptcy,
}

# Where a parameter of the same name means something else.
SPECIAL: dict[tuple[str, str], Builder] = {
    ("court.decide_priority", "claim"): _priority_claim,
    ("operator.court_proposal", "proposal"): _court_proposal,
    ("operator.person_proposal", "proposal"): lambda side: _people_proposal(side, "operator"),
    ("operator.platform_item", "open_item"): _platform_item,
    ("operator.explain_platform_item", "open_item"): _platform_item,
    ("operator.decide_platform_item", "open_item"): _platform_item,
    ("operator.promise", "item"): _promise,
    ("operator.retry", "item"): _promise,
    ("operator.park", "item"): _promise,
}

# Parameters that choose among things that are the same for everybody.
NO_OBJECTS = frozenset({"way", "kind", "token", "path", "day"})

# Things that everybody with an account may name: what is theirs in them is looked up by person.
PUBLIC_THINGS = {"bidder": frozenset({"sale"}), "creditor": frozenset({"sale"})}

# Pages that others than the owner may see, with the reason.
ALSO_SEEN_BY: dict[str, set[str]] = {
    # Every party to the case is served the plan.
    "creditor.plan": {"debtor"},
    "creditor.plan_file": {"debtor"},
    "creditor.object_to": {"debtor"},
}

# Own things that are there only when more has happened; that they are hidden from others is
# tested all the same.
NEEDS_MORE: dict[str, str] = {
    "court.preview": "an announcement as the court writes it",
    "court.evidence": "a sale that was made",
    "court.publication": "an announcement as the court writes it",
    "creditor.plan": "a plan as the engine makes it",
    "bidder.open_card": "a card payment under way",
    "bidder.open_card_rest": "a card payment under way",
    "bidder.paid_rest": "a sale that was won",
    "bidder.won": "a sale that was won",
    "bidder.transfer_deposit": "a deposit that is awaited by transfer",
    "bidder.receipt_file": "a bid that was decided",
}
