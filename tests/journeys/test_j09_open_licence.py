"""J9: an owner states an open licence, firms take it by notice; paid, confirmed, recorded, released."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.organisations import passwords
from marketplace.organisations.models import Role
from marketplace.seed.paper import sheet
from tests import factories as a
from tests.journeys.conftest import Site, press, sign_in
from tests.journeys.steps import (
    HONEST,
    answers,
    fills,
    is_released,
    opens,
    pays_by_bank,
    records,
    submits,
)

PASSWORD = "copper-window-orchard-27"
FEE = 50_000
BUYER = "珠江智造有限公司（旅程）"
TITLE = "一种电机温升的在线估计方法"


@pytest.mark.parametrize(
    "empty_site", ["sqlite"], indirect=True
)  # on PostgreSQL J4 and J5 go this way
def test_an_owner_opens_a_licence_and_firms_take_it_by_notice(empty_site, visitor, tmp_path):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(sheet("Journey nine"))
    patent = people_and_a_patent(empty_site)
    people = [(who, visitor(empty_site)) for who in ("owner", "buyer", "operator", "cashier")]
    people.append(("foreign", visitor(empty_site, "en")))
    for who, page in people:
        sign_in(page, empty_site, f"{who}-j9@example.org", PASSWORD)
    owner, buyer, operator, cashier, english = (page for _, page in people)

    statement = states(owner, empty_site, patent)
    is_announced(owner, operator, empty_site, statement, paper)
    puts_it_up(owner, operator, empty_site, statement)

    deal = takes(buyer, empty_site, "书面通知，取得开放许可", "通知并取得许可")
    gives_notice(owner, buyer, empty_site, deal)
    pays_by_bank(buyer, cashier, empty_site, deal, minor=yuan(FEE).minor, name=BUYER)
    holds_and_validates(buyer, empty_site, deal, tmp_path)
    records(buyer, operator, empty_site, deal, paper)
    is_released(operator, cashier, empty_site, deal)

    opens(owner, empty_site, f"/workbench/open-licences/{statement}")
    assert BUYER in owner.locator("#licensees").inner_text()
    second = takes(english, empty_site, "Notify and take the open licence", "Notify and take")
    assert second != deal
    assert "Nobody signs a contract" in english.locator("#notice").inner_text()


def people_and_a_patent(site: Site) -> str:
    """An owner with a verified patent, two firms that buy, the exchange's two people."""
    with site.app.app_context():
        hashed = passwords.hashed(PASSWORD)
        with transaction():
            owner = a.organisation("holder", name="岭南电机研究所（旅程）", uscc=a.uscc())
            exchange = a.exchange()
            for who, of in (
                ("owner", owner),
                ("buyer", a.organisation(name=BUYER, uscc=a.uscc())),
                ("foreign", a.organisation(name="南沙动力有限公司（旅程）", uscc=a.uscc())),
                ("operator", exchange),
                ("cashier", exchange),
            ):
                person = a.user(email=f"{who}-j9@example.org", name=who, password_hash=hashed)
                a.member(of, Role.OWNER, person)
            patent = a.asset(keeper=owner, title=TITLE, abstract="由电流估计绕组温升。").reference
        db.session.remove()
    return patent


# ---- the owner -----------------------------------------------------------------------------------


def states(page: Page, site: Site, patent: str) -> str:
    """Draw it up, state the facts, have it checked, make it final; its reference."""
    opens(page, site, "/workbench/open-licences/new")
    with page.expect_navigation():
        press(page.locator(f"main a[href$='asset={patent}']"))
    for name, text in (
        ("price", str(FEE)),
        ("months", "36"),
        ("fee_basis", "参照同类技术的公开费率确定。"),
        ("contact_name", "陈经理"),
        ("contact_phone", "020-88886666"),
    ):
        fills(page, name, text)
    submits(page)
    statement = page.url.rsplit("/", 1)[1].split("?")[0]
    assert statement.startswith("K-")
    for _ in range(4):
        if not page.locator("main a[href$='/answers']").count():
            break
        says(page, site, statement)
    submits(page, "/file")
    assert "待公告" in page.locator("main .badges").first.inner_text(), page.locator(
        "main"
    ).inner_text()
    return statement


def says(page: Page, site: Site, statement: str) -> None:
    """Nothing to hide."""
    opens(page, site, f"/workbench/open-licences/{statement}/answers")
    names = page.locator("main form input[type=radio], main form select").evaluate_all(
        "fields => fields.filter(f => f.checkVisibility()).map(f => f.name)"
    )
    for name in dict.fromkeys(names):
        choice = page.locator(f"main [name={name}][value=no]")
        if choice.count():
            press(choice)
        else:
            page.locator(f"main [name={name}]").first.select_option(HONEST[name])
    submits(page)


def is_announced(owner: Page, operator: Page, site: Site, statement: str, paper: Path) -> None:
    """The owner enters the publication, an operator finds it in the gazette."""
    opens(owner, site, f"/workbench/open-licences/{statement}")
    fills(owner, "publication-number", "开放许可公告 2026-9001")
    owner.locator("#publication input[type=file]").set_input_files(paper)
    submits(owner, "/publication")
    opens(operator, site, "/console/burdens")
    with operator.expect_navigation():
        press(operator.locator("main table a[href*='/console/burdens/']").first)
    with operator.expect_navigation():
        press(operator.locator("main button[value=confirm]").first)


def puts_it_up(owner: Page, operator: Page, site: Site, statement: str) -> None:
    """A listing on the terms of the statement, reviewed; then anybody may take it."""
    opens(owner, site, f"/workbench/open-licences/{statement}")
    submits(owner, "/listing")
    listing = re.search(r"/listings/(L-\d+)", owner.url)[1]
    opens(owner, site, f"/workbench/listings/{listing}/edit/check")
    says_of_the_listing(owner)
    submits(owner, "/submit")
    opens(operator, site, "/console/listings")
    press(operator.locator("main tbody input[type=checkbox]").first)
    submits(operator, "/publish")
    opens(owner, site, f"/workbench/listings/{listing}")
    submits(owner, "/standing-offer")
    assert "开放许可公告 2026-9001" in owner.locator("#standing").inner_text()


def says_of_the_listing(page: Page) -> None:
    names = page.locator("#facts input[type=radio]").evaluate_all(
        "fields => fields.filter(f => f.checkVisibility()).map(f => f.name)"
    )
    for name in dict.fromkeys(names):
        press(page.locator(f"main [name={name}][value=no]"))
    if names:
        submits(page, "/check")


# ---- those who take it ---------------------------------------------------------------------------


def takes(page: Page, site: Site, on_listing: str, button: str) -> str:
    """From the public list to the deal; its reference."""
    opens(page, site, "/open-licences")
    with page.expect_navigation():
        press(page.locator("main table th a").first)
    with page.expect_navigation():
        press(page.locator("#act a", has_text=on_listing))
    press(page.locator("main input[name=agreed]"))
    with page.expect_navigation():
        press(page.locator("main button", has_text=button))
    page.wait_for_url(re.compile("/workbench/deals/D-"))
    return page.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def gives_notice(owner: Page, buyer: Page, site: Site, deal: str) -> None:
    """What is still asked is answered; then the notice goes out, if it has not with the taking."""
    for _ in range(3):
        for page in (owner, buyer):
            answers(page, site, deal)
    opens(buyer, site, f"/workbench/deals/{deal}")
    if buyer.locator("main form[action$='/notify']").count():
        submits(buyer, "/notify")
    assert "书面通知专利权人" in buyer.locator("#notice").inner_text()
    assert buyer.locator("#notice a[href*='/documents/']").count() == 2  # name and button
    opens(owner, site, f"/workbench/deals/{deal}")
    assert owner.locator("form#sign").count() == 0


def holds_and_validates(buyer: Page, site: Site, deal: str, folder: Path) -> None:
    """The confirmation is there, bears the exchange's seal, and is known on the validation page."""
    opens(buyer, site, f"/workbench/deals/{deal}")
    said = buyer.locator("#notice").inner_text()
    assert "专利开放许可确认书" in said
    with buyer.expect_download() as begun:
        press(buyer.locator("#notice a[href*='/documents/']").last)
    confirmation = folder / "confirmation.pdf"
    begun.value.save_as(confirmation)
    opens(buyer, site, "/signatures")
    buyer.locator("main input[type=file]").set_input_files(confirmation)
    with buyer.expect_navigation():
        press(buyer.locator("main form button").last)
    shown = buyer.locator("main").inner_text()
    assert f"{deal}-confirmation.pdf" in shown, shown
