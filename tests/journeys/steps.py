"""What people do on the pages of a deal, step by step, for every journey: facts, papers, signatures, money."""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from defusedxml import ElementTree
from playwright.sync_api import Page

from marketplace.core import clock
from marketplace.payments.orders import NAMESPACE
from marketplace.seed.people import PASSWORD
from tests.journeys.conftest import Site, press
from tests.payments.statements.writing import Moved, camt053

HONEST = {
    "owner__event": "none",
    "deal__notice_days": "15",
    "deal__context": "none",
    "tech__catalogue": "free",
    "asset__origin": "own",
    "cp__beneficial_owner_known": "yes",
}
RESEARCH = {"asset__is_st_result", "asset__service_work"}
BANK = "/console/money/bank"
FILES = "/console/money/files"


def opens(page: Page, site: Site, path: str) -> None:
    page.goto(site.address + path)
    page.wait_for_load_state()


def fills(page: Page, name: str, text: str) -> None:
    """Type into a field as a keyboard does; some forms put a prefix before the name."""
    field = page.locator(f"main [name={name}], main [name$='-{name}']").first
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


def unfolds(page: Page, form: str) -> None:
    """Open what the form with this action is folded into."""
    folded = page.locator(f"main details:not([open]):has(form[action$='{form}']) > summary")
    if folded.count():
        press(folded.first)


# ---- before the signature ------------------------------------------------------------------------


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
        elif field.get_attribute("type") == "date":
            fills(page, name, (clock.today() + timedelta(days=3_650)).isoformat())
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


def signs(page: Page, site: Site, deal: str, password: str = PASSWORD) -> None:
    opens(page, site, f"/workbench/deals/{deal}")
    press(page.locator("form#sign input[name=read]"))
    fills(page, "password", password)
    submits(page, "/sign")


def downloads(page: Page, site: Site, path: str) -> bytes:
    """A file, with the cookies of the person at this browser."""
    answer = page.request.get(site.address + path)
    assert answer.status == 200, (path, answer.status)
    return answer.body()


def is_valid(page: Page, site: Site, contract: bytes) -> bool:
    """What the public validation page says of a file."""
    opens(page, site, "/signatures")
    page.locator("main input[type=file]").set_input_files(
        {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": contract}
    )
    submits(page)
    return page.locator("#result .n-ok").count() > 0


# ---- money ---------------------------------------------------------------------------------------


def statement_arrives(page: Page, site: Site, moved: Iterable[Moved]) -> str:
    """The bank's file of the day is taken in and booked; what the page says of it."""
    opens(page, site, BANK)
    name = f"{uuid4().hex[:8]}.xml"
    page.locator("main input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/xml", "buffer": camt053(list(moved))}
    )
    with page.expect_navigation():
        press(page.locator("#take-in button").last)
    page.wait_for_load_state()
    submits(page, "/book")
    return page.locator("body").inner_text()


def code_of(buyer: Page, site: Site, deal: str) -> str:
    """The reference that the buyer reads on the page of the deal."""
    opens(buyer, site, f"/workbench/deals/{deal}")
    codes = buyer.locator("#payment code, .copyable code").all_inner_texts()
    return next(c for c in codes if re.fullmatch(r"[0-9A-Z]{5}-?[0-9A-Z]{5}", c))


def pays_by_bank(
    buyer: Page, cashier: Page, site: Site, deal: str, *, minor: int, name: str
) -> None:
    """The buyer transfers with the code in the text; the statement books itself."""
    code = code_of(buyer, site, deal)
    number = uuid4().hex[:12].upper()
    moved = Moved(minor, name=name, text=f"货款 {code}", number=number, on=clock.today())
    statement_arrives(cashier, site, [moved])
    opens(buyer, site, f"/workbench/deals/{deal}")
    assert number in (buyer.locator("#payment").text_content() or "")


def records(party: Page, operator: Page, site: Site, deal: str, paper: Path) -> None:
    """Each entry in a register: handed in with its number, then proved; the exchange confirms."""
    opens(party, site, f"/workbench/deals/{deal}")
    rows = party.locator("#recordal a[href*='/workbench/recordals/R-']")
    for path in sorted({str(rows.nth(i).get_attribute("href")) for i in range(rows.count())}):
        opens(party, site, path)
        unfolds(party, "/file")
        if party.locator("main form[action$='/file']").count():
            fills(party, "filed_on", clock.today().isoformat())
            fills(party, "number", uuid4().hex[:10])
            submits(party, "/file")
        proof = party.locator("main a[href*='/evidence?name=']")
        if proof.count():
            files(party, site, str(proof.first.get_attribute("href")), paper)
            decides(operator, site)


def orders_out(operator: Page, site: Site, deal: str) -> None:
    """The exchange confirms the entry in the register and orders the price out, where that is still to do."""
    opens(operator, site, f"/console/deals/{deal}")
    for step in ("/record", "/release"):
        if operator.locator(f"main form[action$='{step}']").count():
            submits(operator, step)


def is_released(operator: Page, cashier: Page, site: Site, deal: str) -> list[Moved]:
    """One member of staff orders the price out and makes the bank's file, another releases it; the
    bank's next statement has every payment of it. What was paid out."""
    orders_out(operator, site, deal)
    opens(operator, site, FILES)
    submits(operator, "/make/CNY")
    made = operator.url.rsplit("/", 1)[1].split("?")[0]
    opens(cashier, site, f"{FILES}/{made}")
    submits(cashier, "/release")
    paid = orders_in(downloads(cashier, site, f"{FILES}/{made}/pain001.xml"))
    statement_arrives(cashier, site, paid)
    return paid


def orders_in(pain001: bytes) -> list[Moved]:
    """The payments of a file as the bank's statement will show them."""
    tag = f"{{{NAMESPACE}}}"
    found = []
    for one in ElementTree.fromstring(pain001).iter(f"{tag}CdtTrfTxInf"):
        yuan, _, fen = str(one.findtext(f"{tag}Amt/{tag}InstdAmt")).partition(".")
        found.append(
            Moved(
                -(int(yuan) * 100 + int(fen.ljust(2, "0"))),
                name=str(one.findtext(f"{tag}Cdtr/{tag}Nm")),
                account=str(one.findtext(f"{tag}CdtrAcct/{tag}Id/{tag}Othr/{tag}Id")),
                text=str(one.findtext(f"{tag}RmtInf/{tag}Ustrd")),
                number=uuid4().hex[:12].upper(),
                on=clock.today(),
            )
        )
    return found
