"""Look up by index, whatever was known of the tables when a connection was young.

A function keeps the plan it made in its first calls. Made while the books were nearly empty, that
plan reads whole tables, and a connection that lives on kept reading them: of 20,000 entries posted
by one, the last thousands took six times as long as the first (docs/performance.md). Each of these
functions finds rows by key and never has a reason to read a table.
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"

_FUNCTIONS = (
    "ask_for_qualification_check", "check_entry_balances", "check_line_within_claim",
    "check_plan_is_whole", "check_reversal", "keep_deposit_marks_true", "keep_proceeds_whole",
    "keep_published_conditions", "keep_to_rounds", "move_balances",
)  # fmt: skip
_WAYS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


def upgrade() -> None:
    for function in _FUNCTIONS:
        for way in _WAYS:
            op.execute(f"ALTER FUNCTION {function}() SET {way} = off")
