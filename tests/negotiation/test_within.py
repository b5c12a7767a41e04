"""What one organisation keeps to itself: notes, its own rule, a colleague's approval."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.money import yuan
from marketplace.deals.models import Deal
from marketplace.negotiation import queries, services, within
from marketplace.negotiation.models import Approval, ApprovalState, Needs, Offer
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")
LIMIT = yuan(100_000)


def actors(organisation, *roles):
    """People of one organisation, one a role."""
    return [a.actor(organisation, role) for role in roles]


@pytest.fixture
def offer():
    return a.offer(terms=a.terms(price=yuan(400_000)))


def ruled(offer, needs=Needs.TWO, above=LIMIT):
    """The seller's rule, and people of the seller."""
    owner, manager = actors(offer.listing.seller, "owner", "manager")
    within.set_rule(owner, offer.listing.seller, above=above, needs=needs)
    return owner, manager


def test_a_note_is_read_by_ones_own_people_only(offer):
    owner, viewer = actors(offer.listing.seller, "owner", "viewer")
    (buyer,) = actors(offer.buyer, "owner")
    within.note(owner, offer, text=" 底价四十万 ")
    assert [n.text for n in queries.notes(viewer, offer)] == ["底价四十万"]
    assert queries.notes(buyer, offer) == []
    assert queries.notes(a.actor(a.organisation(), "owner"), offer) == []


@pytest.mark.parametrize("role", ["owner", "manager", "finance"])
def test_all_but_viewers_write_notes(offer, role):
    (person,) = actors(offer.buyer, role)
    assert within.note(person, offer, text="查年费").organisation_id == offer.buyer_id


def test_viewers_and_strangers_write_none(offer):
    (viewer,) = actors(offer.buyer, "viewer")
    for person in (viewer, a.actor(a.organisation(), "owner")):
        with pytest.raises(NotAllowed):
            within.note(person, offer, text="查年费")


def test_the_same_form_writes_one_note_and_an_empty_one_none(offer):
    (owner,) = actors(offer.buyer, "owner")
    first = within.note(owner, offer, text="一", key="k")
    assert within.note(owner, offer, text="一", key="k") is first
    for text in (" ", "长" * 2001):
        with pytest.raises(Invalid):
            within.note(owner, offer, text=text)


def test_up_to_the_amount_of_the_rule_one_manager_accepts(offer):
    _, manager = ruled(offer, above=yuan(400_000))
    assert services.accept(manager, offer, version=1).seller_id == offer.listing.seller_id


def test_above_it_nobody_accepts_alone(offer):
    for person in ruled(offer):
        with pytest.raises(Refused) as refused:
            services.accept(person, offer, version=1)
        assert refused.value.code == "offer.needs_approval"


def test_where_an_owner_is_needed_an_owner_accepts_alone(offer):
    owner, manager = ruled(offer, Needs.OWNER)
    with pytest.raises(Refused):
        services.accept(manager, offer, version=1)
    assert services.accept(owner, offer, version=1)


def test_a_colleague_s_approval_carries_the_acceptance_out(offer):
    owner, manager = ruled(offer)
    asked = within.ask_approval(manager, offer, version=1, because="价格合适")
    assert within.ask_approval(manager, offer, version=1) is asked
    with pytest.raises(Refused) as refused:
        within.approve(manager, asked)
    assert refused.value.code == "approval.by_another"
    deal = within.approve(owner, asked)
    assert (offer.deal_id, asked.state) == (deal.id, ApprovalState.APPROVED)
    assert within.approve(owner, asked) is deal


def test_an_owner_s_rule_wants_an_owner_s_approval(offer):
    _, manager = ruled(offer, Needs.OWNER)
    (second,) = actors(offer.listing.seller, "manager")
    asked = within.ask_approval(manager, offer, version=1)
    with pytest.raises(Refused) as refused:
        within.approve(second, asked)
    assert refused.value.code == "approval.by_an_owner"


def test_a_refused_version_is_not_asked_again(offer):
    owner, manager = ruled(offer)
    asked = within.ask_approval(manager, offer, version=1)
    within.refuse(owner, asked, because="太低")
    with pytest.raises(Refused):
        within.approve(owner, asked)
    with pytest.raises(Refused) as refused:
        within.ask_approval(manager, offer, version=1)
    assert refused.value.code == "approval.refused_before"


def test_what_was_approved_is_the_version_that_was_asked(offer):
    owner, manager = ruled(offer)
    asked = within.ask_approval(manager, offer, version=1)
    (buyer,) = actors(offer.buyer, "owner")
    services.counter(manager, offer, version=1, terms=replace(offer.terms, price=yuan(450_000)))
    services.counter(buyer, offer, version=2, terms=replace(offer.terms, price=yuan(410_000)))
    with pytest.raises(Refused) as refused:
        within.approve(owner, asked)
    assert refused.value.code == "offer.changed"


def test_requests_of_others_are_not_there(offer):
    _, manager = ruled(offer)
    asked = within.ask_approval(manager, offer, version=1)
    (buyer,) = actors(offer.buyer, "owner")
    assert queries.approvals(buyer, offer) == []
    with pytest.raises(NotFound):
        queries.get_approval(buyer, offer, asked.id)
    with pytest.raises(NotAllowed):
        within.approve(buyer, asked)


@pytest.mark.parametrize("role", ["manager", "finance", "viewer"])
def test_only_owners_set_the_rule(offer, role):
    (person,) = actors(offer.buyer, role)
    with pytest.raises(NotAllowed):
        within.set_rule(person, offer.buyer, above=yuan(1), needs=Needs.TWO)


def test_no_amount_ends_the_rule(offer):
    owner, manager = ruled(offer)
    within.set_rule(owner, offer.listing.seller, above=None, needs=Needs.TWO)
    assert queries.rule_of(offer.listing.seller_id) is None
    assert services.accept(manager, offer, version=1)


def test_two_colleagues_who_approve_at_once_make_one_deal(own_database):
    offer = a.offer(terms=a.terms(price=yuan(400_000)))
    owner, manager = ruled(offer)
    (second,) = actors(offer.listing.seller, "owner")
    asked = within.ask_approval(manager, offer, version=1)
    db.session.commit()
    offer_id, asked_id = offer.id, asked.id
    db.session.remove()
    barrier, refused = Barrier(2), []

    def approve(person):
        with own_database.app_context():
            approval = db.session.get_one(Approval, asked_id)
            barrier.wait()
            try:
                with transaction():
                    within.approve(person, approval)
            except Refused as refusal:
                refused.append(refusal.code)
            db.session.remove()

    threads = [Thread(target=approve, args=(person,)) for person in (owner, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert db.session.scalar(select(func.count(Deal.id))) == 1
    assert db.session.get_one(Offer, offer_id).deal_id is not None
    assert refused == []
