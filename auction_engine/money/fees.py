"""The enforcement application fee: cumulative bands, half a fen and more is a whole one."""

from auction_engine.rulepacks.cn_enforcement import FEE_BANDS, LEAST_FEE, LEAST_FEE_UP_TO


def enforcement_fee(amount: int) -> int:
    """The fee for enforcing `amount`; the smallest amount, even none, pays the least fee."""
    thousandths = LEAST_FEE * 1000
    floor = LEAST_FEE_UP_TO
    for ceiling, rate in FEE_BANDS:
        top = amount if ceiling is None else min(amount, ceiling)
        thousandths += max(0, top - floor) * rate
        if ceiling is not None:
            floor = ceiling
    return (thousandths + 500) // 1000
