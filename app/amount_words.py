"""Amounts written out in words, as documents and the review of a bid show them."""

CHINESE_DIGITS = "零壹贰叁肆伍陆柒捌玖"
CHINESE_PLACES = ("", "拾", "佰", "仟")
CHINESE_GROUPS = ("", "万", "亿", "万亿")

# fmt: off
ENGLISH_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)
ENGLISH_TENS = (
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)
# fmt: on
ENGLISH_GROUPS = ("", "thousand", "million", "billion", "trillion", "quadrillion")

# currency: (one whole, many wholes, one part, many parts), all with two decimals
ENGLISH_UNITS = {
    "CNY": ("yuan", "yuan", "fen", "fen"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
}


def chinese_capitals(amount_minor: int) -> str:
    """Give yuan in capital numerals (大写), by the rules for bills and settlement vouchers.

    "整" ends an amount without fen that has no jiao; a 零 stands for every gap between digits
    that are written, and before fen where the jiao is nought.
    """
    yuan, rest = divmod(abs(amount_minor), 100)
    jiao, fen = divmod(rest, 10)
    words = "人民币" + ("负" if amount_minor < 0 else "")
    if yuan or not rest:
        words += _chinese_whole(yuan) + "元"
    if not rest:
        return words + "整"
    if jiao:
        words += CHINESE_DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (CHINESE_DIGITS[fen] + "分" if fen else "")


def english_words(amount_minor: int, currency: str) -> str:
    """Give the amount as an English deed would: wholes in words, then the parts in words."""
    whole, part = divmod(abs(amount_minor), 100)
    one, many, one_part, many_parts = ENGLISH_UNITS.get(currency, (currency, currency, "", ""))
    wholes = f"{_english_whole(whole)} {one if whole == 1 else many}"
    parts = f"{_english_whole(part)} {one_part if part == 1 else many_parts}"
    if not part:
        words = wholes
    elif not many_parts:
        words = f"{wholes} and {part:02d}/100"
    else:
        words = f"{wholes} and {parts}" if whole else parts
    return f"minus {words}" if amount_minor < 0 else words


def _chinese_whole(number: int) -> str:
    if number == 0:
        return CHINESE_DIGITS[0]
    words = ""
    gap = False
    for power in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**power % 10
        if digit:
            words += (CHINESE_DIGITS[0] if gap and words else "") + CHINESE_DIGITS[digit]
            words += CHINESE_PLACES[power % 4]
            gap = False
        else:
            gap = True
        if power % 4 == 0 and number // 10**power % 10**4:
            words += CHINESE_GROUPS[power // 4]
    return words


def _english_whole(number: int) -> str:
    if number < 1000:
        return _english_below_thousand(number)
    words = []
    for group in range(len(ENGLISH_GROUPS) - 1, 0, -1):
        count = number // 1000**group % 1000
        if count:
            words.append(f"{_english_below_thousand(count)} {ENGLISH_GROUPS[group]}")
    last = number % 1000
    if last:
        words.append(("and " if last < 100 else "") + _english_below_thousand(last))
    return " ".join(words)


def _english_below_thousand(number: int) -> str:
    hundreds, below = divmod(number, 100)
    if not hundreds:
        return _english_below_hundred(below)
    words = f"{ENGLISH_SMALL[hundreds]} hundred"
    return f"{words} and {_english_below_hundred(below)}" if below else words


def _english_below_hundred(number: int) -> str:
    if number < 20:
        return ENGLISH_SMALL[number]
    tens, ones = divmod(number, 10)
    return ENGLISH_TENS[tens] + (f"-{ENGLISH_SMALL[ones]}" if ones else "")
