"""The pages of a dispute, and the settlement before it is made, as each side sees them."""

import io

from marketplace.core.db import transaction
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.deals.models import Basis, DealState, Outcome
from tests import factories as a
from tests.deals import journey
from tests.documents import samples


def page(browser, address, status=200):
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_party_raises_it_the_other_answers_and_two_of_the_staff_end_it(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    here = f"/workbench/deals/{deal.reference}/disputes"
    buyer, seller = sign_in(deal.buyer, "owner"), sign_in(deal.seller, "owner")
    paper = (io.BytesIO(samples.pdf()), "证据.pdf")
    said = {"because": "资料不全", "document": paper}
    sent = buyer.post(here, data=said, content_type="multipart/form-data")
    assert sent.status_code == 303
    assert "资料不全" in page(seller, here)
    assert seller.post(here, data={"because": "已经补齐"}).status_code == 303
    dispute = queries.open_dispute(deal)
    desk = f"/console/disputes/{dispute.id}"
    staff = a.exchange()
    one, other = sign_in(staff, "owner"), sign_in(staff, "owner")
    assert "已经补齐" in page(one, desk)
    assert one.post(desk, data={"because": "x"}).status_code == 422
    decision = {"outcome": "refund", "basis": "exchange", "because": "查明"}
    assert one.post(desk, data=decision).status_code == 303
    assert "须由另一位工作人员决定" in page(one, desk)
    assert deal.reference in page(other, "/console/disputes")
    assert other.post(f"{desk}/decide").status_code == 303
    assert "查明" in page(buyer, here)
    assert deal.state is DealState.CANCELLED


def test_the_deal_says_that_it_is_disputed_and_the_buyer_may_let_it_go(sign_in):
    deal, who = journey.to(DealState.SETTLEMENT)
    with transaction():
        deals.raise_dispute(who.buyer, deal, because="x")
    buyer = sign_in(deal.buyer, "owner")
    assert 'id="dispute"' in page(buyer, f"/workbench/deals/{deal.reference}")
    here = f"/workbench/deals/{deal.reference}/disputes"
    assert buyer.post(f"{here}/withdraw").status_code == 303
    assert 'id="dispute"' not in page(buyer, f"/workbench/deals/{deal.reference}")


def test_a_proposal_is_seen_by_nobody_before_it_is_decided(sign_in):
    deal, who = journey.to(DealState.RECORDAL)
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="x")
        decision = deals.Decision(Outcome.REFUND, Basis.EXCHANGE, "内部意见")
        deals.propose_decision(who.operator, dispute, decision)
    here = f"/workbench/deals/{deal.reference}/disputes"
    assert "内部意见" not in page(sign_in(deal.buyer, "owner"), here)


def test_the_seller_sees_who_gets_what_and_the_buyer_the_price_alone(sign_in):
    deal, _ = journey.to(DealState.SETTLEMENT)
    here = f"/workbench/deals/{deal.reference}"
    seen = page(sign_in(deal.seller, "owner"), here)
    assert ('id="statement"' in seen, "490,000" in seen) == (True, True)
    seen = page(sign_in(deal.buyer, "owner"), here)
    assert ('id="statement"' in seen, "490,000" in seen) == (False, False)


def test_a_stranger_finds_no_dispute(sign_in):
    deal, _ = journey.to(DealState.RECORDAL)
    page(sign_in(a.organisation(), "owner"), f"/workbench/deals/{deal.reference}/disputes", 404)
