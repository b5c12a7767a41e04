"""Every page, at both widths: nothing for axe, nothing refused, nothing sideways, nothing heavy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import LANGUAGES, sign_in

HEAVIEST = 150 * 1024
PUBLIC = (
    "/", "/search", "/search?q=脑机接口&kind=invention", "/search?q=zzzzqqqq", "/compare", "/cities",
    "/help", "/help/sellers", "/help/law", "/sign-in", "/sign-up", "/reset", "/certificates",
    "/nothing-here",
)  # fmt: skip
HOLDER = (
    "/workbench", "/workbench/assets", "/workbench/assets/new", "/workbench/imports",
    "/workbench/listings", "/workbench/listings/new", "/workbench/enquiries", "/workbench/offers",
    "/workbench/deals", "/workbench/inbox", "/watchlist", "/saved-searches",
    "/workbench/organisation", "/workbench/organisation/members",
    "/workbench/organisation/capabilities", "/account", "/account/security", "/account/sessions",
    "/account/organisations",
)  # fmt: skip
OPERATOR = (
    "/console", "/console/organisations", "/console/capabilities", "/console/titles",
    "/console/valuations", "/console/pledges", "/console/listings", "/console/evidence",
    "/console/deals", "/console/money", "/console/users", "/console/mail", "/console/audit",
)  # fmt: skip

pytestmark = pytest.mark.xdist_group("seeded")


@pytest.mark.parametrize("seeded_site", ["sqlite"], indirect=True)  # a page is a page on either
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("who", "paths"),
    [(None, PUBLIC), ("tto@demo.example", HOLDER), ("operator@demo.example", OPERATOR)],
    ids=["visitor", "holder", "operator"],
)
def test_every_page_is_sound(seeded_site, visitor, who, paths, language, width):
    page = visitor(seeded_site, language, width=width)
    if who:
        sign_in(page, seeded_site, who)
    faults = [fault for path in paths for fault in look(page, seeded_site.address, path, width)]
    assert faults == []


def look(page: Page, address: str, path: str, width: int) -> list[str]:
    """What is wrong with a page."""
    sent = []
    page.on("requestfinished", lambda request: sent.append(request.sizes()["responseBodySize"]))
    answer = page.goto(address + path)
    page.wait_for_load_state("networkidle")
    faults = []
    if (
        answer is None
        or answer.status not in {200, 404}
        or (answer.status == 404 and path != "/nothing-here")
    ):
        faults.append(f"{path}: status {answer.status if answer else '?'}")
    for fault in Axe().run(page).response["violations"]:
        targets = [node["target"] for node in fault["nodes"]][:3]
        faults.append(f"{path}: {fault['id']} {targets}")
    found = page.evaluate("document.documentElement.scrollWidth")
    if found > width:
        faults.append(f"{path}: {found} px wide")
    if sum(sent) > HEAVIEST:
        faults.append(f"{path}: {sum(sent)} bytes sent")
    return faults
