"""Amounts, moments and shares as every page writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from app.amount_words import chinese_capitals, english_words
from app.web.formats import (
    amount_in_wan,
    duration,
    moment,
    money,
    percent,
    share_of,
    short_moment,
    zone_name,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 7, 4, 31, tzinfo=UTC)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_money_carries_its_currency_and_every_fen(locale: str) -> None:
    assert money(1_453_439_994, "CNY", locale) == "¥14,534,399.94"
    assert money(9_007_199_254_740_993_01, "CNY", locale) == "¥9,007,199,254,740,993.01"
    assert money(5, "EUR", locale) == "€0.05"


@pytest.mark.parametrize(
    ("minor", "written"),
    [
        (1_453_439_994, "1,453.44 万元"),
        (1_000_000, "1.00 万元"),
        (999_999, None),
        (1_000_500_000, "1,000.50 万元"),
    ],
)
def test_the_short_form_starts_at_ten_thousand_yuan(minor: int, written: str | None) -> None:
    assert amount_in_wan(minor, "CNY") == written


def test_other_currencies_have_no_wan() -> None:
    assert amount_in_wan(1_453_439_994, "EUR") is None


# The examples of the rules for filling in bills, and the gaps that are easily got wrong.
@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (140_950, "人民币壹仟肆佰零玖元伍角"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (168_032, "人民币壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "人民币壹拾万零柒仟元伍角叁分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (100_000_000_00, "人民币壹亿元整"),
        (100_010_000_00, "人民币壹亿零壹万元整"),
        (10_000_500_00, "人民币壹仟万零伍佰元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角"),
        (0, "人民币零元整"),
        (-100, "人民币负壹元整"),
    ],
)
def test_capitals_follow_the_rules_for_bills(minor: int, words: str) -> None:
    assert chinese_capitals(minor) == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (100, "CNY", "one yuan"),
        (25_000_000, "CNY", "two hundred and fifty thousand yuan"),
        (100_000_501, "CNY", "one million and five yuan and one fen"),
        (101, "EUR", "one euro and one cent"),
        (50, "GBP", "fifty pence"),
        (1_050, "SEK", "ten SEK and 50/100"),
    ],
)
def test_english_words_read_as_in_a_deed(minor: int, currency: str, words: str) -> None:
    assert english_words(minor, currency) == words


@pytest.mark.parametrize(
    ("apart", "english", "chinese"),
    [
        (timedelta(0), "today 15:04:31 (UTC+8)", "今天 15:04:31（UTC+8）"),
        (timedelta(hours=9), "tomorrow 00:04:31 (UTC+8)", "明天 00:04:31（UTC+8）"),
        (-timedelta(days=1), "yesterday 15:04:31 (UTC+8)", "昨天 15:04:31（UTC+8）"),
        (
            timedelta(days=14),
            "5 December 2026, 15:04:31 (UTC+8)",
            "2026年12月5日 15:04:31（UTC+8）",
        ),
    ],
)
def test_a_moment_names_its_day_and_its_zone(apart: timedelta, english: str, chinese: str) -> None:
    at = NOW + apart

    assert moment(at, now=NOW, zone=SHANGHAI, locale="en") == english
    assert moment(at, now=NOW, zone=SHANGHAI, locale="zh") == chinese


def test_a_column_shows_the_clock_alone_while_it_is_today() -> None:
    yesterday = NOW - timedelta(days=1)

    assert short_moment(NOW, now=NOW, zone=SHANGHAI, locale="en") == "15:04:31"
    assert short_moment(yesterday, now=NOW, zone=SHANGHAI, locale="en") == "20 Nov 15:04:31"
    assert short_moment(yesterday, now=NOW, zone=SHANGHAI, locale="zh") == "11月20日 15:04:31"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Asia/Shanghai", "UTC+8"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("UTC", "UTC+0"),
        ("America/St_Johns", "UTC-3:30"),
    ],
)
def test_a_zone_is_named_by_its_offset(zone: str, name: str) -> None:
    assert zone_name(NOW.astimezone(ZoneInfo(zone))) == name


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (272, "4 min 32 s", "4 分 32 秒"),
        (59, "59 s", "59 秒"),
        (3_600, "1 h", "1 小时"),
        (86_400 + 7_199, "1 day 1 h", "1 天 1 小时"),
        (0, "0 s", "0 秒"),
    ],
)
def test_a_length_of_time_is_cut_and_never_rounded_up(
    seconds: int, english: str, chinese: str
) -> None:
    assert duration(seconds, "en") == english
    assert duration(timedelta(seconds=seconds), "zh") == chinese


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (Fraction(1, 3), "33.3%"),
        (Fraction(2, 3), "66.7%"),
        (Fraction(1, 2000), "0.1%"),
        (1, "100.0%"),
        (Fraction(-1, 8), "-12.5%"),
    ],
)
def test_a_share_has_one_decimal(share: Fraction | int, written: str) -> None:
    assert percent(share) == written


def test_a_share_of_nothing_is_nought() -> None:
    assert share_of(0, 0) == 0
