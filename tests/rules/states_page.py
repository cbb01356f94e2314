"""docs/states.md: the life of every row with a state, drawn from `app/models/states.py`."""

from __future__ import annotations

from app.models.states import MACHINES, KeptBy, StateMachine

_HEAD = """\
# States

Made by `make rules` from app/models/states.py; `tests/models/test_states.py` holds that table
against PostgreSQL. Whatever is not drawn here cannot happen.
"""
_KEPT = {
    KeptBy.TRIGGER: "A trigger in PostgreSQL refuses every other move, whoever asks.",
    KeptBy.ENGINE: "The engine decides each move; only the drain's and the closer's role may"
    " write it.",
    KeptBy.LOCK: "The function that moves it locks the row and looks at its state first; there is"
    " no trigger.",
}


def states_page() -> str:
    return "\n".join([_HEAD, *(_section(machine) for machine in MACHINES)])


def _section(machine: StateMachine) -> str:
    return "\n".join(
        [
            f"## {machine.table}",
            "",
            machine.about,
            _KEPT[machine.kept_by],
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f"    [*] --> {state}" for state in machine.begins),
            *_arrows(machine),
            "```",
            "",
        ]
    )


def _arrows(machine: StateMachine) -> list[str]:
    moves = [f"    {old} --> {new}" for old, news in machine.moves.items() for new in sorted(news)]
    return moves + [f"    {state} --> [*]" for state, news in machine.moves.items() if not news]
