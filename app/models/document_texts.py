"""The words of the court's documents, Chinese first, filled from `templates/documents`.

A document is a text from the moment it is made: it is hashed, signed and served as these letters,
and does not change when a template does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.amount_words import chinese_capitals, english_words
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.courts import CourtRecord
from app.models.sales import LotRecord, SaleRecord

_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "documents"

TITLES = {
    "announcement": "拍卖公告 Announcement",
    "confirmation": "成交确认书 Confirmation of sale",
    "ruling": "拍卖成交裁定书 Ruling on the sale",
    "handover": "移交笔录 Record of handover",
    "registration_request": "协助执行通知书 Request to register",
    "default_decision": "悔拍决定书 Decision on default",
    "objection_ruling": "执行异议裁定书 Ruling on an objection",
    "revocation_ruling": "撤销网络司法拍卖裁定书 Ruling on the revocation of a sale",
    "in_kind_ruling": "以物抵债裁定书 Ruling on taking in kind",
    "return_decision": "解除查封、退还财产决定书 Decision on the return",
    "without_auction_decision": "不经拍卖处置财产决定书 Decision without an auction",
}
_ROUNDS_ZH = {"first": "第一次拍卖", "second": "第二次拍卖", "sell_off": "变卖"}
_ROUNDS_EN = {"first": "first auction", "second": "second auction", "sell_off": "sell-off"}


def title_of(kind: str, about: str) -> str:
    return f"{TITLES[kind]}: {about}"[:200]


def document_text(session: Session, kind: str, sale: SaleRecord, **facts: Any) -> str:
    """The text of a document about a sale; what is not about the sale itself comes as `facts`."""
    lot = session.get_one(LotRecord, sale.lot_id)
    return sale_text(
        kind,
        sale,
        court=session.get_one(CourtRecord, sale.court_id),
        case=session.get_one(CaseRecord, lot.case_id),
        asset=session.get_one(AssetRecord, lot.asset_id),
        parties=_parties(session, lot.case_id),
        **facts,
    )


def sale_text(
    kind: str,
    sale: SaleRecord,
    *,
    court: CourtRecord,
    case: CaseRecord,
    asset: AssetRecord,
    **facts: Any,
) -> str:
    """The same where everything is known: most documents of a closing hour name no party."""
    template = _environment(court.timezone, sale.currency).get_template(f"{kind}.txt")
    return template.render(court=court, case=case, asset=asset, sale=sale, **facts)


def asset_text(
    session: Session, kind: str, asset: AssetRecord, *, currency: str, **facts: Any
) -> str:
    """The text of a document about a thing that is not, or not now, in a sale."""
    court = session.get_one(CourtRecord, asset.court_id)
    return (
        _environment(court.timezone, currency)
        .get_template(f"{kind}.txt")
        .render(
            court=court,
            case=session.get_one(CaseRecord, asset.case_id),
            asset=asset,
            parties=_parties(session, asset.case_id),
            **facts,
        )
    )


def _parties(session: Session, case_id: int) -> dict[str, list[str]]:
    named: dict[str, list[str]] = defaultdict(list)
    for party in session.scalars(select(Party).where(Party.case_id == case_id).order_by(Party.id)):
        named[party.role].append(party.name)
    return named


@cache
def _environment(timezone: str, currency: str) -> Environment:
    """Kept, with the templates that it has read: reading one takes longer than filling it."""
    zone = ZoneInfo(timezone)
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  (plain text, escaped where a page shows it)
        keep_trailing_newline=True,
    )
    environment.filters.update(
        money=lambda minor: _money(minor, currency),
        capitals=lambda minor: _capitals(minor, currency),
        words_en=lambda minor: english_words(minor, currency),
        moment_zh=lambda at: _moment_zh(at, zone),
        moment_en=lambda at: _moment_en(at, zone),
        round_zh=lambda name: _ROUNDS_ZH[name],
        round_en=lambda name: _ROUNDS_EN[name],
        names=_names,
    )
    return environment


def _money(minor: int, currency: str) -> str:
    written = f"{Decimal(minor).scaleb(-2):,.2f}"
    return f"¥{written}" if currency == "CNY" else f"{currency} {written}"


def _capitals(minor: int, currency: str) -> str:
    return chinese_capitals(minor) if currency == "CNY" else english_words(minor, currency)


def _moment_zh(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M:%S}（{_offset(local)}）"


def _moment_en(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M:%S} ({_offset(local)})"


def _offset(local: datetime) -> str:
    written = f"{local:%z}"
    return f"UTC{written[:3]}:{written[3:5]}"


def _names(names: Sequence[str]) -> str:
    return "、".join(names) if names else "–"
