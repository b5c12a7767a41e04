"""Bank statements: every movement once, what is certain by itself, the rest by people."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.money import Money, yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.documents import queries as documents
from marketplace.ledger import queries as books
from marketplace.payments import queries, services
from marketplace.payments.models import BankLine, BankLineState, PaymentState, PayoutState, Receipt
from tests import factories as a
from tests.deals import journey
from tests.payments.statements.writing import ACCOUNT, Moved, camt053, mt940, table

pytestmark = pytest.mark.usefixtures("app")


def take_in(data, by=None, filename="march.sta", account=ACCOUNT, **over):
    with transaction():
        return deals.take_in_statement(by or a.operator(), data, filename, account=account, **over)


def lines():
    return db.session.scalars(select(BankLine).order_by(BankLine.id)).all()


def settle_all(by=None):
    """As the console does it: each movement in a transaction of its own."""
    by = by or a.operator()
    said = []
    for line in lines():
        if line.state is BankLineState.UNBOOKED:
            with transaction():
                said.append(deals.settle_line(by, line))
    return said


def today(minor, **over):
    return Moved(minor, **{"on": clock.today(), "number": "N1"} | over)


def expected(amount=None, payer=None):
    payer = payer or a.organisation()
    with transaction():
        return services.expect(
            a.operator(),
            payer,
            payer_id=payer.id,
            account="escrow:deal:7",
            amount=amount or yuan(100),
        )


def credit(payment, **over):
    """A transfer for an expected payment, all of it right unless told otherwise."""
    return today(
        **{
            "minor": payment.outstanding.minor,
            "name": payment.payer.name,
            "text": f"货款 {payment.reference}",
        }
        | over
    )


def test_the_price_of_a_deal_arrives_by_statement_and_the_deal_goes_on():
    deal, who = journey.opened()
    journey.cleared(deal, who)
    journey.signed(deal, who)
    take_in(camt053([credit(journey.payment_of(deal))]), by=who.operator)
    assert deal.state is DealState.PAYMENT
    assert settle_all(who.operator) == ["booked"]
    assert (deal.state, deal.is_funded) == (DealState.RECORDAL, True)
    assert deals.self_check().holds


def test_the_file_itself_is_kept_for_staff_alone():
    data = mt940([today(100)])
    statement = take_in(data).statements[0]
    [file] = documents.of(a.operator(), statement, purpose="bank_statement")
    assert (file.size, file.filename) == (len(data), "march.sta")
    assert documents.of(a.actor(a.organisation()), statement) == []


def test_the_same_file_is_taken_in_once():
    take_in(mt940([today(100)]))
    with pytest.raises(Refused) as refusal:
        take_in(mt940([today(100)]), filename="another name.sta")
    assert refusal.value.code == "statement.known"
    assert len(lines()) == 1


def test_what_overlaps_is_kept_once():
    moved = [today(100 + n, number=f"N{n}") for n in range(5)]
    assert take_in(mt940(moved[:3])).fresh == 3
    again = take_in(mt940(moved[1:]))
    assert (again.fresh, again.known) == (2, 2)
    assert [line.minor for line in lines()] == [100, 101, 102, 103, 104]


def test_two_equal_transfers_of_a_day_are_two_and_stay_two():
    twins = [today(100, number="", text="租金")] * 2
    assert take_in(mt940(twins)).fresh == 2
    again = take_in(mt940([*twins, today(200)]))
    assert (again.fresh, again.known) == (1, 2)


_account = count(6_200_000_000)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_files_overlap_each_movement_is_kept_once(amounts, data):
    """Any windows over one history, with equal movements on its days, end in that history."""
    account = str(next(_account))
    moved = [
        Moved(amount, text="x", on=clock.today() - timedelta(days=(len(amounts) - n) // 3))
        for n, amount in enumerate(amounts)
    ]
    days = sorted({one.on for one in moved})
    for _ in range(data.draw(st.integers(0, 3))):
        first, last = sorted(data.draw(st.sampled_from(days)) for _ in range(2))
        window = mt940([m for m in moved if first <= m.on <= last], account=account)
        try:
            take_in(window, account=account)
        except Refused as refusal:
            assert refusal.code == "statement.known"  # noqa: PT017 -- some draws repeat a window
    take_in(mt940(moved, opening=7, account=account), account=account)
    kept = db.session.scalars(select(BankLine).where(BankLine.account == account))
    assert sorted((k.booked_on, k.minor) for k in kept) == sorted((m.on, m.minor) for m in moved)


@pytest.mark.parametrize(
    ("over", "finding"),
    [
        ({"text": "货款"}, "no_reference"),
        ({"minor": 9_999}, "too_little"),
        ({"minor": 10_001}, "too_much"),
        ({"name": "另一家公司"}, "other_name"),
    ],
)
def test_what_is_not_certain_waits_for_a_person(over, finding):
    payment = expected()
    take_in(camt053([credit(payment, **over)]))
    [line] = lines()
    hint = queries.hints(line)[0]
    assert (hint.of, hint.speaks_against, hint.certain) == (payment, (finding,), False)
    assert settle_all() == ["left"]
    assert (line.state, payment.state) == (BankLineState.UNBOOKED, PaymentState.AWAITED)
    with transaction():
        deals.book_line(a.operator(), line, payment, because="电话核实")
    assert (line.state, line.because) == (BankLineState.BOOKED, "电话核实")
    assert payment.received == min(line.amount, yuan(100))


@pytest.mark.parametrize("text", ["{c}", "款{c}。", "REF:{c}/2026", "{d}", "  {l} 合同款"])
def test_the_code_is_found_however_it_is_written(text):
    payment = expected()
    code = payment.reference
    written = text.format(c=code, d=f"{code[:5]}-{code[5:]}", l=code.lower())
    take_in(camt053([credit(payment, text=written)]))
    assert settle_all() == ["booked"]
    assert payment.state is PaymentState.RECEIVED


def test_money_that_nobody_expects_goes_into_suspense():
    take_in(camt053([today(4_200, name="陌生人", text="你好")]))
    assert settle_all() == ["suspended"]
    [line] = lines()
    assert (line.receipt.in_suspense, books.balance("suspense")) == (True, Money("CNY", 4_200))
    assert services.self_check().holds


def test_what_was_booked_by_hand_is_tied_and_not_booked_again():
    payment = expected()
    with transaction():
        deals.receive(a.operator(), payment, journey.seen(yuan(100), bank_reference="N1"))
    take_in(camt053([credit(expected(), text=f"货款 {payment.reference}")]))
    assert settle_all() == ["booked"]
    assert db.session.scalar(select(func.count(Receipt.id))) == 1
    assert lines()[0].receipt.payment is payment


def test_what_may_have_been_booked_by_hand_under_another_number_waits():
    payment, other = expected(), expected()
    with transaction():
        deals.receive(a.operator(), payment, journey.seen(yuan(100), bank_reference="BY-HAND"))
    take_in(camt053([credit(other)]))
    assert settle_all() == ["left"]
    assert other.state is PaymentState.AWAITED


def test_a_bank_that_gives_one_number_to_many_loses_none():
    first, second = expected(), expected(yuan(7))
    take_in(camt053([credit(first, number="SAME"), credit(second, number="SAME")]))
    assert settle_all() == ["booked", "booked"]
    assert [p.state for p in (first, second)] == [PaymentState.RECEIVED] * 2


def released(amount=None):
    """A payout on order, and who ordered it."""
    payee = a.organisation(bank_name="工商银行广州分行", bank_account="6222020000001234")
    payment, boss = expected(amount, payer=payee), a.operator()
    with transaction():
        services.book_receipt(boss, payment, journey.seen(payment.amount + yuan(30)))
    with transaction():
        return services.refund_credit(boss, payee, "CNY"), boss


def debit(payout, **over):
    return today(
        **{
            "minor": -payout.amount_minor,
            "name": payout.payee.name,
            "account": payout.bank_account,
            "number": "OUT1",
        }
        | over
    )


def test_a_payout_is_sent_when_the_bank_says_so():
    payout, _ = released()
    take_in(camt053([debit(payout)]))
    assert settle_all() == ["booked"]
    assert (payout.state, payout.bank_reference) == (PayoutState.SENT, "OUT1")
    assert services.self_check().holds


def test_who_ordered_a_payout_does_not_also_confirm_it_by_statement():
    payout, boss = released()
    take_in(camt053([debit(payout)]), by=boss)
    with pytest.raises(Refused) as refusal, transaction():
        deals.settle_line(boss, lines()[0])
    assert refusal.value.code == "payout.four_eyes"
    assert lines()[0].state is BankLineState.UNBOOKED


@pytest.mark.parametrize(
    ("over", "finding"),
    [({"name": "别人"}, "other_name"), ({"account": "1"}, "other_account")],
)
def test_money_that_went_to_somebody_else_is_not_taken_for_the_payout(over, finding):
    payout, _ = released()
    take_in(camt053([debit(payout, **over)]))
    assert settle_all() == ["left"]
    assert finding in queries.hints(lines()[0])[0].speaks_against
    assert payout.state is PayoutState.ORDERED


def test_a_debit_that_nothing_explains_stays_open_and_shows_in_the_reconciliation():
    with transaction():
        services.book_unmatched(a.operator(), journey.seen(yuan(100)))
    take_in(camt053([today(-500, name="银行", text="手续费")], opening=10_000))
    assert settle_all() == ["left"]
    [state] = queries.reconciliations(a.operator())
    assert (state.at_bank.minor, state.in_books.minor) == (9_500, 10_000)
    assert (state.not_booked.minor, state.difference.minor) == (-500, 0)


def test_a_fee_of_the_bank_is_borne_by_our_commission_and_never_by_clients():
    take_in(camt053([today(-500, text="手续费")], opening=10_000))
    [line] = lines()
    with pytest.raises(Refused) as refusal, transaction():
        services.book_fee(a.operator(), line, because="手续费")
    assert (refusal.value.code, line.state) == ("ledger.overdrawn", BankLineState.UNBOOKED)


def test_money_sent_back_is_known_again():
    with transaction():
        receipt = services.book_unmatched(a.operator(), journey.seen(yuan(5), payer_name="陌生人"))
    take_in(camt053([today(-500, name="陌生人", number="BACK")], opening=500))
    [line] = lines()
    assert [hint.of for hint in queries.hints(line)] == [receipt]
    with transaction():
        deals.book_line(a.operator(), line, receipt, because="退回")
    assert (receipt.return_reference, books.balance("suspense")) == ("BACK", yuan(0))
    assert services.self_check().holds


def test_a_statement_that_does_not_balance_books_nothing_by_itself():
    payment = expected()
    take_in(camt053([credit(payment)], closing=1))
    assert settle_all() == ["left"]
    assert payment.state is PaymentState.AWAITED


def test_a_movement_is_booked_once_however_often_it_is_asked():
    payment = expected()
    take_in(camt053([credit(payment)]))
    [line] = lines()
    settle_all()
    for target in (payment, None):
        with pytest.raises(WrongState), transaction():
            deals.book_line(a.operator(), line, target)
    assert payment.received == yuan(100)


@pytest.mark.parametrize(
    ("data", "over", "code"),
    [
        (mt940([Moved(1)], account="6200000000000001"), {}, "statement.other_account"),
        (table([Moved(1)], account=""), {}, "statement.no_account"),
        (mt940([Moved(1)]).replace(b"CNY", b"PLN"), {}, "receipt.currency"),
        (table([Moved(1)], account="62000****0001"), {}, "statement.other_account"),
    ],
)
def test_a_statement_that_is_not_ours_is_refused(data, over, code):
    with pytest.raises(Invalid) as refusal:
        take_in(data, **over)
    assert (refusal.value.code, lines()) == (code, [])


@pytest.mark.parametrize("account", ["6200 0000 0000 0000", "62000****0000"])
def test_our_account_is_known_in_every_spelling(account):
    assert take_in(table([Moved(1)], account=account.replace(" ", ""))).fresh == 1


def test_a_file_without_an_account_needs_somebody_to_vouch_for_it():
    assert take_in(table([Moved(1)], account=""), vouched_for=True).fresh == 1


def test_only_staff_takes_statements_in_and_books_them():
    firm = a.actor(a.organisation())
    with pytest.raises(NotAllowed):
        take_in(mt940([today(1)]), by=firm)
    take_in(mt940([today(1)]))
    [line] = lines()
    for verb in (
        lambda: deals.settle_line(firm, line),
        lambda: deals.book_line(firm, line, None),
        lambda: services.book_fee(firm, line, because="x"),
        lambda: queries.statements(firm),
        lambda: queries.lines(firm),
        lambda: queries.reconciliations(firm),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_a_line_that_says_another_amount_than_its_receipt_is_a_break():
    take_in(camt053([today(100)]))
    settle_all()
    db.session.execute(BankLine.__table__.update().values(minor=101))
    db.session.expire_all()
    assert [one.code for one in services.self_check().breaks] == ["break.bank_line"]
