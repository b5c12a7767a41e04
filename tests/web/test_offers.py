import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.deals.models import Deal
from marketplace.documents.models import Document
from marketplace.listings.models import ListingState
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.negotiation import lapsing, services
from marketplace.negotiation.models import Enquiry, EnquiryMessage, EnquiryState, Offer, OfferState
from marketplace.notifications import services as notifications
from tests import factories as a
from tests.conftest import at_most

NASTY = "<script>alert(1)</script><b>粗</b>"


def text_of(response):
    return response.get_data(as_text=True)


def only(model):
    db.session.expire_all()
    return db.session.scalars(select(model)).one()


def key_in(page):
    return re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page).group(1)


# ---- offers ------------------------------------------------------------------------------------


def test_the_form_starts_from_the_listing_and_a_double_click_sends_once(sign_in):
    terms = Terms(
        kind=DealKind.LICENCE, grant=Grant.SOLE, price=yuan(80_000), months=24, territory=("GD",)
    )
    listing, buyer = a.listing(terms=terms), a.organisation()
    browser = sign_in(buyer)
    address = f"/listings/{listing.reference}/offer"
    page = text_of(browser.get(address))
    assert 'value="80000"' in page
    assert 'value="24"' in page
    form = {
        "key": key_in(page),
        "price": "7.5万",
        "grant": "sole",
        "territory": "GD",
        "months": "24",
        "valid_days": "10",
        "message": "我方自用",
    }
    first, second = browser.post(address, data=form), browser.post(address, data=form)
    offer = only(Offer)
    assert first.location == second.location == f"/workbench/offers/{offer.reference}"
    assert offer.terms == Terms(
        kind=DealKind.LICENCE, grant=Grant.SOLE, price=yuan(75_000), months=24, territory=("GD",)
    )
    assert timedelta(days=9) < offer.expires_at - clock.now() < timedelta(days=11)
    page = text_of(browser.get(first.location))
    assert "等对方答复" in page
    assert "我方自用" in page
    again = browser.get(address)
    assert (again.status_code, again.location) == (303, first.location)


def test_a_wrong_offer_keeps_what_was_typed(sign_in):
    listing = a.listing()
    answer = sign_in(a.organisation()).post(
        f"/listings/{listing.reference}/offer",
        data={"price": "-5", "valid_days": "300", "message": "别丢了这句"},
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert "别丢了这句" in page
    assert 'value="-5"' in page
    answer = sign_in(a.organisation()).post(
        f"/listings/{listing.reference}/offer", data={"price": "", "valid_days": "14"}
    )
    assert "请填写金额" in text_of(answer)


@pytest.mark.parametrize(
    ("role", "capabilities", "need"),
    [
        ("viewer", ("acquirer",), "所有者或经理"),
        ("manager", ("holder",), "受让方资质"),
    ],
)
def test_who_may_not_offer_is_told_why(sign_in, role, capabilities, need):
    browser = sign_in(a.organisation(*capabilities), role)
    address = f"/listings/{a.listing().reference}/offer"
    assert need in text_of(browser.get(address))
    browser.post(address, data={"price": "1000", "valid_days": "14"})
    assert db.session.scalar(select(func.count(Offer.id))) == 0


def test_offers_of_others_are_not_there(client, sign_in):
    offer = a.offer()
    base = f"/workbench/offers/{offer.reference}"
    stranger = sign_in(a.organisation())
    addresses = [base, f"{base}/counter"]
    assert [stranger.get(x).status_code for x in addresses] == [404, 404]
    for action in ("accept", "decline", "withdraw", "counter"):
        answer = stranger.post(
            f"{base}/{action}", data={"version": "1", "price": "1", "valid_days": "14"}
        )
        assert answer.status_code == 404, action
    assert client.get(base).location.startswith("/sign-in")
    assert only(Offer).state is OfferState.SENT


def test_counter_and_accept_the_version_shown(sign_in):
    offer = a.offer()
    seller, buyer = sign_in(offer.listing.seller), sign_in(offer.buyer)
    base = f"/workbench/offers/{offer.reference}"
    assert "接受第 1 版" in text_of(seller.get(base))
    form = {"version": "1", "price": "480000", "valid_days": "7", "message": "最低"}
    assert seller.get(f"{base}/counter").status_code == 200
    seller.post(f"{base}/counter", data=form)
    seller.post(f"{base}/counter", data=form)
    page = text_of(buyer.get(base))
    assert "¥480,000" in page
    assert "有变动" in page
    assert "接受第 2 版" in page

    stale = buyer.post(f"{base}/accept", data={"version": "1"})
    assert stale.location == base
    assert "刚刚提出了新条款" in text_of(buyer.get(base))
    assert only(Offer).state is OfferState.COUNTERED

    done = buyer.post(f"{base}/accept", data={"version": "2"})
    again = buyer.post(f"{base}/accept", data={"version": "2"})
    deal = only(Deal)
    assert done.location == again.location == f"/workbench/deals/{deal.reference}"
    assert deal.price == yuan(480_000)
    assert "已成交" in text_of(seller.get(base))


@pytest.mark.parametrize("version", ["", "x", "99999999999999999999", "-1", "１"])
def test_nonsense_for_a_version_accepts_nothing(sign_in, version):
    offer = a.offer()
    seller = sign_in(offer.listing.seller)
    answer = seller.post(f"/workbench/offers/{offer.reference}/accept", data={"version": version})
    assert answer.status_code == 303
    assert only(Offer).state is OfferState.SENT


def test_a_viewer_sees_the_terms_but_no_buttons(sign_in):
    offer = a.offer()
    viewer = sign_in(offer.listing.seller, "viewer")
    base = f"/workbench/offers/{offer.reference}"
    page = text_of(viewer.get(base))
    assert "¥450,000" in page
    assert f"{base}/accept" not in page
    assert f"{base}/decline" not in page
    assert viewer.post(f"{base}/accept", data={"version": "1"}).status_code == 403
    assert only(Offer).state is OfferState.SENT


def test_accepting_what_another_deal_took_ends_in_a_message(sign_in):
    listing = a.listing()
    first, second = a.offer(listing=listing), a.offer(listing=listing)
    seller = sign_in(listing.seller)
    won = seller.post(f"/workbench/offers/{first.reference}/accept", data={"version": "1"})
    lost = seller.post(f"/workbench/offers/{second.reference}/accept", data={"version": "1"})
    assert won.location.startswith("/workbench/deals/")
    assert lost.location == f"/workbench/offers/{second.reference}"
    page = text_of(seller.get(lost.location))
    assert "不能接受" in page
    assert "卖方已接受另一份报价" in page
    assert only(Deal).listing.state is ListingState.RESERVED


def test_declining_and_withdrawing_show_their_reason_and_come_once(sign_in):
    declined, withdrawn = a.offer(), a.offer()
    seller, buyer = sign_in(declined.listing.seller), sign_in(withdrawn.buyer)
    base = f"/workbench/offers/{declined.reference}"
    seller.post(f"{base}/decline", data={"because": "价格太低"})
    seller.post(f"{base}/decline", data={"because": "再来一次"})
    page = text_of(sign_in(declined.buyer).get(base))
    assert "价格太低" in page
    assert "再来一次" not in page
    buyer.post(f"/workbench/offers/{withdrawn.reference}/withdraw")
    db.session.expire_all()
    assert (declined.state, withdrawn.state) == (OfferState.DECLINED, OfferState.WITHDRAWN)


def test_an_expired_offer_shows_no_accept_button(sign_in):
    offer = a.offer(expires_at=clock.now() - timedelta(minutes=1))
    seller = sign_in(offer.listing.seller)
    base = f"/workbench/offers/{offer.reference}"
    page = text_of(seller.get(base))
    assert "已过有效期" in page
    assert f"{base}/accept" not in page
    seller.post(f"{base}/accept", data={"version": "1"})
    assert only(Offer).state is OfferState.SENT
    with transaction():
        lapsing.expire_due()
    assert "报价过期" in text_of(seller.get(base))


def test_html_in_messages_and_terms_stays_text(sign_in):
    listing = a.listing(title=NASTY)
    terms = Terms(kind=DealKind.TRANSFER, price=yuan(1000), notes=NASTY)
    buyer = a.organisation(name=NASTY)
    with transaction():
        offer = services.make(a.actor(buyer), listing, terms=terms, message=NASTY)
        enquiry = services.ask(a.actor(buyer), listing, text=NASTY)
        offer_reference, enquiry_id = offer.reference, enquiry.id
    seller = sign_in(listing.seller)
    for address in (
        f"/workbench/offers/{offer_reference}",
        f"/workbench/offers/{offer_reference}/counter",
        "/workbench/offers",
        "/workbench/enquiries",
        f"/workbench/enquiries/{enquiry_id}",
        f"/workbench/listings/{listing.reference}",
    ):
        answer = seller.get(address)
        assert answer.status_code == 200, address
        assert "<script>alert" not in text_of(answer)
        assert "<b>粗" not in text_of(answer)


def test_the_list_of_offers_has_two_sides_filters_and_exports(sign_in):
    listing = a.listing()
    for _ in range(21):
        a.offer(listing=listing)
    foreign = a.offer()
    browser = sign_in(listing.seller)
    page = text_of(browser.get("/workbench/offers"))
    assert foreign.reference not in page
    assert "page=2" in page
    assert "还没有发出报价" in text_of(browser.get("/workbench/offers?side=sent"))
    assert "没有符合条件的报价" in text_of(browser.get("/workbench/offers?state=declined"))
    assert browser.get("/workbench/offers?waiting=1&sort=-expires").status_code == 200
    rows = text_of(browser.get("/workbench/offers?format=csv")).strip().splitlines()
    assert len(rows) == 22
    assert browser.get("/workbench/offers?format=xlsx").data[:2] == b"PK"
    for odd in ("?side=x", "?state=x", "?sort=x", "?page=0"):
        assert browser.get(f"/workbench/offers{odd}").status_code == 200


def test_the_list_takes_the_same_statements_for_one_and_three_rows(sign_in):
    def counted(number):
        listing = a.listing()
        for _ in range(number):
            a.offer(listing=listing)
        browser = sign_in(listing.seller)
        browser.get("/workbench/offers")
        db.session.expunge_all()
        with at_most(30) as seen:
            browser.get("/workbench/offers")
        return len(seen)

    assert counted(1) == counted(3)


# ---- enquiries ---------------------------------------------------------------------------------


def test_a_question_its_answer_and_a_document(sign_in):
    listing, buyer_ = a.listing(), a.organisation()
    buyer, seller = sign_in(buyer_), sign_in(listing.seller)
    address = f"/listings/{listing.reference}/enquiry"
    page = text_of(buyer.get(address))
    form = {"text": "有中试数据吗？", "key": key_in(page)}
    first = buyer.post(address, data=form | {"document": (io.BytesIO("参数".encode()), "参数.txt")})
    second = buyer.post(address, data=form)
    enquiry = only(Enquiry)
    thread = f"/workbench/enquiries/{enquiry.id}"
    assert first.location == second.location == thread
    assert db.session.scalar(select(func.count(EnquiryMessage.id))) == 1

    page = text_of(seller.get(thread))
    assert "有中试数据吗？" in page
    document = db.session.scalars(select(Document).where(Document.purpose == "enquiry")).one()
    with seller.get(f"/documents/{document.id}") as file:
        assert file.data.decode() == "参数"
    assert sign_in(a.organisation()).get(f"/documents/{document.id}").status_code == 404

    seller.post(thread, data={"text": "有。", "key": key_in(page), "do": "close"})
    assert only(Enquiry).state is EnquiryState.CLOSED
    assert "有。" in text_of(buyer.get(thread))
    assert buyer.get(address).location == thread
    buyer.post(f"{thread}/reopen")
    buyer.post(f"{thread}/reopen")
    assert only(Enquiry).state is EnquiryState.OPEN


@pytest.mark.parametrize("kind", ["enquiry", "offer", "deal"])
def test_news_are_marked_in_the_lists_until_their_page_is_opened(sign_in, kind):
    listing, other = a.listing(), a.organisation()
    person = a.user()
    seller = sign_in(listing.seller, "owner", person)
    buyer = a.actor(other)
    with transaction():
        enquiry = services.ask(buyer, listing, text="?")
        offer = services.make(buyer, listing, terms=listing.terms)
    if kind == "deal":
        owner = a.actor(other, "owner")
        with transaction():
            services.counter(
                a.actor(listing.seller), offer, version=1, terms=a.terms(price=yuan(510_000))
            )
            deal = services.accept(owner, offer, version=2)
    where = {
        "enquiry": lambda: f"enquiries/{enquiry.id}",
        "offer": lambda: f"offers/{offer.reference}",
        "deal": lambda: f"deals/{deal.reference}",
    }[kind]()
    page, rows = f"/workbench/{where}", f"/workbench/{where.split('/')[0]}"
    with transaction():
        for event in db.session.scalars(select(Event).order_by(Event.id)):
            notifications.tell(event)

    assert text_of(seller.get(rows)).count("新消息") == 1
    assert seller.get(page).status_code == 200
    assert "新消息" not in text_of(seller.get(rows))


def test_threads_of_others_are_not_there(sign_in):
    listing = a.listing()
    with transaction():
        enquiry_id = services.ask(a.actor(a.organisation()), listing, text="?").id
    stranger = sign_in(a.organisation())
    base = f"/workbench/enquiries/{enquiry_id}"
    answers = [
        stranger.get(base),
        stranger.post(base, data={"text": "x"}),
        stranger.post(f"{base}/close"),
        stranger.get("/workbench/enquiries/999999999999999999999"),
    ]
    assert [x.status_code for x in answers] == [404] * 4


def test_an_empty_message_and_a_strange_file_are_refused_beside_the_field(sign_in):
    listing = a.listing()
    browser = sign_in(a.organisation())
    address = f"/listings/{listing.reference}/enquiry"
    empty = browser.post(address, data={"text": "  "})
    assert empty.status_code == 422
    assert "请写下内容" in text_of(empty)
    strange = browser.post(
        address, data={"text": "看附件", "document": (io.BytesIO(b"MZ\x90\x00"), "a.pdf")}
    )
    assert strange.status_code == 422
    assert "看附件" in text_of(strange)
    assert db.session.scalar(select(func.count(EnquiryMessage.id))) == 0


def test_the_list_of_enquiries_filters_and_exports(sign_in):
    listing = a.listing()
    with transaction():
        services.ask(a.actor(a.organisation(name="佛山甲厂")), listing, text="最近的话")
    browser = sign_in(listing.seller)
    page = text_of(browser.get("/workbench/enquiries"))
    assert "佛山甲厂" in page
    assert "最近的话" in page
    assert "佛山甲厂" in text_of(browser.get("/workbench/enquiries?format=csv"))
    assert "没有符合条件的咨询" in text_of(browser.get("/workbench/enquiries?q=深圳"))
    assert "还没有发出咨询" in text_of(browser.get("/workbench/enquiries?side=sent"))
