"""Rule packs, chosen by id: the values a country fixes, apart from the code that reads them."""

from collections.abc import Mapping
from types import MappingProxyType

from auction_engine.rulepacks.cn_2016_18 import CN_2016_18
from auction_engine.rulepacks.pack import SaleRules

SALE_RULES: Mapping[str, SaleRules] = MappingProxyType({CN_2016_18.id: CN_2016_18})
