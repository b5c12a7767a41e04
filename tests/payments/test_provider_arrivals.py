"""From the provider of cards to our bank: nothing is paid out of what has not arrived there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.payments import queries
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.sandbox import AVAILABLE_AFTER
from marketplace.payments.models import ProviderEntry
from tests import factories as a
from tests.deals import journey
from tests.payments.paying_by_card import at, expected, later, paid, set_to
from tests.payments.statements.writing import ACCOUNT, Moved, camt053

pytestmark = pytest.mark.usefixtures("app", "demonstration")


@pytest.fixture
def demonstration():
    with set_to(DEMO=True, CARD_LIMIT_YUAN=1_000_000):
        yield


def banked(amount):
    """The bank's statement shows money that a provider sent."""
    data = camt053([Moved(amount.minor, name="收单机构", number="PO1", on=clock.today())])
    with transaction():
        taken = deals.take_in_statement(a.operator(), data, "day.xml", account=ACCOUNT)
    [line] = taken.statements[0].lines
    return line


def sent_to_our_bank():
    """What is available by then, as the provider's balance tells it."""
    with later(AVAILABLE_AFTER + timedelta(minutes=1)):
        assert choice.sandbox().pay_out() == 1
        cards.reconcile()
    [entry] = [one for one in db.session.scalars(select(ProviderEntry)) if one.kind == "payout"]
    return entry


def test_what_a_provider_holds_is_not_paid_out_before_our_bank_has_it():
    deal, who = journey.to(DealState.PAYMENT)
    payment = journey.payment_of(deal)
    paid(payment)
    journey.recorded(deal, who)
    journey.released(deal, who)
    [payout] = [one for one in queries.payouts_of(deal) if one.purpose == "release"]
    assert payment.id in queries.still_at_providers()
    with pytest.raises(Refused) as refusal, transaction():
        deals.send_payout(who.cashier, payout, bank_reference="B1", sent_on=clock.today())
    assert refusal.value.code == "payout.at_provider"
    with pytest.raises(Refused) as nothing, transaction():
        payments.make_batch(who.operator, "CNY")
    assert nothing.value.code == "payout_batch.nothing"

    entry = sent_to_our_bank()
    line = banked(entry.amount)
    assert [one.id for one in queries.on_their_way(line.amount)] == [entry.id]
    with transaction():
        assert deals.settle_line(who.operator, line) == "left"
    with transaction():
        payments.book_arrival(who.operator, line, entry, because="与机构的结算单一致")
    assert (queries.still_at_providers(), at("transit"), entry.banked_at is None) == (
        frozenset(),
        yuan(0),
        False,
    )
    with pytest.raises(Refused), transaction():
        payments.book_arrival(who.operator, line, entry, because="再来一次")
    journey.sent(deal, who)
    assert deal.state is DealState.CLOSED


def test_a_later_card_payment_does_not_hold_back_what_has_arrived():
    first, second = expected(yuan(100)), expected(yuan(300))
    paid(first)
    entry = sent_to_our_bank()
    line = banked(entry.amount)
    with transaction():
        payments.book_arrival(a.operator(), line, entry, because="一致")
    paid(second)
    assert queries.still_at_providers() == frozenset({second.id})
