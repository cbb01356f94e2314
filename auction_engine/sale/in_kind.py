"""Taking the property in kind after a round has failed (RULE-K5, K6, K14 to K16).

The better legal rank comes first; equal ranks by a lot that anybody can draw again:

    ticket of a claim = SHA-256 of "SEED<newline>ID,ID,…<newline>ID", the ids sorted, as hex
    the smaller ticket comes first

    printf 'SEED\\nA1,B2,C3\\nB2' | sha256sum

The seed is published before anybody has answered, so that whoever draws cannot choose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from auction_engine.invariants import ensure
from auction_engine.rulepacks.pack import Ratio


@dataclass(frozen=True, slots=True)
class Taker:
    """A claim whose creditor wants the property; `rank` 1 is the best legal rank."""

    claim: str
    rank: int


@dataclass(frozen=True, slots=True)
class Place:
    """A claim's place in the order; `ticket` only where a lot decided among equal ranks."""

    claim: str
    rank: int
    ticket: str | None = None


def ticket(seed: str, claims: Iterable[str], claim: str) -> str:
    """The lot of one claim among `claims`: nothing but the published seed and their ids."""
    drawn = sorted(claims)
    ensure(claim in drawn, "a lot is drawn among those who take part")
    ensure(len(set(drawn)) == len(drawn), "nobody takes part twice")
    return sha256(f"{seed}\n{','.join(drawn)}\n{claim}".encode()).hexdigest()


def order_of_takers(seed: str, takers: Sequence[Taker]) -> tuple[Place, ...]:
    """Best legal rank first, equal ranks by lot (RULE-K5, AP 16)."""
    places: list[Place] = []
    for rank in sorted({taker.rank for taker in takers}):
        equal = [taker.claim for taker in takers if taker.rank == rank]
        if len(equal) == 1:
            places.append(Place(equal[0], rank))
            continue
        drawn = sorted((ticket(seed, equal, claim), claim) for claim in equal)
        places.extend(Place(claim, rank, lot) for lot, claim in drawn)
    return tuple(places)


def difference_due(*, price: int, due_to_taker: int) -> int:
    """What the taker pays in: the price, less what the price would have brought them (RULE-K5)."""
    ensure(price >= 1 and due_to_taker >= 0, "a price is positive, a share is not negative")
    return max(0, price - due_to_taker)


# --- without an auction -------------------------------------------------------------------------


class DirectGround(StrEnum):
    """Why a thing may be sold off without an auction (RULE-K14, AP 31)."""

    ALL_AGREE = "all_agree"
    BULLION = "bullion"
    MARKET_PRICED = "market_priced"
    PERISHABLE = "perishable"
    SEASONAL = "seasonal"
    COSTLY_TO_KEEP = "costly_to_keep"


class PriceBasis(StrEnum):
    """What the price of a direct sell-off is held against, in this order (AP 32)."""

    AGREED = "agreed"
    MARKET = "market"
    APPRAISAL = "appraisal"


class Unlawful(StrEnum):
    """What stands against a sale or a taking without an auction."""

    CONSENT_MISSING = "consent_missing"
    HARMS_OTHERS = "harms_others"
    NOT_A_MOVABLE = "not_a_movable"
    BASIS_MISSING = "basis_missing"
    NOT_THE_AGREED_PRICE = "not_the_agreed_price"
    BELOW_MARKET = "below_market"
    BELOW_HALF_OF_APPRAISAL = "below_half_of_appraisal"


# Never below one half of the appraisal (AP 32).
_APPRAISAL_FLOOR = Ratio(50, 100)


@dataclass(frozen=True, slots=True)
class DirectSellOff:
    """A sell-off without an auction as the court means to decide it."""

    ground: DirectGround
    is_movable: bool
    all_agree: bool
    price: int
    agreed_price: int | None = None
    market_price: int | None = None
    appraisal: int | None = None


def price_basis(sale: DirectSellOff) -> PriceBasis | None:
    """The agreed price, else the market's, else the appraisal (RULE-K14)."""
    if sale.agreed_price is not None:
        return PriceBasis.AGREED
    if sale.market_price is not None:
        return PriceBasis.MARKET
    return PriceBasis.APPRAISAL if sale.appraisal is not None else None


def least_direct_price(sale: DirectSellOff) -> int | None:
    """The least price that the basis allows: an appraisal one half, rounded up (RULE-K14)."""
    match price_basis(sale):
        case PriceBasis.AGREED:
            return sale.agreed_price
        case PriceBasis.MARKET:
            return sale.market_price
        case PriceBasis.APPRAISAL:
            return _APPRAISAL_FLOOR.rounded_up(sale.appraisal or 0)
    return None


def against_direct_sell_off(sale: DirectSellOff) -> tuple[Unlawful, ...]:
    """Everything that stands against it, at once (RULE-K14)."""
    found = []
    if sale.ground is DirectGround.ALL_AGREE and not sale.all_agree:
        found.append(Unlawful.CONSENT_MISSING)
    if sale.ground is not DirectGround.ALL_AGREE and not sale.is_movable:
        found.append(Unlawful.NOT_A_MOVABLE)
    least = least_direct_price(sale)
    basis = price_basis(sale)
    if basis is PriceBasis.AGREED and not sale.all_agree:
        found.append(Unlawful.CONSENT_MISSING)
    if least is None:
        found.append(Unlawful.BASIS_MISSING)
    elif basis is PriceBasis.AGREED and sale.price != least:
        found.append(Unlawful.NOT_THE_AGREED_PRICE)
    elif sale.price < least:
        below_market = basis is PriceBasis.MARKET
        found.append(Unlawful.BELOW_MARKET if below_market else Unlawful.BELOW_HALF_OF_APPRAISAL)
    return tuple(dict.fromkeys(found))


def against_taking_by_agreement(
    *, debtor_agrees: bool, creditor_agrees: bool, is_unsaleable: bool, harms_others: bool
) -> tuple[Unlawful, ...]:
    """CI 489: both agree; CI 490: what cannot be sold, with the creditor's consent (RULE-K15)."""
    found = []
    if not creditor_agrees or not (debtor_agrees or is_unsaleable):
        found.append(Unlawful.CONSENT_MISSING)
    if harms_others:
        found.append(Unlawful.HARMS_OTHERS)
    return tuple(found)
