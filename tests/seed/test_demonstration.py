"""The demonstration shows every state that the site knows, and can be trusted."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.assets.models import (
    NEVER_DEALT_IN,
    Asset,
    AssetKind,
    AssetOwner,
    LegalEvent,
    LegalEventState,
    Pledge,
    PledgeState,
    TitleVerification,
    VerificationState,
)
from marketplace.assets.queries import legal
from marketplace.assets.regions import cities
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import (
    Alert,
    Auction,
    Award,
    Envelope,
    Juror,
    Order,
    Participant,
)
from marketplace.audit import services as audit
from marketplace.compliance.models import (
    EvidenceState,
    Filing,
    Notice,
    Objection,
    Opinion,
    Standing,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.core.policy import VISITOR, Actor
from marketplace.deals import progress
from marketplace.deals import services as deals
from marketplace.deals.models import OPEN, Deal, DealState, Evidence
from marketplace.jobs import indexing
from marketplace.listings.models import Listing, ListingAsset, ListingState
from marketplace.listings.terms import DealKind
from marketplace.negotiation.models import Enquiry, EnquiryState, Offer, OfferState
from marketplace.notifications.models import Notification
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from marketplace.payments.models import Payout, PayoutState, Receipt
from marketplace.search import site
from marketplace.seed.people import SIGN_INS
from marketplace.valuation.models import ReportState, ValuationReport


@pytest.fixture(autouse=True)
def _site(planted):
    with planted.app.app_context():
        yield
        db.session.remove()


def count(model, *conditions) -> int:
    return db.session.scalar(select(func.count(model.id)).where(*conditions))


def states(model) -> set[str]:
    return {state.value for state in db.session.scalars(select(model.state).distinct())}


def test_cut_short_and_run_again_it_stands_once_and_nothing_was_refused(planted):
    assert planted.said["planted"] is True
    assert planted.said["refused"] == []
    assert planted.again() == planted.said | {"planted": False}


def test_it_lists_three_hundred_rights_of_every_kind_in_every_deal_mode():
    published = select(Listing).where(Listing.state == ListingState.PUBLISHED)
    found = list(db.session.scalars(published).unique())
    assert len(found) >= 300
    kinds = {asset.kind for listing in found for asset in listing.assets}
    assert kinds == set(AssetKind) - {AssetKind.PATENT_APPLICATION} - NEVER_DEALT_IN
    assert {listing.terms.kind for listing in found} == set(DealKind)
    assert sum(listing.is_bundle for listing in found) >= 5
    assert all(listing.title_en and listing.summary and listing.summary_en for listing in found)
    assert states(Listing) == {state.value for state in ListingState}


def test_prices_spread_over_each_kind():
    prices = {}
    for listing in db.session.scalars(select(Listing)).unique():
        if listing.terms.kind is DealKind.TRANSFER and listing.price and not listing.is_bundle:
            prices.setdefault(listing.assets[0].kind, set()).add(listing.price.minor)
    assert len(prices[AssetKind.INVENTION]) >= 20
    assert max(prices[AssetKind.INVENTION]) > 10 * max(prices[AssetKind.UTILITY_MODEL])


def test_every_patent_says_where_its_facts_come_from_and_nobody_real_sells():
    every = {name for (name,) in db.session.execute(select(Organisation.name))}
    assert {owner.name for owner in db.session.scalars(select(AssetOwner))} <= every
    assert all("演示" in name or "demo" in name for name in every - {"粤知市"})
    assert all(
        "演示" in asset.source for asset in db.session.scalars(select(Asset)) if asset.source
    )
    patents = select(Asset).where(Asset.kind.in_(("invention", "utility_model")))
    for asset in db.session.scalars(patents.where(Asset.jurisdiction == "CN")):
        if "演示导入" in asset.title:
            continue
        assert asset.publication_date is not None, asset.title
        assert asset.filing_date or "著录项" in asset.source, asset.title


def test_texts_differ_from_right_to_right():
    texts = list(db.session.scalars(select(Asset.abstract).where(Asset.abstract != "")))
    assert len(set(texts)) == len(texts)


def test_terms_fees_titles_pledges_and_valuations_are_in_every_state():
    today = clock.today()
    assert count(Asset, Asset.status == "annuity_grace") >= 3
    last_days = set(db.session.scalars(select(Asset.last_day).where(Asset.last_day.is_not(None))))
    years = {(day - today).days // 365 for day in last_days}
    assert {0, 1, 2, 4, 6, 10, 12} <= years
    assert states(Pledge) >= {"declared", "registered", "released"}
    ages = [
        (today - day).days
        for day in db.session.scalars(
            select(TitleVerification.extract_date).where(
                TitleVerification.state == VerificationState.CONFIRMED
            )
        )
    ]
    assert min(ages) <= 30
    assert max(ages) > 90
    reports = list(
        db.session.scalars(
            select(ValuationReport.valid_until).where(
                ValuationReport.state == ReportState.CONFIRMED
            )
        )
    )
    assert min(reports) < today
    assert any(today <= day <= today + timedelta(days=150) for day in reports)
    assert max(reports) > today + timedelta(days=200)


def test_a_pledged_right_is_dealt_about_with_the_lender_s_consent_and_stuck_without():
    pledged = {
        deal.state: {e.name for e in deal.evidence if e.state is EvidenceState.CONFIRMED}
        for deal in db.session.scalars(select(Deal)).unique()
        if any(asset.is_pledged for asset in deal.assets)
    }
    assert "pledgee_consent" in pledged[DealState.RECORDAL]
    assert "pledgee_consent" not in pledged[DealState.CHECKLIST]


def test_organisations_of_every_kind_sit_in_all_twenty_one_cities():
    assert set(db.session.scalars(select(Organisation.kind))) == set(OrganisationKind)
    assert {city.zh for city in cities()} <= set(db.session.scalars(select(Organisation.city)))
    granted = select(CapabilityGrant.capability).where(CapabilityGrant.state == GrantState.GRANTED)
    assert set(db.session.scalars(granted)) == set(Capability)


def test_talks_and_deals_are_in_every_state():
    assert states(Offer) == {s.value for s in OfferState} - {"lapsed"}
    assert states(Enquiry) == {s.value for s in EnquiryState}
    assert states(Deal) == {s.value for s in DealState}
    assert max(len(offer.versions) for offer in db.session.scalars(select(Offer))) >= 3
    refunds = select(Payout.state).where(Payout.purpose == "refund")
    assert set(db.session.scalars(refunds)) == {PayoutState.ORDERED, PayoutState.SENT}
    waiting = {
        (deal.state, side)
        for deal in db.session.scalars(select(Deal).where(Deal.state.in_(OPEN))).unique()
        for side, organisation in (("seller", deal.seller_id), ("buyer", deal.buyer_id))
        if progress.next_step(deal, Actor(None, organisation, "owner")).mine
    }
    assert {
        (DealState.CHECKLIST, "buyer"),
        (DealState.SIGNING, "seller"),
        (DealState.SIGNING, "buyer"),
        (DealState.PAYMENT, "buyer"),
        (DealState.RECORDAL, "seller"),
    } <= waiting


def test_notices_objections_and_filings_are_at_every_stage_and_the_authority_has_work():
    assert states(Notice) == {"published", "held", "ended", "withdrawn"}
    assert states(Objection) == {"filed", "answered", "upheld", "rejected"}
    assert states(Filing) == {"submitted", "received", "questioned", "concluded", "closed"}
    assert count(Filing, Filing.opinion == Opinion.OBJECTION) == 1
    assert count(Filing, Filing.state == "submitted", Filing.due_on < clock.today()) >= 1
    assert count(Standing, Standing.status == "open") > 10


def test_every_queue_of_the_operators_has_something_in_it():
    queues = {
        "capabilities": count(CapabilityGrant, CapabilityGrant.state == GrantState.REQUESTED),
        "titles": count(TitleVerification, TitleVerification.state == VerificationState.REQUESTED),
        "listings": count(Listing, Listing.state == ListingState.SUBMITTED),
        "pledges": count(Pledge, Pledge.state == PledgeState.DECLARED),
        "valuations": count(ValuationReport, ValuationReport.state == ReportState.FILED),
        "evidence": count(Evidence, Evidence.state == EvidenceState.FILED),
        "receipts": count(Receipt, Receipt.payment_id.is_(None)),
        "payouts": count(Payout, Payout.state == PayoutState.ORDERED),
        "disputes": count(Deal, Deal.cancel_requested_by_id.is_not(None), Deal.state.in_(OPEN)),
    }
    assert [name for name, length in queues.items() if not length] == []


def test_events_are_in_the_order_of_time_and_spread_over_months():
    moments = list(db.session.scalars(select(Event.created_at).order_by(Event.id)))
    assert moments == sorted(moments)
    assert max(moments) <= clock.now()
    days = {moment.date() for moment in moments}
    assert (max(days) - min(days)).days > 120
    assert len(days) > 100


def test_the_books_balance_the_log_holds_and_nothing_waits_for_a_reader(planted):
    assert deals.self_check().breaks == ()
    assert audit.verify().valid
    assert planted.undelivered == 0


def test_the_index_holds_what_may_be_found(planted):
    site.configure(Path(planted.app.config["SEARCH_DIR"]))  # another application may stand here
    found = count(Listing, Listing.state.in_(indexing.FOUND))
    assert site.index().health().documents == found


def test_people_have_read_what_is_old_and_not_what_is_new():
    unread = list(
        db.session.scalars(
            select(Event.created_at)
            .join(Notification, Notification.event_id == Event.id)
            .where(Notification.read_at.is_(None))
        )
    )
    assert unread
    assert min(unread) > clock.now() - timedelta(days=3, hours=1)


def test_the_sign_in_page_has_a_button_a_role_explained_in_both_languages(planted):
    for language, note in (("zh_Hans", "受让企业"), ("en", "Buying firm")):
        browser = planted.app.test_client()
        browser.get(f"/?lang={language}")
        page = browser.get("/sign-in").get_data(as_text=True)
        assert page.count('name="user_id"') == len(SIGN_INS) + 3
        assert note in page


@pytest.mark.parametrize("address", [who[0] for who in SIGN_INS if who[3] is not Role.VIEWER])
def test_every_workbench_is_alive(planted, address):
    browser = planted.app.test_client()
    user = db.session.scalar(select(User).where(User.email == address))
    browser.post("/sign-in/demo", data={"user_id": user.id})
    page = browser.get("/workbench")
    assert page.status_code == 200
    assert "还没有消息" not in page.get_data(as_text=True)


def test_what_is_not_public_stays_so_for_visitors(planted):
    draft = db.session.scalar(select(Listing.reference).where(Listing.state == ListingState.DRAFT))
    assert planted.app.test_client().get(f"/listings/{draft}").status_code == 404
    assert VISITOR.organisation_id is None


def test_rights_of_a_bundle_belong_to_one_seller():
    rows = db.session.execute(
        select(Listing.seller_id, Asset.keeper_id)
        .join(ListingAsset, ListingAsset.listing_id == Listing.id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Listing.state == ListingState.PUBLISHED)
    )
    assert all(seller == keeper for seller, keeper in rows)


def test_some_rights_have_a_history():
    told = set(db.session.scalars(select(LegalEvent.code).distinct()))
    assert {"filed", "granted", "lapsed", "restored", "assigned"} <= told
    assert count(LegalEvent, LegalEvent.state == LegalEventState.DECLARED) >= 1
    holed = db.session.scalars(
        select(LegalEvent).where(LegalEvent.code == "assigned", LegalEvent.source == "operator")
    ).first()
    assert [gap.code for gap in legal.chain_of(holed.asset).gaps] == ["assignor_not_holder"]


def test_its_auctions_are_of_every_format_and_at_every_turn():
    assert {one.value for one in db.session.scalars(select(Auction.format).distinct())} == {
        each.value for each in Format
    }
    assert states(Auction) >= {
        "submitted", "published", "free", "open", "suspended", "opening", "priority", "awarded",
        "fallback", "failed", "withdrawn", "cancelled",
    }  # fmt: skip
    assert states(Participant) >= {"applied", "qualified", "active"}
    assert states(Order) >= {"proposed", "done"}
    assert set(db.session.scalars(select(Alert.kind))) == {"raises_only"}


def test_its_tenders_take_answers_wait_for_points_and_are_awarded():
    tenders = select(Auction).where(Auction.format == Format.TENDER)
    by_state = {one.state.value: one for one in db.session.scalars(tenders)}
    assert set(by_state) == {"open", "opening", "awarded"}
    for one in by_state.values():
        assert count(Envelope, Envelope.auction_id == one.id, Envelope.active) == 2
        assert count(Juror, Juror.auction_id == one.id) == one.rules.evaluators
    judged = by_state["opening"]
    assert count(Juror, Juror.auction_id == judged.id, Juror.state == "given") == 1
    assert count(Award, Award.auction_id == by_state["awarded"].id, Award.deal_id.is_not(None)) == 1
