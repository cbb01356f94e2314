"""The generic pack: no classes of its own. The claims say in which tier and how they are paid."""

from auction_engine.rulepacks.waterfall import WaterfallRules

GENERIC_WATERFALL = WaterfallRules(id="generic", classes=())
