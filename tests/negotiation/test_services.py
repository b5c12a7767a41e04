from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.deals.models import Deal
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.negotiation import lapsing, queries, services
from marketplace.negotiation.models import EnquiryMessage, EnquiryState, Offer, OfferState
from marketplace.negotiation.queries import Side
from tests import factories as a
from tests.conftest import at_most

pytestmark = pytest.mark.usefixtures("app")

PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000))
OFFERED = Terms(kind=DealKind.TRANSFER, price=yuan(400_000))
DEARER = replace(OFFERED, price=yuan(450_000))


def table():
    """A listing, someone of its seller, someone of a buyer."""
    listing = a.listing()
    return listing, a.actor(listing.seller), a.actor(a.organisation())


def offered(terms=OFFERED, **over):
    listing, seller, buyer = table()
    with transaction():
        offer = services.make(buyer, listing, terms=terms, **over)
    return offer, seller, buyer


# ---- enquiries ---------------------------------------------------------------------------------


def test_an_organisation_has_one_thread_a_listing():
    listing, seller, buyer = table()
    with transaction():
        first = services.ask(buyer, listing, text="有中试数据吗？")
        services.post(seller, first, text="有。")
    with transaction():
        again = services.ask(buyer, listing, text="可以看吗？")
    assert again is first
    assert [m.text for m in first.messages] == ["有中试数据吗？", "有。", "可以看吗？"]


def test_the_same_form_sends_one_message():
    listing, _, buyer = table()
    for _ in range(2):
        with transaction():
            services.ask(buyer, listing, text="有中试数据吗？", key="k")
    with transaction():
        services.ask(a.actor(a.organisation()), listing, text="我也想问", key="k")
    assert db.session.scalar(select(func.count(EnquiryMessage.id))) == 2


def test_only_the_two_sides_see_a_thread():
    listing, seller, buyer = table()
    with transaction():
        enquiry = services.ask(buyer, listing, text="?")
    assert queries.get_enquiry(seller, enquiry.id) is enquiry
    for other in (a.actor(a.organisation()), a.operator()):
        with pytest.raises(NotFound):
            queries.get_enquiry(other, enquiry.id)
        with pytest.raises(NotAllowed), transaction():
            services.post(other, enquiry, text="hello")


def test_viewers_read_sellers_do_not_ask_themselves_and_drafts_take_no_questions():
    listing, seller, buyer = table()
    viewer = a.actor(a.organisation(), "viewer")
    for actor, needs in ((viewer, ("may_write",)), (seller, ("is_not_seller",))):
        with pytest.raises(NotAllowed) as refused, transaction():
            services.ask(actor, listing, text="?")
        assert refused.value.needs == needs
    closed = a.listing(state=ListingState.CLOSED)
    with pytest.raises(WrongState), transaction():
        services.ask(buyer, closed, text="?")
    with pytest.raises(Invalid) as empty, transaction():
        services.ask(buyer, listing, text=" \n ")
    assert empty.value.fields == {"text": "enquiry.text_missing"}


def test_a_message_opens_a_closed_thread_again_unless_it_closes():
    listing, seller, buyer = table()
    with transaction():
        enquiry = services.ask(buyer, listing, text="?")
        services.post(seller, enquiry, text="再见", and_close=True)
    assert enquiry.state is EnquiryState.CLOSED
    with transaction():
        services.post(buyer, enquiry, text="还有一问")
    assert enquiry.state is EnquiryState.OPEN
    with transaction():
        services.close_enquiry(buyer, enquiry)
    with pytest.raises(WrongState), transaction():
        services.close_enquiry(seller, enquiry)
    with transaction():
        services.reopen_enquiry(seller, enquiry)


def test_a_document_is_ones_own_and_the_other_side_may_read_it():
    listing, seller, buyer = table()
    own = a.document(organisation_id=buyer.organisation_id)
    foreign = a.document(organisation_id=a.organisation().id)
    with transaction():
        enquiry = services.ask(buyer, listing, text="见附件", document=own)
    assert [r.organisation_id for r in own.readers] == [seller.organisation_id]
    with pytest.raises(Invalid), transaction():
        services.post(buyer, enquiry, text="见附件", document=foreign)


# ---- offers ------------------------------------------------------------------------------------


def test_an_offer_is_for_verified_acquirers_and_their_managers():
    listing, seller, _ = table()
    cases = (
        (a.actor(a.organisation(), "finance"), ("may_manage",)),
        (a.actor(a.organisation("holder")), ("is_acquirer",)),
        (seller, ("is_not_seller",)),
        (a.actor(a.organisation(verified_at=None)), ("buyer_is_verified",)),
    )
    for actor, needs in cases:
        with pytest.raises(NotAllowed) as refused, transaction():
            services.make(actor, listing, terms=OFFERED)
        assert refused.value.needs == needs


def test_an_offer_is_firm():
    listing, _, buyer = table()
    with pytest.raises(Invalid) as refused, transaction():
        services.make(
            buyer,
            listing,
            terms=Terms(kind=DealKind.LICENCE, minimum_royalty=yuan(1)),
            valid_days=0,
        )
    assert refused.value.fields == {
        "grant": "terms.grant_missing",
        "price": "terms.price_missing",
        "royalty_bps": "terms.royalty_missing",
        "kind": "offer.other_kind",
        "valid_days": "offer.valid_days_out_of_range",
    }


@pytest.mark.parametrize(
    "state", [ListingState.RESERVED, ListingState.CLOSED, ListingState.EXPIRED]
)
def test_only_open_listings_take_offers(state):
    with pytest.raises(WrongState) as refused, transaction():
        services.make(a.actor(a.organisation()), a.listing(state=state), terms=OFFERED)
    assert refused.value.code == "offer.listing_closed"


def test_a_listing_that_is_overdue_for_confirmation_takes_none():
    listing = a.listing(reconfirm_by=clock.now() - timedelta(minutes=1))
    with pytest.raises(WrongState), transaction():
        services.make(a.actor(a.organisation()), listing, terms=OFFERED)


def test_the_same_form_makes_one_offer_and_a_second_form_finds_the_first():
    offer, _, buyer = offered(key="k")
    with transaction():
        assert services.make(buyer, offer.listing, terms=OFFERED, key="k") is offer
    with pytest.raises(Refused) as refused, transaction():
        services.make(buyer, offer.listing, terms=DEARER, key="other")
    assert refused.value.facts == {"reference": offer.reference}
    assert db.session.scalar(select(func.count(Offer.id))) == 1


def test_offer_and_counter_offer_go_back_and_forth_in_versions():
    offer, seller, buyer = offered()
    first_deadline = offer.expires_at
    with clock.freeze(clock.now() + timedelta(days=2)), transaction():
        services.counter(seller, offer, version=1, terms=DEARER, message="低了些")
    assert (offer.state, offer.version) == (OfferState.COUNTERED, 2)
    assert offer.expires_at > first_deadline
    with transaction():
        services.counter(buyer, offer, version=2, terms=replace(DEARER, support_days=5))
    assert (offer.state, offer.version) == (OfferState.SENT, 3)
    assert [v.terms.price for v in offer.versions] == [yuan(400_000), yuan(450_000), yuan(450_000)]
    kinds = db.session.scalars(
        select(Event.kind).where(Event.subject_kind == "offer").order_by(Event.id)
    )
    assert list(kinds) == ["offer.make", "offer.counter", "offer.counter_back"]


def test_a_counter_offer_twice_is_one_and_must_change_something():
    offer, seller, _ = offered()
    with pytest.raises(Invalid) as refused, transaction():
        services.counter(seller, offer, version=1, terms=OFFERED)
    assert refused.value.code == "offer.unchanged"
    for _ in range(2):
        with transaction():
            services.counter(seller, offer, version=1, terms=DEARER, message="最低价")
    assert offer.version == 2


def test_who_waits_for_an_answer_neither_counters_nor_accepts():
    offer, seller, buyer = offered()
    with pytest.raises(WrongState), transaction():
        services.counter(buyer, offer, version=1, terms=DEARER)
    with pytest.raises(Refused) as refused, transaction():
        services.accept(buyer, offer, version=1)
    assert refused.value.code == "offer.not_your_turn"
    with pytest.raises(Refused), transaction():
        services.decline(buyer, offer)
    with pytest.raises(NotAllowed), transaction():
        services.withdraw(seller, offer)


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_only_owners_and_managers_agree(role):
    offer, *_ = offered()
    clerk = a.actor(offer.listing.seller, role)
    for verb in (
        lambda: services.accept(clerk, offer, version=1),
        lambda: services.decline(clerk, offer),
        lambda: services.counter(clerk, offer, version=1, terms=DEARER),
    ):
        with pytest.raises(NotAllowed) as refused, transaction():
            verb()
        assert refused.value.needs == ("may_manage",)
    assert offer.state is OfferState.SENT


def test_strangers_see_no_offer():
    offer, *_ = offered()
    for other in (a.actor(a.organisation()), a.operator()):
        with pytest.raises(NotFound):
            queries.get(other, offer.reference)
        with pytest.raises(NotAllowed), transaction():
            services.accept(other, offer, version=1)


def test_accepting_opens_a_deal_reserves_the_listing_and_lapses_the_rivals():
    offer, seller, buyer = offered()
    with transaction():
        rival = services.make(a.actor(a.organisation()), offer.listing, terms=DEARER)
    with transaction():
        deal = services.accept(seller, offer, version=1)

    assert (deal.buyer_id, deal.price) == (buyer.organisation_id, yuan(400_000))
    assert offer.deal is deal
    assert (offer.state, rival.state) == (OfferState.ACCEPTED, OfferState.LAPSED)
    assert offer.listing.state is ListingState.RESERVED
    with transaction():
        assert services.accept(seller, offer, version=1) is deal
    assert db.session.scalar(select(func.count(Deal.id))) == 1


def test_a_plain_licence_leaves_the_listing_and_the_rivals_alone():
    listing = a.listing(terms=PLAIN)
    seller, buyers = a.actor(listing.seller), [a.actor(a.organisation()) for _ in range(2)]
    with transaction():
        chosen, rival = (services.make(b, listing, terms=PLAIN) for b in buyers)
    with transaction():
        services.accept(seller, chosen, version=1)
    assert (rival.state, listing.state) == (OfferState.SENT, ListingState.PUBLISHED)
    with transaction():
        services.accept(seller, rival, version=1)
    assert db.session.scalar(select(func.count(Deal.id))) == 2


def test_the_buyer_accepts_a_counter_offer():
    offer, seller, buyer = offered()
    with transaction():
        services.counter(seller, offer, version=1, terms=DEARER)
    with transaction():
        deal = services.accept(buyer, offer, version=2)
    assert deal.price == yuan(450_000)


def test_nobody_agrees_to_a_version_they_have_not_seen():
    offer, seller, buyer = offered()
    with transaction():
        services.counter(seller, offer, version=1, terms=DEARER)
    with transaction():
        services.counter(buyer, offer, version=2, terms=replace(DEARER, price=yuan(410_000)))
    with pytest.raises(Refused) as refused, transaction():
        services.accept(seller, offer, version=1)
    assert (refused.value.code, refused.value.facts) == ("offer.changed", {"version": 3})
    assert offer.state is OfferState.SENT


def test_what_would_exclude_a_standing_listing_is_not_accepted():
    right = a.asset()
    one, _other = a.listing(right, terms=PLAIN), a.listing(right, terms=PLAIN)
    buyer, seller = a.actor(a.organisation()), a.actor(one.seller)
    with transaction():
        offer = services.make(buyer, one, terms=replace(PLAIN, grant=Grant.EXCLUSIVE))
    with pytest.raises(Refused) as refused, transaction():
        services.accept(seller, offer, version=1)
    assert refused.value.code == "offer.rights_elsewhere"


def test_offers_end_with_their_time_and_with_their_listing():
    offer, seller, _ = offered(valid_days=3)
    orphan = a.offer(listing=a.listing(state=ListingState.WITHDRAWN))
    running = a.offer()
    with clock.freeze(clock.now() + timedelta(days=3, minutes=1)):
        with pytest.raises(WrongState) as refused, transaction():
            services.accept(seller, offer, version=1)
        assert refused.value.code == "offer.too_late"
        with transaction():
            assert lapsing.expire_due() == 2
            assert lapsing.expire_due() == 0
    assert [o.state for o in (offer, orphan, running)] == [
        OfferState.EXPIRED,
        OfferState.LAPSED,
        OfferState.SENT,
    ]


def test_declining_and_withdrawing_are_final_and_leave_the_reason():
    offer, seller, _ = offered()
    with transaction():
        services.decline(seller, offer, because="价格太低")
    event = db.session.scalars(select(Event).where(Event.kind == "offer.decline")).one()
    assert event.because == "价格太低"
    with pytest.raises(WrongState), transaction():
        services.decline(seller, offer)

    other, _, buyer = offered()
    with transaction():
        services.withdraw(buyer, other)
    assert other.state is OfferState.WITHDRAWN
    with transaction():
        services.make(buyer, other.listing, terms=OFFERED)


def test_lists_show_each_side_its_own():
    offer, seller, buyer = offered()
    rows = {
        (who, side): list(db.session.scalars(queries.offers(actor, side)))
        for who, actor in (("seller", seller), ("buyer", buyer))
        for side in Side
    }
    assert rows == {
        ("seller", Side.RECEIVED): [offer],
        ("seller", Side.SENT): [],
        ("buyer", Side.RECEIVED): [],
        ("buyer", Side.SENT): [offer],
    }
    waiting = queries.offers(seller, Side.RECEIVED, mine_to_answer=True, text=offer.reference)
    assert list(db.session.scalars(waiting)) == [offer]
    assert list(db.session.scalars(queries.offers(seller, Side.RECEIVED, text="%"))) == []


def test_a_list_of_offers_takes_the_same_statements_for_one_and_three_rows():
    def counted(number):
        listing = a.listing()
        for _ in range(number):
            a.offer(listing=listing)
        actor = a.actor(listing.seller)
        db.session.expunge_all()
        with at_most(6) as seen:
            for offer in db.session.scalars(queries.offers(actor, Side.RECEIVED)):
                assert (offer.terms.price, offer.awaits) == (yuan(450_000), actor.organisation_id)
                assert offer.buyer.name
                assert offer.listing.seller.name
        return len(seen)

    assert counted(1) == counted(3)


def test_of_two_acceptances_at_once_exactly_one_wins(own_database):
    listing = a.listing()
    sellers = [a.actor(listing.seller), a.actor(listing.seller)]
    offers = [a.offer(listing=listing).id for _ in range(2)]
    listing_id = listing.id
    db.session.remove()
    barrier, results = Barrier(2), []

    def accept(offer_id, actor):
        with own_database.app_context():
            offer = db.session.get_one(Offer, offer_id)
            assert offer.state is OfferState.SENT
            barrier.wait()
            try:
                with transaction():
                    services.accept(actor, offer, version=1)
                results.append("accepted")
            except Refused as refusal:
                results.append(refusal.code)
            db.session.remove()

    threads = [Thread(target=accept, args=p) for p in zip(offers, sellers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert results.count("accepted") == 1
    assert next(r for r in results if r != "accepted") in {"offer.accept", "offer.listing_closed"}
    assert db.session.get_one(Listing, listing_id).state is ListingState.RESERVED
    states = {db.session.get_one(Offer, offer_id).state for offer_id in offers}
    assert states == {OfferState.ACCEPTED, OfferState.LAPSED}
    assert db.session.scalar(select(func.count(Deal.id))) == 1


def test_the_same_offer_made_twice_at_once_is_one(own_database):
    listing = a.listing()
    buyer, listing_id = a.actor(a.organisation()), listing.id
    db.session.remove()
    barrier, made = Barrier(2), []

    def make():
        with own_database.app_context():
            barrier.wait()
            with transaction():
                found = services.make(
                    buyer, db.session.get_one(Listing, listing_id), terms=OFFERED, key="k"
                )
                made.append(found.reference)
            db.session.remove()

    threads = [Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 2
    assert len(set(made)) == 1
    assert db.session.scalar(select(func.count(Offer.id))) == 1


@pytest.mark.parametrize("rival", ["withdraw", "counter", "decline"])
def test_an_acceptance_that_meets_another_answer_leaves_one_of_them(own_database, rival):
    listing, buyer = a.listing(), a.organisation()
    seller, colleague, other = a.actor(listing.seller), a.actor(listing.seller), a.actor(buyer)
    offer_id = a.offer(listing=listing, buyer=buyer).id
    verbs = {
        "accept": lambda offer: services.accept(seller, offer, version=1),
        "withdraw": lambda offer: services.withdraw(other, offer),
        "decline": lambda offer: services.decline(colleague, offer),
        "counter": lambda offer: services.counter(
            colleague, offer, version=1, terms=a.terms(price=yuan(777_000))
        ),
    }
    db.session.remove()
    barrier, results = Barrier(2), {}

    def answer(verb):
        with own_database.app_context():
            barrier.wait()
            try:
                with transaction():
                    verbs[verb](db.session.get_one(Offer, offer_id))
                results[verb] = "done"
            except Refused as refusal:
                results[verb] = refusal.code
            db.session.remove()

    threads = [Thread(target=answer, args=(verb,)) for verb in ("accept", rival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert list(results.values()).count("done") == 1
    offer = db.session.get_one(Offer, offer_id)
    opened = db.session.scalar(select(func.count(Deal.id)))
    accepted = results["accept"] == "done"
    assert (offer.state is OfferState.ACCEPTED, opened) == (accepted, int(accepted))
    assert len(offer.versions) == (2 if results[rival] == "done" and rival == "counter" else 1)
