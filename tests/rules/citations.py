"""Where rules are cited: RULE-X9 in a comment, a docstring or a text, or in the name of a test.

Several numbers may follow one prefix (`RULE-C2, K3 and K8`). A range (`RULE-L1 to L6`) heads a
file with its subject and cites nothing: whoever enforces a rule or proves it names that rule.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENFORCING = ("auction_engine", "app", "migrations", "templates", "static", "deploy", "config.py")
# A rehearsal shows the rules to people, and a translation repeats a text that cites none.
NOT_ENFORCING = ("app/rehearsal", "app/translations", "deploy/local")
_TEXTS = {".py", ".html", ".js", ".sql", ".txt", ".scss"}
_NOT_OURS = {"__pycache__", "node_modules"}

_NUMBER = r"[A-Z]\d{1,2}\b"
_JOINT = r"(?P<joint>,? and|,? or|,? to|,)\s+(?:\#\s+)?(?:RULE-)?"
_CITATION = re.compile(rf"RULE-{_NUMBER}(?:{_JOINT.replace('?P<joint>', '?:')}{_NUMBER})*")
_PART = re.compile(rf"(?:RULE-|{_JOINT})(?P<number>{_NUMBER})")
_NAMED = re.compile(r"^test_((?:and_)?[a-z]\d{1,2}_)+")


@dataclass
class Citations:
    """For each rule the files that enforce it, and the tests that prove it by their file.

    A test file without a name among its tests cites the rule as a whole.
    """

    enforced: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    proved: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    @property
    def numbers(self) -> set[str]:
        return set(self.enforced) | set(self.proved)


def cited_numbers(text: str) -> set[str]:
    """The rules that `text` cites, ranges left out."""
    return {number for number, in_range in _parts(text) if not in_range}


def mentioned_numbers(text: str) -> set[str]:
    """The rules that `text` names in any way, ranges' ends included."""
    return {number for number, _ in _parts(text)}


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    for citation in _CITATION.finditer(text):
        parts = list(_PART.finditer(citation.group()))
        opens_range = [(part["joint"] or "").endswith("to") for part in parts]
        for place, part in enumerate(parts):
            in_range = opens_range[place] or any(opens_range[place + 1 : place + 2])
            yield part["number"], in_range


def find_citations(root: Path) -> Citations:
    """All citations in the repository at `root`."""
    found = Citations()
    for path in enforcing_files(root):
        for number in cited_numbers(path.read_text(encoding="utf-8")):
            found.enforced[number].add(path.relative_to(root).as_posix())
    for path in proving_files(root):
        name = path.relative_to(root).as_posix()
        for test, numbers in citing_tests(path.read_text(encoding="utf-8")):
            for number in numbers:
                found.proved[number][name].update({test} if test else ())
    return found


def enforcing_files(root: Path) -> Iterator[Path]:
    for place in ENFORCING:
        top = root / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = path.relative_to(root)
            if path.suffix not in _TEXTS or _NOT_OURS & set(name.parts) or not path.is_file():
                continue
            if not any(name.is_relative_to(apart) for apart in NOT_ENFORCING):
                yield path


def proving_files(root: Path) -> Iterator[Path]:
    """All files of tests but those of this very tool, whose examples prove nothing."""
    own = root / "tests" / "rules"
    yield from (path for path in sorted((root / "tests").rglob("test_*.py")) if path.parent != own)


def citing_tests(source: str) -> Iterator[tuple[str, set[str]]]:
    """Each test of a file with the rules it cites; last, without a name, the rest of the file."""
    lines = source.splitlines()
    rest = list(lines)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first, last = _first_line(node, lines), node.end_lineno or node.lineno
            numbers = cited_numbers("\n".join(lines[first:last])) | numbers_in_the_name(node.name)
            rest[first:last] = [""] * (last - first)
            yield node.name, numbers
    yield "", cited_numbers("\n".join(rest))


def numbers_in_the_name(name: str) -> set[str]:
    """`test_d3_and_d4_name_each_missing_item` and `test_a_mean_RULE_B6` say what they prove."""
    before = _NAMED.match(name)
    numbers = re.findall(r"[A-Z]\d{1,2}", before.group().upper()) if before else []
    return {*numbers, *re.findall(r"_RULE_([A-Z]\d{1,2})(?=_|$)", name)}


def _first_line(node: ast.FunctionDef, lines: list[str]) -> int:
    """Where a test begins: with its decorators, and with the comment that stands on them."""
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first
