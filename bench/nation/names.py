# ruff: noqa: E501, SIM905  (words read best as words, and a Chinese one is counted as two)
"""The words that a nation's lots are made of: so many places, so many roads, so many kinds."""

from __future__ import annotations

# Chinese and English name of a city; each has the same five districts.
CITIES = tuple(
    pair.split("/")
    for pair in (
        "深圳/Shenzhen 广州/Guangzhou 佛山/Foshan 东莞/Dongguan 惠州/Huizhou 珠海/Zhuhai 上海/Shanghai"
        " 北京/Beijing 天津/Tianjin 重庆/Chongqing 南京/Nanjing 苏州/Suzhou 无锡/Wuxi 常州/Changzhou"
        " 徐州/Xuzhou 杭州/Hangzhou 宁波/Ningbo 温州/Wenzhou 绍兴/Shaoxing 台州/Taizhou 合肥/Hefei"
        " 芜湖/Wuhu 福州/Fuzhou 厦门/Xiamen 泉州/Quanzhou 南昌/Nanchang 赣州/Ganzhou 济南/Jinan"
        " 青岛/Qingdao 烟台/Yantai 郑州/Zhengzhou 洛阳/Luoyang 武汉/Wuhan 宜昌/Yichang 长沙/Changsha"
        " 株洲/Zhuzhou 南宁/Nanning 桂林/Guilin 海口/Haikou 三亚/Sanya 成都/Chengdu 绵阳/Mianyang"
        " 贵阳/Guiyang 遵义/Zunyi 昆明/Kunming 大理/Dali 西安/Xian 宝鸡/Baoji 兰州/Lanzhou 西宁/Xining"
        " 银川/Yinchuan 石家庄/Shijiazhuang 唐山/Tangshan 太原/Taiyuan 大同/Datong 沈阳/Shenyang"
        " 大连/Dalian 长春/Changchun 哈尔滨/Harbin 呼和浩特/Hohhot"
    ).split()
)
DISTRICTS = tuple(
    pair.split("/")
    for pair in "南山区/Nanshan 高新区/Gaoxin 开发区/Kaifa 江北区/Jiangbei 城关区/Chengguan".split()
)
ROADS_ZH = (
    "人民 中山 解放 建设 和平 文化 新华 胜利 友谊 长江 黄河 珠江 天河 港湾 湖滨 滨江 学院 科技 工业 迎宾"
).split()
ROADS_EN = (
    "People Zhongshan Liberation Builders Peace Culture Xinhua Victory Friendship Yangtze"
    " Yellow-River Pearl Tianhe Harbour Lakeside Riverside College Science Industry Welcome"
).split()
WAYS = (("东路", "East Road"), ("西路", "West Road"), ("大道", "Avenue"), ("街", "Street"))
# Category, kind of property, words in both languages, and how many of a hundred are of it.
THINGS = (
    ("home", "real_property", "住宅 房屋", "House with garden", 14),
    ("apartment", "real_property", "住宅 公寓房产", "Flat, three rooms", 30),
    ("shop", "real_property", "商铺 商业用房", "Shop on the ground floor", 14),
    ("warehouse", "real_property", "厂房 仓库", "Warehouse with yard", 5),
    ("land_use_right", "other_right", "国有建设用地使用权", "Land-use right", 4),
    ("car", "movable", "小型轿车 大众牌", "Car, Volkswagen", 17),
    ("truck", "movable", "重型货车 解放牌", "Truck, Jiefang", 3),
    ("machinery", "movable", "机器设备 数控机床", "Machinery, milling machine", 4),
    ("ship", "movable", "渔船", "Fishing boat", 1),
    ("shares", "other_right", "有限公司股权", "Shares in a company", 4),
    ("jewellery", "movable", "翡翠 首饰", "Jewellery, jade", 1),
    ("art", "movable", "字画", "Painting", 1),
    ("other", "other_right", "债权", "Claim against a debtor", 2),
)
