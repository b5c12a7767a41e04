"""The pages of those who watch over auctions."""

from datetime import timedelta

import pytest

from marketplace.auctions.models import Auction, Order, OrderKind, OrderState
from marketplace.auctions.services import controlling
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.organisations.models import Organisation
from tests import factories as a
from tests.auctions.auctioning import an_auction, bid, bidders, code_of
from tests.auctions.control.test_controlling import ordered

pytestmark = pytest.mark.usefixtures("app")


def test_one_proposes_and_another_checks_on_the_pages(sign_in):
    auction = an_auction()
    exchange = a.exchange()
    maker, checker = a.user(), a.user()
    first, second = (sign_in(exchange, user=one) for one in (maker, checker))
    page = f"/console/auction-control/{auction.reference}"
    answer = first.post(f"{page}/propose/suspend", data={"cause": "court_order", "reason": "文号"})
    assert (answer.status_code, answer.location) == (303, page)
    order = db.session.query(Order).one()
    where = f"/console/auction-control/orders/{order.id}"
    assert 'value="confirm"' not in first.get(where).text
    assert first.post(where, data={"decision": "confirm"}).status_code == 403
    assert 'value="confirm"' in second.get(where).text
    assert second.post(where, data={"decision": "confirm"}).status_code == 303
    db.session.expire_all()
    assert db.session.query(Order.state).scalar() is OrderState.DONE


def test_a_proposal_without_a_reason_is_not_made(sign_in):
    auction = an_auction()
    desk = sign_in(a.exchange())
    page = f"/console/auction-control/{auction.reference}/propose/suspend"
    answer = desk.post(page, data={"cause": "court_order", "reason": " "})
    assert (answer.status_code, db.session.query(Order).count()) == (422, 0)


def test_i28_no_page_of_the_desk_names_a_bidder(sign_in):
    auction = an_auction()
    first, second = bidders(auction)
    bid(first, auction, 10_500_000)
    bid(second, auction, 12_000_000)
    desk = sign_in(a.exchange())
    names = [o.name for o in firms_of(first, second)]
    shown = "".join(
        desk.get(path).text
        for path in (
            "/console/auction-control",
            f"/console/auction-control/{auction.reference}",
        )
    )
    assert code_of(first, auction) in shown
    assert [name for name in names if name in shown] == []


def firms_of(*actors):
    return [db.session.get_one(Organisation, actor.organisation_id) for actor in actors]


def test_an_identity_is_shown_to_the_two_only(sign_in):
    auction = an_auction()
    (bidder,) = bidders(auction, 1)
    exchange = a.exchange()
    people = [a.user() for _ in range(3)]
    first, second, third = (sign_in(exchange, user=one) for one in people)
    code = code_of(bidder, auction)
    first.post(
        f"/console/auction-control/{auction.reference}/propose/open_identity",
        data={"cause": "court_order", "reason": "文号", "code": code},
    )
    order = db.session.query(Order).one()
    where = f"/console/auction-control/orders/{order.id}"
    second.post(where, data={"decision": "confirm"})
    name = firms_of(bidder)[0].name
    assert name in second.post(f"{where}/identity").text
    assert third.post(f"{where}/identity").status_code == 403


def test_outsiders_find_no_page(sign_in):
    auction = an_auction()
    seller = sign_in(auction.seller)
    assert seller.get("/console/auction-control").status_code in {403, 404}
    assert seller.get(f"/console/auction-control/{auction.reference}").status_code in {403, 404}


def test_the_list_tells_of_a_closer_that_is_late(sign_in):
    an_auction(opened=False)
    page = sign_in(a.exchange()).get("/console/auction-control").text
    assert "迟" in page


def test_proposals_of_others_are_offered_for_checking(sign_in):
    auction = an_auction()
    exchange = a.exchange()
    me = a.user()
    desk = sign_in(exchange, user=me)
    with transaction():
        controlling.propose(
            a.actor(exchange),
            db.session.get_one(Auction, auction.id),
            OrderKind.SUSPEND,
            cause="other",
            reason="文号",
        )
    assert "待您复核" in desk.get("/console/auction-control").text


def test_a_suspended_auction_announces_why_and_when_it_goes_on(sign_in):
    auction = an_auction()
    exchange = a.exchange()
    staff = (a.actor(exchange), a.actor(exchange))
    desk, page = sign_in(exchange), f"/console/auction-control/{auction.reference}"
    assert "本场竞价已中止" not in desk.get(page).text
    ordered(staff, auction, OrderKind.SUSPEND, cause="title_dispute")
    shown = desk.get(page).text
    assert "本场竞价已中止" in shown
    assert "权属有争议" in shown
    assert "恢复时间另行公告" in shown
    at = clock.now() + timedelta(hours=3)
    ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=at)
    assert "恢复时间另行公告" not in desk.get(page).text
