"""Write docs/rules.md and docs/states.md anew: `python -m tests.rules.write`, or `make rules`."""

from __future__ import annotations

from tests.rules.citations import find_citations
from tests.rules.listed import ROOT, listed_rules
from tests.rules.page import rules_page
from tests.rules.states_page import states_page

RULES_PAGE = ROOT / "docs" / "rules.md"
STATES_PAGE = ROOT / "docs" / "states.md"


def made_rules_page() -> str:
    return rules_page(listed_rules(), find_citations(ROOT))


def main() -> None:
    RULES_PAGE.write_text(made_rules_page(), encoding="utf-8")
    STATES_PAGE.write_text(states_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
