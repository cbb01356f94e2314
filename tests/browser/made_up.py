"""Made-up people, lots and cases for the page for looking; nothing in it is real."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import request

from tests.browser.component_page import SALE, START, STEP, MadeUpSale

MINE = "M4K"
HASH = "c1f9dec98fe5f459770080e619ac1b5e3a698aaec6b3e5d4f0314655e5247b3c"


def say(english: str, chinese: str) -> str:
    return chinese if request.args.get("lang") == "zh" else english


def court() -> str:
    return say("Qinghe District People's Court", "清河区人民法院")


def pictures() -> list[dict[str, str]]:
    texts = (
        say("The house from the street", "临街外观"),
        say("The block it stands in", "所在楼栋"),
        say("The plot", "宗地范围"),
    )
    kinds = ("home-1", "apartment-2", "land-1")
    return [
        {"url": f"/static/img/lots/{kind}.svg", "alt": text, "caption": text}
        for kind, text in zip(kinds, texts, strict=True)
    ]


def lots(now: datetime) -> list[dict[str, Any]]:
    rows = (
        ("apartment-1", "open", "Flat, 89.4 m², Lane 12, Heping Road", "和平路12弄89.4平方米住宅"),
        ("car-2", "announced", "Estate car, first registered 2019", "2019年登记小型普通客车"),
        ("machinery-1", "sold", "CNC lathe with tools", "数控车床及附件一套"),
        (
            "shares-1",
            "suspended",
            "12% of the shares in Qinghe Tool Ltd",
            "清河工具有限公司12%股权",
        ),
        ("ship-1", "unsold", "Container feeder, 3,100 t", "3100吨集装箱支线船"),
        ("land-2", "extension", "Land-use right, 4,200 m², industrial", "4200平方米工业用地使用权"),
    )
    return [
        {
            "url": "#lot",
            "title": say(english, chinese),
            "picture_url": f"/static/img/lots/{picture}.svg",
            "picture_alt": "",
            "place": say("Qinghe, Jiangsu", "江苏省清河区"),
            "court_name": court(),
            "state": state,
            "price_minor": START + index * 7 * STEP,
            "currency": "CNY",
            "opens_at": now + timedelta(days=6),
            "closes_at": now + timedelta(hours=3 * index + 1),
            "round_name": say("First auction", "第一次拍卖"),
            "bids": 12,
        }
        for index, (picture, state, english, chinese) in enumerate(rows)
    ]


def room(
    sale: MadeUpSale,
    *,
    panel: str = "ready",
    standing: str | None = "no_bid",
    stop: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything the bid room is given, from the made-up sale as it stands."""
    now = sale.now()
    minimum = sale.price_minor + STEP if sale.bids else START
    return {
        "court_name": court(),
        "lot_url": "#lot",
        "now": now,
        "sale": {
            "id": SALE,
            "lot_title": say("Flat, 89.4 m², Lane 12, Heping Road", "和平路12弄89.4平方米住宅"),
            "status": sale.status,
            "currency": "CNY",
            "price_minor": sale.price_minor,
            "starting_price_minor": START,
            "leader": sale.leader,
            "bid_count": len(sale.bids),
            "my_code": MINE if standing else None,
            "standing": standing,
            "opens_at": now - timedelta(days=1) if sale.status != "announced" else sale.closes_at,
            "closes_at": sale.closes_at,
            "extensions": sale.extensions,
            "seq": sale.seq,
            "bids": list(reversed(sale.bids)),
            "snapshot_url": f"/sales/{SALE}/snapshot.json",
            "pictures": pictures(),
            "stop": stop,
        },
        "panel": {
            "state": panel,
            "sale_id": SALE,
            "currency": "CNY",
            "price_minor": sale.price_minor,
            "starting_price_minor": START,
            "step_minor": STEP,
            "minimum_minor": minimum,
            "multiples_only": True,
            "appraisal_minor": 20_249_142_77,
            "deposit_minor": 1_400_000_00,
            "costs": [{"text": say("Deed tax, 3%", "契税 3%"), "basis_points": 300}],
            "costs_note": say(
                "Registration fees are not known before the transfer.", "登记费用待过户时确定。"
            ),
            "review_url": "/rooms/review",
            "bid_url": f"/sales/{SALE}/bids",
            "outcome_url": f"/sales/{SALE}/bids/outcome",
            "csrf_token": "made-up",
            "why_not": [
                (say("Pay the deposit of ¥1,400,000.00", "缴纳保证金 ¥1,400,000.00"), "#deposit"),
                (say("The court is checking your qualification", "法院正在审核您的竞买资格"), None),
            ],
            "decision": {
                "amount_minor": minimum,
                "arrived_at": now,
                "seq": sale.seq,
                "reason": say("The price had moved.", "当前价已变动。"),
                "rule": "G1",
                "what_now": say("You can bid again.", "您可以再次出价。"),
                "receipt_url": "#receipt",
            },
        },
    }


def review(sale: MadeUpSale) -> dict[str, Any]:
    page = room(sale)
    minimum = page["panel"]["minimum_minor"]
    tax = minimum * 3 // 100
    page["review"] = page["panel"] | {
        "amount_minor": minimum,
        "key": "made-up-key",
        "costs": [{"text": say("Deed tax, 3%", "契税 3%"), "amount_minor": tax}],
        "total_minor": minimum + tax,
        "balance_minor": minimum - page["panel"]["deposit_minor"],
        "must_retype": True,
        "back_url": "/rooms/open",
    }
    return page


def with_bids(sale: MadeUpSale, *codes: str) -> MadeUpSale:
    """A sale of its own for a page that is only looked at; the tests' sale stays as it is."""
    shown = MadeUpSale(closes_at=sale.now() + timedelta(minutes=12))
    for code in codes:
        shown.bid(code)
    for index, bid in enumerate(shown.bids):
        bid["at"] = sale.now() - timedelta(minutes=3 * (len(shown.bids) - index) ** 2)
    return shown


def suspended(sale: MadeUpSale) -> dict[str, Any]:
    shown = with_bids(sale, "B07", MINE)
    shown.status = "suspended"
    stop = {
        "heading": say("The sale is suspended", "拍卖已中止"),
        "reason": say("A third person claims to own the flat.", "案外人对该房屋提出所有权异议。"),
        "by": court(),
        "since": sale.now() - timedelta(minutes=40),
        "bids": say("They stand as they are.", "已作出的出价保持有效。"),
        "deposit": say("It is held. You may ask for it back.", "保证金继续保留，您可申请退还。"),
        "news": say("By 5 December, by message and here.", "12月5日前在本页公布并通知您。"),
    }
    return room(shown, standing="lead", panel="not_allowed", stop=stop)


def ended(sale: MadeUpSale, status: str, standing: str) -> dict[str, Any]:
    shown = with_bids(sale, "B07", "C21", MINE if standing == "won" else "B07")
    shown.status = status
    shown.closes_at = sale.now() - timedelta(minutes=2)
    page = room(shown, standing=standing, panel="not_allowed")
    page["panel"] |= {"heading": say("Bidding is over.", "竞价已结束。"), "why_not": []}
    return page


def announced(sale: MadeUpSale) -> dict[str, Any]:
    shown = MadeUpSale(status="announced", closes_at=sale.now() + timedelta(days=2, hours=3))
    return room(shown, standing=None, panel="not_allowed")


ROOMS: dict[str, Callable[[MadeUpSale], dict[str, Any]]] = {
    "sale": lambda sale: room(sale, standing="lead" if sale.leader == MINE else "no_bid"),
    "open": lambda sale: room(with_bids(sale, "B07", "C21", "B07", MINE, "B07")),
    "lead": lambda sale: room(with_bids(sale, "B07", "C21", "B07", MINE), standing="lead"),
    "outbid": lambda sale: room(with_bids(sale, "B07", MINE, "B07"), standing="outbid"),
    "first": lambda sale: room(with_bids(sale)),
    "watch": lambda sale: room(with_bids(sale, "B07", "C21"), standing=None, panel="not_allowed"),
    "accepted": lambda sale: room(with_bids(sale, "B07", MINE), standing="lead", panel="accepted"),
    "refused": lambda sale: room(with_bids(sale, "B07", "C21"), panel="refused"),
    "received": lambda sale: room(with_bids(sale, "B07", "C21"), panel="received"),
    "announced": announced,
    "suspended": suspended,
    "sold": lambda sale: ended(sale, "sold", "won"),
    "lost": lambda sale: ended(sale, "sold", "lost"),
    "review": lambda sale: review(with_bids(sale, "B07", "C21")),
}


def samples(sale: MadeUpSale) -> dict[str, Any]:
    """What the pages other than the room show."""
    now = sale.now()
    shown = with_bids(sale, "B07", "C21", "B07", MINE, "B07", "D33")
    return room(shown) | {
        "lots": lots(now),
        "pictures": pictures(),
        "hash": HASH,
        "rounds": rounds(now),
        "deadlines": deadlines(now),
        "fall": fall(),
        "today": now.date(),
        "soon": now + timedelta(minutes=4, seconds=32),
        "amount": 14_534_399_94,
        "errors": request.args.get("errors")
        and [{"text": say("Write the account number", "请填写账号"), "href": "#account"}],
        "rehearsal": bool(request.args.get("rehearsal")),
        "say": say,
    }


def rounds(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "title": say("First auction", "第一次拍卖"),
            "state": "done",
            "at": now - timedelta(days=40),
            "text": say("No bid. Starting price ¥14,174,399.94", "流拍。起拍价 ¥14,174,399.94"),
        },
        {
            "title": say("Second auction", "第二次拍卖"),
            "state": "current",
            "at": now,
            "rule": "K2",
            "url": "#second",
        },
        {
            "title": say("Sell-off", "变卖"),
            "state": "next",
            "on": (now + timedelta(days=30)).date(),
        },
        {"title": say("In kind to the creditor", "以物抵债"), "state": "void"},
    ]


def deadlines(now: datetime) -> list[dict[str, Any]]:
    rows = (
        ("late", -2, "Return the deposits of the losers", "退还未竞得人保证金", "24 h, H3"),
        ("today", 0, "Serve the ruling on the sale", "送达拍卖成交裁定", "10 days, I3"),
        ("soon", 3, "Publish the second auction", "发布第二次拍卖公告", "30 days, K2"),
        ("waiting", 5, "Panel decides on the price cut", "合议庭决定降价幅度", "A10"),
        ("later", 12, "Close the objection window", "异议期届满", "15 days, D1"),
        ("done", -6, "Book the handover", "预约交付", None),
    )
    return [
        {
            "state": state,
            "due_at": now + timedelta(days=apart),
            "title": say(english, chinese),
            "url": "#act",
            "case": say(f"(2026) Qing 01 Exec. {90 + index}", f"(2026)清01执{90 + index}号"),
            "reason": reason,
            "who": say("Clerk Wang", "王书记员"),
        }
        for index, (state, apart, english, chinese, reason) in enumerate(rows)
    ]


def fall() -> list[dict[str, Any]]:
    return [
        {"label": say("Pool", "可分配款"), "kind": "pool", "amount_minor": 3_000_000_00},
        {"label": say("Costs of the sale", "拍卖费用"), "kind": "cost", "amount_minor": 52_400_00},
        {
            "label": say("Mortgage, rank 1", "第一顺位抵押权"),
            "kind": "claim",
            "amount_minor": 1_800_000_00,
            "claimed_minor": 1_800_000_00,
        },
        {
            "label": say("Wages", "职工工资"),
            "kind": "claim",
            "amount_minor": 420_000_00,
            "claimed_minor": 420_000_00,
        },
        {
            "label": say("Ordinary claims", "普通债权"),
            "kind": "claim",
            "amount_minor": 727_600_00,
            "claimed_minor": 1_960_000_00,
            "mine": True,
            "note": say("Your part: ¥111,367.35", "您的份额：¥111,367.35"),
        },
        {
            "label": say("Surplus to the debtor", "余款退还被执行人"),
            "kind": "surplus",
            "amount_minor": 0,
        },
    ]
