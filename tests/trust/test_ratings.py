"""Ratings: from fulfilled deals, once, changed for some days, answered once, hidden by two people."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.deals.models import Deal, DealState
from marketplace.organisations.models import Organisation
from marketplace.trust import services as trust
from marketplace.trust.models import RaterSide, Rating, RatingState
from marketplace.trust.queries import ratings
from tests import factories as a
from tests.deals import journey
from tests.mandates.mandating import in_force
from tests.organisations.at_once import at_once
from tests.trust import scenes

pytestmark = pytest.mark.usefixtures("app")


def test_both_sides_of_a_deal_that_was_walked_to_its_end_rate_the_broker():
    listing = a.listing()
    broker = a.organisation("broker")
    in_force(listing.seller, broker, assets=tuple(listing.assets), exclusive=True)
    deal, who = journey.to(DealState.CLOSED, listing)

    with transaction():
        of_seller = trust.rate(who.seller, deal, broker, scenes.SCORES)
        of_buyer = trust.rate(who.buyer, deal, broker, scenes.SCORES | {"disclosure": 1})

    assert [of_seller.side, of_buyer.side] == [RaterSide.PRINCIPAL, RaterSide.COUNTERPARTY]
    scores = ratings.scores([broker.id])[broker.id]
    assert scores.count == 2
    assert scores.by_criterion == {
        "expertise": Decimal("5.0"), "diligence": Decimal("4.0"), "disclosure": Decimal("3.0"),
        "fees": Decimal("4.0"),
    }  # fmt: skip
    assert scores.mean == Decimal("4.0")


def test_before_the_deal_is_closed_nobody_rates():
    scene = scenes.closed()
    scene.deal.state = DealState.SETTLEMENT
    db.session.commit()

    assert ratings.to_rate(scene.seller, scene.deal) == []
    with pytest.raises(Refused, match=r"rating.not_closed"):
        trust.rate(scene.seller, scene.deal, scene.broker, scenes.SCORES)


def test_a_deal_is_rated_once_a_side_even_by_two_at_once(own_database):
    scene = scenes.closed()
    people = [scene.seller, a.actor(scene.deal.seller)]
    deal_id, broker_id = scene.deal.id, scene.broker.id
    db.session.remove()

    def rate(by):
        deal = db.session.get_one(Deal, deal_id)
        trust.rate(by, deal, db.session.get_one(Organisation, broker_id), scenes.SCORES)

    outcomes = at_once(own_database, *(partial(rate, by) for by in people))

    assert outcomes == ["done", "rating.known"]
    assert db.session.query(Rating).count() == 1


@pytest.mark.parametrize("who", ["stranger", "the broker", "a viewer"])
def test_only_managers_of_the_parties_rate(who):
    scene = scenes.closed()
    by = {
        "stranger": lambda: a.actor(a.organisation()),
        "the broker": lambda: scene.house,
        "a viewer": lambda: a.actor(scene.deal.seller, "viewer"),
    }[who]()

    with pytest.raises(NotAllowed):
        trust.rate(by, scene.deal, scene.broker, scenes.SCORES)


def test_nobody_rates_a_house_that_shares_a_member_with_its_own():
    scene = scenes.closed()
    person = a.user()
    a.member(scene.deal.buyer, "viewer", person)
    a.member(scene.broker, "viewer", person)

    with pytest.raises(Refused, match=r"rating.own_house"):
        trust.rate(scene.buyer, scene.deal, scene.broker, scenes.SCORES)
    assert ratings.to_rate(scene.buyer, scene.deal) == []
    assert len(ratings.to_rate(scene.seller, scene.deal)) == 1


def test_a_broker_without_part_in_the_deal_is_not_rated_for_it():
    scene = scenes.closed()

    with pytest.raises(Refused, match=r"rating.not_their_deal"):
        trust.rate(scene.seller, scene.deal, a.organisation("broker"), scenes.SCORES)


@pytest.mark.parametrize("wrong", [0, 6, -1])
def test_a_score_outside_one_to_five_is_refused_at_its_field(wrong):
    scene = scenes.closed()

    with pytest.raises(Invalid) as refused:
        trust.rate(scene.seller, scene.deal, scene.broker, scenes.SCORES | {"fees": wrong})
    assert refused.value.fields == {"fees": "rating.score"}


@pytest.mark.parametrize(("days", "changed"), [(13, True), (15, False)])
def test_a_rating_is_changed_within_its_days_only(days, changed):
    scene = scenes.closed()
    rating = scenes.rated(scene)

    with clock.freeze(clock.now() + timedelta(days=days)):
        if changed:
            trust.revise(scene.seller, rating, scenes.SCORES | {"fees": 1}, comment="改")
        else:
            with pytest.raises(Refused, match=r"rating.fixed"):
                trust.revise(scene.seller, rating, scenes.SCORES | {"fees": 1})
    assert (rating.fees, rating.comment) == ((1, "改") if changed else (4, "办事认真。"))


def test_the_broker_answers_once_and_from_then_on_the_rating_stands():
    scene = scenes.closed()
    rating = scenes.rated(scene)
    with pytest.raises(NotAllowed):
        trust.answer_rating(scene.seller, rating, "自问自答")
    trust.answer_rating(scene.house, rating, "谢谢。")

    with pytest.raises(Refused, match=r"rating.answered"):
        trust.answer_rating(scene.house, rating, "再谢。")
    with pytest.raises(Refused, match=r"rating.fixed"):
        trust.revise(scene.seller, rating, scenes.SCORES)


def test_words_are_hidden_by_two_people_and_the_scores_stay():
    scene = scenes.closed()
    rating = scenes.rated(scene)
    trust.propose_hiding(scene.operator, rating, because="辱骂他人")
    with pytest.raises(Refused, match=r"trust.four_eyes"):
        trust.hide(scene.operator, rating)

    trust.hide(scene.second, rating)

    assert (rating.state, rating.hiding_reason) == (RatingState.HIDDEN, "辱骂他人")
    assert ratings.scores([scene.broker.id])[scene.broker.id].count == 1
    trust.show(scene.operator, rating, because="法院认定不违法")
    assert (rating.state, rating.hiding_reason) == (RatingState.PUBLISHED, "")


def test_staff_of_either_house_keep_out_and_brokers_do_not_moderate():
    scene = scenes.closed()
    rating = scenes.rated(scene)
    a.member(scene.broker, "viewer", db.session.get(type(a.user()), scene.operator.user_id))

    with pytest.raises(Refused, match=r"trust.conflict"):
        trust.propose_hiding(scene.operator, rating, because="x")
    with pytest.raises(NotAllowed):
        trust.propose_hiding(scene.house, rating, because="x")


def test_a_rating_is_not_there_for_strangers():
    scene = scenes.closed()
    rating = scenes.rated(scene)

    with pytest.raises(NotFound):
        ratings.get(a.actor(a.organisation()), rating.id)
    assert ratings.get(scene.house, rating.id) is rating
