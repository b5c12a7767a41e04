"""Asking for an invoice and issuing it, in the browser."""

import io
import re

from marketplace.core.db import db
from marketplace.deals.models import DealState
from marketplace.invoices.models import Invoice, InvoiceState
from tests import factories as a
from tests.deals import journey
from tests.documents import samples

HERE = "/workbench/money/invoices"
THERE = "/console/money/invoices"


def asked(browser):
    page = browser.get(f"{HERE}/new").get_data(as_text=True)
    fees = re.findall(r'name="fees" value="(\d+)"', page)
    form = {"fees": fees, "kind": "ordinary", "title": "岭南大学", "tax_number": ""}
    return browser.post(f"{HERE}/new", data=form)


def test_a_seller_asks_the_desk_issues_and_the_seller_fetches_the_file(sign_in):
    deal, _ = journey.to(DealState.CLOSED)
    seller = sign_in(deal.seller, "finance")
    assert "1 笔费用尚未开票" in seller.get(HERE).get_data(as_text=True)
    where = asked(seller).headers["Location"]
    desk = sign_in(a.exchange(), "owner")
    assert deal.seller.name in desk.get(THERE).get_data(as_text=True)
    reference = where.rsplit("/", 1)[1]
    form = {
        "number": "25442000000012345678",
        "on": "2026-01-05",
        "tax": "566.04",
        "document": (io.BytesIO(samples.pdf()), "发票.pdf"),
    }
    answer = desk.post(f"{THERE}/{reference}/issue", data=form)
    assert answer.status_code == 303
    page = seller.get(where).get_data(as_text=True)
    assert "25442000000012345678" in page
    file = re.search(r'href="(/documents/\d+)[^"]*"', page)[1]
    with seller.get(file) as answer:
        assert answer.data == samples.pdf()


def test_a_wrong_number_stays_in_the_form_with_its_reason(sign_in):
    deal, _ = journey.to(DealState.CLOSED)
    reference = asked(sign_in(deal.seller, "owner")).headers["Location"].rsplit("/", 1)[1]
    desk = sign_in(a.exchange(), "owner")
    form = {
        "number": "12",
        "on": "2026-01-05",
        "tax": "566.04",
        "document": (io.BytesIO(samples.pdf()), "发票.pdf"),
    }
    answer = desk.post(f"{THERE}/{reference}/issue", data=form)
    assert answer.status_code == 422
    assert "20 位数字" in answer.get_data(as_text=True)
    assert db.session.query(Invoice).one().state is InvoiceState.REQUESTED


def test_the_same_form_sent_twice_makes_one_invoice(sign_in):
    deal, _ = journey.to(DealState.CLOSED)
    seller = sign_in(deal.seller, "owner")
    page = seller.get(f"{HERE}/new").get_data(as_text=True)
    form = {
        "fees": re.findall(r'name="fees" value="(\d+)"', page),
        "kind": "ordinary",
        "title": "岭南大学",
    }
    answers = [seller.post(f"{HERE}/new", data=form).status_code for _ in range(2)]
    assert answers == [303, 422]
    assert db.session.query(Invoice).count() == 1


def test_without_fees_the_page_says_where_they_come_from(sign_in):
    page = sign_in(a.organisation(), "owner").get(HERE).get_data(as_text=True)
    assert "还没有可以开票的费用" in page
