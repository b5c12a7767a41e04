"""State assets are announced before they are sold, and a first price is no lower than the valuation."""

from datetime import timedelta

import pytest

from marketplace.compliance.models import NoticeState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.negotiation import services
from marketplace.organisations.models import OrganisationKind
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


def offered(price, *, asked=1_680_000, kind=OrganisationKind.SOE):
    seller = a.organisation(kind=kind, state_owned=True)
    right = a.asset(keeper=seller)
    a.valuation(right, value_minor=yuan(1_600_000).minor)
    listing = a.listing(right, seller=seller, terms=a.terms(price=yuan(asked)))
    return a.offer(listing=listing, terms=a.terms(price=yuan(price)))


def announced(listing, state):
    with transaction():
        notice = deals.announce_sale(a.actor(listing.seller), listing)
    with transaction():
        deals.publish_notice(a.actor(listing.seller), notice)
    notice.ends_on = clock.today() - timedelta(days=1)
    notice.state = state
    db.session.commit()


def accept(offer):
    with transaction():
        return services.accept(a.actor(offer.listing.seller), offer, version=1)


@pytest.mark.parametrize(
    ("price", "asked", "state", "code"),
    [
        (1_680_000, 1_680_000, None, "sale.not_announced"),
        (1_680_000, 1_680_000, NoticeState.PUBLISHED, "sale.notice_runs"),
        (1_680_000, 1_680_000, NoticeState.HELD, "sale.notice_runs"),
        (1_500_000, 1_680_000, NoticeState.ENDED, "sale.below_valuation"),
        (900_000, 900_000, None, "sale.below_valuation"),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_its_reason(price, asked, state, code):
    offer = offered(price, asked=asked)
    if state:
        announced(offer.listing, state)
    with pytest.raises(Refused) as refused:
        accept(offer)
    assert refused.value.code == code


def test_once_the_announcement_has_run_the_offer_is_accepted():
    offer = offered(1_680_000)
    announced(offer.listing, NoticeState.ENDED)
    assert accept(offer).seller_id == offer.listing.seller_id


def test_an_enterprise_of_no_state_announces_nothing():
    assert accept(offered(100_000, kind=OrganisationKind.ENTERPRISE))
