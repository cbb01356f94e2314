"""`check`: hold a draft sale against the rules before it is published."""

from datetime import datetime, timedelta
from typing import Any

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.documents.moments import write_day, write_moment
from auction_engine.documents.sale_document import read_rules, read_terms
from auction_engine.rulepacks.pack import PlainDraft, RulePack, StagedDraft, TimedDraft
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.publication import Draft, Measure, PreviousRound, Violation, violations
from auction_engine.sale.timed_publication import TimedSale, timed_violations

_ALWAYS = (
    "property_kind",
    "round",
    "currency",
    "reference_price",
    "reference_price_valid_until",
    "starting_price",
    "deposit",
    "increment",
    "announced_at",
    "opens_at",
    "closes_at",
    "parties_notified_at",
    "parties_waived",
    "panel_decided",
    "publication_items",
    "warnings",
)
_AFTER_A_FAILURE = ("previous_starting_price", "previous_failed_at", "same_platform")
_OF_RIGHTS = ("shareholders_notified_at",)
_TIMED = (
    "property_kind",
    "currency",
    "value",
    "deposit",
    "deposit_decided",
    "announced_at",
    "opens_at",
    "closes_at",
    "proceeding_begun_on",
    "utc_offset_minutes",
    "holidays",
)


def check(raw: bytes) -> Answer:
    """Whether the draft may be published, and everything that stands against it."""
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "sale-check/1")
    rules = read_rules(document)
    found = _hold(document, rules)
    objects = sorted((_violation_object(each, rules) for each in found), key=_in_order)
    return canonical_answer(
        {"format": "sale-check-result/1", "publishable": not objects, "violations": objects}
    )


def _hold(document: Fields, rules: RulePack) -> tuple[Violation, ...]:
    """Read the draft in the form of its pack, and hold it against what that pack asks for."""
    match rules.draft:
        case StagedDraft():
            document.allow("format", "rules", "strict_days", "sale")
            strict_days = document.flag("strict_days")
            draft = read_draft(document.object("sale"), rules)
            return violations(draft, rules, strict_days=strict_days)
        case TimedDraft():
            document.allow("format", "rules", "sale")
            return timed_violations(read_timed(document.object("sale")), rules, rules.draft)
        case PlainDraft():
            document.allow("format", "rules", "sale")
            read_terms(document.object("sale"), rules)
            return ()


def read_timed(sale: Fields) -> TimedSale:
    sale.allow(*_TIMED)
    sale.currency("currency")
    minutes = sale.integer("utc_offset_minutes", -840, 840) if "utc_offset_minutes" in sale else 0
    decided = sale.flag("deposit_decided") if "deposit_decided" in sale else False
    return TimedSale(
        property_kind=sale.choice("property_kind", PropertyKind),
        value=sale.money("value", least=1),
        deposit=sale.money("deposit"),
        deposit_decided=decided,
        announced_at=sale.moment("announced_at"),
        opens_at=sale.moment("opens_at"),
        closes_at=sale.moment("closes_at"),
        proceeding_begun_on=sale.day("proceeding_begun_on"),
        utc_offset=timedelta(minutes=minutes),
        holidays=frozenset(sale.days("holidays")) if "holidays" in sale else frozenset(),
    )


def read_draft(sale: Fields, rules: RulePack) -> Draft:
    property_kind = sale.choice("property_kind", PropertyKind)
    sale_round = sale.choice("round", Round)
    of_rights = _OF_RIGHTS if property_kind is PropertyKind.OTHER_RIGHT else ()
    after_a_failure = () if sale_round is Round.FIRST else _AFTER_A_FAILURE
    sale.allow(*_ALWAYS, *of_rights, *after_a_failure)
    sale.currency("currency")
    told, staged = "shareholders_notified_at", rules.staged
    return Draft(
        property_kind=property_kind,
        round=sale_round,
        reference_price=sale.money("reference_price"),
        reference_price_valid_until=sale.day("reference_price_valid_until"),
        starting_price=sale.money("starting_price", least=1),
        deposit=sale.money("deposit"),
        increment=sale.money("increment", least=1),
        announced_at=sale.moment("announced_at"),
        opens_at=sale.moment("opens_at"),
        closes_at=sale.moment("closes_at"),
        previous=_read_previous(sale) if after_a_failure else None,
        parties_notified_at=sale.moments("parties_notified_at"),
        parties_waived=sale.flag("parties_waived") if "parties_waived" in sale else False,
        shareholders_notified_at=sale.moments(told) if told in sale else (),
        panel_decided=sale.names("panel_decided", frozenset().union(*staged.panel_items.values())),
        publication_items=sale.names("publication_items", staged.publication_items),
        warnings=sale.names("warnings", staged.warnings),
    )


def _read_previous(sale: Fields) -> PreviousRound:
    return PreviousRound(
        starting_price=sale.money("previous_starting_price"),
        failed_at=sale.moment("previous_failed_at"),
        same_platform=sale.flag("same_platform"),
    )


def _violation_object(violation: Violation, rules: RulePack) -> dict[str, Any]:
    written: dict[str, Any] = {
        "rule": violation.rule,
        "article": rules.articles[violation.rule],
        "given": _write(violation.given),
        "message": violation.message,
    }
    if violation.limit is not None:
        written["limit"] = _write(violation.limit)
    return written


def _write(measure: Measure) -> int | str:
    if isinstance(measure, datetime):
        return write_moment(measure)
    return measure if isinstance(measure, int | str) else write_day(measure)


def _in_order(violation: dict[str, Any]) -> tuple[str, int, int, str]:
    """By rule (letter, then number), then by what was given: a number or a text."""
    rule, given = violation["rule"], violation["given"]
    number, text = (given, "") if isinstance(given, int) else (0, given)
    return rule[0], int(rule[1:]), number, text
