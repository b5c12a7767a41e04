"""“Can I …?” through the browser's door."""

import re

import pytest

from marketplace.assets.models import Licence, LicenceState
from marketplace.core import clock
from tests import factories as a

EXCLUSIVE = "act=licence&grant=exclusive&territory=CN&territory=HK&field=C39"


@pytest.fixture
def listing(app):  # noqa: ARG001 -- for its context
    return a.listing()


def asked(browser, listing, query):
    page = browser.get(f"/listings/{listing.reference}/can-i?{query}")
    verdict = re.search(r'verdict v-(\w+)"', page.text)
    return page, verdict and verdict[1]


def licensed(right, **more):
    return a.keep(
        Licence(
            **{
                "asset": right, "licensee_name": "秘密科技公司", "grant": "sole", "territory": "CN",
                "field": "C39", "starts_on": clock.today(), "state": LicenceState.REGISTERED,
            }
            | more
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("burdens", "query", "verdict"),
    [
        ("nothing", "act=transfer", "possible"),
        ("nothing", EXCLUSIVE, "possible"),
        ("a pledge", "act=transfer", "with_consent"),
        ("a licence", EXCLUSIVE, "impossible"),
        ("a licence", "act=licence&grant=exclusive&territory=HK", "possible"),
    ],
)
def test_a_visitor_is_answered_by_what_rests_on_the_right(client, listing, burdens, query, verdict):
    [right] = listing.assets
    if burdens == "a pledge":
        a.pledge(right)
    if burdens == "a licence":
        licensed(right)
    page, found = asked(client, listing, query)
    assert (page.status_code, found) == (200, verdict)


@pytest.mark.parametrize(("number", "is_named"), [("", False), ("2026440000001", True)])
def test_a_visitor_learns_the_licensee_s_name_only_from_a_public_register(
    client, sign_in, listing, number, is_named
):
    licensed(listing.assets[0], recordal_number=number)
    for_visitors, _ = asked(client, listing, EXCLUSIVE)
    for_the_keeper, _ = asked(sign_in(listing.seller), listing, EXCLUSIVE)
    assert ("秘密科技公司" in for_visitors.text) is is_named
    assert "秘密科技公司" in for_the_keeper.text
    assert "秘密科技公司" not in client.get(f"/listings/{listing.reference}").text or is_named


def test_what_is_still_free_is_a_link_to_a_possible_answer(client, listing):
    licensed(listing.assets[0])
    page, _ = asked(client, listing, EXCLUSIVE)
    main = page.text.partition("<main")[2].partition("</main>")[0]
    links = re.findall(r'href="/listings/[^"?]+/can-i\?([^"]+)"', main)
    verdicts = {link: asked(client, listing, link.replace("&amp;", "&"))[1] for link in links}
    assert links
    assert verdicts == dict.fromkeys(links, "possible")


def test_days_in_the_wrong_order_are_said_beside_the_field(client, listing):
    page, verdict = asked(client, listing, f"{EXCLUSIVE}&starts=2027-02-01&ends=2027-01-01")
    assert (page.status_code, verdict) == (422, None)
    assert 'id="ends-error"' in page.text


def test_a_certificate_about_the_answer_is_issued_from_its_page(sign_in, listing):
    [right] = listing.assets
    browser = sign_in(right.keeper)
    here = f"/workbench/assets/{right.reference}"
    page = browser.get(f"{here}/can-i?{EXCLUSIVE}")
    form = page.text.partition(f'action="{here}/certificates"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    done = browser.post(f"{here}/certificates", data=fields)
    verified = browser.get(done.location).text
    assert re.search(r'verdict v-(\w+)"', verified)[1] == "possible"
