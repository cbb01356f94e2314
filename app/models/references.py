"""Payment references: what a payer writes on a transfer, and how a credit finds its purpose."""

from __future__ import annotations

import secrets

from stdnum.iso7064 import mod_97_10


def new_reference() -> str:
    """`LC`, twelve random digits and two check digits: unguessable, countless, safe to mistype.

    Random and not counted, so that a reference does not tell how many bidders there are (SEC-T1).
    """
    digits = "".join(secrets.choice("0123456789") for _ in range(12))
    return f"LC{digits}{mod_97_10.calc_check_digits(digits)}"


def read_reference(written: str) -> str | None:
    """The reference in what a payer wrote, blanks and case forgiven; None where there is none."""
    squeezed = "".join(written.upper().split())
    start = squeezed.find("LC")
    while start >= 0:
        candidate = squeezed[start : start + 16]
        if len(candidate) == 16 and mod_97_10.is_valid(candidate[2:]):
            return candidate
        start = squeezed.find("LC", start + 1)
    return None
