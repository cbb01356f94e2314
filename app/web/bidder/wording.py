"""The words of refusals in one language, looked up once: the catalogue and the formats of money
cost more than the decision they tell of."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask
from flask_babel import force_locale

from app.web.bidder.words import Words, refused_bid
from app.web.formats import money

# An amount that no other part of a sentence looks like, and its digits in both languages.
_SAMPLE, _SAMPLE_WRITTEN = 123_456_789, "1,234,567.89"


@dataclass(slots=True)
class Wording:
    """Says what `refused_bid` says, in `language`, without a request."""

    app: Flask
    language: str
    _known: dict[tuple[str, str, bool], Words] = field(default_factory=dict)

    def refused(self, reason: str, currency: str, minimum: int | None) -> Words:
        asked = reason, currency, minimum is not None
        known = self._known.get(asked) or self._learn(*asked)
        if minimum is None:
            return known
        # A currency is written around the digits in the same way whatever they are.
        whole, cents = divmod(minimum, 100)
        lowest = known.what_now.replace(_SAMPLE_WRITTEN, f"{whole:,}.{cents:02}")
        return Words(known.text, known.rule, lowest)

    def _learn(self, reason: str, currency: str, with_minimum: bool) -> Words:
        with self.app.app_context(), force_locale(self.language):
            plain = refused_bid(reason, currency)
            found = plain
            if with_minimum and not plain.what_now:
                found = refused_bid(reason, currency, _SAMPLE)
                # Without a request the amount is written in English; the sentence is not.
                found = Words(
                    found.text,
                    found.rule,
                    found.what_now.replace(
                        money(_SAMPLE, currency, "en"), money(_SAMPLE, currency, self.language)
                    ),
                )
        self._known[reason, currency, with_minimum] = found
        return found
