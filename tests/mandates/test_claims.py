"""Introductions, the commission that arises by a deal, its split, and conflicts of interest."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.deals import shares
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import CommissionState, IntroductionState, Side
from marketplace.negotiation import services as negotiation
from tests import factories as a
from tests.mandates.mandating import in_force

pytestmark = pytest.mark.usefixtures("app")


def scene(**over):
    """A seller's mandate on a listing that a buyer has offered 450,000 for; fee 3 %, VAT 6 %."""
    offer = a.offer()
    broker = a.organisation("broker")
    mandate = in_force(
        offer.listing.seller, broker, assets=tuple(offer.listing.assets), tail_days=60, **over
    )
    return offer, broker, mandate


def introduced(offer, broker, mandate):
    with transaction():
        return mandates.introduce(
            a.actor(broker),
            mandate,
            offer.buyer,
            listing_reference=offer.listing.reference,
            proof="带客户看样，会议记录在案。",
        )


def accepted(offer):
    return negotiation.accept(a.actor(offer.listing.seller), offer, version=1)


def claims(deal):
    return queries.claims_on(deal.reference)


def payable(deal):
    """What a release of the whole price would pay, to whom."""
    return [(one.payee, one.amount) for one in shares.broker_shares(deal, deal.price)]


def test_a_deal_with_an_introduced_buyer_gives_rise_to_the_commission():
    offer, broker, mandate = scene()
    introduced(offer, broker, mandate)

    [claim] = claims(accepted(offer))

    assert (claim.net, claim.vat) == (yuan(13_500), yuan(810))
    assert (claim.payer_id, claim.state) == (offer.listing.seller_id, CommissionState.ARISEN)


def test_who_was_not_introduced_owes_nothing_unless_the_mandate_is_exclusive():
    offer, _, _ = scene()
    assert claims(accepted(offer)) == []

    other, _, _ = scene(exclusive=True)
    assert len(claims(accepted(other))) == 1


@pytest.mark.parametrize(("days", "number"), [(59, 1), (61, 0)])
def test_going_round_the_broker_earns_the_commission_within_the_tail(days, number):
    offer, broker, mandate = scene()
    introduced(offer, broker, mandate)
    with transaction():
        mandates.revoke(a.actor(offer.listing.seller), mandate, because="自己谈")

    offer.expires_at = offer.listing.reconfirm_by = clock.now() + timedelta(days=80)
    with clock.freeze(clock.now() + timedelta(days=days)):
        assert len(claims(accepted(offer))) == number


def test_an_introduction_to_oneself_or_without_proof_is_refused():
    offer, broker, mandate = scene()
    by, about = a.actor(broker), {"listing_reference": offer.listing.reference}

    with pytest.raises(Invalid, match=r"introduction.own_side"):
        mandates.introduce(by, mandate, offer.listing.seller, proof="x", **about)
    with pytest.raises(Invalid, match=r"introduction.proof_missing"):
        mandates.introduce(by, mandate, offer.buyer, proof=" ", **about)


def test_an_objection_holds_the_commission_until_it_is_decided():
    offer, broker, mandate = scene()
    said = introduced(offer, broker, mandate)
    mandates.object_to(a.actor(offer.buyer), said, because="早已认识")
    deal = accepted(offer)
    assert payable(deal) == []

    mandates.uphold(a.actor(a.exchange()), said, because="会议记录为证")

    assert payable(deal) == [(broker.id, yuan(14_310))]


def test_a_rejected_introduction_takes_its_claim_with_it():
    offer, broker, mandate = scene()
    said = introduced(offer, broker, mandate)
    mandates.object_to(a.actor(offer.buyer), said, because="早已认识")
    deal = accepted(offer)

    mandates.reject(a.actor(a.exchange()), said, because="无证据")

    assert (said.state, claims(deal)) == (IntroductionState.REJECTED, [])


def test_an_objection_comes_in_time_and_from_the_party_alone():
    offer, broker, mandate = scene()
    said = introduced(offer, broker, mandate)

    with pytest.raises(NotAllowed):
        mandates.object_to(a.actor(offer.listing.seller), said, because="不是")
    late = clock.now() + mandates.OBJECT_WITHIN + timedelta(seconds=1)
    with clock.freeze(late), pytest.raises(WrongState, match=r"introduction.too_late"):
        mandates.object_to(a.actor(offer.buyer), said, because="不是")


def test_a_cancelled_deal_owes_no_commission():
    offer, broker, mandate = scene()
    introduced(offer, broker, mandate)
    deal = accepted(offer)

    deals.cancel(a.actor(offer.buyer), deal, because="计划调整")

    assert claims(deal) == []


def test_co_brokers_share_to_the_fen_once_they_have_agreed():
    offer, broker, _ = scene(exclusive=True)
    other = a.organisation("broker")
    deal = accepted(offer)
    [claim] = claims(deal)

    mandates.propose_split(
        a.actor(broker), claim, [(broker.id, 6_667, "主办"), (other.id, 3_333, "引荐买方")]
    )
    assert payable(deal) == []
    mandates.agree_split(a.actor(other), claim)

    parts = dict(payable(deal))
    assert (parts[broker.id].minor, parts[other.id].minor) == (954_048, 476_952)
    assert sum(part.minor for part in parts.values()) == claim.gross.minor


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([("lead", 9_999)], "commission.not_whole"),
        ([("lead", 5_000), ("lead", 5_000)], "commission.twice"),
        ([("firm", 5_000), ("lead", 5_000)], "mandate.not_a_broker"),
        ([("other", 10_000)], "commission.lead_missing"),
    ],
)
def test_a_split_that_does_not_hold_is_refused(parts, code):
    offer, broker, _ = scene(exclusive=True)
    who = {"lead": broker, "other": a.organisation("broker"), "firm": offer.buyer}
    [claim] = claims(accepted(offer))

    with pytest.raises(Invalid, match=code):
        mandates.propose_split(
            a.actor(broker), claim, [(who[name].id, bps, "工作") for name, bps in parts]
        )


def test_what_a_co_broker_has_agreed_to_is_not_changed_behind_its_back():
    offer, broker, _ = scene(exclusive=True)
    other = a.organisation("broker")
    [claim] = claims(accepted(offer))
    mandates.propose_split(a.actor(broker), claim, [(broker.id, 5_000, ""), (other.id, 5_000, "")])
    mandates.agree_split(a.actor(other), claim)

    with pytest.raises(Refused, match=r"commission.agreed_already"):
        mandates.propose_split(a.actor(broker), claim, [(broker.id, 10_000, "")])


def test_a_stranger_sees_neither_claim_nor_introduction():
    offer, broker, mandate = scene()
    said = introduced(offer, broker, mandate)
    [claim] = claims(accepted(offer))
    stranger = a.actor(a.organisation())

    with pytest.raises(NotFound):
        queries.commission(stranger, claim.id)
    with pytest.raises(NotFound):
        queries.introduction(stranger, said.id)


def test_a_broker_on_both_sides_must_say_so_and_both_must_consent():
    offer, broker, _ = scene()
    in_force(offer.buyer, broker, side=Side.BUY)
    trade = {
        "listing_reference": offer.listing.reference,
        "seller_id": offer.listing.seller_id,
        "buyer_id": offer.buyer_id,
    }
    with pytest.raises(Refused, match=r"conflict.undeclared"):
        accepted(offer)

    said = mandates.declare(a.actor(broker), statement="同时代理双方", **trade)
    mandates.consent(a.actor(offer.buyer), said, words="知悉并同意")
    with pytest.raises(Refused, match=r"conflict.not_consented"):
        accepted(offer)
    mandates.consent(a.actor(offer.listing.seller), said, words="同意")

    assert accepted(offer) is not None


def test_a_broker_whose_people_belong_to_the_other_side_is_in_conflict_too():
    offer, broker, _ = scene()
    person = a.user()
    a.member(broker, user_=person), a.member(offer.buyer, user_=person)

    with pytest.raises(Refused, match=r"conflict.undeclared"):
        accepted(offer)


def test_who_acts_for_neither_has_nothing_to_declare():
    offer, _, _ = scene()

    with pytest.raises(Invalid, match=r"conflict.not_yours"):
        mandates.declare(
            a.actor(a.organisation("broker")),
            listing_reference=offer.listing.reference,
            seller_id=offer.listing.seller_id,
            buyer_id=offer.buyer_id,
            statement="同时代理双方",
        )


def test_a_third_firm_does_not_consent_for_them():
    offer, broker, _ = scene()
    said = mandates.declare(
        a.actor(broker),
        listing_reference=offer.listing.reference,
        seller_id=offer.listing.seller_id,
        buyer_id=offer.buyer_id,
        statement="同时代理双方",
    )

    with pytest.raises(NotAllowed):
        mandates.consent(a.actor(a.organisation()), said, words="同意")
