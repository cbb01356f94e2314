"""What a number by which the state knows somebody tells: who is the same, and how old (RULE-E1).

Only the two kinds in daily use are read: the resident identity number, with its birthday, and the
social credit code of a company. Any other number is compared, and says nothing about its holder.
"""

import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_SIGNS = "10X98765432"
_COMPANY_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANY_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def normalised(written: str) -> str:
    """One spelling for one number: width, small letters, spaces and dashes are habits."""
    plain = unicodedata.normalize("NFKC", written).upper()
    return "".join(sign for sign in plain if sign.isalnum())


def born_on(number: str) -> date | None:
    """The birthday in a resident identity number; None where it is none, or its check sign errs."""
    sign = normalised(number)
    if len(sign) != 18 or not (sign[:17].isascii() and sign[:17].isdigit()):
        return None
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, sign, strict=False))
    if _CHECK_SIGNS[total % 11] != sign[17]:
        return None
    try:
        return date(int(sign[6:10]), int(sign[10:12]), int(sign[12:14]))
    except ValueError:
        return None


def is_company_code(number: str) -> bool:
    """Whether this is a unified social credit code, by its alphabet and its check sign."""
    signs = normalised(number)
    if len(signs) != 18 or any(sign not in _COMPANY_SIGNS for sign in signs):
        return False
    values = [_COMPANY_SIGNS.index(sign) for sign in signs]
    total = sum(weight * value for weight, value in zip(_COMPANY_WEIGHTS, values, strict=False))
    return values[17] == (31 - total % 31) % 31
