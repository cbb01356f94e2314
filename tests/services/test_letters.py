"""Letters: in the reader's language, to an address only the notifier can open, once for a key."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

from app.gateways.notifier import FolderNotifier, Letter, LetterUndelivered
from app.gateways.seal import Opener, Sealer
from app.services.letter_words import NOTICES
from app.services.letters import LetterDesk, message_words
from app.services.promises import keep_one
from tests.conftest import ROOT
from tests.world import NOON, World

PARAMS: dict[str, Any] = {
    "decision": "dismissed",
    "kind": "third_party",
    "amount": 7_000_000,
    "admitted": 6_000_000,
    "balance": 63_000_000,
    "account_name": "Court",
    "account_number": "6222",
    "account_bank": "102100099996",
    "price": 70_000_000,
    "starting_price": 70_000_000,
    "deposit": 7_000_000,
    "currency": "CNY",
    "due_at": "2026-06-05T16:00:00+00:00",
    "decide_by": "2026-06-05T16:00:00+00:00",
    "opens_at": "2026-06-05T16:00:00+00:00",
    "resumes_at": "2026-06-05T16:00:00+00:00",
    "closes_at": "2026-06-05T16:00:00+00:00",
    "reference": "LC12345678901234",
    "reference_for_payment": "LC12345678901234",
    "each": [{"amount": 1_000_000, "due_at": "2026-06-05T16:00:00+00:00"}],
    "reason": "outbid_at_close",
    "buyer": "Wang Li",
    "payment": "abc",
    "rank": 1,
    "number": "(2026) Exec. 1",
    "title": "Home in Harbour Street",
    "title_zh": "港湾街住宅",
    "until": "2026-06-20",
    "answer_by": "2026-06-20",
    "before": 6_000_000,
    "by": "court",
    "bank": "ICBC",
    "ending": "0018",
    "missing": 7_000_000,
    "method": "appraisal",
    "valid_until": "2026-12-31",
    "outcome": "corrected",
    "corrected": 6_000_000,
    "why": "approval_refused",
}
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """The Chinese is compiled as `make` does it."""
    for text in (ROOT / "app/translations").glob("*/zh/LC_MESSAGES/messages.po"):
        with text.open("rb") as written, text.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(written, locale="zh"))


@pytest.fixture
def notifier(clean_database: dict[str, str], test_settings: dict[str, Any]) -> Iterator[Flask]:
    from tests.conftest import _application

    yield from _application("notifier", test_settings)


@pytest.fixture
def desk(notifier: Flask, tmp_path: Path) -> LetterDesk:
    opener = Opener(notifier.config["CONTACT_PRIVATE_KEY"])
    return LetterDesk(FolderNotifier(tmp_path, "court@luochui.example"), opener.open, "http://here")


def deliver(desk: LetterDesk) -> bool:
    return keep_one(("letter",), desk.deliver)


def letters_in(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[arg-type]
        for path in sorted(folder.glob("*.eml"))
    ]


def promise(world: World, **payload: Any) -> None:
    from app.models.outbox_rows import promise as put

    with world.session() as session:
        put(
            session,
            kind="letter",
            key="letter:test",
            payload={"message": "price_paid", "params": PARAMS, **payload},
            court_id=payload.pop("court_id", None),
        )
        session.commit()


def test_a_letter_goes_where_the_sealed_contact_says_in_its_language(
    world: World, desk: LetterDesk, notifier: Flask, tmp_path: Path
) -> None:
    registration = _with_contact(world, email="li@example.org", locale="zh", name="李雷")
    promise(world, registration_id=registration)

    assert deliver(desk)

    (letter,) = letters_in(tmp_path)
    assert letter["To"] == "li@example.org"
    assert letter["Subject"] == "价款已付清"
    assert "李雷：您好！" in letter.get_content()
    assert "¥700,000.00" in letter.get_content()


def test_a_persons_letter_reads_their_address_and_nothing_else(
    world: World, desk: LetterDesk, tmp_path: Path
) -> None:
    person = world.person("Anna Berg", email="anna@example.org", locale="en")
    promise(world, person_id=person)

    deliver(desk)

    (letter,) = letters_in(tmp_path)
    assert letter["To"] == "anna@example.org"
    assert "Good day Anna Berg," in letter.get_content()
    assert "The price is paid" in letter["Subject"]


def test_the_lot_and_the_court_are_named_and_a_rehearsal_is_called_one(
    world: World, desk: LetterDesk, tmp_path: Path
) -> None:
    court = world.court()
    sale = world.sale(court)
    public_id = world.rows("SELECT public_id FROM sales WHERE id = %s", sale)[0][0]
    person = world.person("Anna", email="anna@example.org")
    with world.session() as session:
        from app.models.outbox_rows import tell

        tell(
            session,
            kind="price_paid",
            key="k",
            at=NOON,
            params={**PARAMS, "sale": public_id},
            person_id=person,
            court_id=court,
        )
        session.commit()

    deliver(desk)

    body = letters_in(tmp_path)[0].get_content()
    assert "Rehearsal: nothing here is a real sale." in body
    assert "Home in Harbour Street" in body
    assert f"http://here/sales/{public_id}" in body
    assert "Court 1" in body


def test_a_letter_is_sent_once_and_not_again(
    world: World, desk: LetterDesk, tmp_path: Path
) -> None:
    promise(world, person_id=world.person())

    first, second = deliver(desk), deliver(desk)

    assert (first, second) == (True, False)
    assert len(letters_in(tmp_path)) == 1
    assert world.rows("SELECT state, last_answer FROM outbox") == [("done", "sent")]


def test_an_account_letter_is_worded_by_the_accounts_and_forgets_its_link(
    world: World, desk: LetterDesk, tmp_path: Path
) -> None:
    promise(
        world,
        message="account_confirm",
        params={"link": "http://here/secret"},
        email="new@example.org",
        locale="en",
    )

    deliver(desk)

    (letter,) = letters_in(tmp_path)
    assert letter["To"] == "new@example.org"
    assert "http://here/secret" in letter.get_content()
    ((payload,),) = world.rows("SELECT payload FROM outbox")
    assert "secret" not in str(payload)
    assert "new@example.org" not in str(payload)


class _Silent:
    """A mail server that does not take letters."""

    def __init__(self, helps: bool) -> None:
        self.helps = helps

    def send(self, letter: Letter) -> None:
        raise LetterUndelivered(f"no such user {letter.to}", trying_again_helps=self.helps)

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("helps", "state"), [(True, "due"), (False, "parked")])
def test_what_the_mail_server_answers_is_kept_without_the_address(
    world: World, desk: LetterDesk, helps: bool, state: str
) -> None:
    promise(world, person_id=world.person(email="secret@example.org"))
    silent = LetterDesk(_Silent(helps), desk.open_contact, desk.public_url)

    deliver(silent)

    ((found, answer),) = world.rows("SELECT state, last_answer FROM outbox")
    assert found == state
    assert answer
    assert "secret" not in answer


def test_nobody_to_write_to_ends_the_promise(world: World, desk: LetterDesk) -> None:
    promise(world, registration_id=12345)

    deliver(desk)

    assert world.rows("SELECT state, last_answer FROM outbox") == [("done", "nobody to write to")]


@pytest.mark.parametrize("kind", sorted(NOTICES))
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_notice_has_words_in_both_languages(notifier: Flask, kind: str, locale: str) -> None:
    with force_locale(locale):
        title, text = message_words(kind, PARAMS, SHANGHAI)

    assert title
    assert "%(" not in title + text
    assert _is_chinese(title + text) is (locale == "zh")
    for sentence in text.split(". "):
        assert len(sentence.split()) <= 25, sentence


def test_a_notice_without_words_still_says_that_there_is_one(notifier: Flask) -> None:
    with force_locale("en"):
        title, text = message_words("something_new", {}, SHANGHAI)

    assert title == "News about a sale"
    assert "Sign in" in text


def test_a_moment_is_the_courts_with_its_zone(notifier: Flask) -> None:
    with force_locale("en"):
        _title, text = message_words("balance_due_soon", PARAMS, SHANGHAI)
    with force_locale("zh"):
        _title, chinese = message_words("balance_due_soon", PARAMS, SHANGHAI)

    assert "6 June 2026, 00:00 (UTC+8)" in text
    assert "2026年6月6日 00:00（UTC+8）" in chinese


def _is_chinese(text: str) -> bool:
    without_names = text.replace("港湾街住宅", "")
    return any("\u4e00" <= sign <= "\u9fff" for sign in without_names)


def _with_contact(world: World, **contact: str) -> int:
    registration = world.bidder(world.sale(world.court()), "B001")
    sealed = Sealer(world.settings["CONTACT_PUBLIC_KEY"]).seal(contact)
    from app.models.people import ContactEnvelope

    with world.session() as session:
        session.merge(ContactEnvelope(registration_id=registration, sealed=sealed))
        session.commit()
    return registration
