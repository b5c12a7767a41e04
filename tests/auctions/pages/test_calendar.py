"""The calendar of auctions: filters, the month, what came of those that are over, the price drawn."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.assets.models import AssetKind
from marketplace.auctions.engine.state import Command
from marketplace.auctions.queries import figures
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidders, tick

pytestmark = pytest.mark.usefixtures("app")


def auctions_in(page):
    return set(re.findall(r"/auctions/(J-\d+)\"", page.text))


def of(kind=AssetKind.INVENTION, city="广州市", **over):
    seller = a.organisation(city=city)
    return an_auction(listing=a.listing(a.asset(kind=kind, keeper=seller), seller=seller), **over)


def finish(auction):
    for _ in range(2):  # the free period, then the limited one
        with clock.freeze(auction.ends_at + timedelta(seconds=2)):
            tick(auction)
        db.session.refresh(auction)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {0, 1, 2}),
        ({"kind": "trademark"}, {1}),
        ({"how": "dutch"}, {2}),
        ({"city": "深圳市"}, {1}),
        ({"state": "free"}, {0, 1}),
        ({"pmax": "１０"}, {1}),  # 万元: by the price, or the start where nobody bid
        ({"pmin": "10.3", "pmax": "10.5", "kind": "invention"}, {2}),
        ({"pmin": "abc", "pmax": "1e999", "kind": "no such", "state": "over"}, {0, 1, 2}),
        ({"city": "北京市"}, set()),
    ],
)
def test_the_list_is_narrowed_by_kind_format_state_city_and_price(client, asked, found):
    first = of()
    for one, amount in zip(bidders(first, 2), (START, START + 2_000_000), strict=True):
        bid(one, first, amount)
    bid_on = [first, of(AssetKind.TRADEMARK, "深圳市")]
    bid_on.append(of(format="dutch", start=10_500_000, floor=10_100_000, decrement=1, interval=600))

    page = client.get("/auctions", query_string=asked)

    assert auctions_in(page) == {bid_on[number].reference for number in found}
    assert ("这里还没有竞价" in page.text) is (not found)


def test_the_list_keeps_its_filters_in_the_pager_and_the_export(client):
    for _ in range(21):
        of(AssetKind.DESIGN)
    page = client.get("/auctions?kind=design&q=").text

    assert "kind=design&amp;q=&amp;page=2" in page
    assert "kind=design&amp;q=&amp;format=csv" in page
    rows = client.get("/auctions?kind=trademark&format=csv").text.strip().splitlines()
    assert len(rows) == 1


def test_the_month_shows_what_opens_and_what_ends_on_the_day_in_beijing(client):
    opens = datetime(2027, 3, 30, 17, tzinfo=UTC)  # 31 March in Beijing
    auction = of(opened=False, opens_at=opens, free_ends_at=opens + timedelta(days=3))
    gone = of(opened=False, opens_at=opens, free_ends_at=opens + timedelta(days=3))
    at(opens - timedelta(days=2), SYSTEM, gone, Command("withdraw", None, {"reason": "sold"}))

    march, april = (client.get(f"/auctions/month?month=2027-0{n}") for n in (3, 4))

    assert auctions_in(march) == auctions_in(april) == {auction.reference}
    day = march.text.partition('datetime="2027-03-31"')[2].partition("</td>")[0]
    assert "01:00" in day
    assert "开始" in day
    assert "截止" in april.text.partition('datetime="2027-04-03"')[2].partition("</td>")[0]
    assert "month=2027-04" in march.text
    assert "month=2027-02" in march.text
    assert auctions_in(client.get("/auctions/month?month=2027-03&kind=trademark")) == set()


@pytest.mark.parametrize("month", ["", "2027-13", "0001-01", "9999-12", "x", "2020-01", "2100-12"])
def test_any_month_is_answered(client, month):
    page = client.get("/auctions/month", query_string={"month": month})

    assert page.status_code == 200
    assert "这个月没有符合条件的竞价" in page.text


def test_results_are_counted_by_format_and_by_kind_of_right_a_bundle_for_each(client):
    seller = a.organisation()
    kinds = (AssetKind.INVENTION, AssetKind.TRADEMARK)
    bundle = an_auction(
        listing=a.listing(*(a.asset(kind=k, keeper=seller) for k in kinds), seller=seller)
    )
    alone = of(AssetKind.TRADEMARK)
    first, second = bidders(bundle, 2)
    bid(first, bundle, START)
    bid(second, bundle, START + 1_000_000)
    finish(bundle)
    finish(alone)

    found = figures.results()

    assert [(f.of, f.number, f.sold) for f in found.by_kind] == [
        (AssetKind.INVENTION, 1, 1),
        (AssetKind.TRADEMARK, 2, 1),
    ]
    assert [(f.of.value, f.number) for f in found.by_format] == [("english", 2)]
    page = client.get("/auctions/results").text
    assert "按权利类型" in page
    assert "发明专利" in page


# ---- the price drawn -----------------------------------------------------------------------------


def drawing(client, auction, language="zh_Hans"):
    page = client.get(f"/auctions/{auction.reference}", query_string={"lang": language}).text
    found = re.search(r'<svg class="chart chart-price".*?</svg></div>', page, re.DOTALL)
    return found and found[0]


def test_a_rising_price_is_drawn_in_steps_with_its_finding_in_words(client):
    auction = an_auction()
    first, second = bidders(auction, 2)
    assert drawing(client, auction) is None  # no bid, no price
    bid(first, auction, START)
    bid(second, auction, START + 1_000_000)

    chinese, english = drawing(client, auction), drawing(client, auction, "en")

    assert "style=" not in chinese
    assert "<script" not in chinese
    line = re.search(r'class="line" d="M([^"]+)"', chinese)[1]
    assert re.fullmatch(r"[\d. ]+(H[\d.]+V[\d.]+)+H[\d.]+", line)  # level and upright, no slopes
    assert re.search(r"<title[^>]*>价格走势</title>", chinese)
    assert "从 ¥100,000 到 ¥10" in chinese
    assert "变动 1 次" in chinese
    assert "1 change," in english


def test_a_falling_price_is_drawn_with_what_is_announced_and_a_table(client):
    auction = an_auction(
        "dutch", opens_at=clock.now() - timedelta(minutes=150), floor=START // 2,
        decrement=START // 10, interval=3600,
    )  # fmt: skip

    page = client.get(f"/auctions/{auction.reference}").text

    assert "is-ahead" in drawing(client, auction)
    assert "从 ¥100,000 到 ¥80,000，变动 2 次" in page
    assert "查看数据表" in page


def test_nothing_is_drawn_of_sealed_bids_or_before_the_opening(client):
    sealed = an_auction("sealed_first", opening_key="0" * 64)
    coming = an_auction(opened=False, opens_at=clock.now() + timedelta(days=1))

    assert drawing(client, sealed) is None
    assert drawing(client, coming) is None
