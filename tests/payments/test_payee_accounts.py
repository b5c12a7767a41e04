"""A payee's account at the provider: opened by its owner, proved by the provider, confirmed by staff, paid once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.money import Money, yuan
from marketplace.core.policy import SYSTEM
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.ledger import services as ledger
from marketplace.payments import queries
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import AccountOrder, CardOrder, Declined, Unknown
from marketplace.payments.gateways.sandbox import SandboxGateway
from marketplace.payments.models import (
    CardPayoutState,
    PayeeAccount,
    PayeeAccountState,
    Payout,
    PayoutState,
    ProviderNotice,
    SandboxObject,
)
from tests import factories as a
from tests.payments.paying_by_card import at, expected, later, paid, set_to, told

pytestmark = pytest.mark.usefixtures("app", "demonstration")
AT_THE_PROVIDER = select(func.count(SandboxObject.id)).where(SandboxObject.kind == "account")


@pytest.fixture
def demonstration():
    with set_to(DEMO=True):
        yield


def opened(payee, country: str = "SG") -> PayeeAccount:
    number = cards.connect(a.actor(payee, "finance"), country=country)
    return db.session.get_one(PayeeAccount, number)


def detailed(one: PayeeAccount, *, details: bool = True) -> PayeeAccount:
    """Its owner tells the provider all it wants to know, or takes that back, and the provider tells us."""
    choice.sandbox().tell(one.account_number or "", details=details)
    told()
    db.session.refresh(one)
    return one


def confirmed(one: PayeeAccount, by=None) -> PayeeAccount:
    with transaction():
        payments.confirm_payee_account(by or a.operator(), one, because="致电登记的财务负责人")
    return one


def owed(payee, amount: Money | None = None) -> Payout:
    """A payout of what somebody else paid by card, available at the provider by now."""
    amount = amount or yuan(60)
    payment = expected(yuan(100))
    paid(payment)
    with later(timedelta(minutes=5)):
        cards.reconcile()
    with transaction():
        credit = queries.credit_account(payee.id)
        ledger.transfer(
            f"earned:{payment.id}", "earned", {payment.account: -amount, credit: amount}
        )
        return payments.order_payout(
            SYSTEM,
            payment,
            key=f"release:{payment.id}",
            payee_id=payee.id,
            amount=amount,
            purpose="release",
        )


def asked(payout: Payout, by=None):
    with transaction():
        return payments.ask_card_payout(by or a.operator(), payout)


# ---- opening -----------------------------------------------------------------------------------


def test_an_account_takes_money_once_the_provider_has_all_details():
    one = opened(a.organisation())
    assert (one.state, one.country) == (PayeeAccountState.INCOMPLETE, "SG")
    assert "external_account" in one.due
    assert detailed(one).state is PayeeAccountState.READY
    assert one.due == []
    assert detailed(one, details=False).state is PayeeAccountState.INCOMPLETE
    assert one.due != []


def test_a_form_sent_twice_opens_one_account():
    payee = a.organisation()
    assert opened(payee).id == opened(payee, "HK").id
    assert db.session.scalar(select(func.count(PayeeAccount.id))) == 1


def test_only_owners_and_finance_of_the_payee_open_and_end_it():
    payee = a.organisation()
    for role in ("manager", "viewer"):
        with pytest.raises(NotAllowed, match=r"organisation\.bank"):
            cards.connect(a.actor(payee, role), country="SG")
    opened(payee)
    with pytest.raises(NotAllowed, match=r"organisation\.bank"):
        cards.disconnect(a.actor(payee, "manager"))
    with pytest.raises(Refused, match=r"payee_account\.none"):
        cards.disconnect(a.actor(a.organisation(), "owner"))


@pytest.mark.parametrize("country", ["", "sg", "SGP", "新加", "1A"])
def test_what_is_no_country_is_refused(country):
    with pytest.raises(Invalid, match=r"payee_account\.country"):
        opened(a.organisation(), country)


def test_where_transfers_are_not_in_use_none_is_opened():
    with set_to(DEMO=False), pytest.raises(Refused, match=r"payee_account\.unavailable"):
        opened(a.organisation())


def test_a_country_that_the_provider_does_not_serve_is_said_and_another_may_be_tried():
    payee = a.organisation()
    refused = opened(payee, "KP")
    assert (refused.state, refused.failure) == (PayeeAccountState.FAILED, "country_unsupported")
    assert opened(payee).state is PayeeAccountState.INCOMPLETE


def test_an_answer_that_does_not_come_is_asked_for_again_by_the_same_key(monkeypatch):
    acts = SandboxGateway.open_account

    def acts_and_is_silent(sandbox, order):
        acts(sandbox, order)
        raise Unknown("timeout")

    with monkeypatch.context() as silent:
        silent.setattr(SandboxGateway, "open_account", acts_and_is_silent)
        one = opened(a.organisation())
    assert one.state is PayeeAccountState.STARTED
    with later(timedelta(minutes=1)):
        cards.resume()
    db.session.refresh(one)
    assert one.state is PayeeAccountState.INCOMPLETE
    assert db.session.scalar(AT_THE_PROVIDER) == 1


def test_of_an_account_that_failed_or_ended_the_provider_is_asked_nothing():
    payee = a.organisation()
    refused, ended = opened(payee, "KP"), opened(payee)
    cards.disconnect(a.actor(payee, "owner"))
    before = db.session.scalar(AT_THE_PROVIDER)
    with later(timedelta(minutes=1)):
        for one in (refused, ended):
            cards.look_account(one.id)
    db.session.refresh(refused)
    assert (refused.state, ended.state) == (PayeeAccountState.FAILED, PayeeAccountState.CLOSED)
    assert db.session.scalar(AT_THE_PROVIDER) == before == 1


def test_a_lost_notice_is_made_up_for_by_asking():
    one = opened(a.organisation())
    choice.sandbox().tell(one.account_number or "", details=True)
    with later(timedelta(hours=7)):
        cards.resume()
    db.session.refresh(one)
    assert one.state is PayeeAccountState.READY


def test_a_notice_about_an_account_that_is_not_ours_matches_nothing():
    foreign = choice.sandbox().open_account(AccountOrder("not ours", "Somebody", "SG"))
    choice.sandbox().tell(foreign.id, details=True)
    told()
    outcomes = db.session.scalars(select(ProviderNotice.outcome)).all()
    assert list(outcomes) == ["unmatched"]


# ---- being paid --------------------------------------------------------------------------------


def test_money_goes_there_by_three_pairs_of_eyes():
    payee = a.organisation()
    payout = owed(payee)
    one = detailed(opened(payee))
    assert not payments.can_go_by_card(payout)
    with pytest.raises(Refused, match=r"card_payout\.no_account"):
        asked(payout)
    confirmer, asker = a.operator(), a.operator()
    confirmed(one, confirmer)
    assert payments.can_go_by_card(payout)
    order = asked(payout, asker)
    for involved in (confirmer, asker):
        with pytest.raises(Refused, match=r"payout\.four_eyes"):
            cards.release(involved, order.id)
    before = at("available")
    cards.release(a.operator(), order.id)
    assert (order.state, payout.state) == (CardPayoutState.SENT, PayoutState.SENT)
    assert at("available") == before - yuan(60)
    assert deals.self_check().holds


def test_an_account_that_was_ended_or_restricted_meanwhile_is_sent_nothing():
    payee = a.organisation()
    one = confirmed(detailed(opened(payee)))
    order = asked(owed(payee))
    detailed(one, details=False)
    with pytest.raises(Refused, match=r"card_payout\.account_changed"):
        cards.release(a.operator(), order.id)
    detailed(one)
    cards.disconnect(a.actor(payee, "owner"))
    with pytest.raises(Refused, match=r"card_payout\.account_changed"):
        cards.release(a.operator(), order.id)
    confirmed(
        detailed(opened(payee))
    )  # another one: what was asked for the first does not go there
    with pytest.raises(Refused, match=r"card_payout\.account_changed"):
        cards.release(a.operator(), order.id)
    assert order.state is CardPayoutState.ASKED


def test_staff_confirm_once_and_only_what_takes_money():
    one = opened(a.organisation())
    with pytest.raises(Refused, match=r"payee_account\.not_ready"):
        confirmed(one)
    detailed(one)
    with pytest.raises(Invalid, match=r"payee_account\.because"), transaction():
        payments.confirm_payee_account(a.operator(), one, because="  ")
    with pytest.raises(NotAllowed), transaction():
        payments.confirm_payee_account(a.actor(one.organisation, "owner"), one, because="我们自己")
    confirmed(one)
    with pytest.raises(Refused, match=r"payee_account\.confirmed"):
        confirmed(one)


def test_the_sandbox_sends_nothing_to_an_account_that_is_not_ready():
    one = opened(a.organisation())
    order = CardOrder("t1", 1_000, "CNY", "GD-1")
    with pytest.raises(Declined, match="insufficient_capabilities_for_transfer"):
        choice.sandbox().transfer(one.account_number or "", order)
    with pytest.raises(Declined, match="resource_missing"):
        choice.sandbox().transfer("acct_nobody", order)


def test_an_account_at_a_provider_that_is_in_use_no_more_is_left_alone():
    one = opened(a.organisation())
    before = one.asked_at
    with set_to(DEMO=False), later(timedelta(hours=7)):
        cards.resume()
    db.session.refresh(one)
    assert (one.state, one.asked_at) == (PayeeAccountState.INCOMPLETE, before)
