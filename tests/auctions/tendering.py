"""Weighted tenders for tests: open, answered, opened for a jury that has declared itself.

auction = a_tender()
one, two = bidders(auction, 2)
puts(one, auction, 12_000_000, answers=("三年", "五人"))
to_jury(auction)              ended, two parts of the key in: the answers are open
"""

from marketplace.auctions.engine.rules import Criterion, Format
from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Auction, Juror, ShareHolder
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.services import door, opening, scoring
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM, Actor
from marketplace.organisations.models import Membership, Organisation
from tests import factories as a
from tests.auctions.auctioning import an_auction, do, new_key
from tests.auctions.sealed.test_opening import ended, handed_in, now

CRITERIA = (
    Criterion(name="实施计划", name_en="Working plan", weight=3_500),
    Criterion(name="技术支持", name_en="Support", weight=2_500),
)
ANSWERS = ("两年内投产", "派驻工程师两名")


def a_tender(**rules) -> Auction:
    """A tender open for envelopes: price 40 per cent, plan 35, support 25, three jurors."""
    given = {"price_weight": 4_000, "criteria": CRITERIA, "evaluators": 3}
    auction = an_auction(Format.TENDER, approved=False, **given | rules)
    with transaction():
        auction.rules_data = auction.rules_data | {"opening_key": opening.make_keys(auction)}
    do(SYSTEM, auction, Command("publish"))
    do(SYSTEM, auction, Command("clock"))
    return now(auction)


def puts(actor, auction, amount, answers=ANSWERS, key=None) -> door.Reply:
    with transaction():
        return opening.submit(actor, auction.reference, amount, key or new_key(), list(answers))


def staff() -> Actor:
    return a.actor(a.exchange())


def a_juror(auction, *, of: Organisation | None = None, ready=True) -> tuple[Actor, Juror]:
    """Somebody of a valuer, named, and free of conflicts unless said otherwise."""
    house = of or a.organisation("valuer")
    actor = a.actor(house)
    membership = db.session.query(Membership).filter_by(user_id=actor.user_id).one()
    with transaction():
        juror = scoring.name(staff(), now(auction), membership)
    if ready:
        with transaction():
            scoring.declare(actor, queries.juror(actor, juror.id), conflict=False)
    return actor, juror


def a_jury(auction, count=3) -> list[tuple[Actor, Juror]]:
    return [a_juror(auction) for _ in range(count)]


def to_jury(auction) -> Auction:
    """After the end two keepers have handed in their parts."""
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.AUTHORITY)
    return now(auction)


def gives(actor, juror, points) -> None:
    with transaction():
        scoring.give(actor, queries.juror(actor, juror.id), points)
