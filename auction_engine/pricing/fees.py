"""Who is paid for a reference price, and how much of it (RULE-B15).

The applicant advances every fee; the debtor bears it in the end.
"""

from collections.abc import Mapping
from typing import Final

from auction_engine.invariants import ensure
from auction_engine.money.shares import cut_by_weight

# A new report for an expired one costs this part of the first (RULE-B12, B15).
RENEWAL_PERCENT: Final = 30


def inquiry_fee_shares(fee: int, results: Mapping[str, int], sale_price: int) -> dict[str, int]:
    """The fee of an online inquiry goes to the platform closest to the sale price; those equally
    close share it, and an odd minor unit goes to the one named first."""
    ensure(bool(results), "some platform found a price")
    ensure(fee >= 0, "no fee is negative")
    distance = {name: abs(amount - sale_price) for name, amount in results.items()}
    nearest = min(distance.values())
    closest = [name for name in results if distance[name] == nearest]
    return dict(zip(closest, cut_by_weight(fee, [1] * len(closest)), strict=True))


def appraisal_fee_base(appraised: int, sale_price: int | None) -> int | None:
    """From what the appraiser's fee is counted: the lesser of appraisal and sale price. None for
    what was not sold: then the reasonable actual cost is paid."""
    return None if sale_price is None else min(appraised, sale_price)


def renewal_fee(first_fee: int) -> int:
    """What the appraiser gets for a new report after the old expired: 30 percent, a broken minor
    unit not counted."""
    ensure(first_fee >= 0, "no fee is negative")
    return first_fee * RENEWAL_PERCENT // 100
