"""The pages of deals, certificates and money, as the parties and the exchange use them."""

import io
import re
from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.deals.models import Deal, DealState
from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.organisations import passwords
from marketplace.organisations.models import OrganisationKind
from marketplace.organisations.services import organisations
from marketplace.payments import codes
from tests import factories as a
from tests.conftest import at_most
from tests.deals import journey
from tests.documents import samples

PASSWORD = "a long enough phrase"


def page(browser, url, status=200):
    answer = browser.get(url)
    assert answer.status_code == status, answer.status_code
    return answer.get_data(as_text=True)


def post(browser, url, status=303, **data):
    answer = browser.post(url, data=data, content_type="multipart/form-data")
    assert answer.status_code == status, (answer.status_code, errors(answer))
    return answer


def errors(answer) -> list[str]:
    text = answer.get_data(as_text=True)
    return re.findall(
        r'class="(?:field-error|error)[^>]*>(.*?)<|role="alert".*?</div>', text, re.DOTALL
    )


def url(deal, *rest):
    return "/".join((f"/workbench/deals/{deal.reference}", *rest))


def operator_page(deal, *rest):
    return "/".join((f"/console/deals/{deal.reference}", *rest))


@pytest.fixture
def people(sign_in):
    """Browsers of both sides and of the exchange for a deal."""

    def of(deal):
        person = a.user(password_hash=passwords.hashed(PASSWORD))
        other = a.user(password_hash=passwords.hashed(PASSWORD))
        return (
            sign_in(deal.seller, "manager", person),
            sign_in(deal.buyer, "owner", other),
            sign_in(a.exchange(), "owner"),
        )

    return of


def test_a_transfer_is_carried_through_by_its_pages(people, sign_in):  # noqa: PLR0915 -- a journey
    deal, _ = journey.opened()
    seller, buyer, operator = people(deal)
    text = page(seller, url(deal))
    assert deal.reference in text
    assert "下一步由您办理" in text

    text = page(seller, url(deal, "facts"))
    fields = set(re.findall(r'name="((?:asset|owner|deal|tech)__\w+)"', text))
    while fields:
        replies = {}
        for name in fields:
            value = journey.ANSWERS.get(name.replace("__", "."), False)
            replies[name] = (
                {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            )
        answer = post(seller, url(deal, "facts"), **replies)
        if answer.location.endswith("#checklist"):
            break
        text = page(seller, answer.location)
        fields = set(re.findall(r'name="((?:asset|owner|deal|tech)__\w+)"', text))

    assert buyer.get(url(deal, "contract")).mimetype == "application/pdf"
    post(buyer, url(deal, "clear"), bilingual="y")
    db.session.expire_all()
    deal = db.session.get(Deal, deal.id)
    assert (deal.state, deal.bilingual) == (DealState.SIGNING, True)
    for browser in (seller, buyer):
        text = page(browser, url(deal))
        assert deal.contract.sha256 in text
        post(
            browser,
            url(deal, "sign"),
            contract_sha256=deal.contract.sha256,
            read="y",
            password=PASSWORD,
        )
    text = page(buyer, url(deal))
    code = codes.shown(journey.payment_of(deal).reference)
    assert code in text
    assert "人民币伍拾万元整" in text
    assert buyer.get(url(deal, "payment")).mimetype == "application/pdf"
    assert code not in page(seller, url(deal))

    assert code in page(operator, "/console/money")
    form = {
        "reference": code,
        "payer_name": "买方公司",
        "received_on": clock.today().isoformat(),
        "currency": "CNY",
    }
    post(operator, "/console/money/receipts/new", bank_reference="B-1", amount="200,000", **form)
    assert "还剩" in page(buyer, url(deal))
    again = post(
        operator,
        "/console/money/receipts/new",
        422,
        bank_reference="b -1".replace(" ", ""),
        amount="200000",
        **form,
    )
    assert "不能重复入账" in again.get_data(as_text=True)
    post(operator, "/console/money/receipts/new", bank_reference="B-2", amount="300000.00", **form)

    post(
        buyer,
        url(deal, "evidence"),
        name="cnipa_transfer_registration",
        document=(io.BytesIO(samples.pdf()), "receipt.pdf"),
        issuer="国家知识产权局",
        issued_on=clock.today().isoformat(),
        number="2026-1",
    )
    text = page(operator, "/console/evidence")
    [evidence_id] = re.findall(r"/console/evidence/(\d+)", text)
    assert "专利转让手续合格通知书" in page(operator, f"/console/evidence/{evidence_id}")
    post(operator, f"/console/evidence/{evidence_id}", decision="confirm")
    post(operator, operator_page(deal, "release"))
    text = page(operator, "/console/money/payouts")
    [payout_id] = re.findall(r"/console/money/payouts/(\d+)", text)
    text = page(operator, f"/console/money/payouts/{payout_id}")
    assert "490,000" in text
    assert "须由另一位工作人员登记汇出" in text
    bank_says = {"bank_reference": "P-1", "sent_on": clock.today().isoformat()}
    post(operator, f"/console/money/payouts/{payout_id}", 422, **bank_says)
    cashier = sign_in(a.exchange(), "owner")
    post(cashier, f"/console/money/payouts/{payout_id}", **bank_says)
    db.session.expire_all()
    deal = db.session.get(Deal, deal.id)
    assert deal.state is DealState.CLOSED
    for browser, where in (
        (seller, url(deal)),
        (buyer, url(deal)),
        (operator, operator_page(deal)),
    ):
        text = page(browser, where)
        assert codes.shown(deal.verification_code) in text
        assert "成交证明" in text
    assert "账簿无误" in page(operator, "/console/money/check")
    assert "bank:escrow" in page(operator, "/console/money/books")
    assert "released" in page(operator, "/console/money/books/journal")


@pytest.mark.parametrize("state", list(DealState))
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_state_has_a_page_for_both_sides_and_the_exchange(people, state, lang):
    if state is DealState.CANCELLED:
        deal, who = journey.to(DealState.CHECKLIST)
        journey.cancelled(deal, who)
    else:
        deal, who = journey.to(state)
    seller, buyer, operator = people(deal)
    for browser, where in (
        (seller, url(deal)),
        (buyer, url(deal)),
        (operator, operator_page(deal)),
    ):
        text = page(browser, f"{where}?lang={lang}")
        assert deal.reference in text
        for raw in ("step.", "deal_side.", "evidence.f", "fact.asset", "rule_actor."):
            assert raw not in text, raw
    assert deal.reference in page(seller, f"/workbench/deals?lang={lang}")
    assert deal.reference in page(operator, f"/console/deals?lang={lang}")


def test_another_firm_finds_nothing(sign_in):
    deal, _ = journey.to(DealState.PAYMENT)
    stranger = sign_in(a.organisation(), "owner")
    for rest in ((), ("facts",), ("evidence",), ("contract",), ("payment",)):
        page(stranger, url(deal, *rest), 404)
    for rest in ("clear", "sign", "cancel", "cancellation", "cancellation/agree", "reopen"):
        post(stranger, url(deal, rest), 404)
    assert deal.reference not in page(stranger, "/workbench/deals")
    for where in ("/console/deals", "/console/evidence", "/console/money", operator_page(deal)):
        page(stranger, where, 404)


def test_a_visitor_is_asked_to_sign_in(client):
    deal, _ = journey.opened()
    answer = client.get(url(deal))
    assert (answer.status_code, "/sign-in" in answer.location) == (303, True)


def test_finance_sees_the_payment_and_may_not_sign(sign_in):
    deal, _ = journey.to(DealState.SIGNING)
    finance = sign_in(deal.buyer, "finance")
    post(
        finance,
        url(deal, "sign"),
        403,
        contract_sha256=deal.contract.sha256,
        read="y",
        password=PASSWORD,
    )
    paying, _ = journey.to(DealState.PAYMENT)
    code = codes.shown(journey.payment_of(paying).reference)
    assert code in page(sign_in(paying.buyer, "finance"), url(paying))
    viewer = sign_in(paying.buyer, "viewer")
    assert code not in page(viewer, url(paying))
    page(viewer, url(paying, "payment"), 403)


def test_a_wrong_password_signs_nothing_and_says_so(people):
    deal, _ = journey.to(DealState.SIGNING)
    seller, _, _ = people(deal)
    answer = post(
        seller,
        url(deal, "sign"),
        422,
        contract_sha256=deal.contract.sha256,
        read="y",
        password="another phrase",
    )
    assert "密码不正确" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).signatures == []


def test_the_form_says_which_box_is_missing(people):
    deal, _ = journey.to(DealState.SIGNING)
    seller, _, _ = people(deal)
    answer = post(
        seller, url(deal, "sign"), 422, contract_sha256=deal.contract.sha256, password=PASSWORD
    )
    assert "请先阅读合同并勾选" in answer.get_data(as_text=True)
    answer = post(seller, url(deal, "cancel"), 422)
    assert "请说明理由" in answer.get_data(as_text=True)
    answer = post(seller, url(deal, "evidence"), 422)
    assert "请选择文件" in answer.get_data(as_text=True)


def test_cancellation_by_both_is_carried_through_by_the_pages(people):
    deal, _ = journey.to(DealState.RECORDAL)
    seller, buyer, operator = people(deal)
    post(buyer, url(deal, "cancellation"), because="预算取消")
    assert "预算取消" in page(seller, url(deal))
    assert deal.reference in page(operator, "/console/deals")
    post(seller, url(deal, "cancellation", "oppose"), because="合同已生效")
    post(
        operator,
        operator_page(deal, "cancellation", "decide"),
        because="双方协商",
        decision="rescind",
    )
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).state is DealState.CANCELLED
    assert "退款" in page(buyer, url(deal))
    assert "500,000" in page(operator, "/console/money/payouts")


def test_a_blocked_checklist_names_article_quotation_and_paper(people):
    listing = a.listing()
    a.pledge(listing.assets[0])
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    seller, _, operator = people(deal)
    text = page(seller, url(deal))
    assert "质权人同意书" in text
    assert "<blockquote" in text
    answer = post(seller, url(deal, "clear"))
    assert "必须" in page(seller, answer.location)
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).state is DealState.CHECKLIST
    refused = journey.filed(deal, who.seller, "pledgee_consent")
    answer = operator.post(f"/console/evidence/{refused.id}", data={"decision": "refuse"})
    assert answer.status_code == 422
    post(operator, f"/console/evidence/{refused.id}", decision="refuse", because="缺少公章")
    assert "缺少公章" in page(seller, url(deal))


def test_certificates_are_verified_by_anybody(client):
    deal, who = journey.to(DealState.CLOSED)
    [executed] = documents.of(who.buyer, deal, purpose="contract_executed")
    text = page(client, f"/certificates/{deal.verification_code}")
    assert deal.certificate.sha256 in text
    assert "500,000" not in text
    answer = client.post(
        "/certificates", data={"code": codes.shown(deal.verification_code).lower()}
    )
    assert answer.location.endswith(deal.verification_code)
    slip = deal.verification_code[:-1] + ("2" if deal.verification_code[-1] != "2" else "3")
    assert client.post("/certificates", data={"code": slip}).status_code == 422
    page(client, f"/certificates/{slip}", 404)
    page(client, "/certificates")
    for content, said in (
        (storage.read(deal.certificate.sha256), "这就是交易所签发的成交证明"),
        (storage.read(deal.contract.sha256), "这就是双方签署的合同文件"),
        (storage.read(executed.sha256), "这就是双方签署的合同文件"),
        (b"something else", "不一致"),
    ):
        answer = client.post(
            f"/certificates/{deal.verification_code}",
            data={"document": (io.BytesIO(content), "x.pdf")},
            content_type="multipart/form-data",
        )
        assert said in answer.get_data(as_text=True)


def test_a_person_is_not_named_on_the_public_page(client):
    seller = a.organisation(kind=OrganisationKind.INDIVIDUAL, name="王小明", name_en="")
    deal, _ = journey.to(DealState.CLOSED, a.listing(a.asset(keeper=seller)))
    assert "王小明" not in page(client, f"/certificates/{deal.verification_code}")


def test_lists_filter_search_and_export(sign_in):
    deal, _ = journey.to(DealState.PAYMENT)
    other, _ = journey.opened(buyer=deal.buyer)
    buyer = sign_in(deal.buyer, "owner")
    both = page(buyer, "/workbench/deals")
    assert deal.reference in both
    assert other.reference in both
    one = page(buyer, "/workbench/deals?state=payment")
    assert deal.reference in one
    assert other.reference not in one
    assert "没有符合条件" in page(buyer, "/workbench/deals?side=seller")
    found = page(buyer, f"/workbench/deals?q={other.reference.lower()}")
    assert other.reference in found
    assert deal.reference not in found
    for kind in ("csv", "xlsx"):
        answer = buyer.get(f"/workbench/deals?format={kind}")
        assert answer.status_code == 200
    assert deal.reference in buyer.get("/workbench/deals?format=csv").get_data(as_text=True)
    operator = sign_in(a.exchange(), "owner")
    for path in ("deals", "money", "money/receipts", "money/payouts", "money/books"):
        assert operator.get(f"/console/{path}?format=csv").status_code == 200
    assert operator.get("/console/money/books/journal?format=xlsx").status_code == 200


def test_money_nobody_can_place_waits_and_is_matched_or_returned(people):
    deal, _ = journey.to(DealState.PAYMENT)
    _, _, operator = people(deal)
    today = clock.today().isoformat()
    form = {"payer_name": "某公司", "received_on": today, "currency": "CNY", "reference": ""}
    post(operator, "/console/money/receipts/new", bank_reference="S-1", amount="500000", **form)
    post(operator, "/console/money/receipts/new", bank_reference="S-2", amount="1", **form)
    text = page(operator, "/console/money/receipts?show=suspense")
    first, second = sorted(set(map(int, re.findall(r"/receipts/(\d+)", text))))
    wrong = post(
        operator,
        f"/console/money/receipts/{first}",
        422,
        reference="23456789AB",
        because="附言漏填",
    )
    assert "参考码有误" in wrong.get_data(as_text=True)
    post(
        operator,
        f"/console/money/receipts/{first}",
        reference=journey.payment_of(deal).reference,
        because="附言漏填，户名相符",
    )
    post(
        operator,
        f"/console/money/receipts/{second}/return",
        bank_reference="R-1",
        sent_on=today,
    )
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).state is DealState.RECORDAL
    assert "账簿无误" in page(operator, "/console/money/check")


def test_the_money_of_a_deal_is_found_by_its_number(people):
    deal, who = journey.to(DealState.SETTLEMENT)
    journey.released(deal, who)
    other, them = journey.to(DealState.SETTLEMENT)
    journey.released(other, them)
    _, _, operator = people(deal)
    for where in ("/payouts", ""):
        start = f"/console/money{where}?state=all&"
        found = page(operator, f"{start}q={deal.reference}")
        assert (deal.reference in found, other.reference in found) == (True, False)
        none = page(operator, f"{start}q=D-99999999")
        assert other.reference not in none
        assert page(operator, f"{start}q={deal.reference.lower()}&format=csv").count("\n") == 2


def test_too_much_is_credited_and_sent_back(people):
    deal, who = journey.to(DealState.PAYMENT)
    journey.paid(deal, who, yuan(500_100))
    _, _, operator = people(deal)
    text = page(operator, "/console/money/payouts")
    assert "未下达的余额" in text
    where = re.search(r'action="(/console/money/credits/[^"]+)"', text).group(1)
    post(operator, where)
    post(operator, where)  # a second press finds nothing left to order
    text = page(operator, "/console/money/payouts")
    assert text.count("/console/money/payouts/") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "1.234"), ("amount", "many"), ("amount", "-5"), ("amount", "1e30"),
     ("amount", "NaN"), ("currency", "XXX"), ("received_on", "2099-01-01"),
     ("reference", "AAAAAAAAAA"), ("bank_reference", "")],
)  # fmt: skip
def test_a_receipt_with_nonsense_is_told_so(sign_in, field, value):
    operator = sign_in(a.exchange(), "owner")
    form = {
        "reference": "",
        "bank_reference": "N-1",
        "payer_name": "某公司",
        "received_on": clock.today().isoformat(),
        "amount": "5",
        "currency": "CNY",
    } | {field: value}
    answer = post(operator, "/console/money/receipts/new", 422, **form)
    assert "error-summary" in answer.get_data(as_text=True)


def test_html_in_every_field_is_shown_as_text(people):
    deal, who = journey.opened()
    seller, _, operator = people(deal)
    evil = "<script>alert(1)</script>"
    journey.filed(deal, who.seller, "annuity_receipt", issuer=evil, number=evil)
    post(seller, url(deal, "cancel"), because=evil)
    for browser, where in ((seller, url(deal)), (operator, operator_page(deal))):
        assert evil not in page(browser, where)


def queries_of(browser, where):
    with at_most(500) as seen:
        page(browser, where)
    return len(seen)


@pytest.mark.parametrize(
    "app", ["sqlite"], indirect=True
)  # what is asked does not go by the database
@pytest.mark.parametrize("state", list(DealState))
def test_three_deals_are_listed_with_as_many_queries_as_one(sign_in, state):
    buyer = a.organisation()

    def another():
        if state is DealState.CANCELLED:
            deal, who = journey.to(DealState.CHECKLIST, buyer=buyer)
            journey.cancelled(deal, who)
        else:
            journey.to(state, buyer=buyer)

    pages = (
        (sign_in(buyer, "owner"), "/workbench/deals"),
        (sign_in(a.exchange(), "owner"), "/console/deals"),
    )
    another()
    for seen in pages:
        page(*seen)
    of_one = [queries_of(*seen) for seen in pages]
    another()
    another()
    db.session.expire_all()
    page(*pages[0])

    assert [queries_of(*seen) for seen in pages] == of_one


def test_the_exchange_works_on_a_deal_from_its_console(people):
    deal, who = journey.opened()
    journey.answered(deal, who)
    _, _, operator = people(deal)
    answer = post(operator, url(deal, "clear"))
    assert answer.location.startswith(operator_page(deal))
    post(operator, url(deal, "reopen"), **{"reopen-because": "合同有误"})
    answer = post(operator, url(deal, "reopen"), **{"reopen-because": "再来一次"})
    assert "现在不能退回" in page(operator, answer.location)
    post(operator, url(deal, "cancel"), because="双方协商")
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).state is DealState.CANCELLED


def test_what_was_decided_meanwhile_is_said_and_changes_nothing(people):
    deal, who = journey.to(DealState.RECORDAL)
    seller, buyer, operator = people(deal)
    evidence = journey.filed(deal, who.seller, "cnipa_transfer_registration")
    post(operator, f"/console/evidence/{evidence.id}", decision="confirm")
    answer = post(operator, f"/console/evidence/{evidence.id}", decision="confirm")
    assert "该材料已有处理结果" in page(operator, answer.location)
    for browser, rest, said in (
        (buyer, "cancel", "已签署的交易不能直接取消"),
        (seller, "cancellation", "尚未结算的交易"),
    ):
        answer = post(browser, url(deal, rest), because="x")
        assert said in page(browser, answer.location)
    answer = post(seller, url(deal, "cancellation", "agree"))
    assert "不能解除" in page(seller, answer.location)
    answer = post(
        operator,
        operator_page(deal, "cancellation", "decide"),
        because="x",
        decision="rescind",
    )
    assert "不能解除" in page(operator, answer.location)
    answer = post(operator, operator_page(deal, "record"))
    assert "现在不能确认" in page(operator, answer.location)
    sha256 = deal.contract.sha256
    post(buyer, url(deal, "sign"), contract_sha256=sha256, read="y", password=PASSWORD)
    db.session.expire_all()
    deal = db.session.get(Deal, deal.id)
    assert (deal.state, len(deal.signatures)) == (DealState.SETTLEMENT, 2)


def test_a_changed_account_is_confirmed_on_the_payouts_page_before_anything_is_sent(sign_in):
    deal, who = journey.to(DealState.SETTLEMENT)
    [payout] = journey.released(deal, who)
    before, owner = deal.seller.bank_account, a.actor(deal.seller, "owner")
    with transaction():
        organisations.set_bank_account(
            owner, deal.seller, bank="深圳银行", account="6222 0000 <b>9</b>"
        )
    where = f"/console/money/payouts/{payout.id}"
    first, second = sign_in(a.exchange(), "owner"), sign_in(a.exchange(), "owner")
    assert "账户待核实" in page(first, "/console/money/payouts")
    text = page(first, where)
    assert before in text
    assert "6222 0000 &lt;b&gt;9&lt;/b&gt;" in text
    assert "登记汇出</button>" not in text
    said = {"bank_reference": "P-9", "sent_on": clock.today().isoformat()}
    assert "须先与收款方核实" in post(first, where, 422, **said).get_data(as_text=True)
    assert "请写明何时" in post(first, f"{where}/account", 422, because="").get_data(as_text=True)
    post(first, f"{where}/account", because="回拨财务何女士")
    assert "须由另一位工作人员" in page(first, where)
    post(second, where, **said)
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).state is DealState.CLOSED


def test_receipts_and_journal_of_some_days_are_shown_and_exported(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    today, staff = clock.today(), sign_in(a.exchange(), "owner")
    number = journey.payment_of(deal).receipts[0].bank_reference
    tomorrow = (today + timedelta(days=1)).isoformat()
    for path in ("money/receipts", "money/books/journal"):
        where = f"/console/{path}"
        assert number in page(staff, f"{where}?since={today}&until={today}")
        assert number in page(staff, f"{where}?format=csv&since={today}&until={today}")
        assert number not in page(staff, f"{where}?since={tomorrow}")
        assert number in page(staff, f"{where}?since=9999-99-99&until=9999-12-31")
