"""What one organisation keeps to itself: notes, its own rule, a colleague's approval."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.money import yuan
from marketplace.deals.models import Deal
from marketplace.listings.terms import DealKind
from marketplace.listings.termsheet import Forum
from marketplace.mandates import services as mandates
from marketplace.negotiation import library, own_rule, queries, services, within
from marketplace.negotiation.models import Approval, ApprovalState, ClauseSide, Needs, Offer
from marketplace.negotiation.positions import Stand
from tests import factories as a
from tests.mandates.mandating import in_force
from tests.organisations.at_once import at_once

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


# ---- the rule and the standard clauses ---------------------------------------------------------

SALE = a.terms(price=yuan(400_000))
FORUM = replace(SALE, law=replace(SALE.law, forum=Forum.BUYER))


def holding(offer, *, side=ClauseSide.SELL, **rule):
    """One side holds to a forum of arbitration, with one fall-back and one that an owner must give."""
    organisation = offer.listing.seller if side is ClauseSide.SELL else offer.buyer
    owner, manager = actors(organisation, "owner", "manager")
    clause = library.begin(
        manager,
        organisation,
        kind=DealKind.TRANSFER,
        side=side,
        term="forum",
        preferred=Stand(Forum.GZAC),
    )
    library.add(manager, clause, version=1, stand=Stand(Forum.SCIA))
    library.add(manager, clause, version=2, stand=Stand(Forum.CIETAC, owner=True))
    if rule:
        within.set_rule(owner, organisation, above=None, needs=Needs.OWNER, **rule)
    return owner, manager


def at(forum):
    return replace(SALE, law=replace(SALE.law, forum=forum))


def refusal_of(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code, refused.value.fields


def test_clauses_alone_only_warn():
    offer = a.offer(terms=at(Forum.BUYER))
    _, manager = holding(offer)
    found = own_rule.weighed(offer.listing.seller_id, offer.terms, ClauseSide.SELL)
    assert [(one.name, one.rank.value) for one in found] == [("forum", "outside")]
    assert own_rule.off_clauses(offer.listing.seller_id, offer.terms, ClauseSide.SELL) == []
    assert services.accept(manager, offer, version=1)


@pytest.mark.parametrize("forum", [Forum.BUYER, Forum.CIETAC, None])
def test_where_the_rule_says_so_what_is_off_the_clauses_takes_an_owner(forum):
    offer = a.offer(terms=at(forum))
    owner, manager = holding(offer, keep_clauses=True)
    code, fields = refusal_of(lambda: services.accept(manager, offer, version=1))
    assert (code, fields) == ("offer.off_clauses", {"forum": "offer.off_clause"})
    assert services.accept(owner, offer, version=1)


@pytest.mark.parametrize("forum", [Forum.GZAC, Forum.SCIA])
def test_the_preferred_and_plain_fall_backs_are_a_manager_s_to_give(forum):
    offer = a.offer(terms=at(forum))
    _, manager = holding(offer, keep_clauses=True)
    assert services.accept(manager, offer, version=1)


def test_the_other_side_s_clauses_bind_nobody_here():
    offer = a.offer(terms=at(Forum.BUYER))
    holding(offer, side=ClauseSide.BUY, keep_clauses=True)
    (manager,) = actors(offer.listing.seller, "manager")
    assert services.accept(manager, offer, version=1)


def test_an_acceptance_off_the_clauses_is_an_owner_s_to_approve():
    offer = a.offer(terms=at(Forum.BUYER))
    owner, manager = holding(offer, keep_clauses=True)
    (second,) = actors(offer.listing.seller, "manager")
    asked = within.ask_approval(manager, offer, version=1)
    assert refusal_of(lambda: within.approve(second, asked))[0] == "approval.by_an_owner"
    assert within.approve(owner, asked) is offer.deal


def test_an_owner_who_asks_for_a_second_person_has_agreed_to_the_clauses():
    offer = a.offer(terms=at(Forum.BUYER))
    owner, manager = holding(offer)
    within.set_rule(owner, offer.listing.seller, above=yuan(1), needs=Needs.TWO, keep_clauses=True)
    asked = within.ask_approval(owner, offer, version=1)
    assert within.approve(manager, asked) is offer.deal


def test_what_is_off_the_clauses_is_offered_and_countered_by_an_owner():
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    sends = {"version": 1, "terms": at(Forum.BUYER)}
    code, fields = refusal_of(lambda: services.counter(manager, offer, **sends))
    assert (code, fields) == ("offer.off_clauses", {"forum": "offer.off_clause"})
    services.counter(owner, offer, **sends)
    assert offer.version == 2

    listing = a.listing()
    other = a.offer(listing=a.listing())
    owner, manager = holding(other, side=ClauseSide.BUY, keep_clauses=True)
    with pytest.raises(Refused) as refused:
        services.make(manager, listing, terms=at(Forum.BUYER))
    assert refused.value.code == "offer.off_clauses"
    assert services.make(manager, listing, terms=at(Forum.SCIA)).version == 1


def test_an_owner_approves_a_counter_offer_and_it_is_sent():
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    (second,) = actors(offer.listing.seller, "manager")
    wish = {"version": 1, "terms": at(Forum.BUYER), "message": "请看", "valid_days": 7}
    asked = within.ask_counter(manager, offer, **wish, because="对方坚持")
    assert within.ask_counter(manager, offer, **wish) is asked
    other = wish | {"terms": at(Forum.CIETAC)}
    assert refusal_of(lambda: within.ask_counter(manager, offer, **other))[0] == "approval.waiting"
    assert refusal_of(lambda: within.approve(manager, asked))[0] == "approval.by_another"
    assert refusal_of(lambda: within.approve(second, asked))[0] == "approval.by_an_owner"
    for _ in range(2):  # the same form twice
        assert within.approve(owner, asked) is None
    sent = offer.versions[-1]
    assert (sent.number, sent.terms, sent.message) == (2, at(Forum.BUYER), "请看")
    assert sent.user_id == owner.user
    assert asked.state is ApprovalState.APPROVED


def test_the_files_of_the_request_go_out_with_the_counter_offer():
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    paper = a.document(organisation_id=manager.organisation)
    asked = within.ask_counter(
        manager, offer, version=1, terms=at(Forum.BUYER), attachments=[paper]
    )
    within.approve(owner, asked)
    assert offer.versions[-1].papers == [paper]
    foreign = a.document(organisation_id=offer.buyer_id)
    with pytest.raises(Refused) as refused:
        within.ask_counter(
            manager,
            a.offer(listing=a.listing(seller=offer.listing.seller)),
            version=1,
            terms=at(Forum.BUYER),
            attachments=[foreign],
        )
    assert refused.value.code == "enquiry.document_not_yours"


def test_after_a_refusal_other_terms_may_be_asked_for():
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    first = within.ask_counter(manager, offer, version=1, terms=at(Forum.BUYER))
    within.refuse(owner, first, because="不行")
    second = within.ask_counter(manager, offer, version=1, terms=at(Forum.CIETAC))
    assert (first.turn, second.turn) == (1, 2)
    within.approve(owner, second)
    assert offer.terms.law.forum is Forum.CIETAC


def test_a_counter_offer_that_waits_is_not_sent_on_what_changed_meanwhile():
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    asked = within.ask_counter(manager, offer, version=1, terms=at(Forum.BUYER))
    services.counter(owner, offer, version=1, terms=replace(SALE, price=yuan(450_000)))
    assert refusal_of(lambda: within.approve(owner, asked))[0] == "offer.changed"


def test_where_only_owners_offer_a_manager_asks_first():
    offer = a.offer(terms=SALE)
    owner, manager = actors(offer.listing.seller, "owner", "manager")
    organisation = offer.listing.seller
    within.set_rule(owner, organisation, above=None, needs=Needs.OWNER, owners_offer=True)
    dearer = {"version": 1, "terms": replace(SALE, price=yuan(450_000))}
    code, _ = refusal_of(lambda: services.counter(manager, offer, **dearer))
    assert code == "offer.owners_only"
    within.approve(owner, within.ask_counter(manager, offer, **dearer))
    assert offer.version == 2


def test_a_manager_accepts_where_only_owners_offer():
    offer = a.offer(terms=SALE)
    owner, manager = actors(offer.listing.seller, "owner", "manager")
    within.set_rule(owner, offer.listing.seller, above=None, needs=Needs.OWNER, owners_offer=True)
    assert services.accept(manager, offer, version=1)


def test_under_a_mandate_the_principal_s_rule_is_not_asked():
    asset = a.asset(keeper=(seller := a.organisation()))
    house = a.organisation("broker")
    mandate = in_force(seller, house, assets=(asset,), limit=yuan(300_000))
    offer = a.offer(listing=a.listing(asset), terms=at(Forum.BUYER))
    holding(offer, keep_clauses=True, owners_offer=True)
    acting = mandates.acting(a.actor(house), mandate)
    assert services.accept(acting, offer, version=1)


def test_two_owners_who_approve_a_counter_offer_at_once_send_it_once(own_database):
    offer = a.offer(terms=SALE)
    owner, manager = holding(offer, keep_clauses=True)
    (second,) = actors(offer.listing.seller, "owner")
    asked_id = within.ask_counter(manager, offer, version=1, terms=at(Forum.BUYER)).id
    offer_id = offer.id
    db.session.commit()
    db.session.remove()

    def approves(person):
        return lambda: within.approve(person, db.session.get_one(Approval, asked_id))

    assert at_once(own_database, approves(owner), approves(second)) == ["done", "done"]
    assert db.session.get_one(Offer, offer_id).version == 2
