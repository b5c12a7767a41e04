"""The whole life of a deal: a transfer, a plain licence, a contribution, a bundle."""

import hashlib
from datetime import date

import pytest

from marketplace.assets.models import AssetKind, Licence
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.deals import papers, progress, queries
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.documents import queries as documents
from marketplace.documents import signing, storage, typeset
from marketplace.ledger import queries as books
from marketplace.listings.models import ListingState
from marketplace.listings.terms import DealKind, Grant
from marketplace.payments import queries as payments
from marketplace.payments.models import PaymentState
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")


def steps_seen_by(deal, who):
    return [progress.next_step(deal, by) for by in (who.seller, who.buyer, who.operator)]


def whose_turn(deal, who):
    seller, buyer, exchange = steps_seen_by(deal, who)
    return seller.code, (seller.mine, buyer.mine, exchange.mine)


def test_a_transfer_from_the_accepted_offer_to_the_certificate():  # noqa: PLR0915 -- a journey
    deal, who = journey.opened()
    assert deal.listing.state is ListingState.RESERVED
    assert whose_turn(deal, who)[0] in {"answer", "clear"}

    journey.answered(deal, who)
    assert whose_turn(deal, who) == ("clear", (True, True, False))
    journey.cleared(deal, who)
    assert whose_turn(deal, who) == ("sign", (True, True, False))
    journey.sign(deal, who.seller)
    assert whose_turn(deal, who) == ("sign", (False, True, False))
    journey.sign(deal, who.buyer)
    assert (deal.state, whose_turn(deal, who)) == (
        DealState.PAYMENT,
        ("pay", (False, True, False)),
    )
    payment = journey.payment_of(deal)
    assert (payment.amount, payment.payer_id, payment.due_at) == (
        yuan(500_000),
        deal.buyer_id,
        deal.due_at,
    )
    journey.paid(deal, who)
    assert (deal.state, deal.in_escrow, payment.state) == (
        DealState.RECORDAL,
        deal.price,
        PaymentState.RECEIVED,
    )
    assert whose_turn(deal, who) == ("file_recordal", (True, True, False))
    evidence = journey.filed(deal, who.buyer, "cnipa_transfer_registration")
    assert whose_turn(deal, who) == ("confirm_recordal", (False, False, True))
    with transaction():
        deals.confirm_evidence(who.operator, evidence)
    assert (deal.state, whose_turn(deal, who)) == (
        DealState.SETTLEMENT,
        ("release", (False, False, True)),
    )
    [payout] = journey.released(deal, who)
    assert (payout.amount, payout.payee_id) == (yuan(490_000), deal.seller_id)
    assert books.balance("commission") == yuan(10_000)
    assert whose_turn(deal, who) == ("send_payout", (False, False, True))
    journey.sent(deal, who)

    assert deal.state is DealState.CLOSED
    assert deal.listing.state is ListingState.CLOSED
    assert [asset.keeper_id for asset in deal.assets] == [deal.buyer_id]
    assert deal.certificate.media_type == "application/pdf"
    assert queries.by_certificate(deal.verification_code) is deal
    assert books.balance("bank:escrow") == -yuan(10_000)
    assert deals.self_check().breaks == ()


def test_the_timeline_names_every_event_with_its_person_side_and_reason():
    deal, who = journey.to(DealState.CLOSED)
    entries = queries.timeline(who.buyer, deal)
    kinds = [entry.kind for entry in entries]
    for kind in (
        "deal.open",
        "listing.reserve",
        "deal.clear",
        "document.store",
        "deal.sign_one",
        "deal.sign",
        "payment.expect",
        "payment.book",
        "payment.receive",
        "deal.fund",
        "evidence.file",
        "evidence.confirm",
        "deal.record",
        "deal.release",
        "payout.order",
        "payout.send",
        "deal.close",
        "listing.close",
        "deal.certify",
    ):
        assert kind in kinds, kind
    assert [(e.side, e.role) for e in entries if e.kind == "deal.sign_one"] == [
        ("seller", "manager"),
        ("buyer", "manager"),
    ]
    assert {e.side for e in entries if e.kind == "deal.fund"} == {"exchange"}


def test_a_plain_licence_leaves_the_listing_open_to_others():
    terms = a.terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, months=36, price=yuan(80_000))
    listing = a.listing(terms=terms)
    first, _ = journey.to(DealState.CLOSED, listing)
    second, _ = journey.to(DealState.CLOSED, listing)

    assert listing.state is ListingState.PUBLISHED
    assert listing.assets[0].keeper_id == listing.seller_id
    licences = db.session.query(Licence).filter_by(asset_id=listing.assets[0].id).all()
    assert [(one.deal_reference, one.licensee_id, one.grant) for one in licences] == [
        (first.reference, first.buyer_id, "non_exclusive"),
        (second.reference, second.buyer_id, "non_exclusive"),
    ]
    assert licences[0].ends_on is not None
    assert deals.self_check().holds


def test_an_equity_contribution_needs_a_valuation_and_moves_no_money():
    terms = a.terms(
        kind=DealKind.EQUITY, company="新设公司", equity_bps=2000, price=yuan(1_000_000)
    )
    listing = a.listing(terms=terms)
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    refusal = journey.refused(deal, who)
    assert refusal.needs == ("seed18-valuation-equity", "val-company-law-48")

    a.valuation(deal.assets[0], purpose="equity")
    journey.cleared(deal, who)
    journey.signed(deal, who)
    assert (deal.state, payments.of(deal), deal.commission) == (DealState.RECORDAL, [], yuan(0))
    journey.recorded(deal, who)
    assert journey.released(deal, who) == []
    assert (deal.state, deal.assets[0].keeper_id) == (DealState.CLOSED, deal.buyer_id)
    assert deals.self_check().holds


def test_a_bundle_is_judged_right_by_right_and_moves_together():
    seller = a.organisation()
    patent, mark = a.asset(keeper=seller), a.asset(keeper=seller, kind=AssetKind.TRADEMARK)
    deal, who = journey.opened(a.listing(patent, mark))
    journey.cleared(deal, who)
    journey.signed(deal, who)
    journey.paid(deal, who)
    journey.proven(deal, who, "cnipa_transfer_registration")
    assert deal.state is DealState.RECORDAL
    journey.proven(deal, who, "tm_transfer_approval")
    assert deal.state is DealState.SETTLEMENT
    journey.released(deal, who)
    journey.sent(deal, who)
    assert [right.keeper_id for right in deal.assets] == [deal.buyer_id, deal.buyer_id]


def test_the_papers_are_read_by_both_parties_and_nobody_else():
    deal, who = journey.to(DealState.CLOSED)
    papers = [deal.contract, deal.certificate]
    for paper in papers:
        assert documents.get(who.seller, paper.id) is paper
        assert documents.get(who.buyer, paper.id) is paper
    stranger = a.actor(a.organisation())
    assert documents.of(stranger, deal) == []
    assert {paper.purpose for paper in documents.of(who.buyer, deal)} >= {
        "contract",
        "contract_executed",
        "certificate",
    }


def test_a_co_owner_who_has_a_record_of_the_right_already_keeps_it():
    buyer = a.organisation()
    listing = a.listing()
    a.asset(keeper=buyer, patent_number=listing.assets[0].patent_number)
    deal, who = journey.to(DealState.CLOSED, listing, buyer=buyer)
    kinds = [entry.kind for entry in queries.timeline(who.operator, deal)]
    assert "deal.register_by_hand" in kinds
    assert deal.assets[0].keeper_id == deal.seller_id


def test_the_executed_copy_says_what_was_signed_though_the_records_change():
    deal, who = journey.opened()
    journey.cleared(deal, who)
    [right], signed_title = deal.assets, deal.assets[0].title
    right.title, deal.buyer.name = "改过的名称", "改过的公司"
    db.session.commit()
    journey.signed(deal, who)

    [executed] = documents.of(who.buyer, deal, purpose="contract_executed")
    content = storage.read(executed.sha256)
    draft = storage.read(deal.contract.sha256)
    assert content.startswith(draft)
    said = deal.contract_data
    assert said["rights"][0]["title"] == signed_title
    assert said["buyer"]["name"] != "改过的公司"
    assert hashlib.sha256(typeset.render("contract.typ", said)).hexdigest() == deal.contract.sha256


def test_the_contract_names_the_burdens_that_the_buyer_takes_over():
    right = a.asset()
    db.session.add(
        Licence(
            asset_id=right.id,
            licensee_name="佛山某厂",
            grant="non_exclusive",
            starts_on=date(2025, 1, 1),
            recordal_number="X2025",
        )
    )
    db.session.commit()
    deal, _ = journey.opened(a.listing(right))

    [burden] = papers.contract(deal, drawn_at=clock.now()).burdens
    assert (burden.kind, burden.holder, burden.number) == ("non_exclusive", "佛山某厂", "X2025")


def test_the_executed_contract_bears_both_signatures_and_the_seal_in_either_order():
    for first, second in (("seller", "buyer"), ("buyer", "seller")):
        deal, who = journey.to(DealState.SIGNING)
        journey.sign(deal, getattr(who, first))
        journey.sign(deal, getattr(who, second))
        [executed] = documents.of(who.buyer, deal, purpose="contract_executed")
        report = signing.verify(storage.read(executed.sha256))
        assert (report.verdict, [one.place for one in report.signatures]) == (
            "good",
            [first, second, "exchange"],
        )
        assert deal.contract.sha256 in report.revisions
        [proof] = documents.of(who.seller, deal, purpose="signing_evidence")
        assert signing.verify(storage.read(proof.sha256)).verdict == "good"
