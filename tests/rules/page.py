"""docs/rules.md: each rule, where it is kept, what proves it, or why the platform cannot."""

from __future__ import annotations

from collections.abc import Iterable

from tests.rules.citations import Citations
from tests.rules.listed import Kept, Listed, Rule

_WORDS = {
    Kept.ENFORCED: "enforced",
    Kept.SHOWN: "shown or recorded",
    Kept.OUTSIDE: "outside the platform",
    Kept.OPEN: "open",
}

_REASONS = {
    Kept.SHOWN: "why no more",
    Kept.OUTSIDE: "outside the platform",
    Kept.OPEN: "open",
}
_PLACES = {
    Kept.ENFORCED: "enforced",
    Kept.SHOWN: "shown or recorded",
    Kept.OUTSIDE: "cited",
    Kept.OPEN: "begun",
}

_HEAD = """\
# Every rule, accounted for

This page is made by `make rules` from docs/rules.toml and from the citations `RULE-X9` in code
and tests; `tests/rules` fails when it is not what would be made now. The numbers are those of the
team's rulebook, which holds the sources; the words here are our own and short.

- *enforced*: the platform does it, or refuses what breaks it; a test proves it.
- *shown or recorded*: only a court can keep it; the platform shows or records it at the place
  named.
- *outside the platform*: there is nothing to do here, and the reason says why.
- *open*: not kept yet, or not whole.
"""


def rules_page(listed: Listed, cited: Citations) -> str:
    parts = [_HEAD, _overview(listed)]
    for family, title in listed.families.items():
        parts.append(f"## {family}. {title}\n")
        parts.extend(_entry(rule, cited) for rule in _of(listed, family))
    parts.append(_articles(listed))
    return "\n".join(parts)


def _of(listed: Listed, family: str) -> list[Rule]:
    return [rule for rule in listed.rules.values() if rule.family == family]


def _overview(listed: Listed) -> str:
    rows = ["| | " + " | ".join(_WORDS.values()) + " |", "|---" * 5 + "|"]
    for family, title in listed.families.items():
        rows.append(_row(f"{family}. {title}", _of(listed, family)))
    rows.append(_row("all", list(listed.rules.values())))
    return "\n".join(rows) + "\n"


def _row(title: str, rules: list[Rule]) -> str:
    counts = (sum(rule.kept is kept for rule in rules) for kept in Kept)
    return f"| {title} | " + " | ".join(str(count or "") for count in counts) + " |"


def _entry(rule: Rule, cited: Citations) -> str:
    lines = [f"### {rule.number}", "", rule.says, ""]
    if rule.kept is not Kept.ENFORCED:
        lines.append(f"- *{_REASONS[rule.kept]}*: {rule.reason}")
    if rule.number in cited.enforced:
        word = _PLACES[rule.kept]
        lines.append(f"- *{word} in* {_links(cited.enforced[rule.number])}")
    lines.extend(_proofs(cited.proved.get(rule.number, {})))
    return "\n".join(lines) + "\n"


def _proofs(proved: dict[str, set[str]]) -> Iterable[str]:
    for path, tests in sorted(proved.items()):
        named = ", ".join(f"`{test}`" for test in sorted(tests))
        yield f"- *proved by* {_link(path)}" + (f": {named}" if named else "")


def _links(paths: set[str]) -> str:
    return ", ".join(_link(path) for path in sorted(paths))


def _link(path: str) -> str:
    return f"[{path}](../{path})"


def _articles(listed: Listed) -> str:
    """Section R: the Provisions on online judicial sale, article by article."""
    rows = ["## R. Article by article", "", "| article | rules |", "|---|---|"]
    for article, numbers in listed.articles.items():
        links = ", ".join(f"[{number}](#{number.lower()})" for number in numbers)
        rows.append(f"| {article} | {links or 'nothing for a platform'} |")
    return "\n".join(rows) + "\n"
