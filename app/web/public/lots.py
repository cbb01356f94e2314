"""Find a sale, and everything about one: lot, announcement, result, watching it live (RULE-A2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from app.db import engine_for
from app.gateways.clock import legal_now
from app.queries import public_lots as queries
from app.queries.public_lots import Wanted
from app.web.moved_end import moved_by
from app.web.page import chosen_language, follow_court_clock
from app.web.pictures import picture_address
from app.web.public.blueprint import bp
from app.web.public.reading import public_reads
from app.web.public.words import (
    AUTHORITIES,
    METHODS,
    NOTICES,
    PHASES,
    SORTS,
    UNDOING,
    notice_words,
)
from app.web.sale_words import CATEGORIES, ROUNDS, WARNINGS, shown_state


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "category_names": CATEGORIES,
        "phase_names": PHASES,
        "round_names": ROUNDS,
        "method_names": METHODS,
        "warning_words": WARNINGS,
        "notice_names": NOTICES,
        "notice_words": notice_words,
        "undoing": UNDOING,
        "in_language": in_language,
        "shown_state": shown_state,
    }


@bp.get("/")
def home() -> str:
    wanted = _wanted()
    with public_reads() as connection:
        found = queries.search(connection, wanted)
        offered = queries.choices(connection, wanted.region)
    return render_template(
        "public/home.html",
        lots=[card(row) for row in found.lots],
        found=found,
        wanted=wanted,
        sorts=SORTS,
        **offered,
        page_url=lambda after: f"{request.path}?{urlencode(_arguments(after=after))}",
    )


@bp.get("/sales/<sale>")
def lot(sale: str) -> str:
    with public_reads() as connection:
        row, now = _lot_row(connection, sale)
        return render_template(
            "public/lot.html",
            row=row,
            now=now,
            about=row.announcement,
            pictures=[{"url": picture_url(row), "alt": in_language(row.title, row.title_zh)}],
            rounds=queries.rounds_of(connection, row.lot_public_id),
            bids=queries.bids_of(connection, row.sale_id, limit=10),
            documents=queries.documents_of(connection, row.sale_id),
            notices=queries.notices(connection, sale_id=row.sale_id),
            stop=stop_of(row),
        )


@bp.get("/sales/<sale>/live")
def live(sale: str) -> str:
    """Watch a sale: the bid room without a place to bid."""
    with engine_for("public").connect() as connection:
        row, now = _lot_row(connection, sale)
        bids = queries.bids_of(connection, row.sale_id)
    return render_template("public/live.html", row=row, sale=room_of(row, bids), now=now)


@bp.get("/sales/<sale>/announcement")
def announcement(sale: str) -> str:
    with public_reads() as connection:
        row, _now = _lot_row(connection, sale)
    text = queries.announcement_text(row.announcement)
    return render_template(
        "public/announcement.html", row=row, about=row.announcement, announcement_text=text
    )


@bp.get("/sales/<sale>/result")
def result(sale: str) -> str:
    with public_reads() as connection:
        row, _now = _lot_row(connection, sale)
        outcome = queries.outcome_of(connection, row.sale_id)
        if outcome is None:
            abort(404)
        return render_template(
            "public/result.html",
            row=row,
            outcome=outcome,
            bids=queries.bids_of(connection, row.sale_id, limit=1000),
            documents=queries.documents_of(connection, row.sale_id),
            rounds=queries.rounds_of(connection, row.lot_public_id),
            notices=queries.notices(connection, sale_id=row.sale_id),
        )


@bp.get("/documents/<document>")
def document(document: str) -> str:
    with public_reads() as connection:
        found = queries.document(connection, document)
    if found is None:
        abort(404)
    return render_template("public/document.html", document=found)


@bp.get("/notices")
def notices() -> str:
    with public_reads() as connection:
        return render_template("public/notices.html", notices=queries.notices(connection))


def in_language(english: str, chinese: str) -> str:
    """The text in the page's language, or in the one it was written in."""
    if chosen_language() == "zh":
        return chinese or english
    return english or chinese


def picture_url(row: Row[Any]) -> str:
    return picture_address(row.picture, row.category)


def card(row: Row[Any]) -> dict[str, Any]:
    """A lot as the list shows it."""
    return {
        "url": url_for("public.lot", sale=row.public_id),
        "title": in_language(row.title, row.title_zh),
        "picture_url": picture_url(row),
        "picture_alt": "",
        "court_name": in_language(row.name_en, row.name_zh),
        "place": row.region,
        "state": shown_state(row.phase, row.extensions),
        "bids": row.bids,
        "price_minor": row.price if row.price is not None else row.starting_price,
        "currency": row.currency,
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "round_name": ROUNDS[row.round],
    }


def room_of(row: Row[Any], bids: Any) -> dict[str, Any]:
    """A sale as the room's components read it; bidders' pages add their own code to it."""
    return {
        "id": row.public_id,
        "lot_title": in_language(row.title, row.title_zh),
        "court_name": in_language(row.name_en, row.name_zh),
        "snapshot_url": url_for("public.snapshot", sale=row.public_id),
        "status": row.status,
        "seq": row.accepted,
        "bid_count": row.accepted,
        "bids": bids,
        "standing": None,
        "my_code": None,
        "currency": row.currency,
        "price_minor": row.leading_price,
        "starting_price_minor": row.starting_price,
        "leader": row.leader_code,
        "opens_at": row.opens_at,
        "closes_at": row.ends_at,
        "extensions": row.extensions,
        "moved_by": moved_by(bids, row.ends_at, row.extensions),
        "stop": stop_of(row),
        "pictures": [{"url": picture_url(row), "alt": in_language(row.title, row.title_zh)}],
    }


def stop_of(row: Row[Any]) -> dict[str, Any] | None:
    """Why bidding does not go on, and what becomes of bids and deposits (pages.md, suspended)."""
    if row.status == "suspended":
        return _stop(
            _("This sale is suspended"),
            row.stay_reason,
            row.stayed_by,
            row.stayed_from,
            bids=_("All bids stay as they are. Nobody can bid now."),
            deposit=_("Deposits stay safe with the court."),
            news=_("The new end is published here before bidding goes on, to all at once."),
        )
    if row.status == "withdrawn" and row.withdrawn_at is not None:
        return _stop(
            _("This sale is withdrawn"),
            row.withdrawal_reason,
            "court",
            row.withdrawn_at,
            bids=_("No bid counts any more."),
            deposit=_("Every deposit is returned within 24 hours."),
            news=None,
            final=True,
        )
    return None


def _stop(
    heading: str,
    reason: str | None,
    by: str | None,
    since: datetime,
    *,
    bids: str,
    deposit: str,
    news: str | None,
    final: bool = False,
) -> dict[str, Any]:
    return {
        "heading": heading,
        "reason": reason or "",
        "by": AUTHORITIES.get(by or "court", by),
        "since": since,
        "bids": bids,
        "deposit": deposit,
        "news": news,
        "final": final,
    }


def _lot_row(connection: Connection, sale: str) -> tuple[Row[Any], datetime]:
    """The sale and its court's legal time, by which the page tells its moments."""
    row = queries.lot_page(connection, sale)
    if row is None:
        abort(404)
    now = legal_now(connection, row.court_id)
    follow_court_clock(row.timezone, now)
    return row, now


def _wanted() -> Wanted:
    given = request.args
    return Wanted(
        words=given.get("q", "")[:100],
        category=given.get("category", "") if given.get("category") in CATEGORIES else "",
        court=given.get("court", "")[:16],
        region=given.get("region", "")[:100],
        phase=given.get("phase", "") if given.get("phase") in PHASES else "",
        sort=given.get("sort", "ending") if given.get("sort") in SORTS else "ending",
        after=given.get("after", "")[:80],
    )


def _arguments(**changed: Any) -> dict[str, Any]:
    """The address's own, changed; what is empty is left out."""
    return {name: value for name, value in {**request.args.to_dict(), **changed}.items() if value}
