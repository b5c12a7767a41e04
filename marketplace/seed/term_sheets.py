"""Term sheets of the demonstration: what the university and a firm begin their terms with."""

from collections.abc import Iterator

from marketplace.core.money import yuan
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.listings.termsheet import Improvements, Law, Pay, Use, Warranty
from marketplace.negotiation import sheets
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

KEPT = {
    "lingnan": (
        (
            "普通许可（先使用后付费）",
            Terms(
                DealKind.LICENCE,
                grant=Grant.NON_EXCLUSIVE,
                territory=("GD",),
                months=36,
                royalty_bps=300,
                royalty_base=RoyaltyBase.NET_SALES,
                pay=Pay(free_months=12, free_then_days=30),
                use=Use(
                    improvements=Improvements.GRANT_BACK,
                    improvement_terms="改进成果免费普通许可回授校方。",
                ),
            ),
            "中小企业优先用这一份；提成率可以让到 2%，免费期不超过一年。",
        ),
        (
            "独占许可（入门费加提成）",
            Terms(
                DealKind.LICENCE,
                yuan(500_000),
                grant=Grant.EXCLUSIVE,
                months=60,
                royalty_bps=400,
                royalty_base=RoyaltyBase.NET_SALES,
                minimum_royalty=yuan(80_000),
                support_days=20,
                use=Use(non_use_months=24),
            ),
            "须有最低提成费和未实施终止条款，否则报转化办公会。",
        ),
        (
            "转让（附技术支持）",
            Terms(
                DealKind.TRANSFER,
                delivery_days=20,
                support_days=10,
                law=Law(
                    warranties=(Warranty.TITLE, Warranty.NO_KNOWN_CLAIM), confidentiality_years=3
                ),
            ),
            "",
        ),
    ),
    "bay": (
        (
            "受让专利的标准报价",
            Terms(
                DealKind.TRANSFER,
                delivery_days=15,
                support_days=15,
                use=Use(inspection_days=30),
                law=Law(warranties=tuple(Warranty), confidentiality_years=5),
            ),
            "法务审过的文本；验收期限不要短于三十天。",
        ),
        (
            "非核心专利普通许可",
            Terms(DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, territory=("CN",), months=24),
            "",
        ),
    ),
}


def stories(cast: Cast) -> Iterator[Story]:
    """Each keeps its own some weeks ago, and has put one away since."""
    for key in KEPT:
        yield _kept(cast, key)


def _kept(cast: Cast, key: str) -> Story:
    by = cast.actors[key]
    for number, (name, terms, note) in enumerate(KEPT[key]):
        yield cast.ago(40 - 7 * number, 10 + number)
        sheet = sheets.keep(by, name=name, terms=terms, note=note)
    yield cast.ago(3, 16)
    sheets.put_away(by, sheet)
