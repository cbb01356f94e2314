"""Rule packs, chosen by id: the values a country fixes, apart from the code that reads them."""

from collections.abc import Mapping
from types import MappingProxyType

from auction_engine.rulepacks.cn_2016_18 import CN_2016_18
from auction_engine.rulepacks.cn_waterfall import CN_WATERFALL
from auction_engine.rulepacks.generic import GENERIC_WATERFALL
from auction_engine.rulepacks.pack import SaleRules
from auction_engine.rulepacks.waterfall import WaterfallRules

SALE_RULES: Mapping[str, SaleRules] = MappingProxyType({CN_2016_18.id: CN_2016_18})

WATERFALL_RULES: Mapping[str, WaterfallRules] = MappingProxyType(
    {rules.id: rules for rules in (CN_WATERFALL, GENERIC_WATERFALL)}
)
