"""Moments and days as the contract writes them. No time zone is looked up: offsets come along."""

import re
from datetime import UTC, date, datetime

_MOMENT = re.compile(
    r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_DAY = re.compile(r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")

FIRST_YEAR = 1900
LAST_YEAR = 2999


def parse_moment(text: str) -> datetime | None:
    """The moment in UTC, or None if `text` is not written as a moment of 1900 to 2999."""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # In UTC as well, or the answer could not be read back.
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def write_moment(moment: datetime) -> str:
    """The moment in UTC with `Z`, without fraction or with exactly six digits."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_day(text: str) -> date | None:
    """The day, or None if `text` is not written as a day of 1900 to 2999."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def write_day(day: date) -> str:
    return day.isoformat()
