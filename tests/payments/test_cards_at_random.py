"""L-01, L-02, L-03: whatever happens to card payments in whatever order, the books hold."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.ledger import queries as books
from marketplace.payments import queries
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import Declined
from marketplace.payments.models import CardPayoutState, PayoutState
from tests import factories as a
from tests.payments.paying_by_card import begin, expected, later, payer_of, set_to, told

pytestmark = pytest.mark.usefixtures("app", "demonstration")
DEEDS = ("begin", "hold", "pay", "decline", "give_up", "tell", "order", "ask", "release", "balance")


@pytest.fixture
def demonstration():
    with set_to(DEMO=True):
        yield


class World:
    """Three payments of one payer, and two members of staff."""

    def __init__(self) -> None:
        payer = a.organisation()
        self.payments = [expected(yuan(10 * n), payer) for n in (1, 2, 3)]
        self.staff = [a.operator(), a.operator()]

    def do(self, deed: str, which: int) -> None:
        payment = self.payments[which]
        last = [one for one in queries.attempts_of(payment) if one.session_number][-1:]
        if deed in {"begin", "hold"}:
            until = clock.now() + timedelta(days=2) if deed == "hold" else None
            begin(payment, hold_until=until)
        elif deed in {"pay", "decline"} and last:
            card = "4242" if deed == "pay" else "4000000000000002"
            choice.sandbox().pay(last[0].session_number, card=card)
        elif deed == "give_up":
            cards.give_up(payer_of(payment), payment.reference)
        elif deed == "tell":
            told()
        elif deed == "balance":
            with later(timedelta(minutes=2)):
                cards.reconcile()
        else:
            self.back(deed, payment)

    def back(self, deed: str, payment) -> None:
        if deed == "order":
            left = books.balance(payment.account)
            with transaction():
                if left:
                    self.called_off(payment, left)
                payments.refund_credit(self.staff[0], payment.payer, "CNY")
            return
        for payout in queries.payouts_of(payment.payer):
            for one in queries.card_payouts_of(payout):
                if deed == "release" and one.state is CardPayoutState.ASKED:
                    cards.release(self.staff[1], one.id)
            if deed == "ask" and payout.state is PayoutState.ORDERED:
                with transaction():
                    payments.ask_card_payout(self.staff[0], payout)

    def called_off(self, payment, left) -> None:
        from marketplace.ledger import services as ledger  # noqa: PLC0415 -- only here

        number = len(queries.payouts_of(payment.payer))
        credit = queries.credit_account(payment.payer_id)
        ledger.transfer(f"off:{payment.id}:{number}", "off", {payment.account: -left, credit: left})


@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 2)), max_size=25))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_l01_l02_l03_hold_after_any_sequence(deeds):
    world = World()
    for deed, which in deeds:
        try:
            world.do(deed, which)
        except (Refused, Declined):
            continue
        proof = deals.self_check()
        assert proof.holds, proof.breaks
    held = sum(amount.minor for _, amount in queries.at_providers())
    owed = sum(
        minor
        for (account, _), minor in books.balances("").items()
        if not account.startswith(("psp:", "own:"))
    )
    assert held == owed
