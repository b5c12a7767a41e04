"""What Chinese banks, Alipay and WeChat let their customers download: tables under a preamble.

No two banks agree on columns, so columns are known by their names: a table is read where its head
names a day and an amount. A line in the middle that cannot be read refuses the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from marketplace.payments.statements.shape import (
    Entry,
    Remark,
    Statement,
    amount_in,
    in_major_units,
    minor_units,
    squeezed,
    unreadable,
)

Row = Sequence[str]

# What a column may be called, the best name first. Of several, the first that a bank has is taken.
NAMES: Mapping[str, tuple[str, ...]] = {
    "booked_on": (
        "记账日期", "银行记账日", "记账日", "入账日期", "入账时间", "交易日期", "交易时间", "交易日", "日期",
    ),
    "valued_on": ("起息日", "交易日期", "交易日", "交易时间"),
    "income": (
        "记账金额(收入)", "贷方发生额", "贷方金额", "收入金额", "收入", "存入", "存入金额", "交易金额(收入)",
    ),
    "outgo": (
        "记账金额(支出)", "借方发生额", "借方金额", "支出金额", "支出", "支取金额", "交易金额(支出)",
    ),
    "amount": ("交易金额", "人民币金额", "金额(元)", "金额", "发生额"),
    "direction": ("收/支", "借贷标志", "借/贷", "收支方向"),
    "balance": ("余额", "联机余额", "账户余额", "余额(元)"),
    "currency": ("记账币种", "货币", "币别", "币种", "交易币种"),
    "counterparty": ("对方户名", "对方账户名", "对方单位名称", "对方名称", "交易对方", "对手信息"),
    "counterparty_account": ("对方账户", "对方卡号/账号", "对方账号", "对方帐号"),
    "reference": (
        "交易流水号", "流水号", "交易单号", "交易订单号", "核心流水号", "凭证号", "交易参考号",
    ),
    "status": ("交易状态", "当前状态"),
    "card": ("卡号后四位", "卡号末四位", "借记卡号"),
}  # fmt: skip
TEXTS = (
    "附言", "用途", "摘要", "交易摘要", "交易名称", "交易描述", "交易类型", "交易分类", "交易详情", "交易场所",
    "商品", "商品说明", "客户摘要", "备注", "网点名称",
)  # fmt: skip
CURRENCIES = {
    "人民币": "CNY",
    "人民币元": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
}
CREDITED, DEBITED, NEUTRAL = (
    {"收入", "贷", "收", "C"},
    {"支出", "借", "支", "D"},
    {"不计收支", "/", ""},
)
NEVER_HAPPENED = re.compile(r"关闭|失败|已撤销|已取消|对方已退还")
FOOT = re.compile(
    r"合计|总计|小计|总笔数|总金额|说明|注[:：]|备注[:：]|打印|制表|-{4,}|={4,}|\*{4,}|以下无"
)
ACCOUNT = re.compile(r"(?:卡号|账号|帐号|账户|支付宝账户|微信昵称)\s*[:：]\s*\[?([^\s,，\]]+)")
ISSUERS = {
    "支付宝": "Alipay",
    "微信支付": "WeChat",
    "中国银行": "BOC",
    "招商银行": "CMB",
    "联机余额": "CMB",
    "工商银行": "ICBC",
    "明细查询文件下载": "ICBC",
}


@dataclass(frozen=True)
class _Head:
    """Where the table begins, and which column is what."""

    row: int
    columns: Mapping[str, int]
    texts: tuple[int, ...]
    names: frozenset[str]

    def of(self, row: Row, name: str) -> str:
        place = self.columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""


def read(rows: Sequence[Row]) -> list[Statement]:
    """A statement for each currency of the table. No table is `statement.unknown_format`."""
    head = _find_head(rows)
    if head is None:
        raise unreadable("statement.unknown_format")
    preamble = "\n".join(",".join(row) for row in rows[: head.row])
    entries = list(_entries(rows, head, preamble))
    if not entries:
        raise unreadable("statement.none")
    account = ACCOUNT.search(preamble)
    cards = {head.of(row, "card") for row in rows[head.row + 1 :]} - {""}
    named = account.group(1) if account else cards.pop() if len(cards) == 1 else ""
    found = []
    for currency in dict.fromkeys(entry.currency for entry in entries):
        mine = tuple(entry for entry in entries if entry.currency == currency)
        found.append(
            replace(
                _balanced(mine, currency),
                format=_issuer(preamble + ",".join(head.names)),
                account=named,
                remarks=tuple(_remarks(rows, head, preamble, entries)),
            )
        )
    return found


def _issuer(preamble: str) -> str:
    return next((short for name, short in ISSUERS.items() if name in preamble), "CSV")


def _plain(cell: str) -> str:
    narrow = cell.strip().replace("（", "(").replace("）", ")").replace("／", "/")
    return "".join(narrow.split())


def _find_head(rows: Sequence[Row]) -> _Head | None:
    for number, row in enumerate(rows[:60]):
        places = {_plain(cell): place for place, cell in reversed(list(enumerate(row)))}
        columns = {
            role: next(places[name] for name in names if name in places)
            for role, names in NAMES.items()
            if any(name in places for name in names)
        }
        if "booked_on" in columns and columns.keys() & {"amount", "income", "outgo"}:
            taken = {columns[role] for role in columns.keys() - {"booked_on"}}
            texts = tuple(places[t] for t in TEXTS if t in places and places[t] not in taken)
            return _Head(number, columns, texts, frozenset(places))
    return None


def _entries(rows: Sequence[Row], head: _Head, preamble: str) -> Iterator[Entry]:
    for number, row in enumerate(rows[head.row + 1 :], start=head.row + 2):
        if not any(cell.strip() for cell in row) or _is_foot(row):
            continue
        try:
            yield _entry(row, head, preamble)
        except ValueError as error:
            raise unreadable("statement.row", row=number, reason=str(error)[:80]) from error


def _is_foot(row: Row) -> bool:
    """Totals and small print under the table."""
    first = next(cell.strip() for cell in row if cell.strip())
    return not first[:1].isdigit() and bool(FOOT.search(first))


def _entry(row: Row, head: _Head, preamble: str) -> Entry:
    booked = _day(head.of(row, "booked_on"), preamble)
    said = head.of(row, "currency")
    currency = CURRENCIES.get(said, said if re.fullmatch("[A-Z]{3}", said) else "CNY")
    amount, known = _amount(row, head)
    if "信用卡" in preamble and "人民币金额" in head.names:
        amount = -amount  # a card's bill counts what was spent as above zero
    valued = head.of(row, "valued_on")
    return Entry(
        booked_on=booked,
        value_on=_day(valued, preamble) if valued else None,
        minor=minor_units(amount, currency),
        currency=currency,
        reference=_nothing(head.of(row, "reference")),
        counterparty=squeezed(head.of(row, "counterparty")),
        counterparty_account=_nothing(head.of(row, "counterparty_account")),
        text=squeezed(*(row[place] for place in head.texts if place < len(row))),
        balance=_balance(head.of(row, "balance"), currency),
        counts=known and not NEVER_HAPPENED.search(head.of(row, "status")),
    )


def _nothing(cell: str) -> str:
    return "" if cell in {"/", "-"} else cell


def _amount(row: Row, head: _Head) -> tuple[Decimal, bool]:
    """The signed amount, and whether it is known to have come or gone."""
    if head.columns.keys() & {"income", "outgo"}:
        came, went = (_nothing(head.of(row, name)) for name in ("income", "outgo"))
        if bool(came) == bool(went) and not (came and amount_in(came) * amount_in(went) == 0):
            raise ValueError("neither came nor went" if not came else "came and went")
        return (amount_in(came) if came else Decimal(0)) - (amount_in(went) if went else 0), True
    amount = amount_in(head.of(row, "amount"))
    if "direction" not in head.columns:
        return amount, True
    direction = head.of(row, "direction")
    if direction in CREDITED:
        return abs(amount), True
    if direction in DEBITED:
        return -abs(amount), True
    if direction in NEUTRAL:
        return amount, False
    raise ValueError(f"no direction: {direction!r}")


def _balance(cell: str, currency: str) -> int | None:
    try:
        return minor_units(amount_in(cell), currency)
    except ValueError:  # empty, or blotted out by whoever passed the file on
        return None


def _day(cell: str, preamble: str) -> date:
    plain = cell.strip().replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-")
    plain = plain.split()[0] if plain else ""
    if re.fullmatch(r"\d{1,2}-\d{1,2}", plain):
        return _day_without_year(plain, preamble)
    form = "%Y%m%d" if plain.isdigit() else "%Y-%m-%d"
    try:
        return datetime.strptime(plain, form).date()  # noqa: DTZ007 -- a day of the bank's calendar
    except ValueError:
        raise ValueError(f"no day: {cell.strip()!r}") from None


def _day_without_year(plain: str, preamble: str) -> date:
    """A card's bill of January names days of December: those are of the year before."""
    bill = re.search(r"(\d{4})年(\d{1,2})月", preamble)
    if bill is None:
        raise ValueError(f"no year: {plain!r}")
    year, month = int(bill.group(1)), int(bill.group(2))
    its_month, day = (int(part) for part in plain.split("-"))
    return date(year - (its_month > month), its_month, day)


def _balanced(entries: tuple[Entry, ...], currency: str) -> Statement:
    """Balances out of each line's own. Some banks list the newest first: both orders are tried."""
    bare = Statement("", "", currency, entries)
    if any(entry.balance is None for entry in entries):
        return bare
    for ordered in (entries, entries[::-1]):
        pairs = pairwise(ordered)
        if all(now.balance == (before.balance or 0) + now.minor for before, now in pairs):
            return _with_ends(replace(bare, entries=ordered, chain_holds=True), ordered)
    newest_first = entries[0].booked_on > entries[-1].booked_on
    return _with_ends(replace(bare, chain_holds=False), entries[::-1] if newest_first else entries)


def _with_ends(bare: Statement, ordered: Sequence[Entry]) -> Statement:
    first, last = ordered[0], ordered[-1]
    return replace(bare, opening=(first.balance or 0) - first.minor, closing=last.balance or 0)


def _remarks(
    rows: Sequence[Row], head: _Head, preamble: str, entries: list[Entry]
) -> Iterator[Remark]:
    """Where the file's own counts and totals differ from what is in it."""
    told = re.search(r"共\s*(\d+)\s*笔", preamble)
    if told and int(told.group(1)) != len(entries):
        yield Remark("statement.count_differs", {"told": int(told.group(1)), "read": len(entries)})
    for row in rows[head.row + 1 :]:
        if not any(cell.strip() for cell in row) or not _is_foot(row):
            continue
        for name, sign in (("income", 1), ("outgo", -1)):
            cell = head.of(row, name)
            if not cell:
                continue
            there = sum(abs(e.minor) for e in entries if e.minor * sign > 0)
            if _balance(cell, entries[0].currency) not in {None, there}:
                read_sum = in_major_units(there, entries[0].currency)
                yield Remark("statement.total_differs", {"told": cell, "read": read_sum})
