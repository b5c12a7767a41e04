"""Statements of every kind, read into one shape; what is broken is refused, what is odd is said."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.payments.statements import reading
from marketplace.payments.statements.shape import Statement
from tests.payments.statements.writing import ACCOUNT, Moved, camt053, mt940, table

CAMT = "camt053/valid_example"
ICBC = "cn_exports/icbc/{0}/example-icbc-{0}-records.csv"
# file, account, currency, opening, closing, movements, net, balances -- worked out by hand from the files
REAL = [
    (CAMT + ".xml", "DE14740618130000033626", "EUR", "33.06", "23.06", 5, "-10.00", True),
    (f"{CAMT}_with_debit.xml", "DE14740618130000033626", "EUR", "-33.06", "23.06", 5, "-10.00", False),
    (f"{CAMT}_with_batch.xml", "NL18INGB00012345678", "EUR", "7329.80", "23038.20", 3, "2934.26", False),
    (f"{CAMT}_with_datetime.xml", "11111111", "USD", None, "606.80", 1, "195.86", None),
    (f"{CAMT}_with_instdamt.xml", "CH9788761065025111111", "CHF", "100.00", "4500.00", 1, "4500.00", False),
    (f"{CAMT}_with_other_id.xml", "ABCDE1234", "EUR", None, None, 0, "0.00", None),
    ("mt940/jejik/abnamro.sta", "517852257", "EUR", "3236.28", "876.84", 8, "-321.44", False),
    ("mt940/jejik/abnamro.sta", "517852257", "EUR", "2876.84", "1849.75", 2, "-24.49", False),
    ("mt940/jejik/generic.sta", "11111111", "EUR", "100.00", "90.00", 1, "-10.00", True),
    ("mt940/jejik/generic.sta", "11111111", "EUR", "90.00", "80.00", 1, "-10.00", True),
    ("mt940/jejik/ing.sta", "0001234567", "EUR", "0.00", "3.47", 7, "-45.59", False),
    ("mt940/jejik/knab.sta", "123456789", "EUR", "0.00", "500.00", 1, "500.00", True),
    ("mt940/jejik/knab.sta", "123456789", "EUR", "3058.98", "798.98", 2, "-6760.00", False),
    ("mt940/jejik/postfinance.sta", "123456789", "CHF", "0.00", "229.20", 2, "229.20", True),
    ("mt940/jejik/postfinance.sta", "123456789", "CHF", "229.20", "159.60", 2, "-69.80", False),
    ("mt940/jejik/rabobank-iban.sta", "NL71RABO0123456789", "EUR", "1000.00", "965.00", 2, "-35.00", True),
    ("mt940/jejik/rabobank-iban.sta", "NL71RABO0123456789", "EUR", "965.00", "930.00", 2, "-35.00", True),
    ("mt940/jejik/rabobank.sta", "1291.99.348EUR", "EUR", "473.17", "395.82", 1, "-1213.28", False),
    ("mt940/jejik/rabobank.sta", "1291.99.348EUR", "EUR", "1000.89", "1000.89", 0, "0.00", True),
    ("mt940/jejik/rabobank.sta", "1291.99.348EUR", "EUR", "1295.82", "1250.87", 2, "-281.51", False),
    ("mt940/jejik/rabobank.sta", "1526.89.184EUR", "EUR", "4196.12", "4101.82", 2, "-94.30", True),
    ("mt940/jejik/sns.sta", "0123456789", "EUR", "1234.56", "1209.56", 2, "-25.00", True),
    ("mt940/jejik/sns.sta", "0123456789", "EUR", "1209.56", "1209.56", 0, "0.00", True),
    ("mt940/jejik/triodos.sta", "TRIODOSBANK/0390123456", "EUR", "4975.09", "4370.79", 2, "-715.70", False),
    ("mt940/mBank/mt940.sta", "PL29114010810000267002001002", "PLN", "0.40", "0.43", 3, "0.03", True),
    ("mt940/mBank/mt942.sta", "PL29114010810000267002001002", "PLN", None, None, 3, "0.03", None),
    ("mt940/mBank/with_newline_in_tnr.sta", "PL29114010810000267002001002", "PLN", "0.46", "860.17", 2, "89.00", False),
    ("cn_exports/alipay/example-alipay-records.csv", "xx@gmail.com", "CNY", None, None, 10, "222066.86", None),
    ("cn_exports/boc/credit/example-boc-records.csv", "", "CNY", None, None, 13, "-238.25", None),
    ("cn_exports/boc/credit/example-boc-records.csv", "", "USD", None, None, 1, "-3.72", None),
    ("cn_exports/boc/debit/example-boc-records.csv", "3167", "CNY", "2813.58", "3240.28", 17, "426.70", True),
    ("cn_exports/cmb/credit/example-cmb-records.csv", "1234", "CNY", None, None, 6, "-7675.98", None),
    ("cn_exports/cmb/debit/example-cmb-records.csv", "", "CNY", "37.66", "1218.24", 5, "-779.14", False),
    (ICBC.format("credit"), "1234****5678", "CNY", "-16013.28", "-6086.11", 9, "4257.88", False),
    (ICBC.format("debit-v1"), "1234****9876", "CNY", None, None, 11, "-1399.34", None),
    (ICBC.format("debit-v2"), "1234****9876", "CNY", None, None, 11, "-1399.34", None),
    ("cn_exports/wechat/example-wechat-records.csv", "测试", "CNY", None, None, 27, "-2876.04", None),
    ("cn_exports/wechat/example-wechat-records.xlsx", "测试", "CNY", None, None, 27, "-2876.04", None),
]  # fmt: skip


def told(one: Statement) -> tuple[object, ...]:
    said = one.as_dict()
    counted = len(said["transactions"])
    names = ("account", "currency", "opening", "closing")
    return (*(said[name] for name in names), counted, said["net"], said["balances"])


@pytest.mark.parametrize("file", sorted({row[0] for row in REAL}))
def test_a_real_file_is_read_as_it_stands_and_says_whether_it_balances(file, real_data):
    found = reading.read((real_data / "bank" / file).read_bytes())
    assert [told(one) for one in found] == [row[1:] for row in REAL if row[0] == file]


def test_no_real_file_is_left_out(real_data):
    files = {p for p in (real_data / "bank").rglob("*") if p.is_file() and p.name != "LICENSE"}
    named = {str(p.relative_to(real_data / "bank")) for p in files}
    assert named == {row[0] for row in REAL} | {"camt053/valid_namespace.xml"}


def test_a_document_without_a_statement_is_refused(real_data):
    with pytest.raises(Invalid) as refusal:
        reading.read((real_data / "bank/camt053/valid_namespace.xml").read_bytes())
    assert refusal.value.code == "statement.none"


HEAD = b":20:A\n:25:1\n:28C:1\n:60F:C260101CNY1,00\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "statement.unknown_format"),
        (b"\0\1\2\3", "statement.unknown_format"),
        (b"PK\x03\x04 no workbook", "statement.unknown_format"),
        ("今天天气很好，没有流水。".encode(), "statement.unknown_format"),
        (b"<html><body>Log in first</body></html>", "statement.none"),
        (b"<Document><BkToCstmrStmt>", "statement.xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "statement.xml"),
        (camt053([Moved(100)]).replace(b"CRDT", b"BOTH"), "statement.xml"),
        (camt053([Moved(100)]).replace(b">1.00<", b">one<"), "statement.xml"),
        (camt053([Moved(100)]).replace(b">1.00<", b">1.001<"), "statement.xml"),
        (
            HEAD + b":61:2601010101C1,00NTRFNONREF\n:61:lost\n:62F:C260101CNY2,00\n",
            "statement.swift",
        ),
        (table([Moved(100)]).replace(b"1.00", b"l.00"), "statement.row"),
        (table([Moved(100)]).replace(b"2026-03-02", b"2026-13-02"), "statement.row"),
        (b"x" * (reading.LARGEST + 1), "statement.too_large"),
    ],
)
def test_what_is_broken_is_refused_as_a_whole(data, code):
    with pytest.raises(Invalid) as refusal:
        reading.read(data)
    assert (refusal.value.code, set(refusal.value.fields)) == (code, {"statement"})


def test_a_reversed_credit_takes_money_away():
    data = HEAD + b":61:2601010101RC0,40NTRFNONREF\n:86:back\n:62F:C260101CNY0,60\n-\n"
    [one] = reading.read(data)
    assert (one.net, one.balances) == (-40, True)


def test_a_pending_entry_does_not_count():
    [one] = reading.read(camt053([Moved(100)]).replace(b"BOOK", b"PDNG"))
    assert ([e.counts for e in one.entries], one.net) == ([False], 0)


def test_a_batch_is_told_payment_by_payment_where_its_parts_make_up_the_whole():
    parts = "".join(
        f'<TxDtls><Amt Ccy="CNY">{a}</Amt><RmtInf><Ustrd>{t}</Ustrd></RmtInf></TxDtls>'
        for a, t in (("0.40", "one"), ("0.60", "two"))
    )
    whole = camt053([Moved(100)]).decode()
    start, end = whole.index("<TxDtls>"), whole.index("</NtryDtls>")
    [one] = reading.read((whole[:start] + parts + whole[end:]).encode())
    assert [(e.minor, e.text) for e in one.entries] == [(40, "one"), (60, "two")]
    [other] = reading.read((whole[:start] + parts.replace("0.60", "0.50") + whole[end:]).encode())
    assert [e.minor for e in other.entries] == [100]


def test_a_line_missing_from_the_middle_shows_in_the_balances():
    moved = [Moved(100, on=date(2026, 3, day), number=str(day)) for day in (1, 2, 3)]
    data = table(moved, newest_first=False).decode("gb18030").splitlines()
    [one] = reading.read("\n".join(line for line in data if ",2," not in line).encode("gb18030"))
    assert one.balances is False
    assert [remark.code for remark in one.all_remarks] == ["statement.out_of_order"]


plain = st.text(st.characters(categories=("Lu", "Ll", "Lo"), max_codepoint=0x9FFF), max_size=12)
movements = st.lists(
    st.builds(
        Moved,
        minor=st.integers(-(10**9), 10**9).filter(bool),
        name=plain,
        number=st.from_regex(r"[A-Z][0-9]{6,12}", fullmatch=True),
        on=st.dates(date(2024, 1, 1), date(2026, 11, 1)),
    ),
    min_size=1,
    max_size=20,
).map(lambda moved: sorted(moved, key=lambda one: one.on))
WRITERS = {"MT940": mt940, "camt.053": camt053, "BOC": table}


@given(movements, st.integers(0, 10**9), st.sampled_from(sorted(WRITERS)))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_what_is_read(moved, opening, kind):
    [one] = reading.read(WRITERS[kind](moved, opening=opening))
    assert (one.format, one.account, one.currency) == (kind, ACCOUNT, "CNY")
    assert [(e.booked_on, e.minor, e.reference) for e in one.entries] == [
        (m.on, m.minor, m.number) for m in moved
    ]
    assert (one.opening, one.balances) == (opening, True)


@given(movements, st.integers(-(10**6), 10**6).filter(bool), st.sampled_from([mt940, camt053]))
@settings(max_examples=40, deadline=None)
def test_a_closing_balance_that_does_not_follow_is_noticed(moved, gap, write):
    honest = sum(one.minor for one in moved)
    [one] = reading.read(write(moved, closing=honest + gap))
    [remark] = one.all_remarks
    assert (one.balances, remark.code) == (False, "statement.unbalanced")
    assert Decimal(remark.facts["gap"]) == Decimal(gap) / 100
