"""Database roles, the identity schema, and what every later migration stands on.

The five roles below log in with passwords of their own, made outside (the supervisor of a fresh
machine, or an administrator); here they are only made sure of. None owns anything: the migrator
does, so that none can change a table, drop a trigger or switch row-level security off.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

ROLES = ("luochui_web", "luochui_drain", "luochui_closer", "luochui_notifier", "luochui_public")


def upgrade() -> None:
    for role in ROLES:
        op.execute(f"""
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE {role} NOLOGIN;
              END IF;
            END $$""")
    op.execute("CREATE SCHEMA identity")
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}")
    # The public role cannot even name a table of people.
    op.execute(
        "GRANT USAGE ON SCHEMA identity"
        " TO luochui_web, luochui_drain, luochui_closer, luochui_notifier"
    )

    # The same refusal for every table that is evidence (style.md, 9).
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'LC001';
        END $$""")

    # Words of Latin letters whole, everything else as one- and two-character grams: a Chinese
    # word is often two characters long, which trigrams cannot find.
    op.execute(r"""
        CREATE FUNCTION search_grams(written text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
            SELECT word[1] AS gram FROM regexp_matches(lower(written), '[a-z0-9]+', 'g') AS word
            UNION ALL
            SELECT substr(written, i, n) FROM generate_series(1, length(written)) i,
              generate_series(1, 2) n WHERE i + n - 1 <= length(written)
          ) grams
          WHERE gram ~ '^[a-z0-9]+$' OR gram !~ '[[:space:][:punct:]A-Za-z0-9，。、（）·]'
        $$""")
    op.execute(r"""
        CREATE FUNCTION search_query(wanted text) RETURNS tsquery
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT coalesce(string_agg('''' || gram || '''' ||
            CASE WHEN gram ~ '^[a-z0-9]+$' THEN ':*' ELSE '' END, ' & '), '')::tsquery
          FROM unnest(search_grams(wanted)) AS gram
          WHERE gram !~ '['':\\&|!<>()]'
        $$""")
