"""The desk's lists and one's own are narrowed and paged; a review sees where a plan departs."""

import re

import pytest

from marketplace.auctions.engine.rules import Format, PriorityMode
from marketplace.core.db import transaction
from marketplace.core.money import yuan
from marketplace.listings.terms import DealKind, Terms
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bidder

pytestmark = pytest.mark.usefixtures("app")
DESK = "/console/auction-desk"
USUAL = {"deposit": START // 10, "priority": PriorityMode.AFTER}


def departing(browser, auction):
    """Term → (as proposed, as asked), from the page of the review."""
    page = browser.get(f"/workbench/auctions/{auction.reference}").text
    table = page.partition('id="departures"')[2].partition("</section>")[0]
    cells = re.findall(r'<th scope="row">(.*?)</th><td[^>]*>(.*?)</td><td[^>]*><b>(.*?)</b>', table)
    return {term: (usual, asked) for term, usual, asked in cells}


def listed_at_the_start():
    return a.listing(terms=Terms(DealKind.TRANSFER, yuan(START // 100)))


def test_the_review_sees_term_by_term_where_a_plan_departs_from_the_usual(sign_in):
    desk = sign_in(a.exchange(), "owner")
    over = USUAL | {"deposit": START // 5, "cycle": 180, "priority": PriorityMode.INSIDE}
    auction = an_auction(approved=False, listing=listed_at_the_start(), reserve=START, **over)
    told = departing(desk, auction)
    assert told["保证金"] == ("¥10,000", "¥20,000")
    assert told["限时周期"] == ("5 分钟", "3 分钟")
    assert told["保留价"] == ("无", "有，不公开")
    assert told["优先购买权"][1] == "场内行使：同价优先"
    assert not told.keys() & {"起始价", "加价幅度", "参考价", "一口价"}


def test_the_desk_is_narrowed_by_text_format_and_kind_of_right(sign_in):
    desk = sign_in(a.exchange(), "owner")
    mine = an_auction(approved=False)
    other = an_auction(Format.SEALED_FIRST, approved=False)
    asked = {
        f"?q={mine.reference}": (True, False),
        f"?q={mine.seller.name}": (True, mine.seller.name == other.seller.name),
        "?how=sealed_first": (False, True),
        "?kind=trademark": (False, False),
        "?how=nonsense&kind=&state=&page=x&submitted=-5": (True, True),
    }
    for query, seen in asked.items():
        page = desk.get(DESK + query).text
        assert (mine.reference in page, other.reference in page) == seen, query


def test_the_desk_shows_twenty_at_a_time(sign_in):
    desk = sign_in(a.exchange(), "owner")
    listing = a.listing()
    made = [an_auction(approved=False, listing=listing) for _ in range(21)]
    first, second = (desk.get(f"{DESK}?submitted={n}").text for n in (1, 2))
    assert made[0].reference in first
    assert made[-1].reference not in first
    assert made[-1].reference in second
    assert made[0].reference not in second


def test_one_s_own_are_narrowed_on_both_sides(sign_in):
    mine, other = (
        an_auction(),
        an_auction(Format.DUTCH, floor=START // 2, decrement=100, interval=60),
    )
    with transaction():
        firm = a.organisation()
    for auction in (mine, other):
        bidder(auction, of=firm)
    browser, seller = sign_in(firm), sign_in(mine.seller)
    page = browser.get("/workbench/auctions?side=bidding&how=dutch").text
    assert other.reference in page
    assert mine.reference not in page
    assert "没有符合条件的竞价" in browser.get("/workbench/auctions?side=bidding&q=zzz").text
    assert mine.reference in seller.get("/workbench/auctions?state=free").text
    assert "没有符合条件的竞价" in seller.get("/workbench/auctions?state=awarded").text
    file = browser.get("/workbench/auctions?side=bidding&how=dutch&format=csv").text
    assert other.reference in file
    assert mine.reference not in file
