"""Shows the letters that the notifier wrote into its folder, as text and nothing but text.

GET /mail        the page; to=ADDRESS shows one person's letters
GET /mail.json   the same for programs: newest first, to=ADDRESS, limit=N
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Response, jsonify, render_template, request

from deploy.local.outside.words import words_for

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ShownLetter:
    name: str
    to: str
    subject: str
    body: str
    locale: str
    at: str


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("mailbox", __name__)
        blueprint.add_url_rule("/mail", view_func=self.page)
        blueprint.add_url_rule("/mail.json", view_func=self.listing)
        return blueprint

    def page(self) -> str:
        to = request.args.get("to", "").strip()
        words = words_for(request.args.get("lang"), request)
        letters = self._letters(to, _MOST_SHOWN)
        return render_template("mail.html", words=words, letters=letters, to=to)

    def listing(self) -> Response:
        limit = request.args.get("limit", _MOST_SHOWN, type=int)
        letters = self._letters(request.args.get("to", "").strip(), limit)
        return jsonify([asdict(letter) for letter in letters])

    def _letters(self, to: str, limit: int) -> list[ShownLetter]:
        """Newest first."""
        files = sorted(
            ((file.stat().st_mtime_ns, file) for file in self._folder.glob("*.eml")), reverse=True
        )
        found: list[ShownLetter] = []
        for written_ns, file in files:
            if len(found) >= limit:
                break
            letter = _read(file, written_ns)
            if not to or letter.to.lower() == to.lower():
                found.append(letter)
        return found


def _read(file: Path, written_ns: int) -> ShownLetter:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    at = datetime.fromtimestamp(written_ns / 1e9, UTC)
    return ShownLetter(
        name=file.stem,
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        body=_text_of(message),
        locale=str(message.get("Content-Language", "")),
        at=at.isoformat(timespec="milliseconds"),
    )


def _text_of(message: EmailMessage) -> str:
    """The plain text; of a letter that has only HTML, its source."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, ValueError):
        return "(this letter cannot be read)"
