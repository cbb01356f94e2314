"""A draft under a law without rounds, held against its rules: fixed time, deposit, days kept free.

The engine's `check` decides; what it cannot see stands here: whether texts are there, and the
value that bids are weighed against.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models.calendar_rows import calendar_of
from app.models.cases import AssetRecord, CaseRecord
from app.models.checklist_lines import CheckLine, Checklist, LineState
from app.models.courts import CourtRecord
from app.models.sales import LotRecord, SaleRecord
from auction_engine.commands.check import check
from auction_engine.documents.moments import write_moment
from auction_engine.evidence.canonical import canonical
from auction_engine.rulepacks.pack import RulePack

# What each rule of such a law is held against, in the order of the page.
_RULES = ("S0", "S1", "S2", "S4", "S6")
# Texts of the announcement that somebody has to write (LEC 646).
_TEXTS = ("description", "possession", "burdens")


def hold_against_timed_rules(
    session: Session, sale: SaleRecord, pack: RulePack, announced_at: datetime
) -> Checklist:
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    if sale.reference_price is None:
        return Checklist((CheckLine("S7", "S7", LineState.MISSING), *_texts(asset)))
    found = _violations(session, sale, lot, announced_at)
    return Checklist((*_lines(found, pack), *_texts(asset)))


def _lines(found: dict[str, dict[str, Any]], pack: RulePack) -> Iterator[CheckLine]:
    for rule in _RULES:
        violation, article = found.get(rule), pack.articles[rule]
        if violation is None:
            yield CheckLine(rule, rule, LineState.SATISFIED, article)
        else:
            given, limit = _measure(violation["given"]), _measure(violation["limit"])
            yield CheckLine(rule, rule, LineState.VIOLATED, article, given, limit)


def _texts(asset: AssetRecord) -> Iterator[CheckLine]:
    for name in _TEXTS:
        there = bool(getattr(asset, name).strip())
        state = LineState.SATISFIED if there else LineState.MISSING
        yield CheckLine("D2", name, state, "646 LEC", why="" if there else name)


def _violations(
    session: Session, sale: SaleRecord, lot: LotRecord, announced_at: datetime
) -> dict[str, dict[str, Any]]:
    court = session.get_one(CourtRecord, sale.court_id)
    offset = sale.closes_at.astimezone(ZoneInfo(court.timezone)).utcoffset() or timedelta(0)
    document = {
        "format": "sale-check/1",
        "rules": sale.rules,
        "sale": {
            "property_kind": sale.property_kind,
            "currency": sale.currency,
            "value": sale.reference_price,
            "deposit": sale.deposit,
            "announced_at": write_moment(announced_at),
            "opens_at": write_moment(sale.opens_at),
            "closes_at": write_moment(sale.closes_at),
            "proceeding_begun_on": session.get_one(CaseRecord, lot.case_id).opened_on.isoformat(),
            "utc_offset_minutes": int(offset.total_seconds()) // 60,
            "holidays": sorted(day.isoformat() for day in calendar_of(session, sale.court_id).off),
        },
    }
    answer = json.loads(check(canonical(document).encode()).text)
    return {each["rule"]: each for each in answer["violations"]}


def _measure(written: int | str) -> int | datetime | str:
    """A moment as such, so that the page writes it; money and days as they are."""
    if isinstance(written, str) and "T" in written:
        return datetime.fromisoformat(written)
    return written
