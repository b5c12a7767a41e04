"""The pages of brokers and their principals, from the draft to the act and its end."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.mandates import services as mandates
from marketplace.mandates.models import (
    Commission,
    Conflict,
    Introduction,
    Mandate,
    MandateState,
    Side,
)
from marketplace.negotiation import services as negotiation
from marketplace.negotiation.models import Enquiry, Offer, OfferState
from marketplace.organisations import passwords
from tests import factories as a
from tests.mandates.mandating import in_force, offered

PASSWORD = "岭南演示-2026"


def person(**over):
    return a.user(password_hash=passwords.hashed(PASSWORD), **over)


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def desk(sign_in):
    """A seller's mandate on a listing with an offer of 450,000, and the broker's browser."""
    offer = a.offer()
    broker = a.organisation("broker", name="粤智经纪")
    mandate = in_force(offer.listing.seller, broker, assets=tuple(offer.listing.assets))
    base = f"/workbench/mandates/{mandate.reference}"
    return sign_in(broker, "manager"), base, offer, mandate


def test_a_principal_drafts_and_both_sign_with_their_passwords(sign_in):
    owner, broker = a.organisation(), a.organisation("broker")
    right = a.asset(keeper=owner)
    principal = sign_in(owner, "owner", person())
    form = {
        "side": "sell", "other": broker.id, "references": right.reference,
        "acts": ["answer", "accept"], "limit": "400000", "tail_days": "90", "rate": "3.5",
        "expires_on": (clock.today() + timedelta(days=60)).isoformat(),
    }  # fmt: skip

    answer = principal.post("/workbench/mandates/new", data=form)
    page = answer.location
    principal.post(f"{page}/offer")
    mandate = db.session.query(Mandate).one()
    sha256 = mandate.document.sha256
    wrong = principal.post(f"{page}/sign", data={"sha256": sha256, "password": "错误的密码"})
    principal.post(f"{page}/sign", data={"sha256": sha256, "password": PASSWORD})
    other = sign_in(broker, "owner", person())
    other.post(f"{page}/sign", data={"sha256": sha256, "password": PASSWORD})

    db.session.expire_all()
    assert wrong.status_code == 422
    assert (mandate.state, mandate.fee_table.tiers[0].bps) == (MandateState.IN_FORCE, 350)


def test_a_draft_that_says_too_little_comes_back_with_what_is_missing(sign_in):
    browser = sign_in(a.organisation(), "owner")

    answer = browser.post("/workbench/mandates/new", data={"side": "sell"})

    assert answer.status_code == 422


def test_the_broker_accepts_for_its_principal_and_both_histories_say_so(desk, sign_in):
    browser, base, offer, mandate = desk
    assert "粤智经纪" in text_of(browser.get(f"{base}/offers/{offer.reference}"))

    browser.post(f"{base}/offers/{offer.reference}/accept", data={"version": 1})

    db.session.expire_all()
    assert offer.state is OfferState.ACCEPTED
    principal = sign_in(offer.listing.seller, "owner")
    assert mandate.reference in text_of(principal.get(f"/workbench/offers/{offer.reference}"))


def test_a_counter_offer_below_the_floor_comes_back(desk):
    browser, base, offer, _ = desk
    below = browser.post(
        f"{base}/offers/{offer.reference}/counter", data={"version": 1, "price": "100"}
    )
    fair = browser.post(
        f"{base}/offers/{offer.reference}/counter", data={"version": 1, "price": "480000"}
    )

    db.session.expire_all()
    assert (below.status_code, fair.status_code, offer.version) == (422, 303, 2)


def test_the_broker_answers_a_question(desk):
    browser, base, offer, _ = desk
    with transaction():
        negotiation.ask(a.actor(offer.buyer), offer.listing, text="还在吗？")
    enquiry = db.session.query(Enquiry).one()

    browser.post(f"{base}/enquiries/{enquiry.id}", data={"text": "在的，欢迎看样。"})

    page = text_of(browser.get(f"{base}/enquiries/{enquiry.id}"))
    assert "在的，欢迎看样。" in page


def test_the_broker_lists_a_right_of_the_mandate(desk, sign_in):
    browser, base, offer, _ = desk

    answer = browser.post(
        f"{base}/list",
        data={"assets": [offer.listing.assets[0].reference], "price": "5万", "do": "draft"},
    )

    principal = sign_in(offer.listing.seller, "owner")
    assert answer.status_code == 303
    assert offer.listing.title in text_of(principal.get("/workbench/listings?state=draft"))


def test_an_introduction_is_recorded_seen_and_objected_to(desk, sign_in):
    browser, base, offer, _ = desk
    unknown = {"listing": offer.listing.reference, "party": "没有这家", "proof": "带看"}
    assert browser.post(f"{base}/introduce", data=unknown).status_code == 422

    browser.post(f"{base}/introduce", data=unknown | {"party": offer.buyer.name})
    made = db.session.query(Introduction).one()
    buyer = sign_in(offer.buyer, "owner")
    assert "带看" in text_of(buyer.get("/workbench/introductions"))
    buyer.post(f"/workbench/introductions/{made.id}/object", data={"because": "早已认识"})
    staff = sign_in(a.exchange(), "owner")
    assert "早已认识" in text_of(staff.get("/console/brokers/objections"))
    staff.post(f"/console/brokers/objections/{made.id}/reject", data={"because": "无证据"})

    db.session.expire_all()
    assert made.state == "rejected"


def test_the_principal_revokes_and_the_broker_s_next_step_is_refused(desk, sign_in):
    browser, base, offer, mandate = desk
    principal = sign_in(offer.listing.seller, "owner")

    principal.post(f"{base}/revoke", data={"because": "另有安排"})
    page = browser.post(
        f"{base}/offers/{offer.reference}/accept", data={"version": 1}, follow_redirects=True
    )

    db.session.expire_all()
    assert (mandate.state, offer.state) == (MandateState.REVOKED, OfferState.SENT)
    assert mandate.reference in text_of(page)


def test_nobody_else_opens_the_broker_s_desk(desk, sign_in):
    _, base, offer, _ = desk
    stranger = sign_in(a.organisation("broker"), "owner")
    principal = sign_in(offer.listing.seller, "owner")

    assert stranger.get(base).status_code == 404
    assert principal.get(f"{base}/offers/{offer.reference}").status_code == 403


def test_a_buyer_s_broker_offers_on_a_listing(sign_in):
    buyer, broker, listing = a.organisation(), a.organisation("broker"), a.listing()
    mandate = in_force(buyer, broker, side=Side.BUY)
    browser = sign_in(broker, "manager")
    page = f"/workbench/mandates/{mandate.reference}/new-offer"
    assert browser.post(page, data={"listing": "L-9", "price": "1"}).status_code == 422

    browser.post(page, data={"listing": listing.reference, "price": "500000"})

    assert db.session.query(Offer).one().buyer_id == buyer.id


def test_commission_board_and_export_show_what_a_deal_earned(desk, sign_in):
    browser, _, offer, mandate = desk
    other = a.organisation("broker", name="合作经纪")
    with transaction():
        negotiation.accept(mandates.acting(a.actor(mandate.broker), mandate), offer, version=1)
    claim = db.session.query(Commission).one()
    page = f"/workbench/commissions/{claim.id}"
    assert browser.post(page, data={"shares": "粤智经纪；60；主办"}).status_code == 422

    browser.post(page, data={"shares": "粤智经纪；60；主办\n合作经纪；40；引荐"})
    partner = sign_in(other, "owner")
    partner.post(f"{page}/agree")

    db.session.expire_all()
    assert claim.is_agreed
    assert claim.deal_reference in text_of(browser.get("/workbench/commissions?format=csv"))
    assert claim.deal_reference in text_of(browser.get("/workbench/pipeline"))


def test_a_conflict_is_declared_and_each_side_consents_on_its_own_page(desk, sign_in):
    browser, _, offer, _ = desk
    browser.post(
        "/workbench/conflicts",
        data={
            "listing": offer.listing.reference,
            "buyer": offer.buyer.name,
            "statement": "同时代理双方",
        },
    )
    said = db.session.query(Conflict).one()
    for side in (offer.listing.seller, offer.buyer):
        sign_in(side, "owner").post(
            f"/workbench/conflicts/{said.id}/consent", data={"words": "知悉并同意"}
        )

    db.session.expire_all()
    assert said.is_consented


def test_a_mandate_that_waits_is_turned_down_with_a_reason(sign_in):
    owner, broker = a.organisation(), a.organisation("broker")
    made = offered(owner, broker)

    sign_in(broker, "owner").post(
        f"/workbench/mandates/{made.reference}/decline", data={"because": "费率太低"}
    )

    db.session.expire_all()
    assert made.state is MandateState.DECLINED


def test_the_directory_is_searched_and_exported_by_anybody(client):
    a.organisation("broker", name="粤智经纪", city="佛山市")
    a.organisation("broker", name="另一家")

    found = text_of(client.get("/brokers?city=佛山市"))
    table = text_of(client.get("/brokers?format=csv&q=粤智"))

    assert "粤智经纪" in found
    assert "另一家" not in found
    assert ("粤智经纪" in table, "另一家" in table) == (True, False)
