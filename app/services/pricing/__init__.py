"""Finding the reference price of an asset, act by act (RULE-B1 to B15).

Each act is a function that answers with the procedure, or with everything that stands against it.
"""

from __future__ import annotations

from app.services.pricing.appraisers import (
    choose_appraisers,
    file_back,
    instruct,
    more_time_for_appraiser,
)
from app.services.pricing.deliveries import deliver, move_objection, object_to
from app.services.pricing.fixing import fix, renew
from app.services.pricing.inquiries import extend_inquiry, platform_asks_time, send_inquiry
from app.services.pricing.methods import next_method, resume, start, stay, withdraw
from app.services.pricing.results import ask_authority, authority_answers, name_price, report
from app.services.pricing.work import Answer, PricingRefusal, Refusal

__all__ = [
    "Answer",
    "PricingRefusal",
    "Refusal",
    "ask_authority",
    "authority_answers",
    "choose_appraisers",
    "deliver",
    "extend_inquiry",
    "file_back",
    "fix",
    "instruct",
    "more_time_for_appraiser",
    "move_objection",
    "name_price",
    "next_method",
    "object_to",
    "platform_asks_time",
    "renew",
    "report",
    "resume",
    "send_inquiry",
    "start",
    "stay",
    "withdraw",
]
