"""J6: a foreign firm takes an exclusive licence of technology whose export is restricted.

In English from end to end: the valuation that the province demands, the export class stated by the
owner, the special review of the transfer abroad, the licence for the export; both sign, the fee is paid,
the licence and the export are on record, the fee is released.
"""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.seed.paper import sheet
from tests.journeys.conftest import Site, press, sign_in
from tests.journeys.steps import (
    answers,
    decides,
    files,
    fills,
    is_released,
    opens,
    pays_by_bank,
    records,
    signs,
    submits,
)

RULES = (
    "seed18-valuation-foreign-licence",
    "export-restricted-licence",
    "ip-outbound-security-review",
)
LICENSEE, OWNER = "Nordlicht Robotik GmbH (demo)", "湾区智能科技有限公司（演示）"
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("seeded_site", ["sqlite"], indirect=True)  # on PostgreSQL J2 goes this way
def test_a_foreign_firm_takes_an_exclusive_licence(seeded_site, visitor, tmp_path):
    paper = tmp_path / "evidence.pdf"
    paper.write_bytes(sheet("Journey six"))
    licensee = visitor(seeded_site, "en")
    sign_in(licensee, seeded_site, "foreign@demo.example")
    owner = visitor(seeded_site, "en")
    sign_in(owner, seeded_site, "buyer@demo.example")
    operator = visitor(seeded_site, "en")
    sign_in(operator, seeded_site, "operator@demo.example")
    cashier = visitor(seeded_site, "en")
    sign_in(cashier, seeded_site, "cashier@demo.example")

    listing = finds(licensee, seeded_site)
    reads_the_law(licensee, seeded_site)
    deal = agrees(licensee, owner, seeded_site, listing)
    states_the_facts(owner, licensee, seeded_site, deal)
    assert set(RULES) - shown(licensee, seeded_site, deal) == set()
    proves_everything(owner, operator, seeded_site, deal, paper)
    clears(owner, seeded_site, deal)
    signs(owner, seeded_site, deal)
    signs(licensee, seeded_site, deal)

    opens(licensee, seeded_site, f"/workbench/deals/{deal}")
    assert licensee.locator("#sign").count() == 0
    is_in_english(licensee)
    pays_by_bank(licensee, cashier, seeded_site, deal, minor=amount_due(licensee), name=LICENSEE)
    records(owner, operator, seeded_site, deal, paper)
    paid = is_released(operator, cashier, seeded_site, deal)
    assert [one.name for one in paid].count(OWNER) == 1
    opens(licensee, seeded_site, f"/workbench/deals/{deal}")
    assert licensee.locator("a[href*='/certificates/']").count() >= 1
    is_in_english(licensee)


def finds(page: Page, site: Site) -> str:
    """Search in English; the first exclusive licence of the robotics firm that is free."""
    opens(page, site, "/search?q=brain-computer+interface&deal_mode=exclusive&kind=invention")
    links = page.locator("article.listing h3 a")
    for path in [links.nth(i).get_attribute("href") for i in range(links.count())]:
        opens(page, site, path)
        theirs = page.locator("main").get_by_text("Bay Area Intelligence").count()
        if theirs and page.locator(f"a[href$='{path}/offer']").count():
            return str(path).rsplit("/", 1)[1]
    raise AssertionError("the demonstration has no exclusive licence for the journey")


def reads_the_law(page: Page, site: Site) -> None:
    """The rule library says in English what binds a licence to a foreigner."""
    opens(page, site, "/rules?q=foreign&deal_kind=exclusive&gate=hard")
    with page.expect_navigation():
        press(page.locator(f"a[href='/rules/{RULES[0]}']"))
    assert page.locator("#conditions").get_by_text("Foreign country").count()
    is_in_english(page)


def agrees(licensee: Page, owner: Page, site: Site, listing: str) -> str:
    opens(licensee, site, f"/listings/{listing}/offer")
    fills(licensee, "message", "We would like to make it in Europe.")
    submits(licensee)
    offer = licensee.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    opens(owner, site, f"/workbench/offers/{offer}")
    submits(owner, "/accept")
    owner.wait_for_url(re.compile("/workbench/deals/D-"))
    return owner.url.rsplit("/", 1)[1].split("?")[0].split("#")[0]


def states_the_facts(owner: Page, licensee: Page, site: Site, deal: str) -> None:
    """Both answer; then the owner looks the technology up in the export catalogues: restricted."""
    for party in (owner, licensee, owner):
        answers(party, site, deal)
    opens(owner, site, f"/workbench/deals/{deal}")
    with owner.expect_navigation():
        press(owner.locator("#publicity form[action$='/filings']:not(:has([name=rule])) button"))
    for name, said in (("prohibited", "no"), ("restricted", "yes"), ("dual_use", "no")):
        press(owner.locator(f"main [name={name}][value={said}]"))
    fills(owner, "statement", "Compared with the catalogue in force, item by item.")
    is_in_english(owner)
    submits(owner, "/submit")


def shown(page: Page, site: Site, deal: str) -> set[str]:
    """The rules that the page of the deal leads to."""
    opens(page, site, f"/workbench/deals/{deal}")
    is_in_english(page)
    links = page.locator("a[href^='/rules/']")
    return {str(links.nth(i).get_attribute("href")).rsplit("/", 1)[1] for i in range(links.count())}


def proves_everything(owner: Page, operator: Page, site: Site, deal: str, paper: Path) -> None:
    """What stands in the way is filed by the owner and confirmed by the exchange, one by one."""
    for _ in range(8):
        opens(owner, site, f"/workbench/deals/{deal}")
        report = owner.locator(
            ".f-bad a[href$='/value#valuations'], .f-wait a[href$='/value#valuations']"
        )
        wanted = owner.locator(
            ".f-bad a[href*='/evidence?name='], .f-wait a[href*='/evidence?name=']"
        )
        if report.count():
            values(owner, operator, site, str(report.first.get_attribute("href")), paper)
        elif wanted.count():
            files(owner, site, str(wanted.first.get_attribute("href")), paper)
            decides(operator, site)
        else:
            return


def values(owner: Page, operator: Page, site: Site, path: str, paper: Path) -> None:
    """A valuation report is put on record with the right; the exchange compares it and confirms."""
    opens(owner, site, path)
    press(owner.locator("#valuations details.toggle summary"))
    written = {
        "firm_name": "South Valuation (demo)",
        "number": uuid4().hex[:8],
        "signer_one": "Li Ming",
        "signer_two": "Chen Yu",
        "base_date": (clock.today() - timedelta(days=30)).isoformat(),
        "valid_until": (clock.today() + timedelta(days=300)).isoformat(),
        "value": "300000",
    }
    for name, text in written.items():
        fills(owner, name, text)
    owner.locator("main [name=purpose]").select_option("licence")
    owner.locator("main [name=method]").select_option("combined")
    owner.locator("main form[action$='/valuations'] input[type=file]").set_input_files(paper)
    submits(owner, "/valuations")
    opens(operator, site, "/console/valuations")
    with operator.expect_navigation():
        press(operator.locator("main table a[href*='/console/valuations/']").last)
    with operator.expect_navigation():
        press(operator.locator("main form[method=post] button.btn-primary").first)
    operator.wait_for_load_state()


def clears(owner: Page, site: Site, deal: str) -> None:
    """The contract is drawn up in both languages."""
    opens(owner, site, f"/workbench/deals/{deal}")
    press(owner.locator("form[action$='/clear'] input[name=bilingual]").first)
    submits(owner, "/clear")


def is_in_english(page: Page) -> None:
    """Headings, buttons and labels are; names of rights and quotations of the law may be Chinese."""
    said = page.locator(
        "main h2, main h3, main .btn, main .badge, main dt, main .next-step p"
    ).evaluate_all("all => all.filter(e => !e.closest('[lang^=zh]')).map(e => e.innerText)")
    assert page.get_attribute("html", "lang") == "en"
    chinese = [text for text in said if HAN.search(text)]
    assert chinese == [], chinese


def amount_due(page: Page) -> int:
    """In fen, as the payment panel says."""
    said = page.locator("#payment .kv").first.inner_text()
    found = re.search(r"CNY\s*([\d,]+)(?:\.(\d\d))?", said)
    assert found, said
    return int(found[1].replace(",", "")) * 100 + int(found[2] or 0)
