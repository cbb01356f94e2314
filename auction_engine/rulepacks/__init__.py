"""Rule packs, chosen by id: the values a country fixes, apart from the code that reads them."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from auction_engine.invariants import BrokenInvariant
from auction_engine.rulepacks.catalogue import catalogue, find_pack
from auction_engine.rulepacks.cn_2016_18 import CN_2016_18
from auction_engine.rulepacks.cn_waterfall import CN_WATERFALL
from auction_engine.rulepacks.es import ES_2000, ES_2025
from auction_engine.rulepacks.generic import GENERIC, GENERIC_WATERFALL
from auction_engine.rulepacks.pack import RulePack
from auction_engine.rulepacks.waterfall import WaterfallRules

RULE_PACKS: Mapping[str, RulePack] = catalogue((CN_2016_18, ES_2025, ES_2000, GENERIC))


@lru_cache(maxsize=256)
def rule_pack(pack_id: str) -> RulePack | None:
    """The pack of this id, also with open questions read otherwise; None where there is none."""
    return find_pack(RULE_PACKS, pack_id)


def sale_pack(pack_id: str) -> RulePack:
    """The pack that a published sale names; there is always one."""
    pack = rule_pack(pack_id)
    if pack is None:
        raise BrokenInvariant(f"no rule pack {pack_id}")
    return pack


WATERFALL_RULES: Mapping[str, WaterfallRules] = MappingProxyType(
    {rules.id: rules for rules in (CN_WATERFALL, GENERIC_WATERFALL)}
)


@lru_cache(maxsize=256)
def waterfall_rules(rules_id: str) -> WaterfallRules | None:
    """The order of payment of this id, also with open questions read otherwise."""
    return find_pack(WATERFALL_RULES, rules_id)
