"""J1: a university signs up, becomes a rights holder, imports its portfolio, has titles verified, lists it."""

import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.notifications.models import Mail
from marketplace.organisations.services import exchange
from marketplace.seed.paper import sheet
from tests import factories as a
from tests.journeys.conftest import Site, press, sign_in
from tests.journeys.steps import fills, opens, submits

PASSWORD = "grape-lantern-harbour-81"
PORTFOLIO = (
    "专利名称,申请号,公开号,专利权人,申请日,授权公告日,IPC,摘要\n"
    "一种多态脑机接口系统,CN201710128041.2,CN106909226A,岭海大学,2017-03-06,,G06F 3/01,脑电控制系统。\n"
    "一种多态脑机接口系统,CN201710128041.2,CN106909226B,岭海大学,2017-03-06,2020-06-05,G06F 3/01,脑电控制系统。\n"
    "基于脑机接口的环境控制方法,CN201611113827.9,CN106681494B,岭海大学,2016-12-07,2019-05-17,G06F 3/01,脑电控制系统。\n"
    "校验位不对的一行,CN201611113827.8,,岭海大学,2016-12-07,,G06F 3/01,脑电控制系统。\n"
)


@pytest.mark.parametrize(
    ("empty_site", "language"),
    [("sqlite", "zh_Hans"), ("postgresql", "en")],
    indirect=["empty_site"],
)
def test_a_university_imports_and_lists_its_portfolio(empty_site, visitor, language, tmp_path):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(sheet("Journey one"))
    table = tmp_path / "portfolio.csv"
    table.write_bytes(PORTFOLIO.encode("gb18030"))
    office = visitor(empty_site, language)
    operator = visitor(empty_site, language)
    signs_up(operator, empty_site, f"staff-{language}@example.org".lower(), "值班")
    with empty_site.app.app_context():
        with transaction():
            exchange.appoint_operator(f"staff-{language}@example.org".lower())
        db.session.remove()
    operator.context.clear_cookies()  # whoever is appointed acts for the exchange from the next sign-in
    sign_in(operator, empty_site, f"staff-{language}@example.org".lower(), PASSWORD)
    signs_up(office, empty_site, f"tto-{language}@example.org".lower(), "林老师")
    founds(office, empty_site, language)
    becomes_holder(office, operator, empty_site, paper)
    imports(office, empty_site, table)
    has_titles_verified(office, operator, empty_site, paper)
    lists_everything(office, operator, empty_site)

    visitor_page = visitor(empty_site, language)
    found = visitor_page.locator("article.listing")
    for _ in range(20):  # the worker brings the index up to date
        opens(visitor_page, empty_site, "/search?q=脑机接口")
        if found.count() >= 2:
            break
        visitor_page.wait_for_timeout(1000)
    assert found.count() >= 2


def signs_up(page: Page, site: Site, address: str, name: str) -> None:
    """Sign up, open the link of the mail, confirm, sign in."""
    opens(page, site, "/sign-up")
    fills(page, "name", name)
    fills(page, "email", address)
    fills(page, "password", PASSWORD)
    press(page.locator("main [name=agree]"))
    submits(page)
    page.goto(mailed_link(page, site, address))
    submits(page)
    if "/sign-in" in page.url or page.locator("form[action$='/sign-out']").count() == 0:
        sign_in(page, site, address, PASSWORD)


def mailed_link(page: Page, site: Site, address: str) -> str:
    """The link of the last mail to an address, as soon as the worker has written it."""
    for _ in range(40):
        with site.app.app_context():
            body = db.session.scalar(
                select(Mail.body).where(Mail.address == address).order_by(Mail.id.desc()).limit(1)
            )
            db.session.remove()
        if body:
            path = re.search(r"https?://[^/\s]+(/confirm/\S+)", body)
            assert path
            return site.address + path.group(1)
        page.wait_for_timeout(250)
    raise AssertionError("no mail was written")


def founds(page: Page, site: Site, language: str) -> None:
    opens(page, site, "/account/organisations/new")
    fills(page, "name", f"岭海大学{language}")
    page.locator("main [name=kind]").first.select_option("university")
    fills(page, "uscc", a.uscc())
    fills(page, "representative", "校长")
    if page.locator("main [name=city]").count():
        fills(page, "city", "广州市")
    submits(page)
    assert "/new" not in page.url, page.locator("main").inner_text()[:600]


def becomes_holder(page: Page, operator: Page, site: Site, paper) -> None:
    opens(page, site, "/workbench/organisation/capabilities/holder")
    fills(page, "statement", "本校专利对外转让与许可。")
    page.locator("main input[type=file]").set_input_files(paper)
    submits(page)
    opens(operator, site, "/console/capabilities")
    with operator.expect_navigation():
        press(operator.locator("main table a[href*='/console/capabilities/']").last)
    grant = "main button[formaction$='/grant'], main form[action$='/grant'] button"
    with operator.expect_navigation():
        press(operator.locator(grant).first)


def imports(page: Page, site: Site, table) -> None:
    opens(page, site, "/workbench/imports/new")
    page.locator("main input[type=file]").set_input_files(table)
    submits(page)
    assert page.locator("main table").count() >= 1
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=start]"))
    for _ in range(40):
        if page.locator("a[href*='outcome=rejected']").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    text = page.locator("main").inner_text()
    assert "CN201611113827" in text or "环境控制" in text
    opens(page, site, "/workbench/assets")
    assert page.locator("main tbody tr").count() == 2


def has_titles_verified(page: Page, operator: Page, site: Site, paper) -> None:
    opens(page, site, "/workbench/assets")
    links = page.locator("main tbody th a")
    for path in [links.nth(i).get_attribute("href") for i in range(links.count())]:
        opens(page, site, f"{path}/title-chain")
        press(page.locator("#title summary"))
        page.locator("#title input[type=file]").set_input_files(paper)
        fills(page, "extract_date", clock.today().isoformat())
        submits(page, "/title")
        opens(operator, site, "/console/titles")
        with operator.expect_navigation():
            press(operator.locator("main table a[href*='/console/titles/']").first)
        with operator.expect_navigation():
            press(operator.locator("main button[name=decision][value=confirm]"))


def lists_everything(page: Page, operator: Page, site: Site) -> None:
    """Both rights in one go, at posted prices; the exchange publishes them together."""
    opens(page, site, "/workbench/assets")
    for i in range(2):
        press(page.locator("main tbody input[type=checkbox]").nth(i))
    submits(page, "/batch")
    press(page.locator("main [name=kind][value=transfer]"))
    press(page.locator("main [name=price_mode][value=posted]"))
    fills(page, "price", "150000")
    agree = page.locator("main form input[type=checkbox][required], main [name=checked]")
    if agree.count():
        press(agree.first)
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=submit]"))
    opens(operator, site, "/console/listings")
    boxes = operator.locator("main tbody input[type=checkbox]")
    assert boxes.count() >= 2, page.locator("main").inner_text()[:800]
    for i in range(boxes.count()):
        press(boxes.nth(i))
    submits(operator, "/publish")
