"""Where a seller's plan departs from what the exchange proposes, for its review."""

from marketplace.auctions.engine.increments import rung
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.models import Auction
from marketplace.auctions.services import drafting
from marketplace.auctions.services.planning import ENGLISH, Plan, usual_deposit
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.forms.tenders import JURIES
from marketplace.web.auction_words import period
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import money, words

Departure = tuple[str, str, str]  # term, as proposed, as asked


def departures(auction: Auction) -> list[Departure]:
    """Term by term, those alone in which it differs."""
    rules, currency = auction.rules, auction.currency

    def said(minor: int | None) -> str:
        return gettext("无") if minor is None else money(Money(currency, minor))

    listed = auction.listing.terms.price
    found: list[Departure] = [
        (gettext("起始价"), said(listed.minor if listed else None), said(rules.start)),
        (gettext("保证金"), said(usual_deposit(rules.start)), said(rules.deposit)),
        (
            gettext("保留价"),
            gettext("无"),
            gettext("有，不公开") if rules.has_reserve else gettext("无"),
        ),
        (gettext("参考价"), gettext("无"), said(rules.guide)),
        (gettext("一口价"), gettext("无"), said(rules.buy_now)),
        (
            gettext("优先购买权"),
            words("enums", f"auction_priority.{Plan.priority.value}"),
            words("enums", f"auction_priority.{rules.priority.value}"),
        ),
        *_of_bidding(rules, said(rung(rules.start, rules.ladder)), said(rules.step)),
        *_of_tender(rules),
        _notice(auction),
    ]
    return [one for one in found if one[1] != one[2]]


def _of_bidding(rules: Rules, ladder: str, step: str) -> list[Departure]:
    if rules.format not in ENGLISH:
        return []
    by_bands = gettext("按价格分段，起始价时为 %(amount)s", amount=ladder)
    asked = by_bands if rules.step is None else gettext("固定 %(amount)s", amount=step)
    return [
        (gettext("加价幅度"), by_bands, asked),
        (gettext("限时周期"), period(Plan.cycle), period(rules.cycle)),
    ]


def _of_tender(rules: Rules) -> list[Departure]:
    if rules.format is not Format.TENDER:
        return []

    def persons(number: int) -> str:
        return ngettext("%(num)s 人", "%(num)s 人", number)

    return [(gettext("评审人数"), persons(int(JURIES[0])), persons(rules.evaluators or 0))]


def _notice(auction: Auction) -> Departure:
    """A seller may announce longer than is asked; shorter is refused anyway."""
    least = drafting.notice_of(auction.listing).days
    opens = auction.opens_at or clock.now()
    days = (opens.astimezone(clock.BEIJING).date() - clock.today()).days

    def said(number: int) -> str:
        return ngettext("%(num)s 日", "%(num)s 日", number)

    return (
        gettext("开始前的公告期"),
        gettext("至少 %(period)s", period=said(least)),
        (gettext("至少 %(period)s", period=said(least)) if days == least else said(days)),
    )
