"""Search and lists that cost as much among millions of lots as among thousands.

Running lots are few and change with every bid; those that are over are many and stand still. So
each kind has indexes of its own, and a bid touches none of the large ones. `final_price` is empty
while a lot runs: it says which kind a lot is, and what lists of the ended ones are sorted by.

The grams of a text were cut letter by letter, with two regular expressions each, and Latin words
into pairs of letters besides: two milliseconds a lot, and a search for "harbour" asked the index
for every word that begins with "h", "a", "r", … Now Latin words stay whole, and of a Chinese word
its pairs are asked for, which its single characters say nothing more than.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_OVER = "final_price IS NOT NULL"
_RUNNING = "final_price IS NULL"


def upgrade() -> None:
    _grams()
    _public_lots()
    _sale_states()


def _grams() -> None:
    op.execute(r"""
        CREATE OR REPLACE FUNCTION search_grams(written text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
            SELECT word[1] FROM regexp_matches(lower(written), '[a-z0-9]+', 'g') AS word
            UNION ALL
            SELECT substr(run[1], i, n)
            FROM regexp_matches(
                   written, '[^[:space:][:punct:]A-Za-z0-9，。、（）·]+', 'g') AS run,
                 generate_series(1, length(run[1])) i, generate_series(1, 2) n
            WHERE i + n - 1 <= length(run[1])
          ) grams (gram)
        $$""")
    # Of a run of several characters only the pairs; of a Latin word what begins with it, but of a
    # single letter only itself.
    op.execute(r"""
        CREATE OR REPLACE FUNCTION search_query(wanted text) RETURNS tsquery
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT coalesce(string_agg(DISTINCT '''' || gram || '''' || prefix, ' & '), '')::tsquery
          FROM (
            SELECT word[1], CASE WHEN length(word[1]) > 1 THEN ':*' ELSE '' END
            FROM regexp_matches(lower(wanted), '[a-z0-9]+', 'g') AS word
            UNION ALL
            SELECT substr(run[1], i, 2), ''
            FROM regexp_matches(
                   wanted, '[^[:space:][:punct:]A-Za-z0-9，。、（）·]+', 'g') AS run,
                 generate_series(1, greatest(length(run[1]) - 1, 1)) i
          ) grams (gram, prefix)
          WHERE gram !~ '['':\\&|!<>()]'
        $$""")


def _public_lots() -> None:
    op.add_column(
        "public_lots",
        sa.Column(
            "final_price",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN phase IN ('sold', 'pending_award', 'unsold', 'withdrawn')"
                " THEN coalesce(price, starting_price) END",
                persisted=True,
            ),
            nullable=True,
        ),
    )
    # Room on each page, so that a bid's update stays there and no index hears of it.
    op.execute("ALTER TABLE public_lots SET (fillfactor = 85)")
    # Cut anew by the function above.
    op.execute("UPDATE public_lots SET title = title")
    op.drop_index("ix_public_lots_search", "public_lots")
    op.drop_index("ix_public_lots_court_phase", "public_lots")
    for name, columns, options in (
        ("over_search", ["search"], {"where": _OVER, "using": "gin"}),
        ("running_search", ["search"], {"where": _RUNNING, "using": "gin"}),
        ("over_closes", ["closes_at", "public_id"], {"where": _OVER}),
        ("over_category", ["category", "closes_at", "public_id"], {"where": _OVER}),
        ("over_price", ["final_price", "public_id"], {"where": _OVER}),
        ("over_published", ["published_at", "public_id"], {"where": _OVER}),
        ("region", ["region", "closes_at", "public_id"], {}),
        ("court", ["court_id", "closes_at", "public_id"], {}),
    ):
        op.create_index(
            f"ix_public_lots_{name}",
            "public_lots",
            columns,
            **{f"postgresql_{option}": _sql(value) for option, value in options.items()},
        )


def _sql(value: str) -> object:
    return value if value == "gin" else sa.text(value)


def _sale_states() -> None:
    """What is to be opened, and what is withdrawn and has no outcome yet, is found at once."""
    op.add_column(
        "sale_states",
        sa.Column("is_over", sa.Boolean(), server_default="f", nullable=False),
    )
    op.execute(
        "UPDATE sale_states SET is_over = true"
        " WHERE EXISTS (SELECT FROM outcomes o WHERE o.sale_id = sale_states.sale_id)"
    )
    op.create_index(
        "ix_sale_states_withdrawn",
        "sale_states",
        ["sale_id"],
        postgresql_where=sa.text("status = 'withdrawn' AND NOT is_over"),
    )
    op.create_index(
        "ix_sale_states_to_open",
        "sale_states",
        ["opens_at"],
        postgresql_where=sa.text("status = 'announced'"),
    )
