"""Deals whose price is paid in instalments, as tests take them there."""

from datetime import timedelta

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.listings.termsheet import LaterPart, Milestone, Pay
from tests import factories as a
from tests.deals import journey


def terms(*parts, milestones=(), **over):
    """500,000 yuan: 30 % down, 30 % by a day, 40 % by an event, unless other parts are named."""
    today = clock.today()
    standard = (
        LaterPart(3_000, today + timedelta(days=60)),
        LaterPart(4_000, today + timedelta(days=120), "样机验收合格"),
    )
    return a.terms(pay=Pay(instalments=parts or standard, milestones=milestones), **over)


MILESTONE = Milestone("首件产品下线", yuan(80_000))


def sold(state=DealState.SETTLEMENT, *, agreed=None, **over):
    """A deal in instalments, its first payment made where it has come so far."""
    deal, who = journey.opened(a.listing(terms=agreed or terms()), **over)
    for step in (journey.cleared, journey.signed, paid, journey.recorded):
        if deal.state is state:
            break
        step(deal, who)
    assert deal.state is state
    return deal, who


def line(deal, number):
    return next(one for one in deal.instalments if one.number == number)


def paid(deal, who, number=1, amount=None):
    """Money for a line has come in."""
    one = line(deal, number)
    with transaction():
        deals.receive(who.operator, one.payment, journey.seen(amount or one.amount))


def released(deal, who, number):
    with transaction():
        deals.release_instalment(who.operator, line(deal, number))


def declared(deal, who, number, by=None):
    by = by or who.seller
    with transaction():
        proof = a.document(organisation_id=by.organisation_id, purpose="milestone")
        deals.declare_milestone(by, line(deal, number), reached_on=clock.today(), proof=proof)


def confirmed(deal, who, number):
    declared(deal, who, number)
    with transaction():
        deals.confirm_milestone(who.buyer, line(deal, number))


def states(deal):
    return [one.state.value for one in deal.instalments]
