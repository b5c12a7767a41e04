"""Auctions in words: amounts in refusals, the timetable, the rules in force."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.auctions.engine.increments import rung
from marketplace.auctions.engine.rules import Format, PriorityMode, Rules
from marketplace.auctions.models import Auction
from marketplace.core.money import Money
from marketplace.web import tender_words
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import format_datetime, locale_code, money, words

AMOUNTS = frozenset({"least", "price", "limit", "amount"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: int | None) -> datetime | None:
    """A moment of the engine as a time."""
    return None if at is None else EPOCH + timedelta(microseconds=at)


def refused(code: str, facts: Mapping[str, Any], currency: str) -> str:
    """A refusal's sentence; amounts in it are minor units."""
    from marketplace.core.words import say  # noqa: PLC0415 -- the page's own name for it is `words`

    told = {
        name: money(Money(currency, value)) if name in AMOUNTS and type(value) is int else value
        for name, value in facts.items()
    }
    return say("refusals", code, locale_code(), **told)


def rules_rows(auction: Auction) -> list[tuple[str, Any]]:
    """Every rule in force, in words, with its value."""
    rules, currency = auction.rules, auction.currency
    rows: list[tuple[str, Any]] = [
        (gettext("竞价方式"), words("enums", f"auction_format.{rules.format.value}")),
        (gettext("起始价"), money(Money(currency, rules.start))),
    ]
    if rules.format in {Format.ENGLISH, Format.ANNOUNCED}:
        rows += [
            (gettext("加价幅度"), _step(rules, currency)),
            (
                gettext("延时规则"),
                gettext(
                    "限时竞价期内，改变价格或领先者的出价使剩余时间不少于 %(minutes)s 分钟；"
                    "每延时 %(count)s 次，加价幅度加倍。",
                    minutes=rules.cycle // 60,
                    count=rules.step_doubles_after,
                ),
            ),
            (
                gettext("成交价"),
                gettext("第二高的最高价加一个加价幅度，不超过竞得人的最高价。"),
            ),
        ]
    rows += _of_format(rules, currency)
    rows += [
        (
            gettext("保留价"),
            gettext("有，摘要已公布，结束时公开") if rules.has_reserve else gettext("无"),
        ),
        (
            gettext("保证金"),
            money(Money(currency, rules.deposit)) if rules.deposit else gettext("无"),
        ),
        *_of_forfeit(rules),
        (gettext("优先购买权"), words("enums", f"auction_priority.{rules.priority.value}")),
    ]
    if rules.priority is PriorityMode.AFTER:
        rows.append(
            (gettext("优先购买权答复期限"), gettext("%(count)s 日", count=rules.priority_days))
        )
    rows += [
        (
            gettext("截止的确认"),
            gettext(
                "截止后 %(count)s 秒内系统确认及时到达的出价，此间不接受新的出价。",
                count=f"{rules.drain_ms / 1000:g}",
            ),
        ),
        (gettext("规则版本"), rules.version),
    ]
    return rows


def _of_forfeit(rules: Rules) -> list[tuple[str, Any]]:
    if not rules.deposit:
        return []
    costs = f"{rules.forfeit_cost_bps / 100:g} %"
    text = gettext(
        "竞得人在期限后第二个工作日结束前仍未签约或付款的，认定未履行，保证金没收："
        "交易所按公布的比例留取成本（%(costs)s），其余归出让方。",
        costs=costs,
    )
    return [(gettext("未履行的后果"), text)]


def _of_format(rules: Rules, currency: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    if rules.buy_now is not None:
        rows.append((gettext("一口价"), money(Money(currency, rules.buy_now))))
    if rules.guide is not None:
        rows.append((gettext("参考价"), money(Money(currency, rules.guide))))
    if rules.format is Format.DUTCH and rules.decrement and rules.interval:
        text = gettext(
            "每 %(period)s 降 %(amount)s，不低于 %(floor)s",
            period=period(rules.interval),
            amount=money(Money(currency, rules.decrement)),
            floor=money(Money(currency, rules.floor or rules.start)),
        )
        rows.append((gettext("降价"), text))
    if rules.format is Format.TENDER:
        rows += tender_words.rules_rows(rules)
    return rows


def period(seconds: int) -> str:
    """A length of time in its largest whole unit: 12 hours, 90 seconds."""
    if seconds % 3600 == 0:
        return ngettext("%(num)s 小时", "%(num)s 小时", seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("%(num)s 分钟", "%(num)s 分钟", seconds // 60)
    return ngettext("%(num)s 秒", "%(num)s 秒", seconds)


def _step(rules: Rules, currency: str) -> str:
    if rules.step is not None:
        return money(Money(currency, rules.step))
    return gettext(
        "按价格分段，起始价时为 %(amount)s",
        amount=money(Money(currency, rung(rules.start, rules.ladder))),
    )


def timetable(auction: Auction) -> list[tuple[str, str]]:
    """The moments that were published, in Beijing time."""
    rules = auction.rules
    rows = [
        (gettext("公告"), format_datetime(auction.published_at)),
        (gettext("开始时间"), format_datetime(moment(rules.opens_at))),
    ]
    if rules.format is Format.ENGLISH and rules.free_ends_at is not None:
        rows.append(
            (gettext("自由竞价结束，限时竞价开始"), format_datetime(moment(rules.free_ends_at)))
        )
        rows.append((gettext("最早结束"), format_datetime(moment(rules.ends_at))))
    else:
        rows.append((gettext("截止"), format_datetime(auction.ends_at or moment(rules.ends_at))))
    return rows
