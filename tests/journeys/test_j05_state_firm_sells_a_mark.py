"""J5: a state-owned firm sells a trademark: valued and filed, with its similar mark, announced, at the floor;
paid through escrow, both marks assigned in the register, the price released."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from marketplace.assets.models import AssetClass, AssetKind
from marketplace.compliance.models import Notice
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.organisations import passwords
from marketplace.organisations.models import OrganisationKind, Role
from marketplace.seed.paper import sheet
from tests import factories as a
from tests.journeys.conftest import Site, press, sign_in
from tests.journeys.steps import (
    fills,
    is_released,
    opens,
    passes_the_checklist,
    pays_by_bank,
    records,
    signs,
    submits,
)

PASSWORD = "grape-lantern-harbour-81"
VALUE, FLOOR = "1600000", "1680000"
SELLER, BUYER = "粤江饮料集团（旅程）", "珠三角食品有限公司（旅程）"
PEOPLE = ("soe", "buyer", "operator", "cashier", "desk")
HONEST = {"owner__event": "none", "deal__major_economic_activity": "yes"}


@pytest.mark.parametrize("empty_site", ["postgresql"], indirect=True)  # on SQLite J4 goes this way
def test_a_state_owned_firm_sells_a_trademark(empty_site, visitor, tmp_path):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(sheet("Journey five"))
    marks = people_and_marks(empty_site)
    soe, buyer, operator, cashier, desk = (visitor(empty_site) for _ in PEOPLE)
    for page, who in zip((soe, buyer, operator, cashier, desk), PEOPLE, strict=True):
        sign_in(page, empty_site, f"{who}-j5@example.org", PASSWORD)

    listing = drafts_one_mark_alone(soe, empty_site, marks[0])
    assert "资产评估报告" in soe.locator("#blocking").inner_text()
    has_the_marks_valued(soe, operator, empty_site, marks, paper)
    takes_the_similar_mark_along(soe, empty_site, listing, marks)
    is_published(soe, operator, empty_site, listing)

    low = offers(buyer, empty_site, listing, "1500000")
    assert "公告" in accepts(soe, empty_site, low)
    announces(soe, empty_site, listing)
    days_pass(empty_site)
    assert "评估值" in accepts(soe, empty_site, low)
    declines(soe, empty_site, low)
    fair = offers(buyer, empty_site, listing, FLOOR)
    accepts(soe, empty_site, fair)
    soe.wait_for_url(re.compile("/workbench/deals/D-"))
    deal = soe.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]

    gives_prior_notice(soe, desk, empty_site, deal)
    passes_the_checklist(soe, buyer, operator, empty_site, deal, paper)
    for page in (soe, buyer):
        signs(page, empty_site, deal, PASSWORD)
    pays_by_bank(buyer, cashier, empty_site, deal, minor=int(FLOOR) * 100, name=BUYER)
    records(buyer, operator, empty_site, deal, paper)
    paid = is_released(operator, cashier, empty_site, deal)
    assert [one.name for one in paid].count(SELLER) == 1
    assert state_of(empty_site, deal) is DealState.CLOSED


# ---- who they are --------------------------------------------------------------------------------


def people_and_marks(site: Site) -> list[str]:
    """A state-owned firm with two similar marks, a buyer, the exchange, the authority."""
    with site.app.app_context():
        hashed = passwords.hashed(PASSWORD)
        with transaction():
            soe = a.organisation(
                "holder",
                name=SELLER,
                kind=OrganisationKind.SOE,
                state_owned=True,
                wholly_state_owned=True,
                central=False,
                above_scale=True,
                uscc=a.uscc(),
            )
            buyer = a.organisation(name=BUYER, uscc=a.uscc())
            exchange = a.exchange()
            for who, of in (
                ("soe", soe),
                ("buyer", buyer),
                ("operator", exchange),
                ("cashier", exchange),
                ("desk", a.organisation("regulator", name="省知识产权局（旅程）")),
            ):
                person = a.user(email=f"{who}-j5@example.org", name=who, password_hash=hashed)
                a.member(of, Role.OWNER, person)
            found = []
            for title, number in (("粤江", "9900551"), ("粤江山泉", "9900552")):
                mark = a.asset(
                    keeper=soe,
                    kind=AssetKind.TRADEMARK,
                    title=title,
                    abstract="用于饮料的文字商标。",
                    goods="矿泉水；果汁",
                    patent_number=number,
                    registration_number=number,
                    filing_date=date(2016, 1, 4),
                    grant_date=date(2017, 2, 7),
                    last_day=clock.today() + timedelta(days=1500),
                )
                mark.classes = [AssetClass(scheme="nice", symbol="32")]
                found.append(mark.reference)
        db.session.remove()
    return found


# ---- the listing ---------------------------------------------------------------------------------


def drafts_one_mark_alone(page: Page, site: Site, mark: str) -> str:
    opens(page, site, f"/workbench/listings/new?assets={mark}")
    press(page.locator("main [name=kind][value=transfer]"))
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=next]"))
    reference = re.search(r"/listings/(L-\d+)/", page.url)[1]
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=next]"))
    press(page.locator("main [name=price_mode][value=posted]"))
    fills(page, "price", FLOOR)
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=next]"))
    assert page.url.endswith("/check"), page.locator("main").inner_text()[:800]
    return reference


def has_the_marks_valued(
    page: Page, operator: Page, site: Site, marks: list[str], paper: Path
) -> None:
    """Each mark has its report, filed with the body in charge; the exchange confirms it."""
    for position, mark in enumerate(marks):
        opens(page, site, f"/workbench/assets/{mark}/value")
        press(page.locator("#valuations summary"))
        for name, text in (
            ("firm_name", "南方资产评估有限公司"), ("number", f"南评字〔2026〕5{position}号"),
            ("signer_one", "甲评"), ("signer_two", "乙评"), ("filing_number", "粤国资评备〔2026〕55号"),
            ("value", VALUE),
        ):  # fmt: skip
            fills(page, name, text)
        fills(page, "base_date", (clock.today() - timedelta(days=60)).isoformat())
        fills(page, "valid_until", (clock.today() + timedelta(days=300)).isoformat())
        for name, value in (("purpose", "transfer"), ("method", "combined"), ("filing", "filed")):
            page.locator(f"main [name={name}]").first.select_option(value)
        page.locator("#valuations input[type=file]").set_input_files(paper)
        submits(page, "/valuations")
        opens(operator, site, "/console/valuations")
        with operator.expect_navigation():
            press(operator.locator("main table a[href*='/console/valuations/']").first)
        with operator.expect_navigation():
            press(operator.locator("main button[value=confirm]").first)


def takes_the_similar_mark_along(page: Page, site: Site, listing: str, marks: list[str]) -> None:
    """The check names the similar mark; left out, the law stops the listing; taken along, it passes."""
    check = f"/workbench/listings/{listing}/edit/check"
    opens(page, site, check)
    assert "粤江山泉" in page.locator("main").inner_text()
    states(page, {"asset__similar_marks_left_out": "yes"})
    assert "近似商标一并转让" in page.locator("#blocking").inner_text()
    opens(page, site, f"/workbench/listings/{listing}/edit/assets")
    for mark in marks:
        box = page.locator(f"main input[name=assets][value={mark}]")
        if not box.is_checked():
            press(box)
    with page.expect_navigation():
        press(page.locator("main button[name=do][value=next]"))
    opens(page, site, check)
    states(page, {})
    assert page.locator("#blocking").count() == 0, page.locator("#blocking").inner_text()
    assert "事前通报" in page.locator("#deferred").inner_text()


def states(page: Page, said: dict[str, str]) -> None:
    """Answer what is asked: an owner with nothing to hide whose sale is a major one."""
    folded = page.locator("#facts details:not([open]) > summary")
    while folded.count():  # what was answered before
        press(folded.first)
    fields = page.locator("#facts input[type=radio], #facts select, #facts input.input")
    shown = fields.evaluate_all(
        "fields => fields.filter(f => f.checkVisibility()).map(f => f.name)"
    )
    for name in dict.fromkeys(shown):
        field = page.locator(f"main [name={name}]").first
        value = (HONEST | said).get(name)
        if field.get_attribute("type") == "radio":
            press(page.locator(f"main [name={name}][value={value or 'no'}]"))
        elif field.evaluate("f => f.tagName") == "SELECT":
            field.select_option(value or "no")
        else:
            fills(page, name, value or "0")
    submits(page, "/check")


def is_published(page: Page, operator: Page, site: Site, listing: str) -> None:
    opens(page, site, f"/workbench/listings/{listing}/edit/check")
    submits(page, "/submit")
    opens(operator, site, "/console/listings")
    press(operator.locator("main tbody input[type=checkbox]").first)
    submits(operator, "/publish")


# ---- announced, offered, accepted ----------------------------------------------------------------


def announces(page: Page, site: Site, listing: str) -> None:
    """Ten working days on the public board, drawn up from the listing."""
    opens(page, site, f"/workbench/listings/{listing}")
    assert "10 个工作日" in page.locator("#state-sale").inner_text()
    submits(page, "/notice")
    submits(page, "/publish")
    assert "国有资产转让公告" in page.locator("main").inner_text()


def days_pass(site: Site) -> None:
    """As the clock would have it: the period lies behind us, and the job ends the notice."""
    with site.app.app_context():
        with transaction():
            notice = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
            notice.starts_on = clock.today() - timedelta(days=20)
            notice.ends_on = clock.today() - timedelta(days=1)
        with transaction():
            deals.end_notices()
        db.session.remove()


def state_of(site: Site, deal: str) -> DealState:
    with site.app.app_context():
        found = db.session.scalars(select(Deal.state).where(Deal.reference == deal)).one()
        db.session.remove()
    return found


def offers(buyer: Page, site: Site, listing: str, price: str) -> str:
    opens(buyer, site, f"/listings/{listing}/offer")
    fills(buyer, "price", price)
    submits(buyer)
    return buyer.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]


def accepts(page: Page, site: Site, offer: str) -> str:
    """What the page says after the acceptance."""
    opens(page, site, f"/workbench/offers/{offer}")
    submits(page, "/accept")
    return page.locator("body").inner_text()


def declines(page: Page, site: Site, offer: str) -> None:
    opens(page, site, f"/workbench/offers/{offer}")
    summary = page.locator("main details:has(form[action$='/decline']) summary")
    if summary.count():
        press(summary.first)
    submits(page, "/decline")


# ---- the authority -------------------------------------------------------------------------------


def gives_prior_notice(soe: Page, desk: Page, site: Site, deal: str) -> None:
    """The seller files the notice that article 23 asks for; the authority receives and answers it."""
    opens(soe, site, f"/workbench/deals/{deal}")
    form = soe.locator(
        "main form[action$='/filings']:has(input[name=rule][value=seed23-soe-prior-notice])"
    )
    with soe.expect_navigation():
        press(form.locator("button").last)
    filing = soe.url.rsplit("/", 1)[1].split("?")[0]
    fills(soe, "statement", "本单位拟转让“粤江”系列商标，现予事前通报。")
    submits(soe, "/submit")
    opens(desk, site, f"/authority/filings/{filing}")
    submits(desk, "/receive")
    fills(desk, "text", "已收悉，无异议。")
    press(desk.locator("main [name=opinion][value=no_objection]"))
    fills(desk, "issuer", "广东省知识产权局")
    fills(desk, "number", "粤知通报〔2026〕5号")
    submits(desk, "/conclude")
