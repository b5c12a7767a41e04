"""J2: a firm finds a right, looks into its data room under a secrecy agreement, asks, offers, gets a
counter-offer, accepts; the licence runs through checklist, contract, signatures, escrow, recordal and release.

In Chinese, on SQLite, the fee is paid by bank; in English, on PostgreSQL, by card: Stripe's real client, with
localstripe behind it.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.payments.gateways.choice import instead
from marketplace.payments.gateways.stripe_gateway import StripeGateway
from marketplace.seed.paper import sheet
from marketplace.seed.people import PASSWORD
from tests.documents.reading import words_of
from tests.journeys.conftest import Site, press, sign_in
from tests.journeys.steps import (
    downloads,
    fills,
    is_released,
    is_valid,
    opens,
    orders_out,
    passes_the_checklist,
    pays_by_bank,
    records,
    signs,
    statement_arrives,
    submits,
    unfolds,
)
from tests.payments.checkout_page import KEY, SECRET, Desk, served
from tests.payments.statements.writing import Moved

BUYER, SELLER = "湾区智能科技有限公司（演示）", "岭南理工大学（演示）"
PRICES = {"zh_Hans": 12_600_000, "en": 4_200_000}  # fen; what is paid by card has a limit


@pytest.mark.parametrize(
    ("seeded_site", "language"),
    [("sqlite", "zh_Hans"), ("postgresql", "en")],
    indirect=["seeded_site"],
)
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
    price = PRICES[language]
    deal = agrees(buyer, seller, seeded_site, listing, price, paper)
    passes_the_checklist(seller, buyer, operator, seeded_site, deal, paper)
    signs(seller, seeded_site, deal)
    signs(buyer, seeded_site, deal)
    the_contract_is_signed(buyer, seeded_site, deal, paper)
    if language == "en":
        with paid_by_card(buyer, seeded_site, deal) as desk:
            records(seller, operator, seeded_site, deal, paper)
            the_bank_gets_it(operator, cashier, seeded_site, deal, desk)
    else:
        pays_by_bank(buyer, cashier, seeded_site, deal, minor=price, name=BUYER)
        records(seller, operator, seeded_site, deal, paper)
    paid = is_released(operator, cashier, seeded_site, deal)
    assert [one.name for one in paid if 0 < -one.minor < price].count(SELLER) == 1

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
    room = sets_a_room_up(seller, site, listing, paper)
    opens(buyer, site, f"/listings/{listing}")
    with buyer.expect_navigation():
        press(buyer.locator(f"main a[href$='{room}']"))
    press(buyer.locator("main form[action$='/sign'] [name=read]"))
    fills(buyer, "password", PASSWORD)
    submits(buyer, "/sign")
    fills(buyer, "reason", "拟取得许可，先做技术尽职调查。")
    submits(buyer, "/ask")
    opens(seller, site, f"/workbench{room}/people")
    unfolds(seller, "/grant")
    submits(seller, "/grant")

    opens(buyer, site, room)
    view = buyer.locator("main a[href$='/view']").first.get_attribute("href")
    assert downloads(buyer, site, str(view))[:4] == b"%PDF"
    questions(buyer, seller, site, f"{room}/questions")
    opens(seller, site, f"{room}/log")
    assert paper.name in seller.locator("main").inner_text()


def sets_a_room_up(seller: Page, site: Site, listing: str, paper: Path) -> str:
    """With a folder and a file; its address for visitors."""
    opens(seller, site, f"/workbench/listings/{listing}")
    submits(seller, f"/{listing}/room")
    room = "/rooms/" + seller.url.split("/rooms/")[1].split("/")[0].split("?")[0]
    opens(seller, site, f"/workbench{room}")
    fills(seller, "name", "试验数据")
    submits(seller, "/folders")
    seller.locator("#upload input[type=file]").set_input_files(paper)
    submits(seller, "/upload")
    return room


def questions(buyer: Page, seller: Page, site: Site, path: str) -> None:
    opens(buyer, site, path)
    fills(buyer, "text", "低温下的数据有吗？")
    submits(buyer, "/questions")
    opens(seller, site, path)
    fills(seller, "answer", "见试验数据第三页。")
    submits(seller)
    opens(buyer, site, path)
    assert "见试验数据第三页" in buyer.locator("main").inner_text()


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


def agrees(buyer: Page, seller: Page, site: Site, listing: str, price: int, paper: Path) -> str:
    """Offer with a file, counter-offer with another, acceptance; the deal's reference."""
    opens(buyer, site, f"/listings/{listing}/offer")
    fills(buyer, "price", str(price // 110))
    buyer.locator("main [name=files]").set_input_files(paper)
    fills(buyer, "message", "希望尽快成交。")
    submits(buyer)
    offer = buyer.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    opens(seller, site, f"/workbench/offers/{offer}/counter")
    fills(seller, "price", str(price // 100))
    criteria = paper.with_name("criteria.pdf")
    criteria.write_bytes(sheet("Acceptance criteria"))
    seller.locator("main [name=files]").set_input_files(criteria)
    submits(seller)
    opens(buyer, site, f"/workbench/offers/{offer}")
    assert buyer.locator("#attachments .document").count() == 2
    assert buyer.locator("table.compare tr.is-changed").count() >= 1
    submits(buyer, "/accept")
    buyer.wait_for_url(re.compile("/workbench/deals/D-"))
    return buyer.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def the_contract_is_signed(page: Page, site: Site, deal: str, annex: Path) -> None:
    """The file that both signed names its annexes and is valid on the public page; with one byte changed it is not."""
    contract = downloads(page, site, f"/workbench/deals/{deal}/contract")
    assert hashlib.sha256(annex.read_bytes()).hexdigest() in words_of(contract)
    middle = len(contract) // 2
    changed = contract[:middle] + bytes([contract[middle] ^ 1]) + contract[middle + 1 :]
    assert (is_valid(page, site, contract), is_valid(page, site, changed)) == (True, False)


# ---- paid by card --------------------------------------------------------------------------------


@contextmanager
def paid_by_card(buyer: Page, site: Site, deal: str) -> Iterator[Desk]:
    """The button on the deal leads to the provider's page and back; its signed notice makes it paid."""
    with served() as desk, instead(StripeGateway(KEY, SECRET, api_base=desk.address)):
        desk.tells(f"{site.address}/payments/notices/stripe")
        opens(buyer, site, f"/workbench/deals/{deal}")
        with buyer.expect_navigation():
            press(buyer.locator("#payment a[href$='/card']"))
        ours = buyer.url
        submits(buyer, "/card")
        with buyer.expect_navigation():
            press(buyer.locator(f"main a[href^='{desk.address}']"))
        with buyer.expect_navigation(url=re.compile("/card")):
            buyer.locator("button").click()
        for _ in range(60):  # the worker acts on the notice
            buyer.goto(ours)
            if buyer.locator("main .n-ok").count():
                break
            buyer.wait_for_timeout(500)
        assert buyer.locator("main .n-ok").count() == 1
        yield desk


def the_bank_gets_it(operator: Page, cashier: Page, site: Site, deal: str, desk: Desk) -> None:
    """Nothing is paid out of what the provider still holds; then its payout is seen at our bank."""
    orders_out(operator, site, deal)
    opens(operator, site, "/console/money/payouts")
    assert operator.locator(f"main table tr:has-text('{deal}') .b-warn").count() >= 1
    minor = desk.pays_out()
    opens(operator, site, "/console/money/cards/balance")
    submits(operator, "/read")
    statement_arrives(
        cashier,
        site,
        [Moved(minor, name="STRIPE PAYMENTS", number=uuid4().hex[:12].upper(), on=clock.today())],
    )
    with cashier.expect_navigation():
        press(cashier.locator("main table a[href*='/bank/lines/']").first)
    fills(cashier, "because", "与支付机构的结算单一致。")
    submits(cashier, f"/arrived/{cashier.url.rsplit('/', 1)[1]}")
    assert cashier.locator("main form[action*='/arrived/']").count() == 0
