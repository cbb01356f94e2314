"""What people look at: searches, lists and lots' pages, each a whole page of the application.

Asked of the application itself in this process, one after the other: finding, putting together
and writing the page is in the figure, HTTP is not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from bench.bidding import percentile_ms

# As people ask: words in Chinese and in English, frequent and rare, alone and with what narrows.
SEARCHES: tuple[dict[str, str], ...] = (
    {"q": "住宅"},
    {"q": "深圳 住宅"},
    {"q": "港湾街"},
    {"q": "南山区人民东路"},
    {"q": "渔船"},
    {"q": "股权"},
    {"q": "翡翠 昆明"},
    {"q": "厂房", "region": "苏州高新区"},
    {"q": "House"},
    {"q": "flat shenzhen"},
    {"q": "harbour avenue 12"},
    {"q": "fishing boat dalian"},
    {"q": "volkswagen", "phase": "open"},
    {"q": "住宅", "phase": "sold"},
    {"q": "商铺", "category": "shop", "sort": "price_up"},
    {"q": "大众", "phase": "unsold", "sort": "newest"},
    {"q": "没有这样的东西"},
)
LISTS: tuple[dict[str, str], ...] = (
    {},
    {"sort": "newest"},
    {"sort": "price_up"},
    {"sort": "price_down"},
    {"category": "car"},
    {"category": "ship", "phase": "sold"},
    {"region": "苏州高新区"},
    {"region": "深圳南山区", "category": "apartment"},
    {"phase": "open", "category": "shop", "sort": "price_down"},
    {"phase": "sold", "sort": "price_up"},
    {"phase": "withdrawn"},
    {"phase": "pending_award"},
)


@dataclass(slots=True)
class Read:
    """Seconds of each page, and the slowest address of each kind."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)
    # Pages of the first round, read from a disk that nobody had read from, which took too long.
    cold_unanswered: int = 0

    def note(self, kind: str, address: str, took: float) -> None:
        self.seconds.setdefault(kind, []).append(took)
        if took > self.slowest.get(kind, (0.0, ""))[0]:
            self.slowest[kind] = (took, address)

    def p_ms(self, kind: str, share: float) -> float:
        return percentile_ms(self.seconds[kind], share)


def read_pages(client: FlaskClient, engine: Engine, *, seconds: float) -> Read:
    """Read in turn for so long; what is read first, before caches are warm, counts nowhere."""
    addresses = list(_addresses(engine))
    read, began = Read(), None
    while began is None or time.perf_counter() - began < seconds:
        for kind, address in addresses:
            started = time.perf_counter()
            answer = client.get(address)
            took = time.perf_counter() - started
            if answer.status_code == 503 and began is None:
                read.cold_unanswered += 1
            elif answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}")
            if began is not None:
                read.note(kind, address, took)
        began = began or time.perf_counter()
    return read


def _addresses(engine: Engine) -> Iterator[tuple[str, str]]:
    for kind, asked in (("search", SEARCHES), ("list", LISTS)):
        for wanted in asked:
            yield kind, f"/?{urlencode(wanted)}"
    with engine.connect() as connection:
        court = connection.execute(text("SELECT public_id FROM courts WHERE id = 7")).scalar()
        lots: Sequence[str] = (
            connection.execute(
                text(
                    "WITH most AS (SELECT max(sale_id) AS id FROM public_lots), spread AS"
                    " (SELECT 1 + n * id / 12 AS id FROM most, generate_series(0, 11) AS n)"
                    " (SELECT public_id FROM public_lots WHERE phase = 'open' LIMIT 12) UNION ALL"
                    " (SELECT public_id FROM public_lots JOIN spread ON spread.id = sale_id"
                    " WHERE phase IN ('sold', 'unsold'))"
                )
            )
            .scalars()
            .all()
        )
    yield "list", f"/?{urlencode({'court': court or ''})}"
    for lot in lots:
        yield "lot", f"/sales/{lot}"
