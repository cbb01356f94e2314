"""Reading a pool and its claims; every combination that has no meaning is turned down here."""

from auction_engine.documents.fields import MOST_MONEY, Fields
from auction_engine.documents.unusable import UnusableInput
from auction_engine.money.claims import (
    DEBTOR,
    Claim,
    DebtorKind,
    JointSecurity,
    Method,
    Pool,
    Property,
    TierLine,
    WaterfallOptions,
)
from auction_engine.rulepacks.waterfall import ClaimClass, Option, WaterfallRules

_OPTIONS = {"criminal": Option.CRIMINAL, "livelihood_tier": Option.LIVELIHOOD_TIER}


def read_pool(document: Fields) -> Pool:
    properties: dict[str, Property] = {}
    for fields in document.objects("properties"):
        fields.allow("id", "proceeds", "costs", "owner")
        thing = Property(
            id=_new_id(fields, properties),
            proceeds=fields.money("proceeds"),
            costs=fields.money("costs") if "costs" in fields else 0,
            owner=fields.code("owner", most=200) if "owner" in fields else DEBTOR,
        )
        properties[thing.id] = thing
    return Pool(tuple(properties.values()), _read_general_costs(document))


def read_options(document: Fields, debtor_kind: DebtorKind) -> WaterfallOptions:
    if "options" not in document:
        return WaterfallOptions(debtor_kind)
    options = document.object("options")
    options.allow("criminal", "livelihood_tier", "joint_security", "unit")
    given = {option for key, option in _OPTIONS.items() if key in options and options.flag(key)}
    joint = JointSecurity.BY_VALUE
    if "joint_security" in options:
        joint = options.choice("joint_security", JointSecurity)
    return WaterfallOptions(debtor_kind, frozenset(given), joint, _unit(options))


def read_unit(document: Fields) -> int:
    """The one option of the generic pack."""
    if "options" not in document:
        return 1
    options = document.object("options")
    options.allow("unit")
    return _unit(options)


def read_claims(
    document: Fields, rules: WaterfallRules, options: WaterfallOptions, pool: Pool
) -> tuple[Claim, ...]:
    classes = {each.name: each for each in rules.classes}
    things = frozenset(thing.id for thing in pool.properties)
    claims: dict[str, Claim] = {}
    for fields in document.objects("claims"):
        claim_class = _read_class(fields, classes, options)
        claim = _read_claim(fields, claim_class, _new_id(fields, claims), things)
        claims[claim.id] = claim
    return tuple(claims.values())


def read_tier_lines(document: Fields) -> tuple[TierLine, ...]:
    lines: list[TierLine] = []
    methods: dict[int, Method] = {}
    amounts: dict[str, int] = {}
    seen: set[tuple[int, str]] = set()
    for fields in document.objects("claims"):
        line = _read_tier_line(fields)
        if (line.tier, line.id) in seen:
            raise fields.refuse("id", "stands twice in this tier")
        if methods.setdefault(line.tier, line.method) is not line.method:
            raise fields.refuse("method", "all claims of a tier are paid alike")
        if amounts.setdefault(line.id, line.amount) != line.amount:
            raise fields.refuse("amount", "each line of a claim gives the whole claim")
        seen.add((line.tier, line.id))
        lines.append(line)
    return tuple(lines)


def _read_general_costs(document: Fields) -> int:
    if "costs" not in document:
        return 0
    costs: dict[str, int] = {}
    for fields in document.objects("costs"):
        fields.allow("id", "amount")
        costs[_new_id(fields, costs)] = fields.money("amount")
    return sum(costs.values())


def _read_class(
    fields: Fields, classes: dict[str, ClaimClass], options: WaterfallOptions
) -> ClaimClass:
    name = fields.value("class")
    claim_class = classes.get(name) if isinstance(name, str) else None
    if claim_class is None:
        raise fields.refuse("class", "one of " + ", ".join(classes) + " is expected")
    if not claim_class.has_a_place(options.options) and claim_class.otherwise_in is None:
        raise fields.refuse("class", "there is no such class unless its option is set")
    return claim_class


def _read_claim(
    fields: Fields, claim_class: ClaimClass, claim_id: str, things: frozenset[str]
) -> Claim:
    on: tuple[str, ...] | None = None
    rank = 1
    if claim_class.on_things:
        fields.allow("id", "class", "amount", "seized_at", "filed_at", "on", "rank")
        if "on" in fields or claim_class.always_on:
            on = _read_things(fields, things)
        if "rank" in fields or claim_class.always_on:
            rank = fields.rank("rank")
    else:
        fields.allow("id", "class", "amount", "seized_at", "filed_at")
    return Claim(
        id=claim_id,
        claim_class=claim_class.name,
        amount=fields.money("amount"),
        on=on,
        rank=rank,
        seized_on=fields.day("seized_at") if "seized_at" in fields else None,
        filed_on=fields.day("filed_at") if "filed_at" in fields else None,
    )


def _read_things(fields: Fields, things: frozenset[str]) -> tuple[str, ...]:
    on = fields.codes("on")
    if not on:
        raise fields.refuse("on", "names no property")
    for index, thing in enumerate(on):
        if thing not in things:
            raise UnusableInput(f"{fields.at('on')}/{index}", "there is no such property")
    return on


def _read_tier_line(fields: Fields) -> TierLine:
    method = fields.choice("method", Method) if "method" in fields else Method.PRO_RATA
    ranked = ("rank",) if method is Method.IN_ORDER else ()
    fields.allow("id", "tier", "amount", "cap", "method", "filed_at", *ranked)
    return TierLine(
        id=fields.code("id"),
        tier=fields.rank("tier"),
        amount=fields.money("amount"),
        cap=fields.money("cap") if "cap" in fields else None,
        method=method,
        rank=fields.rank("rank") if ranked else 1,
        filed_on=fields.day("filed_at") if "filed_at" in fields else None,
    )


def _new_id(fields: Fields, known: dict[str, Property] | dict[str, Claim] | dict[str, int]) -> str:
    new = fields.code("id")
    if new in known:
        raise fields.refuse("id", "stands twice")
    return new


def _unit(options: Fields) -> int:
    return options.integer("unit", 1, MOST_MONEY) if "unit" in options else 1
