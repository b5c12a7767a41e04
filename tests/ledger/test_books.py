"""The books: balanced, keyed, covered, provable."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from marketplace.core.db import db
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money, yuan
from marketplace.ledger import queries
from marketplace.ledger import services as ledger
from marketplace.ledger.models import Posting, Transfer
from tests import factories as a
from tests.ink import washed

pytestmark = pytest.mark.usefixtures("app")
BANK = "bank:escrow"


def test_the_same_key_moves_the_money_once():
    made = [ledger.transfer("k", "in", {BANK: -yuan(5), "suspense": yuan(5)}) for _ in range(2)]
    assert made[0] is made[1]
    assert queries.balance("suspense") == yuan(5)


def test_a_key_cannot_mean_two_transfers():
    ledger.transfer("k", "in", {BANK: -yuan(5), "suspense": yuan(5)})
    with pytest.raises(ValueError, match="taken"):
        ledger.transfer("k", "in", {BANK: -yuan(6), "suspense": yuan(6)})


@pytest.mark.parametrize(
    "lines",
    [
        {BANK: -yuan(5), "suspense": yuan(4)},
        {BANK: Money("CNY", -5), "suspense": Money("USD", 5)},
        {},
        {BANK: yuan(0), "suspense": yuan(0)},
    ],
)
def test_what_does_not_balance_is_an_error(lines):
    with pytest.raises(ValueError, match=r"unbalanced|nothing"):
        ledger.transfer("k", "slip", lines)


def test_two_currencies_balance_apart():
    dollars = Money("USD", 700)
    ledger.transfer("yuan", "in", {BANK: -yuan(5), "suspense": yuan(5)})
    ledger.transfer("dollars", "in", {BANK: -dollars, "suspense": dollars})
    assert (queries.balance("suspense"), queries.balance("suspense", "USD")) == (yuan(5), dollars)
    assert ledger.self_check().holds


@pytest.mark.parametrize(
    ("account", "other"), [("escrow:deal:1", "org:1:payable"), ("suspense", "commission")]
)
def test_nobody_is_paid_with_the_money_of_others(account, other):
    ledger.transfer("in", "in", {BANK: -yuan(5), account: yuan(5)})
    with pytest.raises(Refused) as refusal:
        ledger.transfer("out", "out", {account: -yuan(6), other: yuan(6)})
    assert (refusal.value.code, refusal.value.facts) == ("ledger.overdrawn", {"account": account})


def test_the_bank_does_not_pay_what_it_does_not_hold():
    with pytest.raises(Refused, match=r"ledger\.overdrawn"):
        ledger.transfer("out", "out", {"suspense": -yuan(1), BANK: yuan(1)})


def test_the_books_are_for_the_exchange():
    stranger = a.actor(a.organisation(), "owner")
    for read in (queries.accounts, queries.transfers):
        with pytest.raises(NotAllowed):
            read(stranger)
    operator = a.operator()
    ledger.transfer("in", "in", {BANK: -yuan(5), "suspense": yuan(5)})
    rows = queries.accounts(operator)
    assert [(row.name, row.balance, row.shown, row.postings) for row in rows] == [
        (BANK, -yuan(5), yuan(5), 1),
        ("suspense", yuan(5), yuan(5), 1),
    ]
    assert [t.key for t in db.session.scalars(queries.transfers(operator, account=BANK))] == ["in"]
    assert list(db.session.scalars(queries.transfers(operator, account="bank:other"))) == []


def tamper(posting, minor):
    """As somebody with the database in hand would."""
    with washed("posting"):
        db.session.execute(
            update(Posting).where(Posting.id == posting.id).values(minor=Posting.minor + minor)
        )


def test_what_is_written_stays_written():
    entry = ledger.transfer("in", "in", {BANK: -yuan(5), "suspense": yuan(5)})
    for change in (
        lambda: setattr(entry.postings[0], "minor", -1),
        lambda: setattr(entry, "memo", "other"),
        lambda: db.session.delete(entry.postings[0]),
    ):
        savepoint = db.session.begin_nested()
        change()
        with pytest.raises(RuntimeError, match="stays as it is"):
            db.session.flush()
        savepoint.rollback()
    assert ledger.self_check().holds


def test_tampering_is_found_and_named():
    entry = ledger.transfer("in", "in", {BANK: -yuan(5), "suspense": yuan(5)})
    tamper(entry.postings[1], +1)
    codes = [(b.code, b.facts.get("transfer")) for b in ledger.self_check().breaks]
    assert codes == [
        ("break.unbalanced", entry.id),
        ("break.balance", None),
        ("break.total", None),
    ]
    tamper(entry.postings[1], -1)
    db.session.add(Transfer(key="hollow", memo=""))
    db.session.add(
        Transfer(
            key="over",
            memo="",
            postings=[
                Posting(account="suspense", currency="CNY", minor=-900),
                Posting(account="commission", currency="CNY", minor=900),
            ],
        )
    )
    db.session.flush()
    assert [(b.code, b.facts.get("account")) for b in ledger.self_check().breaks] == [
        ("break.empty", None),
        ("break.overdrawn", "suspense"),
        ("break.balance", "commission"),
        ("break.balance", "suspense"),
    ]


ACCOUNTS = ("suspense", "escrow:deal:1", "escrow:deal:2", "org:1:payable", "commission")
MOVES = st.lists(
    st.tuples(
        st.sampled_from((BANK, *ACCOUNTS)),
        st.sampled_from((BANK, *ACCOUNTS)),
        st.integers(1, 10**12),
        st.sampled_from(("CNY", "USD")),
    ),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_whatever_is_tried_the_books_add_up_and_nobody_is_overdrawn(moves):
    with db.session.begin_nested() as savepoint:
        for number, (source, target, minor, currency) in enumerate(moves):
            if source == target:
                continue
            amount = Money(currency, minor)
            before = queries.balance(source, currency), queries.balance(target, currency)
            try:
                ledger.transfer(f"t{number}", "move", {source: -amount, target: amount})
            except Refused:
                after = queries.balance(source, currency), queries.balance(target, currency)
                assert after == before
        assert ledger.self_check().breaks == ()
        for currency in ("CNY", "USD"):
            owed = sum(queries.balance(name, currency).minor for name in ACCOUNTS)
            assert owed == -queries.balance(BANK, currency).minor
        savepoint.rollback()
