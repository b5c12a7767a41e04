"""The pages of a payee's account at the provider: from the form to the first payout, and staff's side of it."""

import pytest

from marketplace.core.db import db
from marketplace.deals import cards
from marketplace.organisations import passwords
from marketplace.payments.models import PayeeAccount, PayeeAccountState
from tests import factories as a
from tests.payments.paying_by_card import set_to, told

pytestmark = pytest.mark.usefixtures("app", "demonstration")
PAGE = "/workbench/organisation/payout-account"
PASSWORD = "岭南演示-2026"


@pytest.fixture
def demonstration():
    with set_to(DEMO=True):
        yield


@pytest.fixture
def payee(sign_in):
    """An organisation, and its finance's browser."""
    firm = a.organisation()
    person = a.user(password_hash=passwords.hashed(PASSWORD))
    a.member(firm, "finance", person)
    return firm, sign_in(firm, "finance", person)


def test_a_payee_opens_an_account_tells_the_provider_all_and_staff_call_back(payee, sign_in):
    firm, browser = payee
    assert PAGE in browser.get("/workbench/organisation/bank").text
    assert "中国香港" in browser.get(PAGE).text
    opened = browser.post(PAGE, data={"country": "SG", "current": PASSWORD})
    assert opened.location == PAGE
    one = db.session.query(PayeeAccount).one()
    page = browser.get(PAGE).text
    assert "提现银行账户" in page
    assert one.account_number in page
    led = browser.get(f"{PAGE}/onboarding")
    assert led.location.endswith(f"/sandbox/accounts/{one.account_number}")
    sandbox = f"/sandbox/accounts/{one.account_number}"
    assert "不收集任何资料" in browser.get(sandbox).text
    assert browser.post(sandbox, data={"details": "yes"}).location.endswith(f"{PAGE}?back=done")
    assert "还没有确认" in browser.get(f"{PAGE}?back=done").text  # the redirect is not believed
    told()
    assert "回拨核实" in browser.get(PAGE).text

    staff = sign_in(a.exchange(), "owner")
    assert "待回拨核实" in staff.get("/console/money/cards/accounts?state=ready").text
    found = f"/console/money/cards/accounts/{one.id}"
    assert "请写明何时" in staff.post(found, data={"because": ""}).text
    assert staff.post(found, data={"because": "致电登记的财务负责人"}).location == found
    assert "须由另一位工作人员复核转付" in staff.get(found).text
    assert firm.name in staff.get(f"/console/money/cards/accounts?q={firm.name}").text
    assert "没有符合条件的账户" in staff.get("/console/money/cards/accounts?q=nobody").text
    assert "可以收款" in browser.get(PAGE).text


def test_without_the_password_nothing_is_opened_nor_ended(payee):
    firm, browser = payee
    refused = browser.post(PAGE, data={"country": "SG", "current": "wrong"})
    assert refused.status_code == 422
    assert db.session.query(PayeeAccount).count() == 0
    cards.connect(a.actor(firm, "owner"), country="SG")
    assert browser.post(f"{PAGE}/end", data={"current": "wrong"}).status_code == 422
    one = db.session.query(PayeeAccount).one()
    assert one.state is PayeeAccountState.INCOMPLETE
    assert browser.post(f"{PAGE}/end", data={"current": PASSWORD}).location == PAGE
    assert one.state is PayeeAccountState.CLOSED
    assert "以前的账户" in browser.get(PAGE).text


def test_a_refusal_of_the_provider_is_shown_and_another_country_can_be_tried(payee):
    _, browser = payee
    browser.post(PAGE, data={"country": "KP", "current": PASSWORD})
    page = browser.get(PAGE).text
    assert "country_unsupported" in page
    assert "开立账户" in page
    assert browser.get(f"{PAGE}/onboarding").location == PAGE


def test_managers_do_not_see_it(sign_in):
    firm = a.organisation()
    assert sign_in(firm, "manager").get(PAGE).status_code == 403


def test_where_it_is_not_in_use_the_page_says_so_and_no_other_page_leads_there(payee):
    _, browser = payee
    with set_to(DEMO=False):
        assert "没有启用经支付机构转付" in browser.get(PAGE).text
        assert PAGE not in browser.get("/workbench/organisation/bank").text
        assert browser.get("/sandbox/accounts/x").status_code == 404


def test_a_sandbox_page_that_nobody_was_led_to_is_not_there(payee):
    firm, browser = payee
    number = cards.connect(a.actor(firm, "owner"), country="SG")
    one = db.session.get_one(PayeeAccount, number)
    assert browser.get(f"/sandbox/accounts/{one.account_number}").status_code == 404
    assert browser.get("/sandbox/accounts/nobody").status_code == 404
