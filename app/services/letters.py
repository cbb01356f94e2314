"""Letters: the promised notice in the addressee's language, sent to an address nobody else knows.

Only the notifier can open where a registration's letters go (RULE-E13). The notice itself stands
in the inbox since it was decided; a letter that comes late changes no period (FAULT-F42).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale, get_timezone
from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.notifier import Letter, LetterUndelivered, Notifier
from app.models.courts import CourtRecord
from app.models.outbox_queue import Claim, finish, park
from app.models.people import ContactEnvelope, Person
from app.models.sales import PublicLot
from app.services.letter_words import Facts, notice_words, reads_chinese
from app.services.letters_account import account_letter, is_account_letter
from app.services.promises import NotYet


def message_words(
    kind: str, params: Mapping[str, Any], zone: tzinfo | None = None
) -> tuple[str, str]:
    """Title and text of a notice in the language of the page that shows it."""
    title, sentences = notice_words(kind, Facts(params, zone or get_timezone()))
    return title, " ".join(sentences)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where one letter goes, and in which language."""

    email: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class _Around:
    """What a letter names besides the notice: the court, its clock, and the lot."""

    court_en: str | None
    court_zh: str | None
    zone: tzinfo
    is_rehearsal: bool
    lot: PublicLot | None


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """`open_contact` opens an envelope; `public_url` is where the reader signs in."""

    notifier: Notifier
    open_contact: Callable[[bytes], dict[str, Any]]
    public_url: str

    def deliver(self, claim: Claim) -> None:
        with transaction() as session:
            addressee = self._addressee(session, claim)
            around = _look_around(session, claim)
            if addressee is None:
                finish(session, claim.id, "nobody to write to")
                return
        letter = self._write(claim, addressee, around)
        try:
            self.notifier.send(letter)
        except LetterUndelivered as undelivered:
            _note_undelivered(claim, undelivered)
            return
        with transaction() as session:
            _forget_what_it_carried(session, claim)
            finish(session, claim.id, "sent")

    def _addressee(self, session: Session, claim: Claim) -> Addressee | None:
        sent = claim.payload
        if sent.get("registration_id") is not None:
            envelope = session.get(ContactEnvelope, sent["registration_id"])
            if envelope is None:
                return None
            contact = self.open_contact(envelope.sealed)
            return Addressee(
                contact["email"], str(contact.get("name") or ""), str(contact.get("locale", "en"))
            )
        if sent.get("person_id") is not None:
            person = session.execute(
                select(Person.email, Person.name, Person.locale).where(
                    Person.id == sent["person_id"]
                )
            ).one_or_none()
            return Addressee(person.email, person.name, person.locale) if person else None
        if sent.get("email"):
            return Addressee(sent["email"], "", str(sent.get("locale") or "en"))
        return None

    def _write(self, claim: Claim, addressee: Addressee, around: _Around) -> Letter:
        kind, params = claim.payload["message"], claim.payload["params"]
        locale = "zh" if addressee.locale.startswith("zh") else "en"
        if is_account_letter(kind):
            subject, body = account_letter(kind, params, locale)
        else:
            with force_locale(locale):
                subject, body = self._notice(kind, params, addressee, around)
        return Letter(to=addressee.email, subject=subject, body=body, key=claim.key, locale=locale)

    def _notice(
        self, kind: str, params: Mapping[str, Any], addressee: Addressee, around: _Around
    ) -> tuple[str, str]:
        title, sentences = notice_words(kind, Facts(params, around.zone))
        greeting = _("Good day %(name)s,", name=addressee.name)
        paragraphs = [
            *([_("Rehearsal: nothing here is a real sale.")] if around.is_rehearsal else []),
            greeting if addressee.name else _("Good day,"),
            *sentences,
            *_about(around, self.public_url),
            _("The notice stands in your inbox: %(url)s", url=f"{self.public_url}/bid/messages"),
            _signature(around),
        ]
        return title, "\n\n".join(paragraphs) + "\n"


def _look_around(session: Session, claim: Claim) -> _Around:
    court = session.get(CourtRecord, claim.court_id) if claim.court_id is not None else None
    sale = claim.payload["params"].get("sale")
    lot = (
        session.scalars(select(PublicLot).where(PublicLot.public_id == sale)).one_or_none()
        if sale
        else None
    )
    if lot is not None:
        session.expunge(lot)
    return _Around(
        court_en=court.name_en if court else None,
        court_zh=court.name_zh if court else None,
        zone=ZoneInfo(court.timezone) if court else get_timezone(),
        is_rehearsal=bool(court and court.is_rehearsal),
        lot=lot,
    )


def _about(around: _Around, public_url: str) -> list[str]:
    if around.lot is None:
        return []
    title = around.lot.title_zh if reads_chinese() and around.lot.title_zh else around.lot.title
    url = f"{public_url}/sales/{around.lot.public_id}"
    return [_("It is about this lot: %(title)s", title=title) + f"\n{url}"]


def _signature(around: _Around) -> str:
    court = around.court_zh if reads_chinese() else around.court_en
    platform = _("Luochui, court auctions")
    return f"{court}\n{platform}" if court else platform


def _note_undelivered(claim: Claim, undelivered: LetterUndelivered) -> None:
    """What the mail server said, without the address that it repeats (INV-P5)."""
    said = type(undelivered.__cause__ or undelivered).__name__
    if undelivered.trying_again_helps:
        raise NotYet(said)
    with transaction() as session:
        park(session, claim.id, f"will not be taken: {said}")


def _forget_what_it_carried(session: Session, claim: Claim) -> None:
    """A link or a code is good for one reader; once sent, the promise does not keep it."""
    if is_account_letter(claim.payload["message"]):
        session.execute(
            text("UPDATE outbox SET payload = payload - 'params' - 'email' WHERE id = :id"),
            {"id": claim.id},
        )
