"""Bidders are told of what is theirs, each alone; the seller of the auction; the staff of their work."""

import pytest
from sqlalchemy import select

from marketplace.auctions.engine.state import Phase
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.notifications import services as notifications
from marketplace.notifications.models import Mail, Notification
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid
from tests.auctions.money.test_deposits import (
    DEPOSIT,
    admitted,
    applies,
    closed,
    in_default,
    qualified,
    won,
)

pytestmark = pytest.mark.usefixtures("app")


def told(firm_id):
    """Kinds of events about auctions that the people of a firm find in their inbox."""
    with transaction():
        for event in db.session.scalars(select(Event).order_by(Event.id)):
            notifications.tell(event)
    kinds = (
        select(Event.kind)
        .join(Notification, Notification.event_id == Event.id)
        .where(
            Notification.organisation_id == firm_id,
            Event.subject_kind.in_(("auction", "participant", "hold")),
        )
    )
    return list(dict.fromkeys(db.session.scalars(kinds.order_by(Event.id))))  # of all its people


def people_of(*firms):
    for firm in firms:
        a.member(firm, role="manager")


def test_a_bidder_is_told_from_the_application_to_the_award_of_what_is_its_own():
    winners, losers = a.organisation(), a.organisation()
    people_of(winners, losers)
    auction = an_auction(deposit=DEPOSIT)
    winner, _ = admitted(auction, firm=winners)
    loser, _ = admitted(auction, firm=losers)
    bid(loser, auction, START)
    bid(winner, auction, START + 1_000_000)
    closed(auction)

    until_admitted = ["participant.qualify", "hold.hold", "participant.admit"]
    assert told(winners.id) == [*until_admitted, "participant.win"]
    assert told(losers.id) == [*until_admitted, "hold.release", "participant.lose"]


def test_the_seller_is_told_of_the_auction_and_of_no_bidder():
    auction = an_auction(deposit=DEPOSIT)
    people_of(auction.seller)
    who, _ = admitted(auction)
    bid(who, auction, START)
    closed(auction)

    kinds = told(auction.seller_id)

    assert {kind.partition(".")[0] for kind in kinds} == {"auction"}
    assert kinds[-2:] == ["auction.close", "auction.award"]


def test_the_staff_are_told_of_an_application():
    exchange = a.exchange()
    people_of(exchange)
    applies(an_auction())

    assert told(exchange.id) == ["participant.apply"]


def test_bidders_are_told_that_nothing_was_sold():
    firm = a.organisation()
    people_of(firm)
    auction = an_auction(reserve=START * 2)
    who, _ = qualified(auction, firm=firm)
    bid(who, auction, START)
    closed(auction)

    assert auction.state is Phase.FAILED
    assert told(firm.id)[-1] == "participant.no_sale"


def test_a_default_is_told_to_the_winner_and_the_offer_to_the_runner_up():
    auction, (winner, _), (loser, _) = won()
    for who in (winner, loser):
        a.member(db.session.get_one(type(auction.seller), who.organisation_id), role="manager")
    in_default(auction)

    assert told(winner.organisation_id)[-2:] == ["hold.propose_forfeit", "participant.default"]
    assert told(loser.organisation_id)[-1] == "participant.ask"


def test_letters_say_words_and_no_codes():
    _auction, _, (loser, _) = won(backup=False)
    told(loser.organisation_id)

    bodies = " ".join(db.session.scalars(select(Mail.body)))

    assert "保证金已退还" in bodies
    assert "lost" not in bodies
