"""J4: a broker is checked, gets an exclusive mandate, lists on behalf, introduces a buyer and counters;
a second broker helps; the deal pays the two their shares of the commission, and the seller the rest."""

import re
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.organisations import passwords
from marketplace.organisations.models import Role
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
    unfolds,
)

PASSWORD = "grape-lantern-harbour-82"
SELLER, BUYER = "岭东精密制造有限公司（旅程）", "珠海智造有限公司（旅程）"
LEAD, PARTNER = "粤桥技术经纪有限公司（旅程）", "广联专利代理有限公司（旅程）"
PEOPLE = {"seller": SELLER, "buyer": BUYER, "lead": LEAD, "partner": PARTNER}
STAFF = ("operator", "cashier")
ASKED, OFFERED, PRICE = "300000", "240000", "280000"
LANGUAGE = {"sqlite": "zh_Hans", "postgresql": "en"}  # each on one database: the way is long


def test_a_broker_sells_for_its_principal(empty_site, visitor, tmp_path):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(sheet("Journey four"))
    right = people_and_a_right(empty_site)
    language = LANGUAGE[
        empty_site.app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0].split("+")[0]
    ]
    at = {who: visitor(empty_site, language) for who in (*PEOPLE, *STAFF)}
    for who, page in at.items():
        sign_in(page, empty_site, f"{who}-j4@example.org", PASSWORD)

    for who in ("lead", "partner"):
        is_checked(at[who], at["operator"], empty_site, paper)
    mandate = gives_a_mandate(at["seller"], at["lead"], empty_site, right)
    listing = lists_on_behalf(at["lead"], at["operator"], empty_site, mandate, right)
    introduces(at["lead"], empty_site, mandate, listing)
    deal = is_negotiated(at["buyer"], at["lead"], empty_site, mandate, listing)
    the_commission_is_divided(at["lead"], at["partner"], empty_site, deal)

    passes_the_checklist(at["seller"], at["buyer"], at["operator"], empty_site, deal, paper)
    for who in ("seller", "buyer"):
        signs(at[who], empty_site, deal, PASSWORD)
    pays_by_bank(at["buyer"], at["cashier"], empty_site, deal, minor=int(PRICE) * 100, name=BUYER)
    records(at["buyer"], at["operator"], empty_site, deal, paper)
    paid = {
        one.name: -one.minor for one in is_released(at["operator"], at["cashier"], empty_site, deal)
    }
    # 3 per cent and VAT of 6 on it make 890,400 fen, of which the lead has six tenths; the exchange has 2 per cent
    assert paid == {LEAD: 534_240, PARTNER: 356_160, SELLER: 28_000_000 - 890_400 - 560_000}
    opens(at["lead"], empty_site, "/workbench/commissions")
    assert deal in at["lead"].locator("main table").inner_text()
    is_rated(at["seller"], at["lead"], empty_site, deal)


def is_rated(seller: Page, lead: Page, site: Site, deal: str) -> None:
    """After the closing the principal rates the broker, who answers; everybody reads both."""
    opens(seller, site, f"/workbench/deals/{deal}")
    with seller.expect_navigation():
        press(seller.locator("main a[href*='/rate/']").first)
    slug = seller.url.rsplit("/", 1)[1].split("?")[0]
    for mark in ("expertise", "diligence", "disclosure", "fees"):
        seller.locator(f"main [name={mark}]").select_option("5")
    fills(seller, "comment", "如实告知，跟进及时。")
    submits(seller)
    opens(lead, site, "/workbench/broker/ratings")
    unfolds(lead, "/answer")
    fills(lead, "text", "感谢委托。")
    submits(lead, "/answer")
    opens(seller, site, f"/brokers/{slug}")
    said = seller.locator("main").inner_text()
    assert ("如实告知，跟进及时。" in said, "感谢委托。" in said) == (True, True)


# ---- who they are --------------------------------------------------------------------------------


def people_and_a_right(site: Site) -> str:
    """Seller with a patent, buyer, two firms that want to broker, the exchange."""
    with site.app.app_context():
        hashed = passwords.hashed(PASSWORD)
        with transaction():
            houses = {
                who: a.organisation(
                    *(["broker"] if who in {"lead", "partner"} else []),
                    name=name,
                    name_en="",
                    uscc=a.uscc(),
                )
                for who, name in PEOPLE.items()
            }
            exchange = a.exchange()
            for who in (*PEOPLE, *STAFF):
                person = a.user(email=f"{who}-j4@example.org", name=who, password_hash=hashed)
                a.member(houses.get(who, exchange), Role.OWNER, person)
            right = a.asset(
                keeper=houses["seller"],
                title="一种谐波减速器的柔轮热处理方法",
                filing_date=date(2021, 3, 1),
                grant_date=date(2023, 5, 9),
            ).reference
        db.session.remove()
    return right


def is_checked(broker: Page, operator: Page, site: Site, paper: Path) -> None:
    """The firm files its licence; the exchange compares it with the register; the directory has it."""
    opens(broker, site, "/workbench/broker")
    broker.locator("main [name=kind]").select_option("licensing")
    fills(broker, "number", f"粤技经备 2026-{abs(hash(broker)) % 10_000}")
    broker.locator("main input[type=file]").set_input_files(paper)
    submits(broker)
    opens(operator, site, "/console/brokers")
    unfolds(operator, "/confirm")
    submits(operator, "/confirm")


# ---- mandated, listed, introduced ----------------------------------------------------------------


def gives_a_mandate(seller: Page, lead: Page, site: Site, right: str) -> str:
    """Exclusive, to list, answer, negotiate and accept above a floor, for three per cent; signed by both."""
    opens(seller, site, "/workbench/mandates/new")
    press(seller.locator("main [name=side][value=sell]"))
    seller.locator("main [name=other]").select_option(label=LEAD)
    fills(seller, "references", right)
    for act in ("list", "answer", "negotiate", "accept"):
        press(seller.locator(f"main [name=acts][value={act}]"))
    fills(seller, "limit", OFFERED)
    fills(seller, "expires_on", (clock.today() + timedelta(days=180)).isoformat())
    press(seller.locator("main [name=exclusive]"))
    fills(seller, "rate", "3")
    submits(seller)
    mandate = re.search(r"/mandates/(M-\d+)", seller.url)
    assert mandate, seller.locator("main").inner_text()[:1500]
    here = f"/workbench/mandates/{mandate[1]}"
    submits(seller, "/offer")
    for page in (seller, lead):
        opens(page, site, here)
        fills(page, "password", PASSWORD)
        submits(page, "/sign")
    opens(lead, site, here)
    assert lead.locator(f"a[href='{here}/introduce']").count() == 1
    return mandate[1]


def lists_on_behalf(lead: Page, operator: Page, site: Site, mandate: str, right: str) -> str:
    opens(lead, site, f"/workbench/mandates/{mandate}/list")
    press(lead.locator(f"main [name=assets][value={right}]"))
    fills(lead, "price", ASKED)
    fills(lead, "summary", "柔轮寿命提高，已有两家试用。")
    with lead.expect_navigation():
        press(lead.locator("main form[method=post] button[value=submit]"))
    opens(operator, site, "/console/listings")
    listing = re.search(r"L-\d+", operator.locator("main tbody").first.inner_text())
    assert listing, lead.locator("main").inner_text()[:1500]
    press(operator.locator("main tbody input[type=checkbox]").first)
    submits(operator, "/publish")
    return listing[0]


def introduces(lead: Page, site: Site, mandate: str, listing: str) -> None:
    opens(lead, site, f"/workbench/mandates/{mandate}/introduce")
    fills(lead, "party", BUYER)
    fills(lead, "listing", listing)
    fills(lead, "proof", "技术对接会上介绍双方，会后转交样件检测报告。")
    submits(lead)
    opens(lead, site, "/workbench/introductions")
    assert BUYER in lead.locator("main").inner_text()


def is_negotiated(buyer: Page, lead: Page, site: Site, mandate: str, listing: str) -> str:
    """The buyer offers, the broker counters for its principal, the buyer accepts."""
    opens(buyer, site, f"/listings/{listing}/offer")
    fills(buyer, "price", OFFERED)
    submits(buyer)
    offer = buyer.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    opens(lead, site, f"/workbench/mandates/{mandate}/offers/{offer}")
    fills(lead, "price", PRICE)
    submits(lead, "/counter")
    opens(buyer, site, f"/workbench/offers/{offer}")
    assert LEAD in buyer.locator("main").inner_text()  # who acts for whom is shown
    submits(buyer, "/accept")
    buyer.wait_for_url(re.compile("/workbench/deals/D-"))
    return buyer.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def the_commission_is_divided(lead: Page, partner: Page, site: Site, deal: str) -> None:
    """By what each contributed, agreed by the other."""
    opens(lead, site, "/workbench/commissions")
    with lead.expect_navigation():
        press(lead.locator(f"main table tr:has-text('{deal}') a").first)
    claim = lead.url.rsplit("/", 1)[1].split("?")[0]
    fills(lead, "shares", f"{LEAD}；60；主办洽谈与文本")
    lead.keyboard.press("End")
    lead.keyboard.press("Enter")
    lead.keyboard.insert_text(f"{PARTNER}；40；检索与尽职调查")
    submits(lead)
    opens(partner, site, f"/workbench/commissions/{claim}")
    submits(partner, "/agree")
