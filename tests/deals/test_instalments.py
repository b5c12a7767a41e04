"""A price in instalments: each paid under its own code, released by itself, by two people."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.deals import facts, queries, state_sale
from marketplace.deals import services as deals
from marketplace.deals.models import Basis, DealState, InstalmentState, Outcome
from marketplace.documents import papers as printed
from marketplace.ledger import queries as books
from marketplace.listings.termsheet import LaterPart, Pay
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import queries as payments
from marketplace.payments.models import PaymentState
from tests import factories as a
from tests.deals import installing as parts
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")


def refused(work, *given, **over):
    with pytest.raises(Refused) as caught, transaction():
        work(*given, **over)
    return caught.value.code


def sent_amounts(deal):
    return [(p.payee_id, p.amount) for p in payments.payouts_of(deal)]


def test_each_line_is_a_payable_of_its_own_with_its_own_code():
    deal, _ = parts.sold(DealState.PAYMENT)
    assert [(x.number, x.amount, x.state.value) for x in deal.instalments] == [
        (1, yuan(150_000), "due"), (2, yuan(150_000), "due"), (3, yuan(200_000), "planned"),
    ]  # fmt: skip
    codes = [x.payment.reference for x in deal.instalments[:2]]
    assert len(set(codes)) == 2
    assert [p.amount for p in payments.of(deal)] == [yuan(150_000)] * 2
    assert parts.line(deal, 3).payment is None


def test_the_first_instalment_opens_the_recordal_and_none_is_released_before_it():
    deal, who = parts.sold(DealState.PAYMENT)
    parts.paid(deal, who, 2)
    assert deal.state is DealState.PAYMENT
    parts.paid(deal, who, 1)
    assert (deal.state, parts.states(deal)) == (DealState.RECORDAL, ["paid", "paid", "planned"])
    assert refused(deals.release_instalment, who.operator, parts.line(deal, 1)) == "deal.release"
    assert deal.in_escrow == yuan(300_000)
    assert deals.self_check().breaks == ()


def test_each_settles_by_itself_and_the_last_one_closes_the_deal():
    deal, who = parts.sold()
    parts.released(deal, who, 1)
    assert sent_amounts(deal) == [(deal.seller_id, yuan(147_000))]  # two per cent on its part
    journey.sent(deal, who)
    assert (deal.state, parts.states(deal)) == (DealState.SETTLEMENT, ["settled", "due", "planned"])
    parts.paid(deal, who, 2)
    parts.confirmed(deal, who, 3)
    parts.paid(deal, who, 3)
    journey.released(deal, who)
    assert parts.states(deal) == ["settled", "released", "released"]
    journey.sent(deal, who)
    assert (deal.state, parts.states(deal)) == (DealState.CLOSED, ["settled"] * 3)
    assert books.balance(payments.COMMISSION) == yuan(10_000)
    assert sum(p.amount_minor for p in payments.payouts_of(deal)) == yuan(490_000).minor
    assert deal.certificate is not None
    assert deals.self_check().breaks == ()


def test_our_record_of_the_right_follows_the_first_money_that_is_released():
    deal, who = parts.sold()
    [asset] = deal.assets
    assert asset.keeper_id == deal.seller_id
    parts.released(deal, who, 1)
    assert (asset.keeper_id, deal.registered_at is not None) == (deal.buyer_id, True)


def test_releasing_twice_is_releasing_once_and_who_ordered_does_not_send():
    deal, who = parts.sold()
    for _ in range(2):
        parts.released(deal, who, 1)
    [payout] = payments.payouts_of(deal)
    code = refused(
        deals.send_payout, who.operator, payout, bank_reference="P9", sent_on=clock.today()
    )
    assert code == "payout.four_eyes"


def test_a_line_that_is_not_paid_in_full_is_not_released():
    deal, who = parts.sold()
    parts.paid(deal, who, 2, yuan(149_999))
    assert (
        refused(deals.release_instalment, who.operator, parts.line(deal, 2)) == "instalment.release"
    )
    journey.released(deal, who)
    assert deal.in_escrow == yuan(149_999)
    assert deals.self_check().breaks == ()


def test_a_milestone_is_declared_by_one_side_and_confirmed_by_the_other():
    deal, who = parts.sold()
    parts.declared(deal, who, 3)
    assert refused(deals.confirm_milestone, who.seller, parts.line(deal, 3)) == "instalment.yours"
    with transaction():
        deals.confirm_milestone(who.buyer, parts.line(deal, 3))
    line = parts.line(deal, 3)
    assert (line.state.value, line.due_on) == ("due", clock.today() + timedelta(days=15))
    assert line.payment.amount == yuan(200_000)


def test_of_an_objection_the_exchange_decides():
    deal, who = parts.sold()
    line = parts.line(deal, 3)
    parts.declared(deal, who, 3, by=who.buyer)
    with transaction():
        deals.object_to_milestone(who.seller, line, because="尚未验收")
    assert refused(deals.withdraw_milestone, who.seller, line) == "instalment.not_yours"
    with pytest.raises(NotAllowed), transaction():
        deals.decide_milestone(who.buyer, line, reached=True, because="x")
    with transaction():
        deals.decide_milestone(who.operator, line, reached=False, because="验收报告未签字")
    assert (line.state.value, line.proof, line.declared_by_id) == ("planned", None, None)
    parts.declared(deal, who, 3)
    with transaction():
        deals.decide_milestone(who.operator, line, reached=True, because="验收报告齐备")
    assert line.state is InstalmentState.DUE


@pytest.mark.parametrize("days", [-1, 0])
def test_what_happened_is_not_in_the_future(days):
    deal, who = parts.sold()
    day = clock.today() - timedelta(days=days)
    proof = a.document(organisation_id=who.seller.organisation_id)
    line = parts.line(deal, 3)
    if days < 0:
        with pytest.raises(Invalid) as caught, transaction():
            deals.declare_milestone(who.seller, line, reached_on=day, proof=proof)
        assert caught.value.fields == {"reached_on": "instalment.future"}
    else:
        with transaction():
            deals.declare_milestone(who.seller, line, reached_on=day, proof=proof)
        assert line.state is InstalmentState.DECLARED


def test_an_event_that_never_comes_is_owed_by_its_latest_day():
    deal, _ = parts.sold()
    with transaction():
        assert deals.call_due() == 0
    with clock.freeze(clock.now() + timedelta(days=95)), transaction():
        assert deals.call_due() == 1
        assert deals.call_due() == 0
    line = parts.line(deal, 3)
    assert (line.state.value, line.due_on) == ("due", line.latest_on)
    assert line.payment.state is PaymentState.AWAITED


def test_each_payment_is_reminded_of_once_before_and_once_after_its_day():
    deal, _ = parts.sold()
    told = []
    for days in (10, 54, 55, 61, 62):
        with clock.freeze(clock.now() + timedelta(days=days)), transaction():
            told.append(deals.remind_instalments())
    kinds = db.session.scalars(
        events_of(parts.line(deal, 2)).where(
            Event.kind.in_(["instalment.remind", "instalment.late"])
        )
    ).all()
    assert (told, kinds) == ([0, 1, 0, 1, 0], ["instalment.remind", "instalment.late"])


def events_of(record):
    query = db.select(Event.kind).order_by(Event.id)
    return query.where(Event.subject_kind == "instalment", Event.subject_id == record.id)


def test_the_seller_may_let_the_buyer_off_and_the_deal_closes_with_the_last():
    deal, who = parts.sold()
    journey.released(deal, who)
    journey.sent(deal, who)
    with transaction():
        deals.waive_instalment(who.seller, parts.line(deal, 2), because="老客户")
    assert deal.state is DealState.SETTLEMENT
    payment = parts.line(deal, 2).payment
    assert payment.state is PaymentState.CANCELLED
    with transaction():
        deals.waive_instalment(who.seller, parts.line(deal, 3), because="老客户")
    assert (deal.state, books.balance(payments.COMMISSION)) == (DealState.CLOSED, yuan(3_000))


def test_what_cannot_be_waived():
    deal, who = parts.sold(DealState.PAYMENT)
    with pytest.raises(NotAllowed), transaction():
        deals.waive_instalment(who.buyer, parts.line(deal, 2), because="x")
    assert refused(deals.waive_instalment, who.seller, parts.line(deal, 1), because="x") == (
        "instalment.first"
    )
    parts.paid(deal, who, 2, yuan(1))
    assert refused(deals.waive_instalment, who.seller, parts.line(deal, 2), because="x") == (
        "instalment.partly_paid"
    )
    assert refused(deals.waive_instalment, who.seller, parts.line(deal, 3), because=" ") == (
        "deal.reason"
    )
    assert refused(deals.lapse_milestone, who.operator, parts.line(deal, 3), because="x") == (
        "instalment.of_price"
    )


def test_a_milestone_besides_the_price_outlives_the_closing_and_bears_no_commission():
    agreed = parts.terms(LaterPart(5_000, clock.today()), milestones=(parts.MILESTONE,))
    deal, who = parts.sold(agreed=agreed)
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    journey.sent(deal, who)
    assert (deal.state, parts.states(deal)) == (
        DealState.CLOSED, ["settled", "settled", "planned"],
    )  # fmt: skip
    parts.confirmed(deal, who, 3)
    parts.paid(deal, who, 3)
    assert deals.self_check().breaks == ()
    parts.released(deal, who, 3)
    assert sent_amounts(deal)[-1] == (deal.seller_id, yuan(80_000))
    journey.sent(deal, who)
    assert parts.states(deal) == ["settled"] * 3
    assert books.balance(payments.COMMISSION) == yuan(10_000)
    assert deals.self_check().breaks == ()


def test_a_milestone_besides_a_price_in_one_sum_is_held_beside_it():
    agreed = a.terms(pay=Pay(milestones=(parts.MILESTONE,)))
    deal, who = journey.opened(a.listing(terms=agreed))
    journey.cleared(deal, who)
    journey.signed(deal, who)
    parts.confirmed(deal, who, 2)
    parts.paid(deal, who, 2)
    assert deal.state is DealState.PAYMENT
    price = next(p for p in payments.of(deal) if p.amount == deal.price)
    with transaction():
        deals.receive(who.operator, price, journey.seen(deal.price))
    assert (deal.state, deal.in_escrow) == (DealState.RECORDAL, yuan(580_000))
    assert deals.self_check().breaks == ()
    journey.recorded(deal, who)
    journey.released(deal, who)
    assert deal.in_escrow == yuan(0)
    journey.sent(deal, who)
    assert (deal.state, parts.states(deal)) == (DealState.CLOSED, ["settled"])
    assert deals.self_check().breaks == ()


def test_a_milestone_that_can_happen_no_more_lapses():
    agreed = parts.terms(LaterPart(5_000, clock.today()), milestones=(parts.MILESTONE,))
    deal, who = parts.sold(agreed=agreed)
    line = parts.line(deal, 3)
    with pytest.raises(NotAllowed), transaction():
        deals.lapse_milestone(who.seller, line, because="x")
    with transaction():
        deals.lapse_milestone(who.operator, line, because="临床试验终止")
    assert line.state is InstalmentState.LAPSED


def test_the_pledgee_is_paid_across_the_instalments_before_the_seller():
    lender = a.organisation("lender", kind=OrganisationKind.BANK)
    listing = a.listing(terms=parts.terms())
    a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=yuan(200_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, parts.paid, journey.recorded):
        step(deal, who)
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    assert sent_amounts(deal) == [
        (lender.id, yuan(150_000)), (lender.id, yuan(50_000)), (deal.seller_id, yuan(94_000)),
    ]  # fmt: skip
    owed = [release.commission_owed_minor for release in deal.releases]
    assert owed == [yuan(3_000).minor, 0]
    assert books.balance(payments.COMMISSION) == yuan(6_000)  # what was owed is set off


def disputed(deal, who, outcome, refund=None):
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="资料不全")
    with transaction():
        deals.propose_decision(
            who.operator, dispute, deals.Decision(outcome, Basis.EXCHANGE, "x", refund)
        )
    with transaction():
        deals.decide_dispute(a.operator(), dispute)


def test_a_dispute_after_a_release_is_about_what_is_in_escrow():
    deal, who = parts.sold()
    parts.released(deal, who, 1)
    parts.paid(deal, who, 2)
    disputed(deal, who, Outcome.SPLIT, yuan(50_000))
    assert (deal.state, parts.states(deal)) == (
        DealState.SETTLEMENT, ["released", "decided", "planned"],
    )  # fmt: skip
    assert parts.line(deal, 2).released_minor == yuan(100_000).minor
    assert sent_amounts(deal)[1:] == [(deal.seller_id, yuan(98_000)), (deal.buyer_id, yuan(50_000))]
    assert deals.self_check().breaks == ()
    with transaction():
        deals.waive_instalment(who.seller, parts.line(deal, 3), because="和解")
    journey.sent(deal, who)
    assert deal.state is DealState.CLOSED


def test_all_that_is_in_escrow_may_go_back_and_the_deal_goes_on():
    deal, who = parts.sold()
    parts.released(deal, who, 1)
    parts.paid(deal, who, 2, yuan(70_000))
    disputed(deal, who, Outcome.REFUND)
    assert (deal.state, parts.states(deal)) == (
        DealState.SETTLEMENT, ["released", "decided", "planned"],
    )  # fmt: skip
    assert sent_amounts(deal)[1:] == [(deal.buyer_id, yuan(70_000))]
    assert deals.self_check().breaks == ()


def test_a_dispute_before_any_release_undoes_the_whole_deal():
    deal, who = parts.sold()
    disputed(deal, who, Outcome.REFUND)
    assert (deal.state, parts.states(deal)) == (DealState.CANCELLED, ["cancelled"] * 3)
    assert sent_amounts(deal) == [(deal.buyer_id, yuan(150_000))]
    assert deals.self_check().breaks == ()


def test_undoing_the_deal_before_the_recordal_cancels_every_line():
    deal, who = parts.sold(DealState.RECORDAL)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
        deals.agree_cancellation(who.seller, deal)
    assert (deal.state, parts.states(deal)) == (DealState.CANCELLED, ["cancelled"] * 3)
    assert sent_amounts(deal) == [(deal.buyer_id, yuan(150_000))]
    assert {p.state for p in payments.of(deal)} == {PaymentState.RECEIVED, PaymentState.CANCELLED}


def test_nothing_is_declared_on_a_deal_that_is_undone():
    deal, who = parts.sold(DealState.PAYMENT)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
        deals.agree_cancellation(who.seller, deal)
    proof = a.document(organisation_id=who.seller.organisation_id)
    with pytest.raises(WrongState), transaction():
        deals.declare_milestone(
            who.seller, parts.line(deal, 3), reached_on=clock.today(), proof=proof
        )


def test_the_rules_and_the_contract_know_that_it_is_paid_in_parts():
    agreed = parts.terms(LaterPart(7_000, clock.today() + timedelta(days=100)))
    deal, who = journey.opened(a.listing(terms=agreed))
    [(_, sheet)] = facts.sheets(deal)
    said = [
        sheet["deal"][name] for name in ("payment", "first_payment_pct", "instalment_guarantee")
    ]
    assert said == ["instalments", 30, False]
    told = printed.terms(deal.terms)["finer"]
    assert (told["first_share"], [x["share"] for x in told["instalments"]]) == (
        "30%",
        ["70%"],
    )
    journey.cleared(deal, who)
    assert deal.contract is not None


def test_state_assets_are_not_sold_for_a_tenth_down():
    seller = a.organisation(kind=OrganisationKind.SOE)
    listing = a.listing(seller=seller)
    agreed = parts.terms(LaterPart(9_000, clock.today() + timedelta(days=30)))
    with pytest.raises(Refused) as caught:
        state_sale.must_be_open_to(listing, agreed)
    assert caught.value.code == "sale.first_payment"


def test_more_time_for_the_first_payment_does_not_bring_the_others_forward():
    deal, who = parts.sold(DealState.PAYMENT)
    before = parts.line(deal, 2).payment.due_at
    until = clock.now() + timedelta(days=20)
    with transaction():
        deals.extend(who.operator, deal, until=until, because="x")
    assert (parts.line(deal, 1).payment.due_at, parts.line(deal, 2).payment.due_at) == (
        until,
        before,
    )


def test_what_is_shown_as_due_is_the_first_that_is_awaited():
    deal, _ = parts.sold()
    assert queries.current_payment(deal) is parts.line(deal, 2).payment
