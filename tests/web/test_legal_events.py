"""The history of a right on its pages: declared, decided, imported, due."""

import io
from datetime import timedelta

import pytest

from marketplace.assets.models import LegalEvent, LegalEventState, LegalStatus
from marketplace.assets.services import legal_events
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings.models import ListingState
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def right():
    return a.asset(fee_due_on=clock.today() + timedelta(days=40))


def declared(browser, right, **over):
    said = {"code": "lapsed", "happened_on": "2026-01-05", "text": "未缴年费"} | over
    return browser.post(f"/workbench/assets/{right.reference}/events", data=said)


def test_a_keeper_declares_and_the_exchange_decides(sign_in, right):
    keeper, desk = sign_in(right.keeper, "owner"), sign_in(a.exchange(), "owner")
    assert declared(keeper, right).status_code == 303
    event = db.session.query(LegalEvent).one()
    assert "失效" in keeper.get(f"/workbench/assets/{right.reference}/status").text
    assert right.title in desk.get("/console/legal-events").text
    page = f"/console/legal-events/{event.id}"
    assert desk.post(page, data={"decision": "refuse"}).status_code == 422
    assert desk.post(page, data={"decision": "refuse", "because": "无此记录"}).status_code == 303
    assert (event.state, right.status) == (LegalEventState.REFUSED, LegalStatus.IN_FORCE)
    assert "无此记录" in keeper.get(f"/workbench/assets/{right.reference}/status").text


def test_what_is_wrong_is_said_beside_the_form(sign_in, right):
    keeper = sign_in(right.keeper, "owner")
    answer = declared(keeper, right, code="assigned")
    assert answer.status_code == 422
    assert "请写明双方" in answer.text


def test_a_declaration_is_taken_back(sign_in, right):
    keeper = sign_in(right.keeper, "owner")
    declared(keeper, right)
    event = db.session.query(LegalEvent).one()
    address = f"/workbench/assets/{right.reference}/events/{event.id}/withdraw"
    assert keeper.post(address).status_code == 303
    assert event.state is LegalEventState.WITHDRAWN


def test_the_title_chain_names_its_gaps_and_what_closes_them(sign_in, right):
    declared(sign_in(a.exchange(), "owner"), right, code="assigned", givers="甲", takers="乙公司")
    page = sign_in(right.keeper, "owner").get(f"/workbench/assets/{right.reference}/title-chain")
    assert "没有文件说明最初的权利人" in page.text
    assert "最后的受让人与登记的权利人不一致" in page.text


def test_a_file_is_tried_first_and_then_taken(sign_in, right):
    keeper = sign_in(right.keeper, "owner")
    content = f"号码,事件,发生日\n{right.reference},失效,2026-01-05\nA-99999999,失效,2026-01-05\n"
    for rehearsal, kept in (("y", 0), ("", 1)):
        data = {"document": (io.BytesIO(content.encode()), "events.csv")}
        data |= {"rehearsal": rehearsal} if rehearsal else {}
        page = keeper.post("/workbench/imports/events", data=data)
        assert "资产库中没有号码为 A-99999999 的权利" in page.text
        assert db.session.query(LegalEvent).count() == kept
    template = keeper.get("/workbench/imports/events/template").text
    assert template.lstrip("\ufeff").startswith("号码,事件,发生日")


def test_a_suspended_listing_says_so_to_everybody(client, sign_in):
    listing = a.listing(state=ListingState.SUSPENDED)
    assert "挂牌暂停" in client.get(f"/listings/{listing.reference}").text
    owner = sign_in(listing.seller, "owner")
    assert "恢复权利" in owner.get(f"/workbench/listings/{listing.reference}").text


def test_the_portfolio_is_narrowed_by_freshness(sign_in, right):
    stale = a.asset(keeper=right.keeper, checked_on=clock.today())
    keeper = sign_in(right.keeper, "owner")
    page = keeper.get("/workbench/assets?fresh=green").text
    assert stale.title in page
    assert right.title not in page


def test_events_of_a_right_are_exported(sign_in, right):
    legal_events.catch_up()
    db.session.commit()
    keeper = sign_in(right.keeper, "owner")
    rows = keeper.get(f"/workbench/assets/{right.reference}/status?format=csv").text
    assert [line.split(",")[0] for line in rows.splitlines()[1:]] == ["F", "A"]
