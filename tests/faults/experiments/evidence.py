"""F35 and F37: the record is tampered with, and people with rights do what they must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import psycopg

from auction_engine.evidence.chain import GENESIS, seal
from auction_engine.evidence.verify import verify
from tests.faults import oracles
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Checkpoint
from tests.faults.rig import Rig
from tests.faults.stage import START, STEP, a_stage

Tampering = Callable[[list[str]], list[str]]


def tampered_record(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, bidders=2, watched=False)
    for number in range(8):
        stage.bidders[number % 2].ask_until_known(START + number * STEP)
        stage.observer.keep_checkpoint(stage.ports[0])
    final, found = stage.finish(), Found()
    lines, kept = list(final.transcript), stage.history.checkpoints
    if "nobody outside keeps a line" in rig.mutants:
        kept = []
    noticed = {name: _noticed(kept, act(lines)) for name, act in _TAMPERINGS.items()}
    found.wrong += [
        f"F35: nobody notices that {name}" for name, seen in noticed.items() if not seen
    ]
    if problems := oracles.chained(kept, lines):
        found.wrong += [f"F35: the untouched record is called wrong: {problems[0]}"]
    without = sum(_noticed([], act(lines)) for act in _TAMPERINGS.values())
    found.figures = {
        "noticed with what somebody outside kept": f"{sum(noticed.values())} of {len(noticed)}",
        "noticed without": f"{without} of {len(noticed)}",
    }
    return found


def _noticed(kept: Sequence[Checkpoint], lines: list[str]) -> bool:
    content = "".join(line + "\n" for line in lines).encode()
    return not verify(content, partial=True).holds or bool(oracles.chained(kept, lines))


def _byte_flipped(lines: list[str]) -> list[str]:
    number = next(n for n, line in enumerate(lines) if '"type":"bid"' in line)
    return [
        *lines[:number],
        lines[number].replace('"amount":1', '"amount":2', 1),
        *lines[number + 1 :],
    ]


def _line_deleted(lines: list[str]) -> list[str]:
    return [*lines[:-2], lines[-1]]


def _line_inserted(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-2], lines[-1]]


def _chain_recomputed(lines: list[str]) -> list[str]:
    """A database administrator lowers the last bid by a step and makes every hash anew."""
    contents = [json.loads(line) for line in lines]
    contents[-1]["amount"] += STEP
    made, prev = [], GENESIS
    for number, content in enumerate(contents):
        bare = {key: value for key, value in content.items() if key not in ("hash", "prev", "n")}
        line = seal(bare, number, prev)
        prev = line.hash
        made.append(line.text)
    return made


def _older_state(lines: list[str]) -> list[str]:
    return lines[:-3]


_TAMPERINGS: dict[str, Tampering] = {
    "an amount was changed": _byte_flipped,
    "a line was deleted": _line_deleted,
    "a line was inserted": _line_inserted,
    "the whole chain was computed anew": _chain_recomputed,
    "an older state was put back": _older_state,
}

# As which role, what they try.
_WRONG_ACTS = (
    ("web", "TRUNCATE bids"),
    ("web", "DELETE FROM arrivals"),
    ("web", "UPDATE sale_states SET closes_at = closes_at + interval '1 day'"),
    ("web", "UPDATE bids SET amount = amount + 1"),
    ("web", "SELECT sealed FROM identity.person_envelopes"),
    ("drain", "UPDATE bids SET amount = amount + 1"),
    ("drain", "UPDATE arrivals SET arrived_at = arrived_at - interval '1 hour'"),
    ("drain", "DELETE FROM decisions"),
    ("drain", "UPDATE sales SET closes_at = closes_at + interval '1 day'"),
    ("drain", "SELECT email FROM identity.people"),
    ("closer", "UPDATE outcomes SET price = price + 1"),
    ("closer", "DELETE FROM transcript_lines"),
    ("closer", "UPDATE ledger_postings SET amount = amount + 1"),
    ("closer", "TRUNCATE audit"),
    ("public", "SELECT winner_registration_id FROM outcomes"),
    ("public", "INSERT INTO bids (sale_id, seq) VALUES (1, 1)"),
    ("notifier", "SELECT sealed FROM identity.person_envelopes"),
    ("migrator", "DELETE FROM bids"),
    ("migrator", "UPDATE transcript_lines SET line = line || ' '"),
    ("migrator", "TRUNCATE arrivals CASCADE"),
)


def wrong_hands(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, bidders=1, watched=False)
    stage.bidders[0].ask_until_known(START)
    found = Found(figures={"acts tried": len(_WRONG_ACTS)})
    before = stage.finish()
    for role, statement in _WRONG_ACTS:
        if (done := _try(rig.urls[role], statement)) is not None:
            found.wrong.append(f"F37: the {role}'s role may do this: {statement} ({done} rows)")
    if stage.finish().bids != before.bids:
        found.wrong.append("F37: the log has changed")
    return found


def _try(url: str, statement: str) -> int | None:
    """How many rows it reached; None where it was refused. Nothing is kept."""
    with psycopg.connect(url) as connection:
        try:
            reached = connection.execute(statement).rowcount
        except psycopg.Error:
            reached = None
        connection.rollback()
    return reached or None


EXPERIMENTS = (
    Experiment(
        "F35",
        "The record is tampered with",
        "Five changes to the evidence of a running sale: an amount changed, a line taken out, one"
        " put in, every hash computed anew by an administrator, an older state put back.",
        "Each is noticed by anybody with the public verifier and a line they kept.",
        tampered_record,
        (Mutant("nobody outside keeps a line", ("nobody outside keeps a line",), "F35"),),
    ),
    Experiment(
        "F37",
        "People with rights do what they must not",
        "Twenty statements that change or reveal what nobody may, each as a role of the platform"
        " that could be thought to have the right, the owner of the tables among them.",
        "The database refuses all of them, whoever asks.",
        wrong_hands,
        (Mutant("a trigger is off", ("the record can be changed",), "F37"),),
    ),
)
