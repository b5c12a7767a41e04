"""Alerts from the records: codes and figures only, for the exchange's eyes, and they stop nobody."""

import json
from datetime import timedelta

import pytest

from marketplace.auctions.models import Alert, AlertState, Auction
from marketplace.auctions.queries import alerts as queries
from marketplace.auctions.services import watching
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed
from marketplace.jobs import watching as job
from marketplace.organisations.models import Organisation, SignIn
from tests import factories as a
from tests.auctions.auctioning import an_auction, bid, bidder, bidders, code_of, tick

pytestmark = pytest.mark.usefixtures("app")
BROWSER = "Mozilla/5.0 (a rather particular browser)"


def found(auction) -> dict[str, set[str]]:
    job.run()
    rows = db.session.query(Alert).filter_by(auction_id=auction.id)
    return {row.kind: set(row.codes) for row in rows}


def firm_of(actor) -> Organisation:
    return db.session.get_one(Organisation, actor.organisation_id)


def signs_in(actor, network="198.51.100.0/24", browser=BROWSER) -> None:
    a.keep(
        SignIn(
            user_id=actor.user_id,
            organisation_id=actor.organisation_id,
            token_hash=f"{actor.user_id:064d}",
            user_agent=browser,
            network=network,
            last_seen_at=clock.now(),
        )
    )


def test_honest_bidders_raise_no_alert():
    auction = an_auction()
    for place, one in enumerate(bidders(auction, 3)):
        signs_in(one, f"198.51.{place}.0/24")
    assert found(auction) == {}


def test_two_firms_of_one_representative_are_told():
    auction = an_auction()
    first, second, _ = bidders(auction, 3)
    for one in (first, second):
        firm_of(one).representative = "王某某"
    db.session.commit()
    assert found(auction) == {
        "same_representative": {code_of(first, auction), code_of(second, auction)}
    }


def test_two_bidders_on_one_browser_are_told():
    auction = an_auction()
    first, second = bidders(auction)
    signs_in(first)
    signs_in(second)
    assert found(auction) == {"same_device": {code_of(first, auction), code_of(second, auction)}}


def test_two_bidders_on_one_network_are_told():
    auction = an_auction()
    first, second = bidders(auction)
    signs_in(first)
    signs_in(second, browser="Another browser")
    assert found(auction) == {"same_network": {code_of(first, auction), code_of(second, auction)}}


def test_a_bidder_at_the_sellers_address_is_told():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    for firm in (firm_of(one), db.session.get_one(Organisation, auction.seller_id)):
        firm.address = "天河路 1 号"
    db.session.commit()
    assert found(auction) == {"seller_address": {code_of(one, auction)}}


def test_a_bidder_who_only_drives_the_price_is_told():
    auction = an_auction()
    leader, driver = bidders(auction)
    bid(leader, auction, 12_000_000)
    for amount in (10_500_000, 11_000_000, 11_500_000):
        bid(driver, auction, amount)
    assert found(auction) == {"raises_only": {code_of(driver, auction)}}


def test_i28_an_alert_holds_no_name_address_or_browser():
    auction = an_auction()
    first, second = bidders(auction)
    for one in (first, second):
        firm_of(one).representative = "王某某"
        firm_of(one).address = "天河路 1 号"
        signs_in(one)
    db.session.commit()
    assert len(found(auction)) == 3
    said = json.dumps(
        [
            [row.kind, row.codes, row.facts, row.fingerprint]
            for row in db.session.query(Alert).filter_by(auction_id=auction.id)
        ],
        ensure_ascii=False,
    )
    raw = ["王某某", "天河路", BROWSER, "198.51.100", firm_of(first).name, firm_of(second).name]
    assert [word for word in raw if word in said] == []


def test_a_pattern_is_told_once_and_stays_dismissed():
    auction = an_auction()
    for one in bidders(auction):
        firm_of(one).representative = "王某某"
    db.session.commit()
    found(auction)
    alert = db.session.query(Alert).one()
    with pytest.raises(Invalid), transaction():
        watching.dismiss(a.operator(), db.session.get_one(Alert, alert.id), reason=" ")
    with transaction():
        watching.dismiss(a.operator(), db.session.get_one(Alert, alert.id), reason="同名不同人")
    assert job.run() == 0
    assert [row.state for row in db.session.query(Alert)] == [AlertState.DISMISSED]


def test_an_alert_blocks_nobody():
    auction = an_auction()
    first, second = bidders(auction)
    for one in (first, second):
        firm_of(one).representative = "王某某"
    db.session.commit()
    found(auction)
    assert bid(first, auction, 11_000_000).accepted


def test_nobody_but_the_exchange_sees_or_dismisses():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    alert = a.keep(
        Alert(auction=auction, kind="same_people", codes=["AAAAA"], facts={}, fingerprint="f" * 64)
    )
    for outsider in (one, a.actor(auction.seller), a.actor(a.organisation("regulator"))):
        with pytest.raises(NotAllowed):
            queries.alerts(outsider)
        with pytest.raises(NotAllowed), transaction():
            watching.dismiss(outsider, db.session.get_one(Alert, alert.id), reason="不服")


def test_a_bidder_who_never_wins_from_one_seller_is_told():
    seller, loser, winner = a.organisation(), a.organisation(), a.organisation()
    for _ in range(3):
        auction = an_auction(listing=a.listing(seller=seller))
        ours, theirs = bidder(auction, of=loser), bidder(auction, of=winner)
        bid(ours, auction, 10_500_000)
        bid(theirs, auction, 12_000_000)
        for _ in range(2):
            due = db.session.get_one(Auction, auction.id).due_at
            with clock.freeze(due + timedelta(seconds=1)):
                tick(auction)
    with clock.freeze(clock.now() + timedelta(hours=5)):
        last = an_auction(listing=a.listing(seller=seller))
        one = bidder(last, of=loser)
        assert found(last)["never_wins"] == {code_of(one, last)}


def test_the_desk_lists_and_dismisses(sign_in):
    auction = an_auction()
    alert = a.keep(
        Alert(
            auction=auction,
            kind="same_address",
            codes=["ABCDE", "FGHIJ"],
            facts={"shared": 1},
            fingerprint="f" * 64,
        )
    )
    desk = sign_in(a.exchange())
    where = f"/console/auction-alerts/{alert.id}"
    assert "ABCDE · FGHIJ" in desk.get("/console/auction-alerts").text
    assert desk.get(where).status_code == 200
    assert desk.post(where, data={"because": "已核实"}).status_code == 303
    assert "ABCDE" not in desk.get("/console/auction-alerts").text
    assert sign_in(auction.seller).get("/console/auction-alerts").status_code in {403, 404}
