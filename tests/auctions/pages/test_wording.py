"""What we run is called 网络竞价. Only with a licensed auction house, by name, may a page say 拍卖."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.core import settings
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, bidders
from tests.auctions.pages.test_pages import text_of

ROOT = Path(__file__).parents[3]
LAW = re.compile(
    "《[^》]*拍卖[^》]*》|网络司法拍卖|司法拍卖|拍卖法"
)  # names of laws and of what courts do
PARTNER = "拍卖由持有拍卖经营批准证书的 %(partner)s 主持。"
SAYING = [
    *sorted((ROOT / "marketplace/auctions").glob("words*.yaml")),
    *sorted((ROOT / "marketplace/notifications").glob("*.yaml")),
    *sorted((ROOT / "marketplace/deals").glob("words*.yaml")),
    *sorted((ROOT / "marketplace/listings").glob("words*.yaml")),
    *sorted((ROOT / "marketplace/payments").glob("words*.yaml")),
    *sorted((ROOT / "marketplace/compliance").glob("words*.yaml")),
    *sorted((ROOT / "templates/auctions").glob("*.html")),
    *sorted((ROOT / "templates/console/auctions").glob("*.html")),
]


def called_an_auction(text: str) -> list[str]:
    """Where a text says 拍卖 of its own, with what stands around it."""
    rest = LAW.sub("", text.replace(PARTNER, ""))
    return [rest[max(m.start() - 12, 0) : m.end() + 12] for m in re.finditer("拍卖", rest)]


@pytest.mark.parametrize("file", SAYING, ids=lambda file: file.name)
def test_no_word_of_a_page_or_a_letter_calls_it_so(file):
    assert called_an_auction(file.read_text(encoding="utf-8")) == []


def test_the_search_for_the_word_finds_it():
    assert called_an_auction("参照《拍卖法》办理") == []
    assert called_an_auction("本场拍卖已经结束") == ["本场拍卖已经结束"]


@pytest.fixture
def licensed():
    before = settings.current()
    settings._current[0] = replace(before, auction_partner="岭南拍卖行有限公司")
    yield
    settings._current[0] = before


def pages(client, sign_in):
    """Every page on which an auction is seen, by a stranger, the seller, a bidder and the desk."""
    auction = an_auction(deposit=1_000_000)
    first, _ = bidders(auction)
    bid(first, auction, START)
    own = "/workbench/auctions"
    for path in (
        "/auctions",
        "/auctions/calendar",
        "/auctions/results",
        f"/auctions/{auction.reference}",
    ):
        yield client.get(path)
    seller = sign_in(auction.seller)
    for path in (own, f"{own}/{auction.reference}", f"/auctions/{auction.reference}"):
        yield seller.get(path)
    desk = sign_in(a.exchange())
    for path in ("/console/auction-desk", f"/console/auction-control/{auction.reference}"):
        yield desk.get(path)


@pytest.mark.usefixtures("app")
def test_no_page_calls_it_so_without_a_licensed_partner(client, sign_in):
    seen = [page for page in pages(client, sign_in) if page.status_code == 200]
    assert len(seen) >= 7
    assert [found for page in seen for found in called_an_auction(text_of(page))] == []
    assert any("网络竞价" in text_of(page) for page in seen)


@pytest.mark.usefixtures("app", "licensed")
def test_with_one_the_auctions_page_names_it(client):
    auction = an_auction()
    page = text_of(client.get(f"/auctions/{auction.reference}"))
    assert "拍卖由持有拍卖经营批准证书的 岭南拍卖行有限公司 主持。" in page
    english = text_of(client.get(f"/auctions/{auction.reference}?lang=en"))
    assert "conducted by 岭南拍卖行有限公司" in english
