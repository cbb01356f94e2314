"""How amounts, moments and shares are written on every page, in English and in Chinese.

Money comes in as whole minor units and leaves as text; nothing here ever holds a float.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask
from flask_babel import get_locale, get_timezone

from app.amount_words import chinese_capitals, english_words
from app.web.plots import price_curve, waterfall

WAN_MINOR = 1_000_000  # 10,000 yuan: below it the short form says nothing the exact one does not


def money(amount_minor: int, currency: str, locale: str) -> str:
    """¥14,534,399.94: always with the currency, always exact."""
    amount = Decimal(amount_minor).scaleb(-2)
    written = format_currency(amount, currency, locale="zh" if locale == "zh" else "en")
    return written.replace("CN¥", "¥")  # English says CN¥; the platform's own currency is plain ¥


def amount_in_wan(amount_minor: int, currency: str) -> str | None:
    """1,453.44 万元, the form a Chinese reader thinks in; nothing below 10,000 yuan."""
    if currency != "CNY" or abs(amount_minor) < WAN_MINOR:
        return None
    wan = (Decimal(amount_minor) / WAN_MINOR).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{format_decimal(wan, '#,##0.00', locale='en')} 万元"


def money_words(amount_minor: int, currency: str, locale: str) -> str:
    """The amount in words: 大写 for yuan in Chinese, plain English words otherwise."""
    if locale == "zh" and currency == "CNY":
        return chinese_capitals(amount_minor)
    return english_words(amount_minor, currency)


def moment(at: datetime, *, now: datetime, zone: tzinfo, locale: str, seconds: bool = True) -> str:
    """today 15:04:31 (UTC+8): the day in words when it is near, the zone always."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    near = _near_day(local.date(), today, locale)
    written = near or day(local.date(), locale)
    if locale == "zh":
        return f"{written} {clock}（{zone_name(local)}）"
    return f"{written}{'' if near else ','} {clock} ({zone_name(local)})"


def short_moment(at: datetime, *, now: datetime, zone: tzinfo, locale: str) -> str:
    """15:04:31, with the day only where it is not today: for columns whose head names the zone."""
    local = at.astimezone(zone)
    clock = local.strftime("%H:%M:%S")
    if local.date() == now.astimezone(zone).date():
        return clock
    form = "M月d日" if locale == "zh" else "d MMM"
    return f"{format_date(local.date(), form, locale=locale)} {clock}"


def zone_name(at: datetime) -> str:
    """UTC+8, or UTC+5:30: the offset is what a reader abroad can use."""
    offset = at.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def zone_at_the_end_of(on: date, zone: tzinfo) -> str:
    """The zone in which a day ends: a period over summer time ends in another than it began."""
    return zone_name(datetime.combine(on, time(12), UTC).astimezone(zone))


def day(on: date, locale: str) -> str:
    """21 November 2026; 2026年11月21日."""
    return format_date(on, "d MMMM y" if locale != "zh" else "y年M月d日", locale=locale)


def duration(length: timedelta | int, locale: str) -> str:
    """4 min 32 s: the two largest units, cut, never rounded up."""
    total = int(length.total_seconds()) if isinstance(length, timedelta) else length
    units = DURATION_UNITS["zh" if locale == "zh" else "en"]
    counts = [
        total // 86_400,
        total // 3_600 % 24,
        total // 60 % 60,
        total % 60,
    ]
    first = next((index for index, count in enumerate(counts) if count), 3)
    parts = []
    for index in (first, first + 1):
        if index < 4 and (counts[index] or index == first):
            one, many = units[index]
            parts.append(f"{counts[index]} {one if counts[index] == 1 else many}")
    return " ".join(parts)


DURATION_UNITS = {
    "en": (("day", "days"), ("h", "h"), ("min", "min"), ("s", "s")),
    "zh": (("天", "天"), ("小时", "小时"), ("分", "分"), ("秒", "秒")),
}


def percent(share: Fraction | Decimal | int) -> str:
    """23.4%: a share of one, with one decimal."""
    exact = Fraction(share) * 1000
    tenths = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}.{tenth}%"


def share_of(part_minor: int, whole_minor: int) -> Fraction:
    """The part as a share of the whole, exactly; nothing of nothing is nought."""
    return Fraction(part_minor, whole_minor) if whole_minor else Fraction(0)


def register_formats(app: Flask, now: Callable[[], datetime]) -> None:
    """Give the templates their filters and drawings. `now` is the page's own moment."""

    def language() -> str:
        return "zh" if (get_locale() or "en") and str(get_locale()).startswith("zh") else "en"

    def money_filter(amount: Any, currency: str = "CNY") -> str:
        return money(*_amount(amount, currency), language())

    def words_filter(amount: Any, currency: str = "CNY", locale: str | None = None) -> str:
        return money_words(*_amount(amount, currency), locale or language())

    def wan_filter(amount: Any, currency: str = "CNY") -> str | None:
        return amount_in_wan(*_amount(amount, currency))

    def moment_filter(at: datetime, seconds: bool = True) -> str:
        return moment(at, now=now(), zone=get_timezone(), locale=language(), seconds=seconds)

    app.add_template_filter(money_filter, "money")
    app.add_template_filter(words_filter, "money_words")
    app.add_template_filter(wan_filter, "wan")

    def short_moment_filter(at: datetime) -> str:
        return short_moment(at, now=now(), zone=get_timezone(), locale=language())

    app.add_template_filter(moment_filter, "moment")
    app.add_template_filter(short_moment_filter, "short_moment")
    app.add_template_filter(lambda on: day(on, language()), "day")
    app.add_template_filter(lambda on: zone_at_the_end_of(on, get_timezone()), "zone_of_day")
    app.add_template_filter(lambda length: duration(length, language()), "duration")
    app.add_template_filter(percent, "percent")
    app.add_template_filter(zone_name, "zone_name")
    app.add_template_filter(lambda at: at.astimezone(get_timezone()), "in_zone")
    app.add_template_global(share_of, "share_of")
    app.add_template_global(language, "page_language")
    app.add_template_global(lambda: str(get_timezone()), "page_zone")
    app.add_template_global(lambda: zone_name(now().astimezone(get_timezone())), "page_zone_name")
    app.add_template_global(price_curve, "plot_price_curve")
    app.add_template_global(waterfall, "plot_waterfall")


def _amount(amount: Any, currency: str) -> tuple[int, str]:
    """Accept a whole number of minor units, or any value that carries `minor` and `currency`."""
    if isinstance(amount, int):
        return amount, currency
    return amount.minor, amount.currency


def _near_day(on: date, today: date, locale: str) -> str | None:
    names = ("昨天", "今天", "明天") if locale == "zh" else ("yesterday", "today", "tomorrow")
    apart = (on - today).days
    return names[apart + 1] if -1 <= apart <= 1 else None
