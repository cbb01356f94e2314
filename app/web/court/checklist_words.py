"""The checklist on a page: its parts, what each line is counted from, and where it is mended."""

from __future__ import annotations

from typing import Any

from flask_babel import get_timezone, gettext
from flask_babel import lazy_gettext as _

from app.models.checklist_lines import CheckLine, Checklist, LineState
from app.web.court import day_words
from app.web.formats import moment
from app.web.page import chosen_language, server_now
from auction_engine.sale.deadlines import ClockPeriod, Deadline

# The parts of the list, in the order of the page, and the rules that stand in each.
PARTS: tuple[tuple[Any, frozenset[str]], ...] = (
    (_("What stops every sale"), frozenset({"L9", "M2", "C10"})),
    (_("Decided by the panel"), frozenset({"A10"})),
    (_("Prices"), frozenset({"C2", "C4", "C5", "C6", "C7", "K3", "K8", "B11", "S2", "S7"})),
    (_("Times"), frozenset({"D1", "G2", "K2", "K7", "S0", "S1", "S4", "S6", "I1"})),
    (_("The announcement"), frozenset({"D2", "D9", "D10"})),
    (_("What is published, eleven items"), frozenset({"D3"})),
    (_("Warnings, seven"), frozenset({"D4"})),
    (_("Parties"), frozenset({"D6", "D8"})),
    (_("What the court states"), frozenset({"C9", "C11"})),
)

# The page of the sale on which what a rule asks for is entered; all others on the terms.
PAGES = {
    "A10": "panel",
    "C6": "statements",
    "C9": "statements",
    "C11": "statements",
    "D6": "notices",
    "D8": "notices",
    "D9": "qualification",
}

# Articles of instruments beside the Online Judicial Sale Provisions, as a court cites them.
ARTICLES: dict[str, Any] = {
    "27 of Fa Shi [2018] 15": _("art. 27 of the Reference Price Provisions"),
    "20 of Fa Shi [2015] 10": _("art. 20 of the Objection Provisions"),
    "85 of the Company Law": _("art. 85 of the Company Law"),
    "6 of the Auction Provisions": _("art. 6 of the Auction Provisions"),
    "15 of the Auction Provisions": _("art. 15 of the Auction Provisions"),
    "12 of the Equity Provisions": _("art. 12 of the Equity Provisions"),
    "13 of the Equity Provisions": _("art. 13 of the Equity Provisions"),
    "14 and 15 of the Equity Provisions": _("art. 14 and 15 of the Equity Provisions"),
    "2 of Fa Shi [2021] 18": _("art. 2 of the Housing Bidder Provisions"),
    "Fa Ming Chuan [2017] 455": _("notice Fa Ming Chuan [2017] 455"),
}

# What the statements and qualifications lack, in words.
TITLES: dict[tuple[str, str], Any] = {
    ("C5", "starting_price"): _("Price of an equity that cannot be appraised"),
    ("C5", "deposit"): _("Deposit at the court's discretion"),
    ("C6", "no_surplus"): _("Something is left for the applicant, or they asked all the same"),
    ("C6", "applicant_bears"): _("If nobody bids, the applicant bears the costs of the auction"),
    ("C9", "sold_together"): _("Why things are sold together"),
    ("C11", "part_of_equity"): _("Why so much of the equity is sold"),
    ("I1", "parts"): _("Parts in which the balance may be paid"),
    ("D9", "housing_purchase"): _("Who may buy a home here, and what follows otherwise"),
    ("D9", "equity_terms"): _("Capital, what of it is paid in, its term, and approvals"),
}
REASONS: dict[str, Any] = {
    "applicant_not_told": _("Nothing would be left at this price. Tell the applicant."),
    "applicant_may_ask": _("The applicant was told and may still ask for the sale."),
    "applicant_did_not_ask": _("The applicant did not ask for the sale. It is not held."),
    "reserve_not_raised": _("The price has to lie above claims and costs."),
    "parts_empty": _("A part needs days and percents above nought."),
    "parts_not_in_order": _(
        "The days of the parts must rise and lie before the day for the whole balance"
    ),
    "parts_nothing_left": _("The parts before the last must leave something of the rest"),
    "no_shareholder": _("The case names no other shareholder as co-owner. Are there none?"),
    "part_of_equity": _("Only as much as is needed is sold. Say why it is this much."),
    "housing_purchase": _("Ask for the qualification on the page about who may bid."),
    "equity_terms": _("State them on the page about who may bid."),
}


def checklist_parts(checklist: Checklist) -> list[tuple[str, list[CheckLine]]]:
    """All lines under their headings; advice stands last, and nothing is left out."""
    parts = [
        (str(heading), [line for line in checklist.lines if _stands_in(line, rules)])
        for heading, rules in PARTS
    ]
    known = frozenset().union(*(rules for _heading, rules in PARTS))
    others = [line for line in checklist.lines if line.rule not in known and not _is_advice(line)]
    advice = [line for line in checklist.lines if _is_advice(line)]
    parts += [(gettext("Other rules"), others), (gettext("For a careful look"), advice)]
    return [(heading, lines) for heading, lines in parts if lines]


def page_of(line: CheckLine) -> str:
    """Where to mend it: a page of the sale."""
    return PAGES.get(line.rule, "terms")


def is_of_asset(line: CheckLine) -> bool:
    """Whether the description of the asset is what lacks something."""
    return (line.rule, line.item) in {
        ("D2", "title"),
        ("D2", "defects"),
        ("D3", "property"),
        ("D10", "living_home"),
    }


def own_title(line: CheckLine) -> str:
    return str(TITLES.get((line.rule, line.item), ""))


def own_reason(line: CheckLine) -> str:
    found = REASONS.get(line.why) or REASONS.get(line.item if line.rule in ("C11", "D9") else "")
    return str(found or "")


def article_of(line: CheckLine) -> str:
    """The article of another instrument, in the words of the page; empty for our own."""
    return str(ARTICLES.get(line.article, ""))


def reckoning(line: CheckLine) -> str:
    """How the limit was counted, and what would be possible instead (RULE-Q1 to Q4)."""
    said = _counted(line.counted)
    if line.instead is not None and line.state is LineState.VIOLATED:
        stop = "。" if chosen_language() == "zh" else ". "
        said = f"{said}{stop}{day_words.opens_from(line.instead)}"
    return said


def _counted(counted: Deadline | ClockPeriod | None) -> str:
    if counted is None:
        return ""
    if isinstance(counted, Deadline):
        return day_words.explained(counted)
    start = moment(
        counted.counted_from,
        now=server_now(),
        zone=get_timezone(),
        locale=chosen_language(),
        seconds=False,
    )
    return day_words.explained_on_the_clock(counted, start)


def _stands_in(line: CheckLine, rules: frozenset[str]) -> bool:
    return line.rule in rules and not _is_advice(line)


def _is_advice(line: CheckLine) -> bool:
    return line.state is LineState.ADVICE
