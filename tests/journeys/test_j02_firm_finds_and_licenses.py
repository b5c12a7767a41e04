"""J2: a firm finds a right, looks into its data room under a secrecy agreement, asks, offers, gets a
counter-offer, accepts; the licence runs through checklist, contract, signatures, escrow, recordal and release."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.seed.paper import sheet
from marketplace.seed.people import PASSWORD
from tests.journeys.conftest import LANGUAGES, Site, press, sign_in
from tests.journeys.steps import (
    downloads,
    fills,
    is_released,
    is_valid,
    opens,
    passes_the_checklist,
    pays_by_bank,
    records,
    signs,
    submits,
    unfolds,
)

BUYER = "湾区智能科技有限公司（演示）"
PRICE = 12_600_000  # fen


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_firm_finds_and_licenses_a_patent(seeded_site, visitor, language, tmp_path):
    paper = tmp_path / "evidence.pdf"
    paper.write_bytes(sheet("Journey two"))
    buyer, seller, operator, cashier = (visitor(seeded_site, language) for _ in range(4))
    for page, who in (
        (buyer, "buyer"),
        (seller, "tto"),
        (operator, "operator"),
        (cashier, "cashier"),
    ):
        sign_in(page, seeded_site, f"{who}@demo.example")

    listing = finds(buyer, seeded_site)
    looks_into_the_room(buyer, seller, seeded_site, listing, paper)
    asks(buyer, seeded_site, listing, seller)
    deal = agrees(buyer, seller, seeded_site, listing)
    passes_the_checklist(seller, buyer, operator, seeded_site, deal, paper)
    signs(seller, seeded_site, deal)
    signs(buyer, seeded_site, deal)
    the_contract_is_signed(buyer, seeded_site, deal)
    pays_by_bank(buyer, cashier, seeded_site, deal, minor=PRICE, name=BUYER)
    records(seller, operator, seeded_site, deal, paper)
    paid = is_released(operator, cashier, seeded_site, deal)
    assert [one.name for one in paid if 0 < -one.minor < PRICE] != []

    for side in (buyer, seller):
        opens(side, seeded_site, f"/workbench/deals/{deal}")
        assert side.locator(".timeline li.done").count() >= 5
        assert side.locator("a[href*='/certificates/']").count() >= 1


# ---- found and looked into -----------------------------------------------------------------------


def finds(page: Page, site: Site) -> str:
    """Search in Chinese, narrow, compare three, save the search; the first free licence is ours."""
    opens(page, site, "/search")
    page.locator("#q").focus()
    page.keyboard.insert_text("脑机接口 系统")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    box = page.locator("input[name=deal_mode][value=exclusive]").first
    press(box)
    page.wait_for_url(re.compile("deal_mode=exclusive"))
    page.wait_for_load_state("networkidle")
    opens(page, site, "/search?q=脑机接口&verified=yes")
    for _ in range(3):
        with page.expect_navigation():
            press(page.locator("form[action*='/compare/'] button[aria-pressed=false]").first)
        page.wait_for_load_state()
    with page.expect_navigation():
        press(page.locator("form[action$='/saved-searches'] button"))
    assert page.locator("table tbody tr").count() >= 1
    opens(page, site, "/compare")
    assert page.locator("table.compare thead th").count() == 4
    return free_listing(page, site)


def free_listing(page: Page, site: Site) -> str:
    """A patent that the university licenses, without a room, on which nobody has a deal or an offer of ours."""
    seen = {}
    for mode in ("exclusive", "sole", "non_exclusive"):
        opens(
            page,
            site,
            f"/search?deal_mode={mode}&kind=invention&owner_kind=university&pledged=no&verified=yes",
        )
        links = page.locator("article.listing h3 a")
        for path in [str(links.nth(i).get_attribute("href")) for i in range(links.count())]:
            opens(page, site, path)
            ours = page.locator("a[href='/organisations/lingnan-university-of-technology']")
            offer = page.locator(f"a[href$='{path}/offer']")
            if ours.count() and offer.count() and not page.locator("a[href*='/rooms/']").count():
                return path.rsplit("/", 1)[1]
            seen[path] = (ours.count(), offer.count())
    raise AssertionError(f"the demonstration has no free licence of the university's: {seen}")


def looks_into_the_room(buyer: Page, seller: Page, site: Site, listing: str, paper: Path) -> None:
    """The seller sets a room up; the buyer signs for secrecy, is let in, reads and asks."""
    opens(seller, site, f"/workbench/listings/{listing}")
    submits(seller, f"/{listing}/room")
    keep = "/workbench/rooms/" + seller.url.split("/rooms/")[1].split("/")[0].split("?")[0]
    room = keep.removeprefix("/workbench")
    opens(seller, site, keep)
    fills(seller, "name", "试验数据")
    submits(seller, "/folders")
    seller.locator("#upload input[type=file]").set_input_files(paper)
    submits(seller, "/upload")

    opens(buyer, site, f"/listings/{listing}")
    with buyer.expect_navigation():
        press(buyer.locator(f"main a[href$='{room}']"))
    press(buyer.locator("main form[action$='/sign'] [name=read]"))
    fills(buyer, "password", PASSWORD)
    submits(buyer, "/sign")
    fills(buyer, "reason", "拟取得许可，先做技术尽职调查。")
    submits(buyer, "/ask")
    opens(seller, site, f"{keep}/people")
    unfolds(seller, "/grant")
    submits(seller, "/grant")

    opens(buyer, site, room)
    view = buyer.locator("main a[href$='/view']").first.get_attribute("href")
    assert downloads(buyer, site, str(view))[:4] == b"%PDF"
    question = f"低温下的数据有吗？{uuid4().hex[:8]}"
    opens(buyer, site, f"{room}/questions")
    fills(buyer, "text", question)
    submits(buyer, "/questions")
    opens(seller, site, f"{room}/questions")
    fills(seller, "answer", "见试验数据第三页。")
    submits(seller)
    opens(buyer, site, f"{room}/questions")
    assert "见试验数据第三页" in buyer.locator("main").inner_text()
    opens(seller, site, f"{room}/log")
    assert "evidence.pdf" in seller.locator("main").inner_text()


def asks(buyer: Page, site: Site, listing: str, seller: Page) -> None:
    opens(buyer, site, f"/listings/{listing}/enquiry")
    question = f"请问有中试数据吗？{uuid4().hex[:8]}"
    fills(buyer, "text", question)
    submits(buyer)
    opens(seller, site, "/workbench/enquiries")
    with seller.expect_navigation():
        press(seller.locator("main table a, main .inbox a").first)
    assert question in seller.locator("main").inner_text()


# ---- agreed and signed ---------------------------------------------------------------------------


def agrees(buyer: Page, seller: Page, site: Site, listing: str) -> str:
    """Offer, counter-offer, acceptance; the deal's reference."""
    opens(buyer, site, f"/listings/{listing}/offer")
    fills(buyer, "price", "120000")
    fills(buyer, "message", "希望尽快成交。")
    submits(buyer)
    offer = buyer.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    opens(seller, site, f"/workbench/offers/{offer}/counter")
    fills(seller, "price", str(PRICE // 100))
    submits(seller)
    opens(buyer, site, f"/workbench/offers/{offer}")
    assert buyer.locator("table.compare tr.is-changed").count() >= 1
    submits(buyer, "/accept")
    buyer.wait_for_url(re.compile("/workbench/deals/D-"))
    return buyer.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def the_contract_is_signed(page: Page, site: Site, deal: str) -> None:
    """The file that both signed is valid on the public page; with one byte changed it is not."""
    contract = downloads(page, site, f"/workbench/deals/{deal}/contract")
    middle = len(contract) // 2
    changed = contract[:middle] + bytes([contract[middle] ^ 1]) + contract[middle + 1 :]
    assert (is_valid(page, site, contract), is_valid(page, site, changed)) == (True, False)
