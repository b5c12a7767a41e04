"""The pages of a settlement: schedule, statement, taxes, payoff letters, rewards, fees owed."""

import csv
import io
from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.money import yuan
from marketplace.deals.models import DealState, RepaymentState, TaxState
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import queries as payments
from tests import factories as a
from tests.deals import installing as parts
from tests.deals import journey
from tests.documents import samples


def page(browser, address, status=200):
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def sent(browser, address, status=303, **fields):
    answer = browser.post(address, data=fields, content_type="multipart/form-data")
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def pdf(name="proof.pdf"):
    return (io.BytesIO(samples.pdf()), name)


def test_a_milestone_goes_from_one_side_to_the_other_and_is_paid_and_released(sign_in):
    deal, who = parts.sold()
    here = f"/workbench/deals/{deal.reference}/instalments"
    seller, buyer = sign_in(deal.seller, "owner"), sign_in(deal.buyer, "owner")
    assert "样机验收合格" in page(seller, here)
    today = clock.today().isoformat()
    wrong = sent(seller, f"{here}/3/declare", 422, **{"declare-3-reached_on": today})
    assert "请选择文件" in wrong
    later = (clock.today() + timedelta(days=1)).isoformat()
    fields = {"declare-3-reached_on": later, "declare-3-document": pdf()}
    assert "不能晚于今天" in sent(seller, f"{here}/3/declare", 422, **fields)
    fields = {"declare-3-reached_on": today, "declare-3-document": pdf()}
    sent(seller, f"{here}/3/declare", **fields)
    assert "确认事件已发生" in page(buyer, here)
    assert "确认事件已发生" not in page(seller, here)
    sent(buyer, f"{here}/3/confirm")
    sent(buyer, f"{here}/3/confirm")  # twice is once: the second is told that it is over
    parts.paid(deal, who, 3)
    staff = sign_in(a.exchange(), "owner")
    sent(staff, f"{here}/3/release")
    sent(staff, f"{here}/3/release")
    assert [p.amount for p in payments.payouts_of(deal)] == [yuan(196_000)]
    rows = list(csv.reader(io.StringIO(page(buyer, f"{here}.csv").lstrip("\ufeff"))))
    assert len(rows) == 4


def test_nobody_does_what_is_the_other_s(sign_in):
    deal, _ = parts.sold()
    here = f"/workbench/deals/{deal.reference}/instalments"
    viewer, buyer = sign_in(deal.buyer, "viewer"), sign_in(deal.buyer, "owner")
    for browser, verb in (
        (viewer, "declare"),
        (buyer, "waive"),
        (buyer, "release"),
        (buyer, "lapse"),
    ):
        assert browser.post(f"{here}/3/{verb}").status_code == 403
    assert buyer.post(f"{here}/9/declare").status_code == 404
    assert sign_in(a.organisation(), "owner").get(here).status_code == 404


def test_a_tax_from_its_instruction_to_its_receipt(sign_in):
    deal, who = journey.to(DealState.SETTLEMENT)
    here = f"/workbench/deals/{deal.reference}/money"
    buyer, staff = sign_in(deal.buyer, "finance"), sign_in(a.exchange(), "owner")
    said = {
        "instruct-name": "corporate_income",
        "instruct-amount": "9999999",
        "instruct-basis": "10%",
    }
    assert "不超过价款" in sent(buyer, f"{here}/instruct", 422, **said)
    sent(buyer, f"{here}/instruct", **said | {"instruct-amount": "5万"})
    [tax] = deal.withheld_taxes
    assert sign_in(deal.seller, "owner").post(f"{here}/instruct").status_code == 403
    journey.released(deal, who)
    n = tax.id
    order = {f"order{n}-{name}": "税务局" for name in ("office", "bank", "account", "form_number")}
    sent(staff, f"{here}/order", **{f"order{n}-item": n}, **order)
    journey.sent(deal, who)
    assert tax.state is TaxState.PAID
    receipt = {f"receipt{n}-item": n, f"receipt{n}-number": "344016", f"receipt{n}-document": pdf()}
    sent(staff, f"{here}/receipt", **receipt)
    for side in (deal.buyer, deal.seller):
        browser = sign_in(side, "owner")
        assert "344016" in page(browser, here)
        with browser.get(f"/documents/{tax.receipt_id}") as answer:
            assert answer.data[:5] == b"%PDF-"
    assert staff.post(f"{here}/order", data={"order999-item": "999"}).status_code in {404, 422}
    assert staff.post(f"{here}/unsay").status_code == 403


def test_what_the_seller_pays_back_is_agreed_to_by_a_second_person(sign_in):
    deal, _ = journey.to(DealState.CLOSED)
    here = f"/workbench/deals/{deal.reference}/money"
    exchange = a.exchange()
    one, other = sign_in(exchange, "owner"), sign_in(exchange, "owner")
    fields = {"repay-amount": "200000", "repay-because": "判决撤销", "repay-document": pdf()}
    sent(one, f"{here}/repay", **fields)
    [back] = deal.repayments
    sent(one, f"{here}/agree", **{f"agree{back.id}-item": back.id})
    assert back.state is RepaymentState.PROPOSED
    sent(other, f"{here}/agree", **{f"agree{back.id}-item": back.id})
    assert back.state is RepaymentState.ASKED
    assert "判决撤销" in page(sign_in(deal.seller, "owner"), here)
    drop = {f"drop{back.id}-item": back.id, f"drop{back.id}-because": "和解"}
    sent(other, f"{here}/drop", **drop)
    assert back.state is RepaymentState.WITHDRAWN


def pledged():
    bank = a.organisation("lender", kind=OrganisationKind.BANK, uscc="91440101MA59UXJ10U")
    listing = a.listing()
    due = clock.today() + timedelta(days=30)
    pledge = a.pledge(
        listing.assets[0], lender_id=bank.id, amount_minor=yuan(600_000).minor, due_on=due
    )
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, journey.paid, journey.recorded):
        step(deal, who)
    return deal, who, pledge, bank


def test_a_lender_gives_its_letter_and_the_deposit_is_paid_out(sign_in):
    deal, who, pledge, bank = pledged()
    journey.released(deal, who)
    lender, staff = sign_in(bank, "owner"), sign_in(a.exchange(), "owner")
    assert deal.reference not in page(lender, "/workbench/payoffs")  # it is settled
    here = f"/workbench/deals/{deal.reference}/money"
    fields = {
        f"lender{pledge.id}-item": pledge.id, f"lender{pledge.id}-lender": "X",
        f"lender{pledge.id}-amount": "10万", f"lender{pledge.id}-because": "到期",
    }  # fmt: skip
    assert "请质权人先登记" in sent(
        staff, f"{here}/lender", 422, **fields, **{f"lender{pledge.id}-document": pdf()}
    )
    fields[f"lender{pledge.id}-lender"] = bank.uscc
    with clock.freeze(clock.now() + timedelta(days=31)):
        staff = sign_in(a.exchange(), "owner")
        sent(staff, f"{here}/lender", **fields, **{f"lender{pledge.id}-document": pdf()})
    assert [p.amount for p in payments.payouts_of(deal)] == [yuan(100_000)]
    assert "400,000" in page(sign_in(deal.seller, "owner"), here)


def test_the_letter_of_a_lender_is_asked_of_nobody_else(sign_in):
    bank = a.organisation("lender", kind=OrganisationKind.BANK)
    listing = a.listing()
    pledge = a.pledge(listing.assets[0], lender_id=bank.id, amount_minor=yuan(300_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    journey.cleared(deal, who)
    journey.signed(deal, who)
    here = f"/workbench/payoffs/{deal.reference}/{pledge.id}"
    lender = sign_in(bank, "owner")
    assert deal.reference in page(lender, "/workbench/payoffs")
    day = clock.today()
    fields = {
        "amount": "28万", "as_of": day.isoformat(), "valid_until": (day - timedelta(days=1)).isoformat(),
        "per_day": "100",
    }  # fmt: skip
    assert "有效期不能早于" in sent(lender, here, 422, **fields, document=pdf())
    fields["valid_until"] = (day + timedelta(days=60)).isoformat()
    sent(lender, here, **fields, document=pdf())
    assert deal.payoff_letters[0].amount == yuan(280_000)
    for stranger in (deal.seller, deal.buyer, a.organisation("lender")):
        assert sign_in(stranger, "owner").get(here).status_code == 404


def test_the_inventors_are_seen_by_the_owner_s_people_alone(sign_in):
    deal, _ = journey.to(DealState.CLOSED)
    here = f"/workbench/deals/{deal.reference}/rewards"
    owner = sign_in(deal.seller, "owner")
    low = {"share_bps": "40", "inventors": "李明，100"}
    assert "不得低于净收入的一半" in sent(owner, here, 422, **low)
    assert "合计为一百" in sent(owner, here, 422, share_bps="50", inventors="李明，60\n王芳，30")
    sent(owner, here, costs="10000", share_bps="60", inventors="李明，60\n王芳，40")
    told = page(owner, here)
    assert "李明" in told
    assert "288,000" in told  # sixty per cent of 490,000 less 10,000
    assert "李明" in page(owner, f"{here}.csv")
    for stranger, status in ((deal.buyer, 403), (a.exchange(), 403), (a.organisation(), 404)):
        browser = sign_in(stranger, "owner")
        assert browser.get(here).status_code == browser.get(f"{here}.csv").status_code == status
    assert sign_in(deal.seller, "viewer").post(here, data={"share_bps": "60"}).status_code == 403


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_the_statement_as_a_paper_and_a_table(sign_in, side):
    deal, _ = journey.to(DealState.CLOSED)
    browser = sign_in(getattr(deal, side), "owner")
    here = f"/workbench/deals/{deal.reference}"
    paper = browser.get(f"{here}/statement.pdf")
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    rows = list(csv.reader(io.StringIO(page(browser, f"{here}/statement.csv").lstrip("\ufeff"))))
    assert len(rows) == {"seller": 4, "buyer": 2}[side]
    own = browser.get("/workbench/money/statement.pdf")
    assert (own.status_code, own.data[:5]) == (200, b"%PDF-")
    lines = page(browser, "/workbench/money/statement.csv?since=2026-01-01").splitlines()
    assert len(lines) == 4  # head, opening, one movement, closing


def test_fees_owed_are_on_the_cashier_s_page(sign_in):
    deal, who, _, _ = pledged()
    journey.released(deal, who)
    staff = sign_in(a.exchange(), "owner")
    assert deal.reference in page(staff, "/console/money/own/receivables")
    assert deal.reference in page(staff, "/console/money/own/receivables?show=all&format=csv")
