"""Bank statements on the console's pages: taken in, read, booked; and what staff may get wrong."""

import io
import re

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.payments import services as payments
from marketplace.payments.models import BankLine, PaymentState, Receipt
from tests import factories as a
from tests.deals import journey
from tests.payments.statements.writing import Moved, camt053, mt940, table

HOME = "/console/money/bank"


@pytest.fixture
def staff(sign_in):
    return sign_in(a.exchange(), "owner")


def upload(browser, data, name="day.xml", **over):
    form = {"statement": (io.BytesIO(data), name), **over}
    return browser.post(HOME, data=form, content_type="multipart/form-data")


def expected(amount=None):
    payer = a.organisation()
    with transaction():
        return payments.expect(
            a.operator(),
            payer,
            payer_id=payer.id,
            account="escrow:deal:7",
            amount=amount or yuan(100),
        )


def credit(payment, **over):
    given = {
        "minor": payment.amount_minor,
        "name": payment.payer.name,
        "text": payment.reference,
        "number": "N1",
        "on": clock.today(),
    }
    return Moved(**given | over)


def text_of(answer):
    return answer.get_data(as_text=True)


def newest_line():
    db.session.expire_all()
    return db.session.scalar(select(BankLine).order_by(BankLine.id.desc()).limit(1))


def test_a_statement_is_taken_in_looked_at_and_booked(staff):
    payment, short = expected(), expected(yuan(500))
    stranger = Moved(4_200, name="陌生人", text="?", number="N3", on=clock.today())
    moved = [credit(payment), credit(short, minor=40_000, number="N2"), stranger]
    answer = upload(staff, camt053(moved))
    assert answer.status_code == 303
    page = text_of(staff.get(answer.location))
    assert "读入 3 笔新流水" in page
    assert [page.count(word) for word in ("可以直接入账", "1 种可能", "来路不明")] == [1, 1, 1]
    booked = staff.post(f"{answer.location}/book", follow_redirects=True)
    assert "已入账 1 笔，挂账 1 笔；1 笔须人工判断" in text_of(booked)
    db.session.expire_all()
    assert payment.state is PaymentState.RECEIVED
    again = staff.post(f"{answer.location}/book", follow_redirects=True)
    assert "已入账 0 笔，挂账 0 笔；1 笔须人工判断" in text_of(again)


def test_what_speaks_against_a_payment_is_said_and_a_reason_asked_for(staff):
    payment = expected()
    upload(staff, camt053([credit(payment, name="第三方公司")]))
    at = f"{HOME}/lines/{newest_line().id}"
    page = text_of(staff.get(at))
    assert "户名不同" in page
    form = {"as": "hint", "target": re.search(r'name="target" value="([^"]+)"', page)[1]}
    refused = staff.post(at, data=form)
    assert (refused.status_code, "请说明依据" in text_of(refused)) == (422, True)
    done = staff.post(at, data=form | {"because": "母公司代付，已电话核实"})
    assert (done.status_code, newest_line().because) == (303, "母公司代付，已电话核实")
    twice = staff.post(at, data=form | {"because": "母公司代付，已电话核实"})
    assert twice.status_code in {409, 422}
    assert db.session.scalar(select(func.count(Receipt.id))) == 1


def test_money_is_placed_by_a_code_that_somebody_named(staff):
    payment = expected()
    upload(staff, camt053([credit(payment, text="没有写", minor=5_000)]))
    at = f"{HOME}/lines/{newest_line().id}"
    form = {"as": "payment", "reference": payment.reference, "because": "付款人来电"}
    wrong = staff.post(at, data=form | {"reference": "ABCDE-FGHJK"})
    assert wrong.status_code == 422
    assert staff.post(at, data=form).status_code == 303
    db.session.expire_all()
    assert payment.received == yuan(50)


def test_a_target_that_was_not_offered_is_refused(staff):
    upload(staff, camt053([Moved(700, text="?", number="N9", on=clock.today())]))
    payment = expected()
    at = f"{HOME}/lines/{newest_line().id}"
    form = {"as": "hint", "target": f"payment:{payment.id}", "because": "x"}
    assert "情况已有变化" in text_of(staff.post(at, data=form))
    assert payment.received == yuan(0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "不是能够识别的银行对账单"),
        (b"\x89PNG\r\n\x1a\n\0\0", "不是能够识别的银行对账单"),
        (mt940([Moved(100)], account="1234567890"), "不是监管专户的"),
        (table([Moved(100)], account=""), "请确认它是监管专户的对账单"),
        (table([Moved(100)]).replace(b"1.00", b"one"), "行无法读取"),
    ],
)
def test_a_file_that_will_not_do_is_refused_with_a_sentence(staff, data, said):
    answer = upload(staff, data)
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert db.session.scalar(select(func.count(BankLine.id))) == 0


def test_no_file_at_all_is_asked_for(staff):
    answer = staff.post(HOME, data={}, content_type="multipart/form-data")
    assert (answer.status_code, "请选择文件" in text_of(answer)) == (422, True)


def test_a_statement_that_does_not_balance_says_so_and_offers_no_button(staff):
    answer = upload(staff, mt940([Moved(100, number="A")], closing=7))
    page = text_of(staff.get(answer.location))
    assert "这份对账单不平，不自动入账" in page
    assert "/book" not in page


def test_a_gap_between_two_statements_is_pointed_out(staff):
    first = Moved(100, number="A", on=clock.today())
    upload(staff, mt940([first], opening=0))
    answer = upload(staff, mt940([Moved(100, number="B", on=clock.today())], opening=900))
    assert "接不上：其间缺少流水" in text_of(staff.get(answer.location))


def test_movements_are_searched_narrowed_and_exported(staff):
    moved = [
        Moved(100, name="甲公司", number="A", on=clock.today()),
        Moved(-30, name="乙公司", number="B", on=clock.today()),
    ]
    upload(staff, camt053(moved))
    assert "乙公司" not in text_of(staff.get(f"{HOME}/lines?direction=in"))
    assert "甲公司" not in text_of(staff.get(f"{HOME}/lines?q=乙公司"))
    assert "没有符合条件的流水" in text_of(staff.get(f"{HOME}/lines?state=booked"))
    rows = text_of(staff.get(f"{HOME}/lines?format=csv")).splitlines()
    assert len(rows) == 3
    assert staff.get(f"{HOME}/lines?format=xlsx").data[:2] == b"PK"


def test_the_pages_speak_english(staff):
    upload(staff, camt053([Moved(-30, name="X", number="B", on=clock.today())]))
    found = newest_line()
    for where in ("", "/lines", f"/{found.statement_id}", f"/lines/{found.id}"):
        page = text_of(staff.get(f"{HOME}{where}?lang=en"))
        assert "Bank statements" in page


def test_a_payment_file_is_made_by_one_released_by_another_and_fetched(staff, sign_in):
    payer = a.organisation(bank_name="工商银行", bank_account="6222020000001234")
    boss = a.operator()
    with transaction():
        payment = payments.expect(
            boss, payer, payer_id=payer.id, account="escrow:deal:7", amount=yuan(1)
        )
        payments.book_receipt(boss, payment, journey.seen(yuan(31)))
        payments.refund_credit(boss, payer, "CNY")
    files = "/console/money/files"
    assert "1 笔付款待汇出" in text_of(staff.get(files))
    made = staff.post(f"{files}/make/CNY")
    assert "须由另一位工作人员复核" in text_of(staff.get(made.location))
    assert staff.get(f"{made.location}/pain001.xml").status_code == 404
    assert "请由另一位工作人员办理" in text_of(
        staff.post(f"{made.location}/release", follow_redirects=True)
    )
    cashier = sign_in(a.exchange(), "owner")
    assert "已复核" in text_of(cashier.post(f"{made.location}/release", follow_redirects=True))
    xml, table_ = (cashier.get(f"{made.location}/{n}") for n in ("pain001.xml", "orders.csv"))
    assert (xml.mimetype, b">30.00<" in xml.data) == ("application/xml", True)
    assert payer.name in table_.data.decode("gb18030")
    gone = cashier.post(
        f"{made.location}/withdraw", data={"because": "银行拒收"}, follow_redirects=True
    )
    assert "已撤回" in text_of(gone)
    assert staff.post(f"{files}/make/XXX").status_code == 404
