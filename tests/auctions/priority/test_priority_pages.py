"""What a holder of a right of first refusal finds, and nobody else."""

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, PriorityState
from marketplace.core import clock
from marketplace.core.clock import BEIJING
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.notifications import services as notifications
from marketplace.notifications.models import Mail
from tests import factories as a
from tests.auctions.auctioning import an_auction
from tests.auctions.priority.test_first_refusal import held_by, rights_in, sold

pytestmark = pytest.mark.usefixtures("app")


def test_a_holder_reads_the_terms_and_exercises_by_typing_the_name(sign_in):
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    desk, where = sign_in(firm), f"/workbench/priority-rights/{right.id}"
    assert where in desk.get("/workbench/priority-rights").text
    page = desk.get(where).text
    assert "¥100,000" in page
    assert 'value="exercise"' in page
    wrong = desk.post(where, data={"answer": "exercise", "typed": "别的公司"})
    assert wrong.status_code == 422
    assert desk.post(where, data={"answer": "exercise", "typed": firm.name}).status_code == 303
    db.session.expire_all()
    assert rights_in(auction)[0].state is PriorityState.EXERCISED


def test_a_holder_may_waive_before_the_close(sign_in):
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    (right,) = rights_in(auction)
    where = f"/workbench/priority-rights/{right.id}"
    desk = sign_in(firm)
    assert 'value="exercise"' not in desk.get(where).text
    assert desk.post(where, data={"answer": "waive", "typed": firm.name}).status_code == 303
    db.session.expire_all()
    assert rights_in(auction)[0].state is PriorityState.WAIVED


def test_others_find_no_such_right(sign_in):
    auction = an_auction(listing=held_by(a.organisation()))
    (right,) = rights_in(auction)
    for outsider in (a.organisation(), auction.seller):
        page = sign_in(outsider).get(f"/workbench/priority-rights/{right.id}")
        assert page.status_code == 404


def test_the_exchange_records_a_delivery_on_paper(sign_in):
    auction = an_auction(listing=held_by(names=["张三"]))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    desk = sign_in(a.exchange())
    page = f"/console/auction-control/{auction.reference}"
    assert f'id="on-{right.id}"' in desk.get(page).text
    day = right.notified_at.astimezone(BEIJING).date().isoformat()
    with clock.freeze(right.notified_at):  # the auction ended an hour ahead of today's clock
        desk.post(f"/console/auction-control/priority-rights/{right.id}/delivery", data={"on": day})
    db.session.expire_all()
    assert db.session.get_one(Auction, auction.id).state is Phase.PRIORITY


def test_the_holder_is_told_by_mail_and_finds_the_notice():
    firm = a.organisation()
    member = a.member(firm, "owner")
    auction = an_auction(listing=held_by(firm))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    event = db.session.query(Event).filter_by(kind="auction_priority.notify").one()
    with transaction():
        notifications.tell(db.session.get_one(Event, event.id))
    letter = db.session.query(Mail).filter_by(address=member.user.email).one()
    assert f"/workbench/priority-rights/{right.id}" in letter.body
