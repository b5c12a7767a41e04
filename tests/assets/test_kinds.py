"""What may never be dealt in is on record all the same, and refused with words wherever a deal begins."""

import pytest

from marketplace.assets import services as assets
from marketplace.assets.models import NEVER_DEALT_IN
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from marketplace.core.money import yuan
from marketplace.core.words import knows
from marketplace.listings import services as listings
from marketplace.listings.terms import DealKind, Grant, Terms
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize("kind", sorted(NEVER_DEALT_IN))
@pytest.mark.parametrize(
    "terms",
    [
        Terms(kind=DealKind.TRANSFER, price=yuan(500_000)),
        Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000)),
        Terms(kind=DealKind.EQUITY, price=yuan(500_000), company="项目公司", equity_bps=1000),
    ],
)
def test_an_indication_and_a_defence_patent_are_never_listed(kind, terms):
    keeper = a.organisation()
    right = a.asset(keeper=keeper, kind=kind)
    with transaction():
        listing = listings.draft(a.actor(keeper), [right], terms=terms, summary="说明")
    with pytest.raises(Invalid) as refused, transaction():
        listings.submit(a.actor(keeper), listing)
    assert refused.value.fields == {"assets": "listing.never_dealt_in"}
    assert knows("refusals", "listing.never_dealt_in")


@pytest.mark.parametrize("kind", sorted(NEVER_DEALT_IN))
def test_nor_are_they_pledged(kind):
    right = a.asset(kind=kind)
    with pytest.raises(Invalid) as refused, transaction():
        assets.declare_pledge(
            a.actor(right.keeper),
            right,
            lender_name="广州第一银行",
            register_number="Y2026",
            registered_on=clock.today(),
        )
    assert refused.value.code == "pledge.never"
