"""What the demonstration remembers: no bad moment may break the next start."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from app.rehearsal.demonstration.book import Account, Book, write_private
from deploy.local.console import teller_of_accounts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "demonstration.json"


def test_people_and_courts_are_there_at_the_next_start(file: Path) -> None:
    book = Book.opened(file)
    book.remember("clerk-0", Account("Chen Jie", "c@x.example", "secret", cookies={"s": "1"}))
    court = book.add_court("Court", "abc", "linjiang", number=1)
    court.is_done, court.sales = True, ["s1"]
    book.save()

    again = Book.opened(file)

    assert again.accounts == book.accounts
    assert again.courts == book.courts
    assert again.is_told("linjiang")


def test_a_court_that_was_left_half_done_is_not_told_and_its_name_is_not_tried_again(
    file: Path,
) -> None:
    book = Book.opened(file)
    first = book.next_try("haiwan")
    book.add_court("Haiwan", "abc", "haiwan", number=first)

    # Killed here: nothing is saved on the way out.
    again = Book.opened(file)

    assert not again.is_told("haiwan")
    assert again.next_try("haiwan") == first + 1


@pytest.mark.parametrize("written", ["", "{", "[]", '{"accounts": {"x": {"y": 1}}}', "null"])
def test_what_cannot_be_read_is_a_new_beginning(file: Path, written: str) -> None:
    file.write_text(written)

    book = Book.opened(file)

    assert not book.accounts
    assert not book.courts


def test_only_a_court_with_its_people_and_without_a_past_is_to_spare(file: Path) -> None:
    book = Book.opened(file)
    empty = book.add_court("One", "a", "chamber", number=1)
    used = book.add_court("Two", "b", "chamber", number=2)
    used.is_staffed = used.has_begun = True
    assert book.spare("chamber") is None

    empty.is_staffed = True

    assert book.spare("chamber") is empty
    assert book.spare("linjiang") is None
    assert book.begun() == [used]


def test_passwords_are_readable_by_nobody_else(file: Path) -> None:
    Book.opened(file).remember("clerk-0", Account("Chen Jie", "c@x.example", "secret"))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_is_never_there_half_written(file: Path) -> None:
    write_private(file, {"whole": True})

    with pytest.raises(TypeError):
        write_private(file, {"broken": object()})

    assert json.loads(file.read_text()) == {"whole": True}
    write_private(file, {"whole": "again"})
    assert json.loads(file.read_text()) == {"whole": "again"}


def test_the_accounts_are_told_in_the_form_that_the_console_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = tmp_path / "demo_accounts.json"
    row = {"who": "Judge", "email": "j@x.example", "password": "pw", "note": "key", "key": "K"}
    write_private(accounts, [row])

    teller_of_accounts(accounts)()

    told = capsys.readouterr().out
    assert "Judge  j@x.example  pw  key" in told
