"""J2: a firm finds a right, asks, offers, gets a counter-offer, accepts; the deal runs to its end."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.seed.paper import sheet
from tests.journeys.conftest import LANGUAGES, Site, press, sign_in

PASSWORD = "岭南演示-2026"
HONEST = {
    "owner__event": "none",
    "deal__notice_days": "15",
    "deal__context": "none",
    "tech__catalogue": "free",
    "asset__origin": "own",
    "cp__beneficial_owner_known": "yes",
}
RESEARCH = {"asset__is_st_result", "asset__service_work"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_firm_finds_and_buys_a_patent(seeded_site, visitor, language, tmp_path):
    paper = tmp_path / "evidence.pdf"
    paper.write_bytes(sheet("Journey two"))
    buyer = visitor(seeded_site, language)
    sign_in(buyer, seeded_site, "buyer@demo.example")
    seller = visitor(seeded_site, language)
    sign_in(seller, seeded_site, "tto@demo.example")
    operator = visitor(seeded_site, language)
    sign_in(operator, seeded_site, "operator@demo.example")
    cashier = visitor(seeded_site, language)
    sign_in(cashier, seeded_site, "cashier@demo.example")

    listing = finds(buyer, seeded_site)
    asks(buyer, seeded_site, listing, seller)
    deal = agrees(buyer, seller, seeded_site, listing)
    passes_the_checklist(seller, buyer, operator, seeded_site, deal, paper)
    signs(seller, seeded_site, deal)
    signs(buyer, seeded_site, deal)
    pays(buyer, operator, seeded_site, deal)
    records(seller, operator, seeded_site, deal, paper)
    is_settled(operator, cashier, seeded_site, deal)

    for side in (buyer, seller):
        side.goto(f"{seeded_site.address}/workbench/deals/{deal}")
        assert side.locator(".timeline li.done").count() >= 5
        assert side.locator("a[href*='/certificates/']").count() >= 1


def opens(page: Page, site: Site, path: str) -> None:
    page.goto(site.address + path)
    page.wait_for_load_state()


def fills(page: Page, name: str, text: str) -> None:
    """Type into a field as a keyboard does."""
    field = page.locator(f"main [name={name}]").first
    field.focus()
    if field.get_attribute("type") == "date":
        field.fill(text)
    else:
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.insert_text(text)


def submits(page: Page, action: str = "") -> None:
    """The button of the form whose action ends so (the page's first form otherwise)."""
    forms = page.locator(
        f"main form[method=post][action$='{action}']" if action else "main form[method=post]"
    )
    button = forms.first.locator("button:not([type=button])").last
    asks_first = button.get_attribute("data-confirm")
    with page.expect_navigation():
        press(button)
        if asks_first:
            press(page.locator("dialog[open] button").last)
    page.wait_for_load_state()


def finds(page: Page, site: Site) -> str:
    """Search in Chinese, narrow, compare three, save the search; the first open transfer is ours."""
    opens(page, site, "/search")
    page.locator("#q").focus()
    page.keyboard.insert_text("脑机接口 系统")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    box = page.locator("input[name=deal_mode][value=transfer]").first
    press(box)
    page.wait_for_url(re.compile("deal_mode=transfer"))
    page.wait_for_load_state("networkidle")
    opens(page, site, "/search?q=脑机接口&deal_mode=transfer&verified=yes")
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
    """A listing of the university's on which nobody has a deal or an open offer of ours."""
    seen = {}
    for number in (1, 2, 3):
        opens(
            page,
            site,
            f"/search?q=脑机接口&deal_mode=transfer&owner_kind=university&pledged=no&page={number}",
        )
        links = page.locator("article.listing h3 a")
        found = [links.nth(i).get_attribute("href") for i in range(links.count())]
        for path in found:
            opens(page, site, path)
            ours = page.locator("a[href='/organisations/lingnan-university-of-technology']")
            offer = page.locator(f"a[href$='{path}/offer']")
            if ours.count() and offer.count():
                return path.rsplit("/", 1)[1]
            seen[path] = (page.title(), offer.count())
    raise AssertionError(f"the demonstration has no free listing of the university's: {seen}")


def asks(buyer: Page, site: Site, listing: str, seller: Page) -> None:
    opens(buyer, site, f"/listings/{listing}/enquiry")
    question = f"请问有中试数据吗？{uuid4().hex[:8]}"
    fills(buyer, "text", question)
    submits(buyer)
    opens(seller, site, "/workbench/enquiries")
    with seller.expect_navigation():
        press(seller.locator("main table a, main .inbox a").first)
    assert question in seller.locator("main").inner_text()


def agrees(buyer: Page, seller: Page, site: Site, listing: str) -> str:
    """Offer, counter-offer, acceptance; the deal's reference."""
    opens(buyer, site, f"/listings/{listing}/offer")
    fills(buyer, "price", "120000")
    fills(buyer, "message", "希望尽快成交。")
    submits(buyer)
    offer = buyer.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    opens(seller, site, f"/workbench/offers/{offer}/counter")
    fills(seller, "price", "126000")
    submits(seller)
    opens(buyer, site, f"/workbench/offers/{offer}")
    assert buyer.locator("table.compare tr.is-changed").count() >= 1
    submits(buyer, "/accept")
    buyer.wait_for_url(re.compile("/workbench/deals/D-"))
    return buyer.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def passes_the_checklist(
    seller: Page, buyer: Page, operator: Page, site: Site, deal: str, paper: Path
) -> None:
    for _ in range(4):
        for party in (seller, buyer):
            answers(party, site, deal)
        if not files_what_is_asked(seller, operator, site, deal, paper):
            break
    opens(seller, site, f"/workbench/deals/{deal}")
    submits(seller, "/clear")


def answers(page: Page, site: Site, deal: str) -> None:
    """State the facts: an owner with nothing to hide."""
    opens(page, site, f"/workbench/deals/{deal}/facts")
    names = set(
        page.locator(
            "main form input[type=radio], main form select, main form input.input"
        ).evaluate_all("fields => fields.filter(f => f.checkVisibility()).map(f => f.name)")
    )
    if not names:
        return
    for name in names:
        field = page.locator(f"main [name={name}]").first
        if field.get_attribute("type") == "radio":
            value = "yes" if name in RESEARCH else HONEST.get(name, "no")
            choice = page.locator(f"main [name={name}][value={value}]")
            press(choice if choice.count() else field)
        elif field.evaluate("f => f.tagName") == "SELECT":
            field.focus()
            field.select_option(HONEST.get(name) or "no")
        else:
            fills(page, name, HONEST.get(name, "0"))
    submits(page)


def files_what_is_asked(seller: Page, operator: Page, site: Site, deal: str, paper: Path) -> int:
    """Every paper that the blocking rules want, confirmed by the exchange; how many."""
    opens(seller, site, f"/workbench/deals/{deal}")
    wanted = seller.locator(".f-bad a[href*='/evidence?name='], .f-wait a[href*='/evidence?name=']")
    paths = sorted({wanted.nth(i).get_attribute("href") for i in range(wanted.count())})
    for path in paths:
        files(seller, site, path, paper)
        decides(operator, site)
    return len(paths)


def files(page: Page, site: Site, path: str, paper: Path) -> None:
    opens(page, site, path)
    page.locator("main input[type=file]").set_input_files(paper)
    fills(page, "issuer", "国家知识产权局")
    fills(page, "issued_on", clock.today().isoformat())
    fills(page, "number", uuid4().hex[:8])
    submits(page)


def decides(operator: Page, site: Site) -> None:
    """The exchange looks at the paper and confirms it."""
    opens(operator, site, "/console/evidence")
    with operator.expect_navigation():
        press(operator.locator("main table a[href*='/console/evidence/']").last)
    operator.wait_for_load_state()
    button = operator.locator(
        "main form[method=post] button[value=confirm], main form[method=post] button.btn-primary"
    ).first
    with operator.expect_navigation():
        press(button)
    operator.wait_for_load_state()


def signs(page: Page, site: Site, deal: str) -> None:
    opens(page, site, f"/workbench/deals/{deal}")
    press(page.locator("form#sign input[name=read]"))
    fills(page, "password", PASSWORD)
    submits(page, "/sign")


def pays(buyer: Page, operator: Page, site: Site, deal: str) -> None:
    """The buyer reads the reference code; the exchange books the receipt under it."""
    opens(buyer, site, f"/workbench/deals/{deal}")
    codes = buyer.locator("#payment code, .copyable code").all_inner_texts()
    code = next(c for c in codes if re.fullmatch(r"[0-9A-Z]{5}-?[0-9A-Z]{5}", c))
    opens(operator, site, "/console/money/receipts/new")
    fills(operator, "reference", code)
    fills(operator, "bank_reference", uuid4().hex[:12])
    fills(operator, "payer_name", "湾区智能科技有限公司（演示）")
    fills(operator, "amount", "126000")
    submits(operator)


def records(seller: Page, operator: Page, site: Site, deal: str, paper: Path) -> None:
    opens(seller, site, f"/workbench/deals/{deal}")
    path = seller.locator("a[href*='/evidence?name=']").first.get_attribute("href")
    files(seller, site, path, paper)
    decides(operator, site)


def is_settled(operator: Page, cashier: Page, site: Site, deal: str) -> None:
    """One member of staff releases the price, another sends it."""
    opens(operator, site, f"/console/deals/{deal}")
    if operator.locator("form[action$='/record']").count():
        submits(operator, "/record")
    submits(operator, "/release")
    opens(cashier, site, "/console/money/payouts?state=ordered")
    row = cashier.locator(
        f"main table tr:has-text('{deal}') a[href*='/console/money/payouts/']"
    ).last
    with cashier.expect_navigation():
        press(row)
    fills(cashier, "bank_reference", uuid4().hex[:12])
    submits(cashier)
