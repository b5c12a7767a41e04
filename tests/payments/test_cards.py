"""Paying by card through the sandbox: one effect, whatever is told, in whichever order, how often."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.money import yuan
from marketplace.core.policy import SYSTEM
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import CardOrder, Declined, Forged, Unknown
from marketplace.payments.models import (
    CardAttempt,
    CardAttemptState,
    CardPayoutState,
    PaymentState,
    PayoutState,
    ProviderEntry,
    ProviderNotice,
    Receipt,
)
from tests import factories as a
from tests.payments.paying_by_card import (
    DECLINED,
    at,
    begin,
    expected,
    later,
    owed_back,
    paid,
    payer_of,
    set_to,
    told,
)

pytestmark = pytest.mark.usefixtures("app", "demonstration")


@pytest.fixture
def demonstration():
    with set_to(DEMO=True):
        yield


def counts(model) -> int:
    return len(db.session.scalars(select(model)).all())


def test_a_card_pays_and_the_books_hold_it_at_the_provider():
    payment = expected()
    attempt = paid(payment)
    assert (attempt.state, payment.state) == (CardAttemptState.CAPTURED, PaymentState.RECEIVED)
    assert (at("pending"), books.balance("escrow:test")) == (yuan(100), yuan(100))
    assert deals.self_check().holds


def test_without_a_key_and_outside_of_a_demonstration_there_are_no_cards():
    payment = expected()
    with set_to(DEMO=False):
        assert not payments.takes_cards(payment)
        with pytest.raises(Refused, match=r"card\.unavailable"):
            begin(payment)
        with pytest.raises(NotFound, match=r"provider\.unknown"):
            cards.take_in("sandbox", b"{}", "t=1,v1=0")
    assert payments.takes_cards(payment)


def test_others_do_not_pay_it():
    payment = expected()
    with pytest.raises(NotFound):
        cards.pay(a.actor(a.organisation(), "finance"), payment.reference)
    with pytest.raises(NotAllowed):
        cards.pay(a.actor(payment.payer, "viewer"), payment.reference)


def test_more_than_the_limit_goes_by_bank():
    payment = expected(yuan(50_001))
    assert not payments.takes_cards(payment)
    with pytest.raises(Refused, match=r"card\.too_much"):
        begin(payment)


def test_while_a_page_is_open_the_same_page_is_given():
    payment = expected()
    assert begin(payment).address == begin(payment).address
    assert counts(CardAttempt) == 1


def test_a_declined_card_may_be_followed_by_another_on_the_same_page():
    payment = expected()
    attempt = begin(payment)
    with pytest.raises(Declined, match="card_declined"):
        choice.sandbox().pay(attempt.session_number, card=DECLINED)
    assert paid(payment).id == attempt.id
    assert payment.state is PaymentState.RECEIVED


def test_a_page_given_up_makes_way_for_another_attempt_under_another_key():
    payment = expected()
    first = begin(payment)
    cards.give_up(payer_of(payment), payment.reference)
    second = paid(payment)
    assert (first.state, second.number) == (CardAttemptState.CANCELLED, 2)
    assert first.key != second.key
    with pytest.raises(Refused, match=r"card\.not_awaited"):
        begin(payment)


def test_an_amount_that_the_provider_declines_is_a_definite_failure():
    payment = expected(yuan(100) + type(yuan(1))("CNY", 2))
    attempt = begin(payment, hold_until=clock.now(), method="pm_card")
    assert (attempt.state, attempt.failure) == (CardAttemptState.FAILED, "card_declined")
    assert begin(payment).number == 2


# ---- notices -----------------------------------------------------------------------------------


def test_notices_twice_late_and_in_any_order_have_one_effect():
    payment = expected()
    attempt = begin(payment)
    choice.sandbox().pay(attempt.session_number, card="4242")
    sandbox = choice.sandbox()
    bodies = [raw for _, raw in sandbox.undelivered()]
    assert len(bodies) == 2
    for raw in [*reversed(bodies), *bodies]:
        cards.act_on(cards.take_in("sandbox", raw, sandbox.sign(raw)))
    assert (counts(ProviderNotice), counts(Receipt), at("pending")) == (2, 1, yuan(100))
    assert {one.outcome for one in db.session.scalars(select(ProviderNotice))} == {"handled"}


def test_a_notice_before_the_response_finds_the_attempt_by_our_key(monkeypatch):
    payment = expected()
    sandbox = type(choice.sandbox())

    def no_answer(self, order, **how):
        made = checkout(self, order, **how)
        self.pay(made.id, card="4242")
        raise Unknown("the line went dead")

    checkout = sandbox.checkout
    monkeypatch.setattr(sandbox, "checkout", no_answer)
    attempt = begin(payment)
    assert (attempt.state, attempt.session_number) == (CardAttemptState.STARTED, None)
    told()
    assert (attempt.state, at("pending")) == (CardAttemptState.CAPTURED, yuan(100))
    cards.look(attempt.id)
    assert (counts(Receipt), attempt.session_number is not None) == (1, True)


def test_an_outcome_that_is_not_known_is_asked_for_and_never_sent_under_another_key(monkeypatch):
    payment = expected()
    sandbox, keys = type(choice.sandbox()), []

    def no_answer(_self, order, **_how):
        keys.append(order.key)
        raise Unknown("nothing came")

    checkout = sandbox.checkout
    monkeypatch.setattr(sandbox, "checkout", no_answer)
    attempt = begin(payment)
    assert begin(payment).id == attempt.id
    monkeypatch.setattr(sandbox, "checkout", checkout)
    with later(timedelta(minutes=1)):
        cards.resume()
    assert (attempt.state, set(keys)) == (CardAttemptState.OPEN, {attempt.key})


def test_what_the_provider_never_got_is_lost_when_its_keys_are_forgotten(monkeypatch):
    payment = expected()
    monkeypatch.setattr(type(choice.sandbox()), "checkout", _silent)
    attempt = begin(payment)
    with later(timedelta(hours=24)):
        cards.resume()
    assert (attempt.state, attempt.failure) == (CardAttemptState.FAILED, "lost")


def _silent(_self, _order, **_how):
    raise Unknown("nothing came")


def test_a_notice_whose_signature_is_wrong_or_old_is_refused():
    sandbox = choice.sandbox()
    raw = b'{"id":"evt_1","type":"x","data":{"object":{"object":"payment_intent","id":"pi_1"}}}'
    signed = sandbox.sign(raw)
    for body, header in ((raw + b" ", signed), (raw, signed[:-1] + "x"), (raw, ""), (raw, "t=1")):
        with pytest.raises(Forged):
            cards.take_in("sandbox", body, header)
    with later(timedelta(minutes=6)), pytest.raises(Forged):
        cards.take_in("sandbox", raw, signed)
    assert counts(ProviderNotice) == 0


def test_a_notice_about_nothing_of_ours_is_kept_and_said():
    sandbox = choice.sandbox()
    sandbox.hold(CardOrder("k" * 64, 100, "CNY", "x"), method="pm_card")
    told()
    kept = db.session.scalars(select(ProviderNotice)).one()
    assert (kept.outcome, kept.kind) == ("unmatched", "payment_intent.amount_capturable_updated")


def test_the_sandbox_answers_the_same_key_alike_and_refuses_it_for_something_else():
    sandbox, order = choice.sandbox(), CardOrder("k" * 64, 100, "CNY", "x")
    first = sandbox.hold(order, method="pm_card")
    assert sandbox.hold(order, method="pm_card").id == first.id
    with pytest.raises(Declined, match="idempotency_key_reused"):
        sandbox.hold(CardOrder("k" * 64, 200, "CNY", "x"), method="pm_card")


# ---- reservations ------------------------------------------------------------------------------


def held(payment):
    return paid(payment, hold_until=clock.now() + timedelta(days=3))


def test_a_reservation_counts_as_received_and_is_taken_before_it_lapses():
    payment = expected()
    attempt = held(payment)
    assert (attempt.state, payment.state) == (CardAttemptState.HELD, PaymentState.RECEIVED)
    assert (at("held"), at("pending")) == (yuan(100), yuan(0))
    with later(timedelta(days=6)):
        cards.resume()
    assert attempt.state is CardAttemptState.CAPTURED
    assert (at("held"), at("pending")) == (yuan(0), yuan(100))
    assert deals.self_check().holds


def test_a_reservation_whose_money_is_needed_is_taken():
    payment = expected()
    attempt = held(payment)
    with transaction():
        ledger.transfer(
            "applied", "applied", {payment.account: -yuan(100), "escrow:deal:9": yuan(100)}
        )
    cards.resume()
    assert attempt.state is CardAttemptState.CAPTURED


def test_a_reservation_is_let_go_as_soon_as_its_payer_is_owed_it():
    payment = expected()
    attempt = held(payment)
    payout = owed_back(payment, yuan(100))
    cards.resume()
    assert (attempt.state, payout.state) == (CardAttemptState.CANCELLED, PayoutState.SENT)
    assert at("held") == yuan(0)
    assert deals.self_check().holds


def test_a_reservation_that_would_have_to_last_too_long_is_refused():
    payment = expected()
    with pytest.raises(Refused, match=r"card\.too_long"):
        begin(payment, hold_until=clock.now() + timedelta(days=7))


def test_a_reservation_that_lapsed_is_borne_by_the_exchange():
    payment = expected()
    attempt = held(payment)
    choice.sandbox().cancel(attempt.intent_number, key="elsewhere")
    told()
    assert (attempt.state, attempt.failure) == (CardAttemptState.HELD, "hold_lost")
    operator = a.operator()
    with pytest.raises(Refused, match=r"ledger\.overdrawn"), transaction():
        payments.write_off_hold(operator, attempt, because="发卡行提前释放")
    earned(yuan(200))
    with transaction():
        payments.write_off_hold(operator, attempt, because="发卡行提前释放")
    assert (at("held"), attempt.state) == (yuan(0), CardAttemptState.CANCELLED)


def earned(amount):
    with transaction():
        ledger.transfer("earned", "earned", {"bank:escrow": -amount, "commission": amount})


# ---- refunds -----------------------------------------------------------------------------------


def asked(payout, by=None):
    with transaction():
        return payments.ask_card_payout(by or a.operator(), payout)


def test_a_refund_goes_back_to_the_card_by_two_people():
    payment = expected()
    attempt = paid(payment)
    payout = owed_back(payment, yuan(40))
    first = a.operator()
    one = asked(payout, first)
    with pytest.raises(Refused, match=r"payout\.four_eyes"):
        cards.release(first, one.id)
    cards.release(a.operator(), one.id)
    assert (one.state, payout.state) == (CardPayoutState.SENT, PayoutState.SENT)
    assert (at("pending"), attempt.refundable) == (yuan(60), yuan(60))
    told()
    assert (at("pending"), one.state) == (yuan(60), CardPayoutState.SENT)
    assert deals.self_check().holds


def test_l11_no_more_goes_back_than_came():
    payer = a.organisation()
    payment = expected(yuan(100), payer)
    paid(payment)
    other = expected(yuan(50), payer)
    with transaction():
        from tests.deals.journey import seen  # noqa: PLC0415

        payments.book_receipt(a.operator(), other, seen(yuan(50)))
    payout = owed_back(payment, yuan(150))
    with pytest.raises(Refused, match=r"card_payout\.larger"):
        asked(payout)


def test_a_payout_that_goes_by_card_does_not_go_by_bank():
    payment = expected()
    paid(payment)
    payout = owed_back(payment, yuan(100))
    one = asked(payout)
    with pytest.raises(Refused, match=r"payout\.by_card"), transaction():
        payments.mark_sent(a.operator(), payout, bank_reference="x", sent_on=clock.today())
    with pytest.raises(Refused, match=r"payout_batch\.nothing"), transaction():
        payments.make_batch(a.operator(), "CNY")
    with pytest.raises(Refused, match=r"payout\.by_card"):
        asked(payout)
    with transaction():
        payments.withdraw_card_payout(a.operator(), one)
    assert asked(payout).number == 2


def test_a_refund_of_unknown_outcome_is_asked_for_and_sent_once(monkeypatch):
    payment = expected()
    paid(payment)
    one = asked(owed_back(payment, yuan(100)))
    sandbox = type(choice.sandbox())
    refund = sandbox.refund

    def no_answer(self, intent, order):
        refund(self, intent, order)
        raise Unknown("the line went dead")

    monkeypatch.setattr(sandbox, "refund", no_answer)
    cards.release(a.operator(), one.id)
    assert one.state is CardPayoutState.STARTED
    with later(timedelta(minutes=1)):
        cards.resume()
    assert (one.state, at("pending")) == (CardPayoutState.SENT, yuan(0))


# ---- the provider's balance --------------------------------------------------------------------


def test_the_balance_is_brought_into_the_books_and_the_fee_is_ours():
    payment = expected()
    attempt = paid(payment)
    earned(yuan(10))
    cards.reconcile()
    assert attempt.settled_at is None
    with later(timedelta(minutes=2)):
        assert cards.reconcile() == 0
    fee = yuan(100) - at("available")
    assert (at("pending"), fee, books.balance("commission")) == (
        yuan(0),
        type(fee)("CNY", 60),
        yuan(10) - fee,
    )
    assert books.balance("escrow:test") == yuan(100)
    assert deals.self_check().holds


def test_a_fee_that_the_commission_does_not_cover_waits():
    paid(expected())
    with later(timedelta(minutes=2)):
        cards.reconcile()
        entry = db.session.scalars(select(ProviderEntry)).one()
        assert (entry.problem, at("available")) == ("fee_uncovered", yuan(100))
        earned(yuan(10))
        cards.reconcile()
    assert entry.problem == ""
    assert at("available") < yuan(100)


def test_a_refund_before_the_money_was_available_leaves_the_rest_to_become_so():
    payment = expected()
    paid(payment)
    one = asked(owed_back(payment, yuan(30)))
    cards.release(a.operator(), one.id)
    with later(timedelta(minutes=2)):
        cards.reconcile()
    assert (at("pending"), at("available")) == (yuan(0), yuan(70))
    assert deals.self_check().holds


def test_nobody_else_reconciles():
    payer = payer_of(expected())
    with pytest.raises(NotAllowed), transaction():
        payments.take_in_entries(payer, "sandbox", [])
    with transaction():
        assert payments.take_in_entries(SYSTEM, "sandbox", []) == 0
