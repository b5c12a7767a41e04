"""A weighted tender in words: criteria, the rules of the points, and the form of its room."""

from decimal import Decimal
from typing import Any

from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.sealed import MANY
from marketplace.auctions.models import Auction
from marketplace.forms import tenders
from marketplace.forms.auctions import BidForm
from marketplace.web.locale import gettext
from marketplace.web.presentation import basis_points, locale_code

TOTAL = 10_000_000  # basis points times thousandths in a point


def names(rules: Rules) -> list[str]:
    """The criteria in the reader's language; traditional characters are nobody's to make up here."""
    english = locale_code().startswith("en")
    return [one.name_en if english else one.name for one in rules.criteria]


def guides(rules: Rules) -> list[str]:
    """What earns the points of each criterion, in the reader's language where it is given in it."""
    english = locale_code().startswith("en")
    return [(one.guide_en or one.guide) if english else one.guide for one in rules.criteria]


def bid_form(auction: Auction) -> Any:
    """What a bidder fills in: an amount, and of a tender an answer to every criterion."""
    if auction.format is not Format.TENDER:
        return BidForm()
    return tenders.with_answers(BidForm, names(auction.rules))()


def rules_rows(rules: Rules) -> list[tuple[str, str]]:
    """How the total comes about, for everybody to work out again."""
    weights = [(gettext("价格"), rules.price_weight or 0)]
    weights += zip(names(rules), (one.weight for one in rules.criteria), strict=True)
    jury = gettext(
        "%(count)s 名评审人按竞买号各打 0 至 100 分，每项取平均，舍去千分之一以下。",
        count=rules.evaluators or 0,
    )
    if (rules.evaluators or 0) >= MANY:
        jury += gettext("每项去掉一个最高分和一个最低分。")
    return [
        (
            gettext("权重"),
            gettext("；").join(f"{name} {basis_points(weight)}" for name, weight in weights),
        ),
        (
            gettext("价格分"),
            gettext("100 × 报价 ÷ 最高的有效报价，舍去千分之一以下；低于起始价或保留价的不计。"),
        ),
        (gettext("评审分"), jury),
        *((name, told) for name, told in zip(names(rules), guides(rules), strict=True) if told),
        (gettext("次序"), gettext("先评审答复并封定评分，再开启价格。")),
        (gettext("总分相同"), gettext("报价高者优先；再相同，先提交者优先。")),
    ]


def points(thousandths: int | None) -> str:
    """Points with up to three places."""
    return "–" if thousandths is None else _plain(Decimal(thousandths) / 1000)


def total(sum_: int | None) -> str:
    """The weighted total out of 100, exactly."""
    return "–" if sum_ is None else _plain(Decimal(sum_) / TOTAL)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
