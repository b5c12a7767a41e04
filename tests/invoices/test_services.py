"""Invoices: one's own fees, each on one invoice, with the tax that we worked out."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.events import Event
from marketplace.core.money import Money, yuan
from marketplace.deals.models import DealState
from marketplace.documents import queries as documents
from marketplace.invoices import queries
from marketplace.invoices import services as invoices
from marketplace.invoices.models import InvoiceKind, InvoiceState
from marketplace.invoices.services import Details, Issued
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
NUMBER = "25442000000012345678"
TAX_NUMBER = "91440101MA59EXAM0D"


def sold(listing=None):
    return journey.to(DealState.CLOSED, listing)


def details(**over):
    return Details(**{"kind": InvoiceKind.ORDINARY, "title": "岭南大学"} | over)


def requested(deal, actor=None, **over):
    by = actor or a.actor(deal.seller)
    fees = [fee.posting_id for fee in queries.open_fees(by)]
    with transaction():
        return by, invoices.request(by, fees, details(**over))


def issued(invoice, operator, **over):
    made = {"number": NUMBER, "on": clock.today(), "tax": invoice.tax} | over
    document = a.document(organisation_id=operator.organisation_id)
    with transaction():
        invoices.issue(operator, invoice, Issued(document=document, **made))


def code_of(act, *args, **over):
    with pytest.raises(Refused) as refusal, transaction():
        act(*args, **over)
    return refusal.value.code


def test_a_seller_sees_the_fee_of_a_released_deal_with_its_tax_and_the_buyer_none():
    deal, who = sold()
    (fee,) = queries.open_fees(who.seller)
    assert (fee.deal, fee.amount, fee.taxed.tax.minor) == (deal.reference, yuan(10_000), 56_604)
    assert queries.open_fees(who.buyer) == []


def test_an_invoice_asked_for_takes_the_fee_off_the_list_and_is_for_its_amount():
    deal, _ = sold()
    by, invoice = requested(deal)
    assert (invoice.amount, invoice.tax) == (yuan(10_000), Money("CNY", 56_604))
    assert queries.open_fees(by) == []
    assert queries.deals_on(invoice) == [(deal.reference, yuan(10_000))]


def test_several_fees_go_on_one_invoice():
    seller = a.organisation()
    first, _ = sold(a.listing(seller=seller))
    second, _ = sold(a.listing(seller=seller))
    _, invoice = requested(first)
    assert invoice.amount == yuan(20_000)
    assert [ref for ref, _ in queries.deals_on(invoice)] == [first.reference, second.reference]


def test_a_fee_is_on_one_standing_invoice_and_only_on_its_payers():
    deal, who = sold()
    (fee,) = queries.open_fees(who.seller)
    requested(deal)
    again = code_of(invoices.request, who.seller, [fee.posting_id], details())
    others = code_of(invoices.request, who.buyer, [fee.posting_id], details())
    assert (again, others) == ("invoice.fee_taken", "invoice.fee_taken")


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"title": " "}, "title", "invoice.title"),
        ({"kind": InvoiceKind.SPECIAL}, "tax_number", "invoice.tax_number_missing"),
        ({"tax_number": "91440101MA59EXAM0X"}, "tax_number", "invoice.tax_number"),
    ],
)
def test_incomplete_details_are_refused_beside_their_field(wrong, field, code):
    _, who = sold()
    (fee,) = queries.open_fees(who.seller)
    with pytest.raises(Invalid) as refusal:
        invoices.request(who.seller, [fee.posting_id], details(**wrong))
    assert refusal.value.fields == {field: code}


def test_nothing_ticked_is_no_invoice():
    assert code_of(invoices.request, a.actor(a.organisation()), [], details()) == "invoice.no_fee"


def test_once_issued_its_organisation_reads_the_file_and_nobody_else():
    deal, who = sold()
    _, invoice = requested(deal)
    issued(invoice, who.operator)
    assert (invoice.state, invoice.number) == (InvoiceState.ISSUED, NUMBER)
    assert documents.get(who.seller, invoice.document.id) == invoice.document
    with pytest.raises(NotFound):
        documents.get(who.buyer, invoice.document.id)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": "1234"}, "invoice.number"),
        ({"tax": yuan(600)}, "invoice.other_tax"),
        ({"on": clock.today() + timedelta(days=1)}, "invoice.future"),
    ],
)
def test_what_does_not_fit_the_request_is_not_issued(wrong, code):
    deal, who = sold()
    _, invoice = requested(deal)
    with pytest.raises(Invalid) as refusal:
        issued(invoice, who.operator, **wrong)
    assert (refusal.value.code, invoice.state) == (code, InvoiceState.REQUESTED)


def test_a_number_of_the_tax_office_is_used_once():
    first, who = sold()
    second, _ = sold()
    one, other = requested(first)[1], requested(second)[1]
    issued(one, who.operator)
    with pytest.raises(Invalid) as refusal:
        issued(other, who.operator)
    assert refusal.value.code == "invoice.number_known"


@pytest.mark.parametrize("way", ["withdraw", "decline", "reverse"])
def test_a_fee_is_free_for_another_invoice_once_the_first_stands_no_longer(way):
    deal, who = sold()
    by, invoice = requested(deal)
    with transaction():
        if way == "withdraw":
            invoices.withdraw(by, invoice)
        elif way == "decline":
            invoices.decline(who.operator, invoice, because="抬头有误")
    if way == "reverse":
        issued(invoice, who.operator)
        red = {"number": NUMBER[::-1], "on": clock.today(), "document": a.document()}
        with transaction():
            invoices.reverse(who.operator, invoice, because="税率有误", **red)
    assert len(queries.open_fees(by)) == 1
    _, second = requested(deal)
    assert second.reference != invoice.reference


def test_what_is_issued_is_not_withdrawn_and_what_is_withdrawn_not_issued():
    deal, who = sold()
    by, invoice = requested(deal)
    issued(invoice, who.operator)
    with pytest.raises(WrongState):
        invoices.withdraw(by, invoice)
    with pytest.raises(WrongState):
        issued(invoice, who.operator, number=NUMBER[::-1])


def test_who_may_ask_see_and_issue():
    deal, who = sold()
    by, invoice = requested(deal)
    with pytest.raises(NotAllowed):
        requested(deal, a.actor(deal.seller, "viewer"))
    with pytest.raises(NotFound):
        queries.get(who.buyer, invoice.reference)
    with pytest.raises(NotAllowed):
        invoices.decline(by, invoice, because="x")
    with pytest.raises(NotAllowed):
        invoices.withdraw(who.operator, invoice)
    assert queries.get(who.operator, invoice.reference) is invoice


def test_every_step_is_on_record_with_its_amount():
    deal, who = sold()
    _, invoice = requested(deal)
    issued(invoice, who.operator)
    rows = db.session.query(Event).filter_by(subject_kind="invoice", subject_id=invoice.id)
    assert [row.kind for row in rows.order_by(Event.id)] == ["invoice.request", "invoice.issue"]
