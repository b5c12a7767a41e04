"""What an organisation pays to the exchange and gets from it, on one page."""

from marketplace.auctions.models import Participant
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.money import yuan
from marketplace.deals.models import DealState
from marketplace.payments import codes
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import an_auction
from tests.deals import journey

HERE = "/workbench/money"


def page(browser, query=""):
    answer = browser.get(HERE + query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_buyer_sees_what_is_due_and_its_code(sign_in):
    deal, who = journey.opened()
    journey.cleared(deal, who)
    journey.signed(deal, who)
    text = page(sign_in(deal.buyer, "finance"))
    assert codes.shown(journey.payment_of(deal).reference) in text
    assert deal.reference in text
    assert deal.reference not in page(sign_in(deal.seller, "owner"))


def test_a_seller_sees_what_is_on_its_way_and_then_what_came(sign_in):
    deal, who = journey.to(DealState.SETTLEMENT)
    journey.released(deal, who)
    seller, buyer = sign_in(deal.seller, "owner"), sign_in(deal.buyer, "owner")
    assert "1 笔待收" in page(seller)
    journey.sent(deal, who)
    text = page(seller)
    assert ("1 笔待收" in text, "收到交易款" in text) == (False, True)
    assert "490,000" in text
    assert "500,000" in page(buyer)


def test_the_days_narrow_what_is_shown_and_exported(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    buyer = sign_in(deal.buyer, "owner")
    day = clock.today().isoformat()
    assert "这段时间没有收付" not in page(buyer, f"?since={day}")
    assert "500,000" not in page(buyer, "?until=2001-01-01")
    rows = page(buyer, "?format=csv").splitlines()
    assert (len(rows), deal.reference in rows[1]) == (2, True)


def test_a_credit_that_lies_here_is_said(sign_in):
    payer, staff = a.organisation(), a.operator()
    with transaction():
        payment = payments.expect(
            staff, payer, payer_id=payer.id, account="escrow:deal:1", amount=yuan(10)
        )
        payments.book_receipt(staff, payment, journey.seen(yuan(13)))
    assert "余额 ¥3" in page(sign_in(payer, "owner"))


def test_a_deposit_names_its_auction(sign_in):
    auction, firm = an_auction(), a.organisation()
    bidder = a.keep(Participant(auction=auction, organisation=firm))
    with transaction():
        payments.expect(
            a.operator(), bidder, payer_id=firm.id, account="deposit:1:1", amount=yuan(10)
        )
    assert auction.reference in page(sign_in(firm, "owner"))


def test_those_who_do_not_handle_money_neither_see_it_nor_the_way_to_it(sign_in):
    browser = sign_in(a.organisation(), "viewer")
    assert browser.get(HERE).status_code == 403
    assert HERE not in browser.get("/workbench").get_data(as_text=True)


def test_an_empty_page_says_what_will_be_here(sign_in):
    assert "还没有资金往来" in page(sign_in(a.organisation(), "owner"))
