"""Amounts in the capital numerals that Chinese contracts and bank papers are written in. Pure.

Rules: 正确填写票据和结算凭证的基本规定 (annex 1 of 支付结算办法, 银发〔1997〕393号):
zeros between digits are read once, an amount without fen ends in 整, jiao without yuan follows
without a zero.
"""

from marketplace.core.money import EXPONENTS, Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
CURRENCIES = {
    "CNY": "人民币",
    "USD": "美元",
    "EUR": "欧元",
    "HKD": "港币",
    "MOP": "澳门币",
    "JPY": "日元",
}
LIMIT = 10**16


def capitals(money: Money) -> str:
    """The amount in words: 人民币壹拾贰万叁仟零肆拾伍元陆角柒分. Negative amounts have none."""
    if money.minor < 0:
        raise ValueError("an amount in words is not negative")
    whole, rest = divmod(money.minor, 10 ** EXPONENTS[money.currency])
    if whole >= LIMIT:
        raise ValueError("more than these words can say")
    jiao, fen = divmod(rest, 10)
    words = integer(whole) + "元" if whole or not rest else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif fen and whole:
        words += DIGITS[0]
    words += DIGITS[fen] + "分" if fen else "整"
    return CURRENCIES[money.currency] + words


def integer(number: int) -> str:
    """A whole number from 0 on in capital numerals."""
    if number == 0:
        return DIGITS[0]
    words, gap = "", False
    groups = [(number // 10_000**power) % 10_000 for power in range(len(GROUPS))]
    for power in reversed(range(len(GROUPS))):
        group = groups[power]
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += DIGITS[0]
        words += _group(group) + GROUPS[power]
        if power == len(GROUPS) - 1 and groups[2]:
            words = words.removesuffix("亿")  # 壹万贰仟亿, not 壹万亿贰仟亿
        gap = False
    return words


def _group(group: int) -> str:
    """One to 9,999."""
    words, gap = "", False
    for power in (3, 2, 1, 0):
        digit = group // 10**power % 10
        if not digit:
            gap = bool(words)
            continue
        words += (DIGITS[0] if gap else "") + DIGITS[digit] + UNITS[power]
        gap = False
    return words


def figures(money: Money) -> str:
    """The amount in figures with thousands marks: 123,045.67."""
    return f"{money.amount:,.{EXPONENTS[money.currency]}f}"
