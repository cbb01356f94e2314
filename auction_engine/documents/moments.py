"""Moments and days as the contract writes them. No time zone is looked up: offsets come along."""

import re
from datetime import UTC, date, datetime

_MOMENT = re.compile(
    r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# What an offset can make of them in UTC, in the form of the answers.
_ANSWERED_MOMENT = re.compile(
    r"(?:1899|3000|19[0-9]{2}|2[0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{6})?Z"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_moment(text: str) -> datetime | None:
    """The moment in UTC, or None if `text` is not written as a moment of 1900 to 2999."""
    return _parse(text) if _MOMENT.fullmatch(text) is not None else None


def parse_answered_moment(text: str) -> datetime | None:
    """The moment of an answer or a transcript, or None if it cannot come from such a moment."""
    return _parse(text) if _ANSWERED_MOMENT.fullmatch(text) is not None else None


def write_moment(moment: datetime) -> str:
    """The moment in UTC with `Z`, without fraction or with exactly six digits."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_day(text: str) -> date | None:
    """The day, or None if `text` is not written as a day or there is no such day."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def write_day(day: date) -> str:
    return day.isoformat()


def _parse(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
