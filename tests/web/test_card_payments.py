"""The card pages: from the button to the money, and back; the address for notices; the console."""

import pytest

from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.deals import cards
from marketplace.organisations.models import Organisation, User
from marketplace.payments.gateways import choice
from marketplace.payments.models import CardAttempt, CardPayout, PaymentState, ProviderNotice
from tests import factories as a
from tests.payments.paying_by_card import expected, owed_back, set_to, told

pytestmark = pytest.mark.usefixtures("app", "demonstration")


@pytest.fixture
def demonstration():
    with set_to(DEMO=True):
        yield


def test_a_payer_pays_on_the_sandboxs_page_and_the_redirect_is_not_believed(sign_in):
    payment = expected()
    browser = sign_in(payment.payer, "finance")
    address = f"/payments/{payment.id}/card"
    assert address in browser.get("/workbench/money").text
    assert "刷卡支付" in browser.get(address).text
    assert browser.post(address).location == address
    attempt = db.session.query(CardAttempt).one()
    assert attempt.address in browser.get(address).text
    page = browser.get(f"/sandbox/checkout/{attempt.session_number}")
    assert "不会动用真实资金" in page.text
    assert "待付款" in browser.get(f"{address}?back=done").text
    declined = browser.post(
        f"/sandbox/checkout/{attempt.session_number}", data={"card": "4000000000000002"}
    )
    assert declined.location.startswith("/sandbox/checkout/")
    paid = browser.post(f"/sandbox/checkout/{attempt.session_number}", data={"card": "alipay"})
    assert paid.location.endswith(f"{address}?back=done")
    assert "正在向支付机构确认" in browser.get(f"{address}?back=done").text
    browser.post(f"{address}/check")
    assert payment.state is PaymentState.RECEIVED
    assert "款项已全额到账" in browser.get(address).text


def test_a_page_is_given_up(sign_in):
    payment = expected()
    browser = sign_in(payment.payer, "finance")
    address = f"/payments/{payment.id}/card"
    browser.post(address)
    browser.post(f"{address}/give-up")
    assert "支付页面已关闭" in browser.get(address).text


def test_without_a_provider_there_is_no_button(sign_in):
    payment = expected()
    browser = sign_in(payment.payer, "finance")
    with set_to(DEMO=False):
        assert "刷卡支付" not in browser.get("/workbench/money").text
        assert "请用银行转账" in browser.get(f"/payments/{payment.id}/card").text
        assert browser.get("/sandbox/checkout/x").status_code == 404


def test_another_firms_payment_is_not_there(sign_in):
    payment = expected()
    browser = sign_in(a.organisation(), "finance")
    assert browser.get(f"/payments/{payment.id}/card").status_code == 404
    assert browser.post(f"/payments/{payment.id}/card").status_code == 404


def test_a_signed_notice_is_taken_and_a_forged_or_large_one_is_not(client):
    payment = expected()
    sandbox = choice.sandbox()
    number = cards.pay(a.actor(payment.payer, "finance"), payment.reference)
    sandbox.pay(db.session.get_one(CardAttempt, number).session_number, card="4242")
    raw = sandbox.undelivered()[0][1]
    for header, body, status in (
        (sandbox.sign(raw), raw, 204),
        (sandbox.sign(raw), raw, 204),
        ("t=1,v1=0", raw, 400),
        (sandbox.sign(raw), raw + b" ", 400),
        (sandbox.sign(raw), b"x" * 300_000, 413),
    ):
        answer = client.post(
            "/payments/notices/sandbox", data=body, headers={"Stripe-Signature": header}
        )
        assert answer.status_code == status
    assert client.post("/payments/notices/stripe", data=raw).status_code == 404
    assert db.session.query(ProviderNotice).count() == 1


def signed_in(sign_in, actor):
    user, house = (
        db.session.get(User, actor.user_id),
        db.session.get(Organisation, actor.organisation_id),
    )
    return sign_in(house, user=user)


def test_staff_see_everything_and_send_a_refund_by_two_people(sign_in):
    payment = expected()
    number = cards.pay(a.actor(payment.payer, "finance"), payment.reference)
    attempt = db.session.get_one(CardAttempt, number)
    choice.sandbox().pay(attempt.session_number, card="4242")
    told()
    cards.reconcile()
    payout = owed_back(payment, yuan(100))
    first, second = a.operator(), a.operator()
    staff = signed_in(sign_in, first)
    staff.post(f"/console/money/cards/payouts/{payout.id}/ask")
    one = db.session.query(CardPayout).one()
    shown = staff.get(f"/console/money/payouts/{payout.id}").text
    assert "须由另一位工作人员复核" in shown
    staff.post(f"/console/money/cards/refunds/{one.id}/release")
    assert one.state.value == "asked"
    other = signed_in(sign_in, second)
    other.post(f"/console/money/cards/refunds/{one.id}/release")
    assert one.state.value == "sent"
    for path in ("", f"/{attempt.id}", "/notices", "/notices?show=open", "/balance"):
        assert staff.get(f"/console/money/cards{path}").status_code == 200
    notice = db.session.query(ProviderNotice).first()
    assert staff.get(f"/console/money/cards/notices/{notice.id}/raw").json["object"] == "event"
