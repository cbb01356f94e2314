"""What an entry is about, in the language of the page.

An entry keeps its memo as it was booked, in English, for ever; files for other programs give it so.
Memos are of a fixed set: a page reads which one it is, and says that in the reader's language. What
it does not know it shows as it was written.
"""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.web.court.finance_words import WHY_IT_WAITS

# What is booked, and its words; the names are those of the words.
_KNOWN: tuple[tuple[str, Any], ...] = (
    (r"deposit (?P<id>\S+) held", _("deposit %(id)s held")),
    (r"deposit (?P<id>\S+) owed back", _("deposit %(id)s owed back")),
    (
        r"deposit (?P<id>\S+) counted towards the price",
        _("deposit %(id)s counted towards the price"),
    ),
    (r"deposit (?P<id>\S+) lost: (?P<decision>.*)", _("deposit %(id)s lost: %(decision)s")),
    (
        r"deposit (?P<id>\S+) of the revoked sale (?P<sale>\S+)",
        _("deposit %(id)s of the revoked sale %(sale)s"),
    ),
    (
        r"deposit (?P<id>\S+) out of the price of sale (?P<sale>\S+)",
        _("deposit %(id)s out of the price of sale %(sale)s"),
    ),
    (
        r"lost deposit of sale (?P<sale>\S+): costs, gap, case, property",
        _("lost deposit of sale %(sale)s: costs, gap, case, property"),
    ),
    (r"card payment (?P<id>\S+) owed back", _("card payment %(id)s owed back")),
    (r"bank credit (?P<id>\S+) owed back", _("bank credit %(id)s owed back")),
    (r"refund (?P<id>\S+) paid", _("refund %(id)s paid")),
    (r"refund (?P<id>\S+) sent again", _("refund %(id)s sent again")),
    (r"balance of sale (?P<sale>\S+)", _("balance of sale %(sale)s")),
    (r"difference of taking (?P<id>\S+)", _("difference of taking %(id)s")),
    (r"short transfers for deposit (?P<id>\S+)", _("short transfers for deposit %(id)s")),
    (r"payment (?P<id>\S+) of the debtor", _("payment %(id)s of the debtor")),
    (r"plan (?P<id>\S+) became final", _("plan %(id)s became final")),
    (r"payout (?P<id>\S+) paid", _("payout %(id)s paid")),
    (r"payout (?P<id>\S+) came back", _("payout %(id)s came back")),
    (r"payout (?P<id>\S+) of the card provider", _("payout %(id)s of the card provider")),
    (
        r"share of payout (?P<id>\S+) of the card provider",
        _("share of payout %(id)s of the card provider"),
    ),
    (
        r"share of a payout, transfer (?P<reference>\S+)",
        _("share of a payout, transfer %(reference)s"),
    ),
    (
        r"share of a payout, transfer (?P<reference>\S+) came back",
        _("share of a payout, transfer %(reference)s came back"),
    ),
    (r"fee of the card provider, (?P<id>\S+)", _("fee of the card provider, %(id)s")),
    (
        r"dispute (?P<id>\S+): taken back by the card holder's bank",
        _("dispute %(id)s: taken back by the card holder's bank"),
    ),
    (r"dispute (?P<id>\S+) won", _("dispute %(id)s won")),
    (r"dispute (?P<id>\S+): paid once more", _("dispute %(id)s: paid once more")),
    (
        r"dispute (?P<id>\S+): the holder has this money already",
        _("dispute %(id)s: the holder has this money already"),
    ),
    (r"undoes (?P<key>\S+): (?P<reason>.*)", _("undoes %(key)s: %(reason)s")),
)
_WORDS = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _KNOWN)
_WAITING = re.compile(r"in suspense: (?P<reason>\w+)")


def memo_words(memo: str) -> str:
    """The memo in the reader's language, or as it stands."""
    waiting = _WAITING.fullmatch(memo)
    if waiting is not None:
        return gettext(
            "in suspense: %(reason)s", reason=WHY_IT_WAITS.get(waiting["reason"], waiting["reason"])
        )
    for pattern, words in _WORDS:
        found = pattern.fullmatch(memo)
        if found is not None:
            return str(words) % found.groupdict()
    return memo


def is_known(memo: str) -> bool:
    return bool(_WAITING.fullmatch(memo)) or any(each.fullmatch(memo) for each, _said in _WORDS)
