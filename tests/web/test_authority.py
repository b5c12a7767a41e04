"""The authority reads everything and changes no trade; the board is everybody's."""

import re
from xml.etree import ElementTree as ET

import pytest

from marketplace.compliance.models import NoticeKind, NoticeState
from marketplace.core.db import db, transaction
from marketplace.deals import services as deals
from marketplace.listings.models import PriceMode
from marketplace.organisations.models import OrganisationKind
from tests import factories as a
from tests.deals import journey
from tests.web import world
from tests.web.test_access import outcome, rules

ITS_DESK = ("/authority", "/objections", "/notices")
OWN = ("/account", "/workbench/organisation", "/workbench/inbox", "/saved-searches", "/sign",
       "/act-for", "/watchlist", "/listings/<reference>/watch", "/compare", "/saved", "/workbench/imports",
       "/workbench/assets/new", "/mail", "/auctions/<reference>/watch")  # fmt: skip


@pytest.fixture
def office(app):  # noqa: ARG001 -- the site has to run
    return a.organisation("regulator", kind=OrganisationKind.GOVERNMENT)


def test_no_address_of_a_trade_takes_anything_from_the_authority(app, office, sign_in):
    firm = world.found()
    browser = sign_in(office, "owner")
    wrong = {}
    for rule, method in rules(app):
        path = rule.rule
        if method == "GET" or path.startswith((*ITS_DESK, *OWN)) or not rule.arguments:
            continue
        status, _, written = outcome(browser, method, firm.address(rule))
        if written or status not in {403, 404, 422, 409}:
            wrong[f"{method} {path}"] = (status, written)

    assert wrong == {}


def test_it_reads_what_it_oversees_and_others_do_not_know_of_it(app, office, sign_in):
    world.found()
    pages = [
        rule.rule
        for rule, method in rules(app)
        if method == "GET" and rule.rule.startswith("/authority") and not rule.arguments
    ]
    browser, stranger = sign_in(office, "viewer"), sign_in(a.organisation(), "owner")

    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    assert {path: stranger.get(path).status_code for path in pages} == dict.fromkeys(pages, 404)
    for name in ("deals", "listings", "findings", "intermediaries", "filings"):
        assert browser.get(f"/authority/{name}?format=csv").mimetype == "text/csv"


@pytest.fixture
def notice(app):  # noqa: ARG001
    seller = a.organisation(
        kind=OrganisationKind.UNIVERSITY, state_owned=True, state_established=True
    )
    deal, who = journey.opened(a.listing(seller=seller, price_mode=PriceMode.NEGOTIATED))
    with transaction():
        drawn = deals.draft_notice(who.seller, deal, NoticeKind.AGREED_PRICE)
        deals.publish_notice(who.seller, drawn, posted_inside="公告栏")
    return drawn


def test_the_board_and_its_feed_are_narrowed_alike(notice, client):
    here, elsewhere = "?kind=agreed_price&right=invention", "?kind=result"

    assert notice.reference in client.get(f"/notices{here}").text
    assert notice.reference not in client.get(f"/notices{elsewhere}").text
    for query, expected in ((here, [notice.reference]), (elsewhere, [])):
        answer = client.get(f"/notices/feed{query}")
        root = ET.fromstring(answer.data)  # noqa: S314 -- our own
        names = [e.findtext("{http://www.w3.org/2005/Atom}title") for e in root.iter()]
        assert answer.mimetype == "application/atom+xml"
        assert [n.split()[0] for n in names if n and n.startswith("N-")] == expected


def test_a_visitor_objects_and_is_named_to_the_publisher_alone(notice, client, sign_in):
    path = f"/notices/{notice.reference}"
    sent = {"name": "王某某", "email": "wang@example.org", "text": "遗漏完成人"}
    assert client.post(f"{path}/objections", data=sent).status_code == 303
    objection = notice.objections[0]
    from marketplace.compliance.services.notices import confirmation  # noqa: PLC0415

    token = confirmation(objection)
    assert client.get(f"/objections/{token}").status_code == 200
    assert client.post(f"/objections/{token}").status_code == 303
    db.session.expire_all()

    assert notice.state is NoticeState.HELD
    assert "王某某" in sign_in(notice.organisation, "manager").get(path).text
    for browser in (client, sign_in(a.organisation(), "owner")):
        assert not re.search("王某某|wang@|遗漏", browser.get(path).text)
