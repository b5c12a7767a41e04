"""Payment orders as the bank gets them: to the last fen, whatever names there are."""

import csv
import io
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from marketplace.core import clock
from marketplace.payments import orders

PAYER = orders.Payer("监管专户", "监管银行", "6200 0000 0000 0000")
IN = {"p": orders.NAMESPACE}
LONG = "広州市天河区科技成果转化与知识产权运营服务有限责任公司" * 8  # no bank takes more than 140
ORDERS = st.lists(
    st.builds(
        orders.Order,
        st.from_regex(r"PO[0-9]{10}", fullmatch=True),
        st.integers(1, len(LONG)).map(lambda size: LONG[:size]),
        st.just("工商银行"),
        st.integers(10**11, 10**19 - 1).map(str),
        st.integers(1, 10**13),
        st.just("放款"),
    ),
    min_size=1,
    max_size=8,
)


@given(ORDERS)
def test_the_file_says_what_was_ordered_to_the_last_fen(made_of):
    now = clock.now()
    content = orders.pain001(
        made_of, PAYER, reference="B1", currency="CNY", made_at=now, on=clock.today()
    )
    root = etree.fromstring(content)
    amounts = [Decimal(e.text) for e in root.iterfind(".//p:InstdAmt", IN)]
    assert amounts == [Decimal(one.minor) / 100 for one in made_of]
    sums = {Decimal(e.text) for e in root.iterfind(".//p:CtrlSum", IN)}
    assert sums == {sum(amounts)}
    assert [e.text for e in root.iterfind(".//p:EndToEndId", IN)] == [o.end_to_end for o in made_of]
    assert [e.text for e in root.iterfind(".//p:Cdtr/p:Nm", IN)] == [o.name[:140] for o in made_of]
    rows = list(csv.reader(io.StringIO(orders.table(made_of, currency="CNY").decode("gb18030"))))
    assert [Decimal(row[4]) for row in rows[1:]] == amounts
    assert [row[1].strip() for row in rows[1:]] == [o.account for o in made_of]


def test_a_name_that_would_be_markup_stays_a_name():
    order = orders.Order("PO1", "<Nm>甲&乙", "x", "1", 1, "x")
    content = orders.pain001(
        [order], PAYER, reference="B1", currency="CNY", made_at=clock.now(), on=clock.today()
    )
    assert etree.fromstring(content).findtext(".//p:Cdtr/p:Nm", namespaces=IN) == "<Nm>甲&乙"
