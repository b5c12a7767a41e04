"""Whose money it is when the right was pledged: paid to the lender, or deposited, before anybody."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.ledger import queries as books
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import queries as payments
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")


def bank():
    return a.organisation("lender", kind=OrganisationKind.BANK)


def sold(*pledges):
    """A deal on a pledged right, as far as its settlement; the price is 500,000 yuan."""
    listing = a.listing()
    for pledge in pledges:
        a.pledge(listing.assets[0], **pledge)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, journey.paid, journey.recorded):
        step(deal, who)
    return deal, who


def deposited(deal):
    return books.balance(f"tici:deal:{deal.id}", "CNY")


def test_a_claim_above_the_price_takes_all_of_it_and_the_commission_is_owed():
    lender = bank()
    deal, who = sold({"lender_id": lender.id, "amount_minor": yuan(800_000).minor})
    [payout] = journey.released(deal, who)
    assert (payout.payee_id, payout.amount) == (lender.id, yuan(500_000))
    assert books.balance(payments.COMMISSION) == yuan(0)
    assert deals.self_check().breaks == ()


@pytest.mark.parametrize(
    ("pledge", "whole"),
    [
        ({"amount_minor": yuan(300_000).minor}, False),
        ({}, True),
        ({"due": 30, "lender": True, "amount_minor": yuan(300_000).minor}, False),
        ({"lender": True}, True),
    ],
    ids=["not one of ours", "and of no stated sum", "not due", "of no stated sum"],
)
def test_what_the_lender_may_not_have_yet_is_deposited(pledge, whole):
    said = dict(pledge)
    if said.pop("lender", False):
        said["lender_id"] = bank().id
    if days := said.pop("due", 0):
        said["due_on"] = clock.today() + timedelta(days=days)
    deal, who = sold(said)
    payouts = journey.released(deal, who)
    assert deposited(deal) == yuan(500_000 if whole else 300_000)
    assert [p.amount for p in payouts] == ([] if whole else [yuan(190_000)])
    assert deal.in_escrow == yuan(0)
    journey.sent(deal, who)
    assert (deal.state, deals.self_check().breaks) == (DealState.CLOSED, ())


def test_one_entry_in_the_register_over_two_rights_counts_once():
    lender = bank()
    once = {"lender_id": lender.id, "amount_minor": yuan(100_000).minor, "register_number": "Y1"}
    deal, who = sold(once, once)
    shares = {p.payee_id: p.amount for p in journey.released(deal, who)}
    assert shares == {lender.id: yuan(100_000), deal.seller_id: yuan(390_000)}
