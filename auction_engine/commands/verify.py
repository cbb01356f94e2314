"""`verify`: hold a transcript against its own chain and against the rules."""

from dataclasses import asdict

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.unusable import one_line
from auction_engine.evidence.verify import verify as verify_transcript


def verify(raw: bytes, *, head: str | None = None, partial: bool = False) -> Answer:
    """What was found, and exit status 1 if the evidence does not hold."""
    finding = verify_transcript(raw, head=head, partial=partial)
    answer = {"format": "verify-result/1", **asdict(finding)}
    if finding.message is not None:
        answer["message"] = one_line(finding.message)
    return canonical_answer(answer, status=0 if finding.holds else 1)
