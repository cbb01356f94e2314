"""The sources we can read, as data: which of their columns is which of our fields.

A column that says less than our field needs is not mapped to it: the Jiangsu list gives a price
without telling whether it is the starting or the current one, so it becomes `price_as_listed` and
the starting price counts as missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# What a sale needs before anybody can prepare it; what a row lacks of these is said in its draft.
NEEDED = (
    "title",
    "court_name",
    "case_number",
    "property_kind",
    "round",
    "reference_price",
    "starting_price",
    "deposit",
    "increment",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source, the field of ours, and how to read it (`readers.py`)."""

    name: str
    to: str
    read_as: str = "text"
    words: dict[str, str] = field(default_factory=dict)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """`known_by`: the columns that only this source has."""

    id: str
    form: str
    key: str
    currency: str
    known_by: frozenset[str]
    columns: tuple[Column, ...]
    # Parts of a title where the source has none of its own.
    title_from: tuple[str, ...] = ()


_ROUNDS = {"第一次拍卖": "first", "第二次拍卖": "second", "变卖": "sell_off", "拍卖": "first"}

SOURCES = (
    Source(
        id="cn-listings-full",
        form="json",
        key="lot",
        currency="CNY",
        known_by=frozenset({"lot", "court", "appraised_fen", "start_fen"}),
        title_from=("estate", "use"),
        columns=(
            Column("title", "title"),
            Column("court", "court_name", required=True),
            Column("case_no_masked", "case_number"),
            Column("notice_date", "announced_on", "day"),
            Column("round", "round", "word", _ROUNDS),
            Column("kind_inferred", "round", "word", _ROUNDS),
            Column("appraised_fen", "reference_price", "minor", required=True),
            Column("start_fen", "starting_price", "minor", required=True),
            Column("deposit_fen", "deposit", "minor"),
            Column("increment_fen", "increment", "minor"),
            Column("starts_at", "opens_at", "moment"),
            Column("ends_at", "closes_at", "moment"),
            Column("use", "property_kind", "word", {"住宅": "real_property"}),
            Column("district", "region"),
            Column("lease", "possession"),
            Column("remarks", "remarks"),
        ),
    ),
    Source(
        id="cn-listings-jiangsu",
        form="json",
        key="lot",
        currency="CNY",
        known_by=frozenset({"title_masked", "current_or_start_price_cny"}),
        columns=(
            Column("title_masked", "title", required=True),
            Column("city", "region"),
            Column("current_or_start_price_cny", "price_as_listed", "major", required=True),
            Column("appraised_or_market_cny", "value_as_listed", "major", required=True),
            Column("deposit_cny", "deposit", "major"),
            Column("increment_cny", "increment", "major"),
        ),
    ),
    Source(
        id="br-judicial-auctions",
        form="csv",
        key="lot",
        currency="BRL",
        known_by=frozenset({"auctioneer", "appraised_brl", "hammer_brl"}),
        columns=(
            Column("description", "title", required=True),
            Column("case", "case_number"),
            Column("notice_date", "announced_on", "day"),
            Column("sold", "result", "word", {"sim": "sold", "nao": "unsold"}),
            Column("appraised_brl", "reference_price", "major"),
            Column("hammer_brl", "hammer", "major"),
        ),
    ),
)
