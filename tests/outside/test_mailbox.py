"""The mailbox shows what the notifier wrote, as text."""

import os
from pathlib import Path

from app.gateways.notifier import FolderNotifier, Letter
from tests.outside.world import running_world


def letter(number: int, to: str = "anna@example.org", body: str = "123456") -> Letter:
    return Letter(
        to=to, subject=f"验证码 {number}", body=body, key=f"code:{number}", locale="zh_CN"
    )


def test_a_person_finds_their_code_newest_first(tmp_path: Path) -> None:
    notifier = FolderNotifier(tmp_path / "mail", "no-reply@luochui.example")
    with running_world(tmp_path) as world:
        assert world.session.get(f"{world.url}/mail.json").json() == []
        for number in (1, 2):
            notifier.send(letter(number, body=f"code {number}"))
            _age(tmp_path / "mail", number)
        notifier.send(letter(3, to="boris@example.org"))

        mine = world.session.get(f"{world.url}/mail.json?to=Anna@example.org").json()
        newest = world.session.get(f"{world.url}/mail.json?limit=1").json()
        page = world.session.get(f"{world.url}/mail?to=anna@example.org").text

    assert [(one["subject"], one["body"]) for one in mine] == [
        ("验证码 2", "code 2\n"),
        ("验证码 1", "code 1\n"),
    ]
    assert (newest[0]["to"], newest[0]["locale"]) == ("boris@example.org", "zh-CN")
    assert page.index("code 2") < page.index("code 1")
    assert "boris" not in page


def test_a_letter_is_text_whatever_is_in_it(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    FolderNotifier(tmp_path / "mail", "no-reply@luochui.example").send(
        Letter("anna@example.org", hostile, hostile, "k", "en")
    )
    html = b"To: anna@example.org\nSubject: x\nContent-Type: text/html\n\n<img src=//evil>\n"
    (tmp_path / "mail" / "html.eml").write_bytes(html)
    (tmp_path / "mail" / "broken.eml").write_bytes(b"\xff\xfe nothing of a letter")

    with running_world(tmp_path) as world:
        page = world.session.get(f"{world.url}/mail")

    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "&lt;img src=//evil&gt;" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_front_page_says_what_this_is(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        english = world.session.get(world.url + "/?lang=en").text
        chinese = world.session.get(world.url + "/?lang=zh").text

    assert "No money moves here" in english
    assert "本机的外部世界" in chinese


def _age(folder: Path, number: int) -> None:
    """Give the newest file a moment of its own."""
    newest = max(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    os.utime(newest, (number, number))
