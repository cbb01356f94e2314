"""Letters: in the language of the reader, once into the folder, never in the open."""

import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from app.gateways.notifier import (
    FolderNotifier,
    Letter,
    LetterUndelivered,
    SmtpConfig,
    SmtpNotifier,
    notifier_from,
    problems_in,
)
from tests.gateways.mail_server import MailServer, auth_plain, certificate

SENDER = "no-reply@luochui.example"


def letter(**changed: str) -> Letter:
    wanted = {
        "to": "anna@example.org",
        "subject": "您的验证码",
        "body": "验证码：123456\n\n五分钟内有效。",
        "key": "letter:code:7",
        "locale": "zh_CN",
    }
    return Letter(**{**wanted, **changed})


def parsed(written: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(written, policy=policy.default))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(tls: tuple[ssl.SSLContext, str]) -> Iterator[MailServer]:
    with MailServer(tls[0]) as running:
        yield running


@pytest.fixture
def notifier(server: MailServer, tls: tuple[ssl.SSLContext, str]) -> Iterator[SmtpNotifier]:
    gateway = smtp(server, ca_file=tls[1])
    yield gateway
    gateway.close()


def smtp(server: MailServer, **changed: Any) -> SmtpNotifier:
    config = {"host": "127.0.0.1", "port": server.port, "sender": SENDER, "timeout_seconds": 5}
    return SmtpNotifier(SmtpConfig(**{**config, **changed}))


def test_a_letter_arrives_as_it_was_written(server: MailServer, notifier: SmtpNotifier) -> None:
    notifier.send(letter())

    (arrived,) = map(parsed, server.letters)
    assert (arrived["To"], arrived["From"]) == ("anna@example.org", SENDER)
    assert arrived["Subject"] == "您的验证码"
    assert arrived.get_content().replace("\r\n", "\n") == "验证码：123456\n\n五分钟内有效。\n"
    assert (arrived["Content-Language"], arrived["Auto-Submitted"]) == ("zh-CN", "auto-generated")
    assert "STARTTLS" in server.heard


def test_many_letters_share_a_connection(server: MailServer, notifier: SmtpNotifier) -> None:
    for number in range(3):
        notifier.send(letter(key=f"letter:{number}"))

    assert (len(server.letters), server.connections) == (3, 1)


def test_a_connection_that_died_meanwhile_is_made_anew(
    server: MailServer, notifier: SmtpNotifier
) -> None:
    notifier.send(letter())
    server.replies = [("NOOP", "hang up")]

    notifier.send(letter(key="letter:2"))

    assert (len(server.letters), server.connections) == (2, 2)


def test_the_same_letter_sent_twice_is_one_letter_to_a_mail_program(
    server: MailServer, notifier: SmtpNotifier
) -> None:
    for key in ("letter:1", "letter:1", "letter:2"):
        notifier.send(letter(key=key))

    first, again, other = (parsed(arrived)["Message-ID"] for arrived in server.letters)
    assert first == again != other


def test_it_signs_in_after_the_line_is_safe(
    server: MailServer, tls: tuple[ssl.SSLContext, str]
) -> None:
    gateway = smtp(server, ca_file=tls[1], user="luochui", password="pa:ss")

    gateway.send(letter())
    gateway.close()

    signed_in = server.heard.index(f"AUTH PLAIN {auth_plain('luochui', 'pa:ss')}")
    assert server.heard.index("STARTTLS") < signed_in


@pytest.mark.parametrize(
    ("replies", "helps"),
    [
        ([("RCPT", "550 no such person")], False),
        ([("RCPT", "452 mailbox full")], True),
        ([("END", "554 not wanted here")], False),
        ([("END", "451 try later")], True),
        ([("MAIL", "550 who are you")], True),
        ([("MAIL", "hang up")], True),
        ([("END", "hang up")], True),
    ],
)
def test_a_refusal_says_whether_trying_again_helps(
    server: MailServer, notifier: SmtpNotifier, replies: list[tuple[str, str]], helps: bool
) -> None:
    server.replies = replies

    with pytest.raises(LetterUndelivered) as failure:
        notifier.send(letter())

    assert (failure.value.trying_again_helps, failure.value.retryable) == (helps, helps)


def test_after_a_refusal_the_next_letter_goes_out(
    server: MailServer, notifier: SmtpNotifier
) -> None:
    server.replies = [("RCPT", "550 no such person")]
    with pytest.raises(LetterUndelivered):
        notifier.send(letter())

    notifier.send(letter(key="letter:2", to="boris@example.org"))

    assert [parsed(arrived)["To"] for arrived in server.letters] == ["boris@example.org"]


def test_a_wrong_password_is_mended_not_given_up(
    server: MailServer, tls: tuple[ssl.SSLContext, str]
) -> None:
    gateway = smtp(server, ca_file=tls[1], user="luochui", password="wrong")
    server.replies = [("AUTH", "535 no"), ("AUTH", "535 no")]

    with pytest.raises(LetterUndelivered) as failure:
        gateway.send(letter())

    assert failure.value.trying_again_helps
    gateway.close()


def test_without_tls_no_letter_leaves(tls: tuple[ssl.SSLContext, str]) -> None:
    with MailServer(tls[0], offers_tls=False) as server:
        with pytest.raises(LetterUndelivered, match="STARTTLS"):
            smtp(server, ca_file=tls[1]).send(letter())

        assert not [line for line in server.heard if line.startswith(("MAIL", "AUTH"))]


def test_a_certificate_nobody_vouches_for_gets_no_letter(server: MailServer) -> None:
    with pytest.raises(LetterUndelivered, match="certificate"):
        smtp(server).send(letter())

    assert not [line for line in server.heard if line.startswith("MAIL")]


def test_a_mail_server_that_is_not_there_is_worth_another_try() -> None:
    gateway = SmtpNotifier(SmtpConfig(host="127.0.0.1", port=1, sender=SENDER))

    with pytest.raises(LetterUndelivered) as failure:
        gateway.send(letter())

    assert failure.value.trying_again_helps


@pytest.mark.parametrize(
    "changed",
    [
        {"to": "anna@example.org\nBcc: all@example.org"},
        {"to": "anna@example.org, boris@example.org"},
        {"to": "Anna <anna@example.org>"},
        {"to": "nobody"},
        {"to": ""},
        {"to": "@"},
        {"to": "a@" + "x" * 300},
        {"subject": "code\r\nBcc: all@example.org"},
        {"subject": "code\nX: y"},
    ],
)
def test_a_letter_that_smuggles_is_never_written(tmp_path: Path, changed: dict[str, str]) -> None:
    with pytest.raises(LetterUndelivered) as failure:
        FolderNotifier(tmp_path, SENDER).send(letter(**changed))

    assert not failure.value.trying_again_helps
    assert list(tmp_path.iterdir()) == []


def test_a_name_in_another_script_is_reached(tmp_path: Path) -> None:
    FolderNotifier(tmp_path, SENDER).send(letter(to="anna@例子.example"))

    (written,) = tmp_path.iterdir()
    assert parsed(written.read_bytes())["To"] == "anna@xn--fsqu00a.example"


def test_the_folder_keeps_one_letter_for_a_key(tmp_path: Path) -> None:
    gateway = FolderNotifier(tmp_path / "mail", SENDER)

    gateway.send(letter(body="first"))
    gateway.send(letter(body="second"))
    gateway.send(letter(key="letter:code:8"))

    kept = [parsed(file.read_bytes()) for file in (tmp_path / "mail").iterdir()]
    assert sorted(one.get_content().strip()[:5] for one in kept) == ["first", "验证码：1"]


def test_a_key_is_a_name_and_not_a_path(tmp_path: Path) -> None:
    gateway = FolderNotifier(tmp_path / "mail", SENDER)
    for key in ("../../escape", "a/b", "a:b", "a?b", "落槌", ""):
        gateway.send(letter(key=key))

    assert len(list((tmp_path / "mail").glob("*.eml"))) == 6
    assert [place.name for place in tmp_path.iterdir()] == ["mail"]


def test_the_settings_choose_smtp_or_the_folder(tmp_path: Path) -> None:
    folder = notifier_from({"SMTP_URL": "", "MAIL_DIR": str(tmp_path), "MAIL_SENDER": SENDER})
    by_smtp = notifier_from({"SMTP_URL": "smtps://u%40x:p%3Aw@mail.example", "MAIL_SENDER": SENDER})

    assert isinstance(folder, FolderNotifier)
    assert isinstance(by_smtp, SmtpNotifier)
    config = SmtpConfig.from_url("smtps://u%40x:p%3Aw@mail.example", SENDER)
    assert (config.user, config.password, config.port) == ("u@x", "p:w", 465)
    assert "p:w" not in repr(config)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"PRODUCTION": True, "SMTP_URL": ""}, "SMTP_URL is missing"),
        ({"PRODUCTION": True, "SMTP_URL": "smtp+plain://mail"}, "in the open"),
        ({"PRODUCTION": False, "SMTP_URL": "https://mail"}, "begins with"),
        (
            {"PRODUCTION": True, "SMTP_URL": "smtp://mail", "MAIL_SENDER": "a@b.example"},
            "many mail servers would refuse",
        ),
    ],
)
def test_settings_that_would_hurt_are_named(settings: dict[str, Any], said: str) -> None:
    assert said in problems_in(settings)[0]


def test_settings_that_work_have_no_problems() -> None:
    assert problems_in({"PRODUCTION": True, "SMTP_URL": "smtp://mail.example"}) == []
    assert problems_in({"PRODUCTION": False, "SMTP_URL": ""}) == []
