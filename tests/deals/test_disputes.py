"""A dispute stops the money of one deal and of no other, until two people have decided."""

import pytest

from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.deals.models import Basis, DealState, Dispute, DisputeState, Outcome
from marketplace.ledger import queries as books
from marketplace.payments import queries as payments
from marketplace.payments import services as paying
from marketplace.payments.orders import Payer
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
S = DealState
PAYER = Payer("交易所监管专户", "中国银行", "4400000000")


def disputed(state):
    deal, who = journey.to(state)
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="交付的技术资料不全")
    return deal, who, dispute


def proposed(dispute, outcome, by=None, **over):
    staff = by or a.operator()
    with transaction():
        deals.propose_decision(
            staff,
            dispute,
            deals.Decision(
                **{"outcome": outcome, "basis": Basis.EXCHANGE, "because": "查明事实"} | over
            ),
        )
    return staff


def decided(dispute, outcome, **over):
    proposed(dispute, outcome, **over)
    with transaction():
        deals.decide_dispute(a.operator(), dispute)


def refused(command, *args, **over):
    with pytest.raises(Refused) as caught, transaction():
        command(*args, **over)
    return caught.value.code


def orders(deal):
    return {(p.purpose, p.payee_id): p.amount for p in payments.payouts_of(deal)}


def test_while_it_is_open_nothing_is_released_and_nothing_refunded():
    deal, who, _ = disputed(S.SETTLEMENT)
    assert refused(deals.release, who.operator, deal) == "deal.disputed"
    other, them, _ = disputed(S.RECORDAL)
    with transaction():
        deals.request_cancellation(them.buyer, other, because="x")
    assert refused(deals.agree_cancellation, them.seller, other) == "deal.disputed"
    assert (deal.in_escrow, other.in_escrow) == (deal.price, other.price)


def test_the_money_of_another_deal_moves_on():
    disputed(S.SETTLEMENT)
    other, _who = journey.to(S.CLOSED)
    assert other.state is S.CLOSED
    assert deals.self_check().breaks == ()


def test_an_ordered_payout_is_not_sent_and_leaves_the_file_that_is_being_made():
    deal, who = journey.to(S.SETTLEMENT)
    [payout] = journey.released(deal, who)
    with transaction():
        batch = paying.make_batch(who.operator, "CNY")
    assert payout in batch.payouts
    with transaction():
        deals.raise_dispute(who.buyer, deal, because="x")
    assert (payout.held, payout.batch_id) == (True, None)
    code = refused(
        deals.send_payout,
        who.cashier,
        payout,
        bank_reference="P1",
        sent_on=payout.created_at.date(),
    )
    assert code == "deal.disputed"
    assert refused(paying.make_batch, who.operator, "CNY") == "payout_batch.nothing"
    with transaction():
        deals.withdraw_dispute(who.buyer, queries.open_dispute(deal))
    journey.sent(deal, who)
    assert deal.state is S.CLOSED


def test_a_released_file_that_the_bank_had_already_is_booked_as_it_was():
    deal, who = journey.to(S.SETTLEMENT)
    [payout] = journey.released(deal, who)
    with transaction():
        batch = paying.make_batch(who.operator, "CNY")
    with transaction():
        paying.release_batch(a.operator(), batch, PAYER)
    with transaction():
        deals.raise_dispute(who.buyer, deal, because="x")
    journey.sent(deal, who)
    assert payout.state.value == "sent"


def test_a_held_payout_is_not_released_with_its_file():
    deal, who = journey.to(S.SETTLEMENT)
    [payout] = journey.released(deal, who)
    with transaction():
        batch = paying.make_batch(who.operator, "CNY")
        payout.held = True
    assert refused(paying.release_batch, a.operator(), batch, PAYER) == "payout.held"


def test_one_dispute_at_a_time_and_only_by_a_party_with_reasons():
    deal, who, dispute = disputed(S.RECORDAL)
    assert refused(deals.raise_dispute, who.seller, deal, because="y") == "deal.disputed"
    assert refused(deals.answer_dispute, who.buyer, dispute, text="y") == "dispute.yours"
    assert refused(deals.withdraw_dispute, who.seller, dispute) == "dispute.not_yours"
    stranger = a.actor(a.organisation())
    assert refused(deals.answer_dispute, stranger, dispute, text="y") == "deal.dispute"
    early, them = journey.opened()
    assert refused(deals.raise_dispute, them.buyer, early, because="y") == "dispute.raise"
    assert refused(deals.raise_dispute, who.buyer, deal, because=" ") == "deal.reason"


def test_the_other_party_answers_and_the_deal_goes_on_when_the_staff_say_so():
    deal, who, dispute = disputed(S.SETTLEMENT)
    with transaction():
        deals.answer_dispute(who.seller, dispute, text="资料已补齐")
    decided(dispute, Outcome.RELEASE)
    assert dispute.state is DisputeState.DECIDED
    journey.released(deal, who)
    journey.sent(deal, who)
    assert deal.state is S.CLOSED


def test_who_proposed_it_does_not_decide_it():
    _, _, dispute = disputed(S.RECORDAL)
    staff = proposed(dispute, Outcome.REFUND)
    assert refused(deals.decide_dispute, staff, dispute) == "dispute.four_eyes"
    with transaction():
        deals.return_decision(a.operator(), dispute, because="证据不足")
    assert (dispute.state, dispute.outcome) == (DisputeState.ANSWERED, None)


@pytest.mark.parametrize("state", [S.RECORDAL, S.SETTLEMENT])
def test_all_of_it_goes_back_to_the_buyer(state):
    deal, _who, dispute = disputed(state)
    decided(dispute, Outcome.REFUND)
    assert orders(deal) == {("refund", deal.buyer_id): yuan(500_000)}
    assert (deal.state, deal.in_escrow) == (S.CANCELLED, yuan(0))
    assert deals.self_check().breaks == ()


def test_divided_by_fault_before_the_recordal_the_seller_keeps_damages_without_commission():
    deal, _who, dispute = disputed(S.RECORDAL)
    decided(dispute, Outcome.SPLIT, refund=yuan(400_000))
    assert orders(deal) == {
        ("refund", deal.buyer_id): yuan(400_000),
        ("release", deal.seller_id): yuan(100_000),
    }
    assert deal.state is S.CANCELLED
    assert books.balance(payments.COMMISSION) == yuan(0)
    assert deals.self_check().breaks == ()


def test_divided_after_the_recordal_the_price_is_lower_and_the_deal_closes():
    deal, who, dispute = disputed(S.SETTLEMENT)
    decided(dispute, Outcome.SPLIT, refund=yuan(100_000))
    commission = books.balance(payments.COMMISSION)
    assert commission == yuan(8_000)
    assert orders(deal) == {
        ("refund", deal.buyer_id): yuan(100_000),
        ("release", deal.seller_id): yuan(392_000),
    }
    journey.sent(deal, who)
    assert (deal.state, deals.self_check().breaks) == (S.CLOSED, ())


@pytest.mark.parametrize("refund", [None, yuan(0), yuan(500_000), yuan(900_000)])
def test_a_share_is_more_than_nothing_and_less_than_all(refund):
    _, _, dispute = disputed(S.RECORDAL)
    decision = deals.Decision(Outcome.SPLIT, Basis.EXCHANGE, "x", refund)
    assert refused(deals.propose_decision, a.operator(), dispute, decision) == "dispute.refund"


def test_a_judgment_is_on_file_with_its_number():
    deal, _, dispute = disputed(S.RECORDAL)
    decision = deals.Decision(Outcome.REFUND, Basis.COURT, "x", number="（2026）粤01民初1号")
    assert refused(deals.propose_decision, a.operator(), dispute, decision) == "dispute.award"
    paper = a.document(organisation_id=deal.buyer_id)
    decided(
        dispute, Outcome.REFUND, basis=Basis.COURT, number="（2026）粤01民初1号", document=paper
    )
    assert deal.state is S.CANCELLED


def test_what_was_released_is_not_refunded_out_of_the_money_of_others():
    deal, who = journey.to(S.SETTLEMENT)
    journey.released(deal, who)
    journey.to(S.RECORDAL)  # another deal whose money lies in the same bank account
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="x")
    decision = deals.Decision(Outcome.REFUND, Basis.EXCHANGE, "x")
    assert refused(deals.propose_decision, a.operator(), dispute, decision) == "dispute.released"


def test_a_payee_that_took_another_name_is_not_paid_under_the_old_order():
    deal, who = journey.to(S.SETTLEMENT)
    [payout] = journey.released(deal, who)
    with transaction():
        payout.payee.name = "另一家公司"
    code = refused(
        deals.send_payout,
        who.cashier,
        payout,
        bank_reference="P1",
        sent_on=payout.created_at.date(),
    )
    assert code == "payout.name_differs"
    assert refused(paying.make_batch, who.operator, "CNY") == "payout_batch.nothing"
    with transaction():
        deals.confirm_account(a.operator(), payout, because="致电核实")
    journey.sent(deal, who)
    assert deal.state is S.CLOSED


def test_the_record_of_a_dispute_is_kept():
    deal, who, dispute = disputed(S.RECORDAL)
    with transaction():
        deals.withdraw_dispute(who.buyer, dispute)
    with transaction():
        deals.raise_dispute(who.seller, deal, because="买方拖延")
    kept = queries.disputes_of(deal)
    assert [one.state for one in kept] == [DisputeState.RAISED, DisputeState.WITHDRAWN]
    assert db.session.query(Dispute).count() == len(kept)
