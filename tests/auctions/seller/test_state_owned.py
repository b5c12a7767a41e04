"""What the state owns is sold at its appraisal first, then in steps, and never for less than seven tenths."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.services import drafting
from marketplace.compliance.models import Judgement
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, Refused, Unlawful
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.listings import queries as listings
from marketplace.listings.models import ListingEvidence, PriceMode
from marketplace.organisations.models import OrganisationKind
from tests import factories as a
from tests.auctions.auctioning import tick
from tests.auctions.money.test_repeated import plan
from tests.auctions.pages.test_pages import text_of

pytestmark = pytest.mark.usefixtures("app", "in_march")
APPRAISAL = yuan(100_000).minor


@pytest.fixture
def in_march():
    """A year whose holidays are out, whenever the test runs."""
    with clock.freeze(clock.start_of(date(2026, 3, 2)) + timedelta(hours=10)):
        yield


def for_sale(*, kind=OrganisationKind.SOE, price=None, appraisal=APPRAISAL):
    seller = a.organisation(kind=kind, state_owned=kind is not OrganisationKind.ENTERPRISE)
    right = a.asset(keeper=seller)
    if appraisal:
        a.valuation(right, value_minor=appraisal, filing="filed")
    return a.listing(right, seller=seller, price_mode=PriceMode.AUCTION, terms=a.terms(price=price))


def handed_in(listing, start, **over) -> Auction:
    seller = a.actor(listing.seller)
    with transaction():
        auction = drafting.draft(seller, listing, plan(start, **over))
    with transaction():
        drafting.submit(seller, auction)
    return auction


def refused(listing, start, **over):
    with pytest.raises((Refused, Invalid)) as caught:
        handed_in(listing, start, **over)
    return caught.value


def unsold(listing, start, **over) -> Auction:
    """Announced, opened, closed without a bid."""
    auction = handed_in(listing, start, **over)
    with transaction():
        assert drafting.approve(a.operator(), auction).accepted
    for _ in range(4):
        moment = max(clock.now(), db.session.get_one(Auction, auction.id).due_at or clock.now())
        with clock.freeze(moment):
            tick(auction)
        db.session.expire_all()
    assert auction.state is Phase.FAILED
    return auction


def consented(listing) -> None:
    a.keep(
        ListingEvidence(
            listing=listing,
            name="price_reduction_approval",
            document_id=a.document().id,
            issuer="省国资委",
            issued_on=clock.today(),
            state="confirmed",
        )
    )


def later(auction, **gone):
    """Some time after the auction failed."""
    return clock.freeze(auction.ends_at + timedelta(**gone))


def test_the_first_round_is_not_below_the_appraisal():
    least = refused(for_sale(), APPRAISAL - 100)
    assert isinstance(least, Unlawful)
    assert "soe-floor-not-below-valuation" in least.needs
    assert handed_in(for_sale(), APPRAISAL).state is Phase.SUBMITTED


def test_a_secret_reserve_at_the_appraisal_holds_a_lower_start():
    start = APPRAISAL * 9 // 10
    assert handed_in(for_sale(), start, reserve=APPRAISAL).state is Phase.SUBMITTED


def test_the_floor_of_a_falling_price_counts_and_not_its_start():
    falling = {"floor": APPRAISAL * 8 // 10, "decrement": 100_000, "interval": 3600}
    listing = for_sale()
    seller = a.actor(listing.seller)
    made = replace(plan(APPRAISAL * 2), format=Format.DUTCH, **falling)
    with transaction():
        auction = drafting.draft(seller, listing, made)
    with pytest.raises(Unlawful), transaction():
        drafting.submit(seller, auction)


def test_the_second_round_goes_down_to_nine_tenths_and_further_only_with_consent():
    listing = for_sale()
    first = unsold(listing, APPRAISAL)
    with later(first, days=1):
        with pytest.raises(Unlawful) as no_consent:
            handed_in(listing, APPRAISAL * 9 // 10 - 100)
        assert "soe-reduced-below-90" in no_consent.value.needs
        [draft] = db.session.query(Auction).filter_by(parent_id=first.id)
        seller = a.actor(listing.seller)
        with transaction():
            drafting.revise(seller, draft, plan(APPRAISAL * 9 // 10))
        with transaction():
            drafting.submit(seller, draft)
        assert (draft.state, draft.rules.round) == (Phase.SUBMITTED, 2)


def test_with_the_consent_on_file_it_goes_on_to_four_fifths_of_the_round_before():
    listing = for_sale()
    first = unsold(listing, APPRAISAL)
    consented(listing)
    with later(first, days=1):
        too_low = refused(listing, APPRAISAL * 8 // 10 - 100)
        assert too_low.fields == {"start": "auction.relist_too_low"}
        assert handed_in(listing, APPRAISAL * 8 // 10).state is Phase.SUBMITTED


def test_no_round_goes_below_seven_tenths_of_the_appraisal_even_with_consent():
    listing = for_sale()
    consented(listing)
    first = unsold(listing, APPRAISAL)
    with later(first, days=1):
        second = unsold(listing, APPRAISAL * 8 // 10)
    with later(second, days=1):
        assert refused(listing, APPRAISAL * 7 // 10 - 100).code == "auction.below_seventy"


def test_after_thirty_days_it_is_a_first_round_again_at_the_appraisal():
    listing = for_sale()
    first = unsold(listing, APPRAISAL)
    with later(first, days=29), transaction():
        again = drafting.draft(a.actor(listing.seller), listing, plan(APPRAISAL))
        assert (again.parent_id, again.rules.round) == (first.id, 2)
        drafting.withdraw(a.actor(listing.seller), again, because="改期", key="k")
    with later(first, days=31):
        assert isinstance(refused(listing, APPRAISAL * 9 // 10), Unlawful)
        [fresh] = db.session.query(Auction).filter(Auction.state == Phase.DRAFT)
        assert (fresh.parent_id, fresh.rules.round) == (None, 1)


def test_a_private_owner_prices_as_he_likes():
    listing = for_sale(kind=OrganisationKind.ENTERPRISE)
    assert handed_in(listing, APPRAISAL // 2).state is Phase.SUBMITTED


def test_what_sold_nothing_by_auction_is_in_its_next_round_for_every_other_sale():
    listing = for_sale()
    assert listings.times_relisted(listing) == 0
    unsold(listing, APPRAISAL)
    assert listings.times_relisted(listing) == 1
    assert db.session.query(Event).filter_by(kind="listing.unsold").count() == 1


def test_the_gate_tells_the_rules_the_deposit_the_floor_and_the_round():
    handed_in(for_sale(), APPRAISAL, deposit=APPRAISAL // 5)
    said = db.session.query(Judgement).order_by(Judgement.id.desc()).first().facts["deal"]
    assert (said["bid_deposit"], said["floor_price"], said["round"]) == (20_000, 100_000, 1)


@pytest.mark.parametrize(
    ("reserve", "guide", "warned"),
    [(1_200_000, None, False), (1_200_100, None, True), (1_200_100, 1_100_000, False)],
)
def test_a_reserve_far_above_the_guide_or_start_is_a_warning_and_no_refusal(
    sign_in, reserve, guide, warned
):
    listing = for_sale(kind=OrganisationKind.ENTERPRISE)
    auction = handed_in(listing, 1_000_000, reserve=reserve, guide=guide)
    page = f"/workbench/auctions/{auction.reference}"
    for reader in (listing.seller, a.exchange()):
        assert ("百分之一百二十" in text_of(sign_in(reader).get(page))) is warned
    assert auction.state is Phase.SUBMITTED
