"""What is sold in the demonstration: made up, in the likeness of what courts sell.

Nobody owns these things and no listing was copied. Amounts are in yuan. Texts are given in
English and in Chinese, as an officer would who writes for both.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.rehearsal.listing import Thing
from auction_engine.sale.kinds import PropertyKind


@dataclass(frozen=True, slots=True)
class Listed:
    """A thing with the amounts of its first round, in yuan."""

    thing: Thing
    reference: int
    starting: int
    increment: int
    deposit: int

    @property
    def kind(self) -> PropertyKind:
        return PropertyKind(self.thing.property_kind)


def _listed(
    category: str,
    picture: str,
    titles: tuple[str, str],
    region: str,
    amounts: tuple[int, int, int, int],
    **facts: str,
) -> Listed:
    """`amounts`: reference price, starting price, increment, deposit."""
    kind = _KINDS.get(category, "movable")
    thing = Thing(titles[0], titles[1], category, kind, region, picture, facts)
    return Listed(thing, *amounts)


_KINDS = {
    **dict.fromkeys(("home", "apartment", "shop", "warehouse"), "real_property"),
    "land_use_right": "other_right",
    "shares": "other_right",
}
# One name for both languages: it is shown on every page and searched by.
LINJIANG, HAIWAN, HARBOUR = "Linjiang 临江", "Haiwan 海湾", "Harbour 港区"
_SOLE = "The debtor is the sole owner, by the register. 登记为被执行人单独所有。"
_NO_BURDENS = "None are known. 未发现其他权利负担。"
_MORTGAGE = (
    "One mortgage of a bank; it ends with the sale and is paid out of the price. "
    "设有银行抵押权一项，拍卖后消灭，从价款中优先受偿。"
)
_EMPTY = "Empty; the court holds the keys. 现空置，钥匙由法院保管。"
_STORED = "In the court's store. 存放于法院保管处。"

CATALOGUE: dict[str, Listed] = {
    # --- flats, houses, shops: long to bid on ---------------------------------------------------
    "flat-riverside": _listed(
        "apartment",
        "apartment-1",
        ("Flat of 128 m², 14th floor, Riverside Gardens", "江畔花园14层住宅，建筑面积128平方米"),
        LINJIANG,
        (2_760_000, 1_940_000, 2_000, 180_000),
        description="Three bedrooms, two bathrooms, balcony to the south; built in 2016, lift, "
        "part fitted out. 三室两厅两卫，南向阳台，2016年建成，有电梯，部分装修。",
        address="8 Binjiang Road, block 3, no. 1402, Linjiang. 临江市滨江路8号3幢1402室。",
        ownership=_SOLE,
        possession=_EMPTY,
        burdens=_MORTGAGE,
        defects="Service charges of about 11,000 yuan are owed; the buyer settles them. "
        "Damp on the bathroom ceiling. 欠物业费约1.1万元，由买受人承担；卫生间顶面有渗水痕迹。",
    ),
    "flat-lakeview": _listed(
        "apartment",
        "apartment-2",
        ("Flat of 143 m² with a parking space, Lakeview Court", "湖景苑住宅143平方米及车位一个"),
        HAIWAN,
        (2_980_000, 2_090_000, 2_000, 200_000),
        description="Four bedrooms on the 9th of 18 floors, built in 2019, fitted out, sold "
        "together with parking space B2-117. 四室两厅，9层（共18层），2019年建成，精装修，"
        "与地下二层117号车位一并处置。",
        address="21 Huxin Avenue, block 6, no. 901, Haiwan. 海湾市湖心大道21号6幢901室。",
        ownership="Husband and wife, in equal shares; both are debtors. "
        "夫妻共同所有，均为被执行人。",
        possession=_EMPTY,
        burdens=_MORTGAGE,
        defects="The parking space is a right of use without a register entry. "
        "车位仅有使用权，未办理登记。",
    ),
    "shop-corner": _listed(
        "shop",
        "shop-1",
        ("Corner shop of 74 m² at the east market", "东市场临街商铺，建筑面积74平方米"),
        LINJIANG,
        (2_350_000, 1_645_000, 2_000, 150_000),
        description="Ground floor, two shop windows, 4.2 m high, water and drains. "
        "一层临街，双开间，层高4.2米，通上下水。",
        address="East Market 2-1, Linjiang. 临江市东市场2-1号。",
        ownership=_SOLE,
        possession="Let until 31 March 2028 at 9,800 yuan a month; the tenant stays. "
        "已出租至2028年3月31日，月租金9800元，带租拍卖。",
        burdens=_NO_BURDENS,
        defects="None known. 未发现明显瑕疵。",
    ),
    # --- cars and trucks: short to bid on -------------------------------------------------------
    "car-suv": _listed(
        "car",
        "car-2",
        ("Seven-seat SUV, 2021, 46,000 km", "七座越野车，2021年注册，行驶4.6万公里"),
        LINJIANG,
        (168_000, 117_600, 200, 12_000),
        description="Petrol, 2.0 l, automatic, black, one key, registration papers there. "
        "汽油2.0T自动挡，黑色，钥匙一把，行驶证、登记证书齐全。",
        address="Store of the court, Linjiang. 临江排演法院停车场。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="Three traffic fines are open; the battery is flat; scratches on the left door. "
        "有三次违章未处理，电瓶亏电，左前门有划痕。",
    ),
    "car-electric": _listed(
        "car",
        "car-1",
        ("Electric saloon, 2022, 31,000 km", "纯电动轿车，2022年注册，行驶3.1万公里"),
        HAIWAN,
        (142_000, 99_400, 200, 10_000),
        description="Range of about 480 km when new, white, two keys, charger included. "
        "新车续航约480公里，白色，钥匙两把，附随车充电器。",
        address="Store of the court, Haiwan. 海湾排演法院停车场。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="The state of the battery was not measured. 动力电池健康度未检测。",
    ),
    "car-hatchback": _listed(
        "car",
        "car-3",
        ("Hatchback, 2017, 92,000 km", "两厢轿车，2017年注册，行驶9.2万公里"),
        HAIWAN,
        (41_000, 30_000, 300, 4_000),
        description="Petrol, 1.4 l, manual, silver, one key. 汽油1.4L手动挡，银色，钥匙一把。",
        address="Store of the court, Haiwan. 海湾排演法院停车场。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="Inspection has run out; worn tyres. 年检已过期，轮胎磨损较重。",
    ),
    "truck-refrigerated": _listed(
        "truck",
        "truck-1",
        ("Refrigerated truck, 2020, 118,000 km", "冷藏货车，2020年注册，行驶11.8万公里"),
        HARBOUR,
        (126_000, 88_200, 800, 9_000),
        description="Box of 5.2 m, cooling unit runs, papers complete. "
        "厢长5.2米，制冷机组可运转，手续齐全。",
        address="Yard 4, Harbour District. 港区4号堆场。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="Rust on the frame; the insurance has run out. 车架有锈蚀，保险已到期。",
    ),
    # --- machinery and ships --------------------------------------------------------------------
    "machine-cnc": _listed(
        "machinery",
        "machinery-1",
        ("Vertical machining centre, 2018", "立式数控加工中心，2018年出厂"),
        LINJIANG,
        (238_000, 166_600, 1_500, 20_000),
        description="Table 1,050 × 560 mm, 24 tools, about 9,000 hours, sold as it stands; the "
        "buyer takes it down. "
        "工作台1050×560毫米，24把刀库，约9000工时，按现状拍卖，买受人自行拆运。",
        address="Hall 2, 60 Gongye Road, Linjiang. 临江市工业路60号2号厂房。",
        ownership=_SOLE,
        possession="In the debtor's locked hall. 存放于被执行人已查封厂房内。",
        burdens=_NO_BURDENS,
        defects="The spindle was not tried under load. 主轴未作负载测试。",
    ),
    "machine-excavator": _listed(
        "machinery",
        "machinery-2",
        ("Crawler excavator, 21 t, 2019", "21吨履带式挖掘机，2019年出厂"),
        HAIWAN,
        (315_000, 220_500, 2_000, 25_000),
        description="About 6,400 hours, bucket of 1 m³, starts and moves. "
        "约6400工时，斗容1立方米，可启动行走。",
        address="Yard of the court, Haiwan. 海湾排演法院堆场。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="A hydraulic hose leaks; one track is worn. 一处液压管渗油，一侧履带磨损。",
    ),
    "machine-press": _listed(
        "machinery",
        "machinery-3",
        ("Two injection moulding machines, 2017", "注塑机两台，2017年出厂"),
        HARBOUR,
        (184_000, 128_800, 1_000, 13_000),
        description="Clamping force 160 t and 250 t, with moulds for crates; one lot. "
        "锁模力160吨、250吨各一台，附周转箱模具，整体处置。",
        address="Unit 7, Harbour District. 港区7号厂房。",
        ownership=_SOLE,
        possession="In a rented hall; to be fetched within 20 days. 存放于租赁厂房，须20日内提货。",
        burdens=_NO_BURDENS,
        defects="One control panel is dark. 一台控制面板无显示。",
    ),
    # --- jewellery and watches ------------------------------------------------------------------
    "ring-diamond": _listed(
        "jewellery",
        "jewellery-1",
        ("Ring with a diamond of 1.21 carat", "1.21克拉钻石戒指"),
        LINJIANG,
        (58_000, 40_600, 400, 4_000),
        description="White gold of 18 carat, 4.1 g; a laboratory's report says colour G, clarity "
        "VS2. 18K白金，总重4.1克，检测证书载明颜色G、净度VS2。",
        address="Safe of the court. 法院保险柜。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="Small scratches on the band. 戒圈有细微划痕。",
    ),
    "bangle-jade": _listed(
        "jewellery",
        "jewellery-3",
        ("Jadeite bangle, 56 mm", "翡翠手镯，内径56毫米"),
        HAIWAN,
        (46_000, 32_200, 300, 3_000),
        description="Natural jadeite by the report, light green, 58.3 g. "
        "经检测为天然翡翠，浅绿色，重58.3克。",
        address="Safe of the court. 法院保险柜。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="One fine natural line. 有一处天然石纹。",
    ),
    "necklace-gold": _listed(
        "jewellery",
        "jewellery-2",
        (
            "Gold necklace with a pendant, and two bracelets, 68 g",
            "黄金吊坠项链一条、手链两条，共68克",
        ),
        HARBOUR,
        (39_000, 27_300, 200, 2_500),
        description="Fine gold, weighed in the presence of two persons. 足金，经两人在场称重。",
        address="Safe of the court. 法院保险柜。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="None known. 未发现明显瑕疵。",
    ),
    "watch-diver": _listed(
        "watch",
        "watch-1",
        ("Diver's watch, steel, 2015", "钢制潜水腕表，2015年"),
        LINJIANG,
        (52_000, 36_400, 300, 3_500),
        description="Automatic, 40 mm, without box and papers; opened and found genuine. "
        "自动机械机芯，表径40毫米，无表盒及保卡，经开盖鉴定为真品。",
        address="Safe of the court. 法院保险柜。",
        ownership=_SOLE,
        possession=_STORED,
        burdens=_NO_BURDENS,
        defects="Needs a service. 需保养。",
    ),
    # --- houses, warehouses, land, shares -------------------------------------------------------
    "house-hillside": _listed(
        "home",
        "home-1",
        ("Terraced house of 186 m² at the foot of the hills", "山麓联排住宅，建筑面积186平方米"),
        LINJIANG,
        (2_440_000, 1_708_000, 10_000, 160_000),
        description="Three floors and a small garden, built in 2012. 三层，带小院，2012年建成。",
        address="5 Shanlu Lane, no. 12, Linjiang. 临江市山麓巷5号12幢。",
        ownership=_SOLE,
        possession=_EMPTY,
        burdens=_MORTGAGE,
        defects="The glass roof over the yard has no permit. 院内阳光房未经审批。",
    ),
    "flat-old-town": _listed(
        "apartment",
        "apartment-3",
        ("Flat of 82 m² in the old town", "老城区住宅，建筑面积82平方米"),
        HAIWAN,
        (1_180_000, 826_000, 5_000, 80_000),
        description="Two bedrooms, 4th of 6 floors, no lift, built in 1999, near a school. "
        "两室一厅，4层（共6层），无电梯，1999年建成，近学校。",
        address="33 Gulou Street, no. 402, Haiwan. 海湾市鼓楼街33号402室。",
        ownership=_SOLE,
        possession=_EMPTY,
        burdens=_MORTGAGE,
        defects="Old wiring. 线路老化。",
    ),
    "warehouse-dock": _listed(
        "warehouse",
        "warehouse-1",
        ("Warehouse of 1,460 m² near the dock", "码头旁仓库，建筑面积1460平方米"),
        HARBOUR,
        (5_200_000, 3_640_000, 15_000, 260_000),
        description="Steel frame, 9 m high, two gates, on leased land until 2046. "
        "钢结构，净高9米，两处大门，土地租期至2046年。",
        address="9 Dock Road, Harbour District. 港区码头路9号。",
        ownership=_SOLE,
        possession=_EMPTY,
        burdens=_NO_BURDENS,
        defects="The roof leaks in one corner. 屋面一角漏雨。",
    ),
    "land-north": _listed(
        "land_use_right",
        "land-1",
        ("Land-use right, 8,300 m², for industry", "工业用地使用权，面积8300平方米"),
        HAIWAN,
        (8_900_000, 6_230_000, 30_000, 400_000),
        description="Granted until 2061, level, fenced, a road on two sides, not built on. "
        "出让年限至2061年，场地平整，有围墙，两面临路，未建设。",
        address="Plot N-17, north industrial park, Haiwan. 海湾市北部工业园N-17地块。",
        ownership=_SOLE,
        possession="Nobody uses it. 无人使用。",
        burdens=_MORTGAGE,
        defects="Fees for leaving it idle may be due; ask the land office. "
        "可能涉及土地闲置费，请向自然资源部门核实。",
    ),
    "shares-logistics": _listed(
        "shares",
        "shares-1",
        ("12% of the shares of a logistics company", "某物流有限公司12%股权"),
        HARBOUR,
        (1_620_000, 1_134_000, 5_000, 110_000),
        description="Paid up in full; the balance of 2025 shows equity of 13.9 million yuan. "
        "出资已实缴，2025年末净资产约1390万元。",
        address="Registered in Harbour District. 注册地：港区。",
        ownership="By the register of companies. 以企业登记为准。",
        possession="Frozen at the register. 已在登记机关冻结。",
        burdens="Other shareholders have a first right on equal terms. "
        "其他股东在同等条件下有优先购买权。",
        defects="No vote on the board goes with it. 不附带董事席位。",
    ),
}

# --- what plays which part -----------------------------------------------------------------------

# Fought over for most of an hour, for twenty minutes, ending soon, near its end, and stayed: each
# chamber takes the next of every row.
LONG = ("flat-riverside", "flat-lakeview", "shop-corner")
SHORT = ("car-suv", "car-electric")
SOON = ("machine-cnc", "machine-excavator")
LAST_MINUTES = ("ring-diamond", "watch-diver", "bangle-jade")
STAYED = ("truck-refrigerated", "machine-press")
