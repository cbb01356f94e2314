"""What may be done in which stage of a pricing procedure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.pricing.methods import Stage


class Act(StrEnum):
    NAME_PRICE = "name_price"
    ASK_AUTHORITY = "ask_authority"
    AUTHORITY_ANSWERS = "authority_answers"
    SEND_INQUIRY = "send_inquiry"
    PLATFORM_ASKS_TIME = "platform_asks_time"
    EXTEND_INQUIRY = "extend_inquiry"
    CHOOSE_APPRAISERS = "choose_appraisers"
    INSTRUCT = "instruct"
    APPRAISER_ASKS_TIME = "appraiser_asks_time"
    FILE_BACK = "file_back"
    REPORT = "report"
    DELIVER = "deliver"
    OBJECT = "object"
    NEXT_METHOD = "next_method"
    FIX = "fix"
    RENEW = "renew"
    STAY = "stay"
    RESUME = "resume"
    WITHDRAW = "withdraw"


_ALWAYS: Final = (Act.STAY, Act.WITHDRAW)

# Whatever is not in this table is refused, whoever asks. An objection to a fixed price is heard
# as enforcement supervision (RULE-B10).
OPEN_IN: Final[Mapping[Stage, tuple[Act, ...]]] = MappingProxyType(
    {
        Stage.AGREEMENT: (Act.NAME_PRICE, Act.FIX, Act.NEXT_METHOD, *_ALWAYS),
        Stage.DIRECTED_INQUIRY: (
            Act.ASK_AUTHORITY,
            Act.AUTHORITY_ANSWERS,
            Act.FIX,
            Act.NEXT_METHOD,
            *_ALWAYS,
        ),
        Stage.ONLINE_INQUIRY: (
            Act.SEND_INQUIRY,
            Act.REPORT,
            Act.PLATFORM_ASKS_TIME,
            Act.EXTEND_INQUIRY,
            Act.DELIVER,
            Act.NEXT_METHOD,
            *_ALWAYS,
        ),
        Stage.APPRAISAL: (
            Act.CHOOSE_APPRAISERS,
            Act.INSTRUCT,
            Act.REPORT,
            Act.APPRAISER_ASKS_TIME,
            Act.FILE_BACK,
            Act.DELIVER,
            *_ALWAYS,
        ),
        Stage.OBJECTIONS: (Act.DELIVER, Act.OBJECT, Act.FIX, Act.NEXT_METHOD, *_ALWAYS),
        Stage.FIXED: (Act.OBJECT, Act.RENEW),
        Stage.STAYED: (Act.RESUME, Act.WITHDRAW),
        Stage.WITHDRAWN: (),
    }
)
