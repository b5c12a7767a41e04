"""What a deal refuses: to whom, when, and by which rule of law."""

from datetime import timedelta

import pytest

from marketplace.assets import services as assets
from marketplace.assets.bundle import Act, Wish
from marketplace.assets.models import AssetKind, AssetOwner, LegalStatus, PledgeState
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful, WrongState
from marketplace.core.money import yuan
from marketplace.core.policy import Actor
from marketplace.deals import checklist, facts, progress, queries
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.documents import storage
from marketplace.ledger import queries as books
from marketplace.listings.models import ListingState
from marketplace.listings.terms import DealKind, Grant
from marketplace.organisations.models import OrganisationKind, Region, User
from marketplace.payments import queries as payments
from marketplace.payments.models import PaymentState
from marketplace.rules.facts import FactError
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
S = DealState


# ---- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [s for s in ListingState if s is not ListingState.PUBLISHED])
def test_only_a_published_listing_opens_a_deal(state):
    with pytest.raises(Refused, match=r"deal\.listing_taken"):
        journey.opened(a.listing(state=state))


def test_a_right_in_another_exclusive_deal_cannot_be_sold_by_a_second_listing():
    right = a.asset()
    first, _ = journey.opened(a.listing(right))
    with pytest.raises(Refused) as refusal:
        journey.opened(a.listing(right))
    assert refusal.value.facts == {"reference": first.reference}


def test_nobody_deals_with_oneself_or_without_a_price():
    listing = a.listing()
    with pytest.raises(Invalid, match=r"deal\.with_oneself"):
        journey.opened(listing, buyer=listing.seller)
    with pytest.raises(Invalid, match=r"deal\.no_price"):
        journey.opened(a.listing(), terms=a.terms(price=None))


def test_the_commission_is_fixed_when_the_deal_opens():
    assert journey.opened()[0].commission == yuan(10_000)
    free = a.terms(kind=DealKind.LICENCE, grant=Grant.SOLE, price=yuan(0), royalty_bps=300)
    deal, _ = journey.opened(a.listing(terms=free))
    assert (deal.commission_bps, deal.goes_through_escrow) == (0, False)


# ---- who ---------------------------------------------------------------------------------------

ATTEMPTS = {
    "answer": lambda by, deal: deals.answer(by, deal, "deal", "open_objection", False),
    "clear": deals.clear,
    "reopen": lambda by, deal: deals.reopen(by, deal, because="x"),
    "sign": lambda by, deal: deals.sign(by, deal, password_proved=True, contract_sha256="x"),
    "cancel": lambda by, deal: deals.cancel(by, deal, because="x"),
    "request": lambda by, deal: deals.request_cancellation(by, deal, because="x"),
    "agree": deals.agree_cancellation,
    "oppose": lambda by, deal: deals.oppose_cancellation(by, deal, because="x"),
    "withdraw": deals.withdraw_cancellation,
    "decide": lambda by, deal: deals.decide_cancellation(by, deal, rescind=True, because="x"),
    "record": deals.record,
    "release": deals.release,
}
EXCHANGE_ONLY = {"decide", "record", "release"}


@pytest.mark.parametrize("verb", sorted(ATTEMPTS))
@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_viewers_and_finance_decide_nothing(verb, role):
    deal, _ = journey.opened()
    for of in (deal.seller, deal.buyer):
        with pytest.raises(NotAllowed), transaction():
            ATTEMPTS[verb](a.actor(of, role), deal)


@pytest.mark.parametrize("verb", sorted(ATTEMPTS))
def test_strangers_decide_nothing(verb):
    deal, _ = journey.opened()
    stranger = a.actor(a.organisation(), "owner")
    with pytest.raises(NotAllowed), transaction():
        ATTEMPTS[verb](stranger, deal)
    with pytest.raises(NotFound):
        queries.get(stranger, deal.reference)
    assert queries.counts(stranger) == {}


@pytest.mark.parametrize("verb", sorted(EXCHANGE_ONLY))
def test_what_the_exchange_decides_no_party_does(verb):
    deal, who = journey.to(S.RECORDAL)
    for by in (who.seller, who.buyer):
        with pytest.raises(NotAllowed), transaction():
            ATTEMPTS[verb](by, deal)


def test_the_exchange_does_not_sign_for_anybody():
    deal, who = journey.to(S.SIGNING)
    with pytest.raises(NotAllowed):
        journey.sign(deal, who.operator)


# ---- when --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        ("clear", S.SIGNING),
        ("clear", S.PAYMENT),
        ("reopen", S.CHECKLIST),
        ("reopen", S.PAYMENT),
        ("answer", S.SIGNING),
        ("sign", S.CHECKLIST),
        ("cancel", S.PAYMENT),
        ("cancel", S.RECORDAL),
        ("cancel", S.SETTLEMENT),
        ("cancel", S.CLOSED),
        ("request", S.CHECKLIST),
        ("request", S.SETTLEMENT),
        ("request", S.CLOSED),
        ("agree", S.SETTLEMENT),
    ],
)
def test_every_verb_has_its_time(verb, state):
    deal, who = journey.to(state)
    with pytest.raises(WrongState), transaction():
        ATTEMPTS[verb](who.seller, deal)
    assert deal.state is state


@pytest.mark.parametrize(
    ("verb", "state"),
    [("record", S.PAYMENT), ("record", S.SETTLEMENT), ("release", S.RECORDAL)],
)
def test_the_exchange_has_its_time_too(verb, state):
    deal, who = journey.to(state)
    with pytest.raises(WrongState), transaction():
        ATTEMPTS[verb](who.operator, deal)


# ---- facts and evidence ------------------------------------------------------------------------


def test_each_side_speaks_for_itself():
    deal, who = journey.opened()
    with pytest.raises(Invalid, match=r"deal\.not_yours_to_answer"), transaction():
        deals.answer(who.buyer, deal, "asset", "frozen", value=False)
    with pytest.raises(Invalid, match=r"deal\.not_yours_to_answer"), transaction():
        deals.answer(who.seller, deal, "cp", "related", value=False)
    with transaction():
        deals.answer(who.seller, deal, "asset", "frozen", value=False)
        deals.answer(who.buyer, deal, "cp", "related", value=False)
    right = deal.assets[0]
    assert (right.stated["asset.frozen"]["value"], deal.facts["cp"]["related"]) == (False, False)
    with transaction():
        deals.answer(who.seller, deal, "asset", "frozen", None)
    assert "asset.frozen" not in right.stated


@pytest.mark.parametrize(
    ("record", "field", "value", "error"),
    [
        ("asset", "frozen", "perhaps", FactError),
        ("owner", "event", "party", FactError),
        ("asset", "nonsense", True, Invalid),
        ("plat", "guarantees_loans", True, Invalid),
        ("ctx", "notice_days", 1, Invalid),
    ],
)
def test_nonsense_is_no_answer(record, field, value, error):
    deal, who = journey.opened()
    with pytest.raises(error), transaction():
        deals.answer(who.seller, deal, record, field, value)


def test_an_answer_does_not_overrule_the_register():
    listing = a.listing()
    a.pledge(listing.assets[0])
    deal, who = journey.opened(listing)
    with transaction():
        deals.answer(who.seller, deal, "asset", "pledged", value=False)
    journey.answered(deal, who)
    assert "pledged-no-transfer-or-licence" in journey.refused(deal, who).needs


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("name", {"name": "a_paper_nobody_knows"}),
        ("issuer", {"issuer": "  "}),
        ("issued_on", {"issued_on": clock.today() + timedelta(days=2)}),
    ],
)
def test_evidence_says_what_it_is(field, over):
    deal, who = journey.opened()
    with pytest.raises(Invalid) as refusal:
        journey.filed(deal, who.seller, **{"name": "pledgee_consent"} | over)
    assert list(refusal.value.fields) == [field]


def test_evidence_is_of_ones_own_and_decided_once():
    deal, who = journey.opened()
    with pytest.raises(NotAllowed), transaction():
        deals.file_evidence(
            who.buyer,
            deal,
            name="pledgee_consent",
            document=a.document(organisation_id=deal.seller_id),
            issuer="x",
            issued_on=clock.today(),
        )
    evidence = journey.filed(deal, who.seller, "pledgee_consent")
    with transaction():
        again = deals.file_evidence(
            who.seller,
            deal,
            name="pledgee_consent",
            document=evidence.document,
            issuer="x",
            issued_on=clock.today(),
        )
    assert again is evidence
    with pytest.raises(NotAllowed), transaction():
        deals.confirm_evidence(who.seller, evidence)
    with pytest.raises(NotAllowed), transaction():
        deals.withdraw_evidence(who.buyer, evidence)
    with pytest.raises(Invalid, match=r"deal\.reason"), transaction():
        deals.refuse_evidence(who.operator, evidence, because=" ")
    with transaction():
        deals.refuse_evidence(who.operator, evidence, because="缺少公章")
    assert (evidence.state, evidence.reason) == (EvidenceState.REFUSED, "缺少公章")
    with pytest.raises(WrongState), transaction():
        deals.confirm_evidence(who.operator, evidence)
    with pytest.raises(WrongState), transaction():
        deals.withdraw_evidence(who.seller, evidence)


# ---- law ---------------------------------------------------------------------------------------


def test_nothing_is_signed_while_a_decisive_fact_is_missing():
    deal, who = journey.opened()
    refusal = journey.refused(deal, who)
    assert (refusal.code, bool(refusal.facts["missing"])) == ("rules.undecided", True)
    assert deal.state is S.CHECKLIST


def test_a_pledged_right_waits_for_the_pledgees_consent():
    listing = a.listing()
    bank = a.organisation("lender", kind=OrganisationKind.BANK)
    a.pledge(listing.assets[0], lender_id=bank.id, amount_minor=yuan(300_000).minor)
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("pledged-no-transfer-or-licence",)
    filed = journey.filed(deal, who.seller, "pledgee_consent")
    assert journey.refused(deal, who).needs == ("pledged-no-transfer-or-licence",)
    with transaction():
        deals.confirm_evidence(who.operator, filed)
    journey.cleared(deal, who)
    journey.signed(deal, who)
    journey.paid(deal, who)
    journey.recorded(deal, who)
    shares = {p.payee_id: p.amount for p in journey.released(deal, who)}
    assert shares == {bank.id: yuan(300_000), deal.seller_id: yuan(190_000)}
    journey.sent(deal, who)
    assert (deal.state, deals.self_check().breaks) == (S.CLOSED, ())


def test_a_consent_in_the_register_stands_for_the_paper():
    listing = a.listing()
    bank = a.organisation("lender", kind=OrganisationKind.BANK)
    a.pledge(listing.assets[0], lender_id=bank.id, lender_name=bank.name)
    lender = a.actor(bank)
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("pledged-no-transfer-or-licence",)
    with transaction():
        [asked] = assets.ask_consents(who.seller, deal.assets[0], Wish(Act.TRANSFER))
        assets.give_consent(lender, asked)
    journey.cleared(deal, who)
    journey.sign(deal, who.seller)
    with transaction():
        assets.revoke_consent(lender, asked, because="债务未清偿")
    with pytest.raises(Unlawful):
        journey.sign(deal, who.buyer)


def test_the_release_of_a_pledge_opens_the_way_as_well():
    listing = a.listing()
    pledge = a.pledge(listing.assets[0])
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("pledged-no-transfer-or-licence",)
    db.session.get(type(pledge), pledge.id).state = PledgeState.RELEASED
    db.session.commit()
    journey.cleared(deal, who)
    assert deal.state is S.SIGNING


def test_a_pledge_registered_between_two_signatures_blocks_the_second():
    deal, who = journey.to(S.SIGNING)
    journey.sign(deal, who.seller)
    a.pledge(deal.assets[0])
    with pytest.raises(Unlawful) as refusal:
        journey.sign(deal, who.buyer)
    assert refusal.value.needs == ("pledged-no-transfer-or-licence",)
    assert (deal.state, deal.signed_by(deal.buyer_id)) == (S.SIGNING, None)


def test_an_expired_valuation_is_none():
    terms = a.terms(kind=DealKind.EQUITY, company="新公司", equity_bps=1000)
    listing = a.listing(terms=terms)
    a.valuation(
        listing.assets[0],
        base_date=clock.today() - timedelta(days=400),
        valid_until=clock.today() - timedelta(days=35),
    )
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    assert "val-company-law-48" in journey.refused(deal, who).needs
    a.valuation(listing.assets[0])
    journey.cleared(deal, who)


def test_a_state_firm_sells_after_valuation_and_its_filing():
    seller = a.organisation(kind=OrganisationKind.SOE, state_owned=True)
    deal, who = journey.opened(a.listing(a.asset(keeper=seller)))
    journey.answered(deal, who)
    assert {"seed18-valuation-state", "val-91-state-asset"} <= set(journey.refused(deal, who).needs)
    a.valuation(deal.assets[0], value_minor=deal.price.minor)
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("val-filing-or-approval",)
    journey.proven(deal, who, "valuation_filing_form_or_approval")
    journey.cleared(deal, who)


def test_a_foreign_licensee_needs_a_valuation():
    buyer = a.organisation(region=Region.FOREIGN)
    terms = a.terms(kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, months=12)
    deal, who = journey.opened(a.listing(terms=terms), buyer=buyer)
    journey.answered(deal, who)
    assert "seed18-valuation-foreign-licence" in journey.refused(deal, who).needs


@pytest.mark.parametrize(
    ("kind", "asked"),
    [(AssetKind.INVENTION, True), (AssetKind.TRADEMARK, False), (AssetKind.COPYRIGHT, False)],
)
def test_only_of_technology_is_it_asked_whether_employees_made_it(kind, asked):
    """民法典 art. 847 is about technical results; a mark or a picture is none."""
    deal, _ = journey.opened(a.listing(a.asset(kind=kind)))
    asked_about = {q.path for q in checklist.of(deal).questions}
    assert ("asset.service_work" in asked_about) is asked


def test_co_owners_must_agree():
    listing = a.listing()
    listing.assets[0].owners.append(AssetOwner(name="另一单位", position=1))
    db.session.commit()
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("patent-coowner-all-consent",)
    journey.proven(deal, who, "all_coowner_consent")
    journey.cleared(deal, who)


@pytest.mark.parametrize(
    ("kind", "status", "rule"),
    [
        (AssetKind.INVENTION, LegalStatus.LAPSED, "patent-not-in-force"),
        (AssetKind.TRADEMARK, LegalStatus.EXPIRED, "tm-expired"),
    ],
)
def test_a_right_that_ended_is_not_sold(kind, status, rule):
    deal, who = journey.opened(a.listing(a.asset(kind=kind)))
    journey.answered(deal, who)
    deal.assets[0].status = status
    db.session.commit()
    assert rule in journey.refused(deal, who).needs


def test_an_unverified_title_is_not_sold():
    deal, who = journey.opened(a.listing(a.asset(verified=False)))
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("plat-verify-title",)


def test_what_was_judged_is_kept_with_its_version():
    deal, _ = journey.to(S.CLOSED)
    kept = compliance.of(deal)
    assert [one.stage for one in kept] == ["closing", "signing", "signing", "signing", "signing"]
    assert {one.outcome for one in kept[:-1]} == {"ALLOWED"}  # the last: before any answer
    assert kept[0].catalogue_version
    assert kept[0].facts["asset"]["kind"] == "invention"


def test_the_checklist_quotes_the_law():
    listing = a.listing()
    a.pledge(listing.assets[0])
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    [item] = checklist.of(deal).blocks
    assert (item.finding.rule, item.to_file) == (
        "pledged-no-transfer-or-licence",
        ("pledgee_consent",),
    )
    assert all((item.finding.article, item.finding.quote, item.finding.gloss))


# ---- signing -----------------------------------------------------------------------------------


def test_a_signature_needs_the_password_and_the_very_file():
    deal, who = journey.to(S.SIGNING)
    for proved, sha256, code in (
        (False, deal.contract.sha256, r"deal\.password"),
        (True, "0" * 64, r"deal\.contract_changed"),
    ):
        with pytest.raises(Refused, match=code), transaction():
            deals.sign(who.seller, deal, password_proved=proved, contract_sha256=sha256)
    storage.path(deal.contract.sha256).chmod(0o600)
    original = storage.path(deal.contract.sha256).read_bytes()
    storage.path(deal.contract.sha256).write_bytes(original + b"%")
    with pytest.raises(Refused, match=r"deal\.contract_damaged"):
        journey.sign(deal, who.seller)
    storage.path(deal.contract.sha256).write_bytes(original)
    assert deal.signatures == []


def test_nobody_signs_for_both_sides():
    deal, who = journey.to(S.SIGNING)
    journey.sign(deal, who.seller)
    both = Actor(who.seller.user_id, deal.buyer_id, "owner", who.buyer.capabilities)
    with pytest.raises(Refused, match=r"deal\.same_person"):
        journey.sign(deal, both)
    journey.sign(deal, who.buyer)
    assert deal.state is S.PAYMENT


def test_signing_twice_is_signing_once():
    deal, who = journey.to(S.SIGNING)
    for _ in range(2):
        journey.sign(deal, who.seller)
    journey.sign(deal, a.actor(deal.seller, "owner"))
    assert (len(deal.signatures), deal.state) == (1, S.SIGNING)
    journey.sign(deal, who.buyer)
    journey.sign(deal, who.buyer)
    assert (len(deal.signatures), deal.state, len(payments.of(deal))) == (2, S.PAYMENT, 1)


def test_reopening_voids_the_draft_and_its_signature():
    deal, who = journey.to(S.SIGNING)
    journey.sign(deal, who.seller)
    first = deal.contract.sha256
    with pytest.raises(Invalid, match=r"deal\.reason"), transaction():
        deals.reopen(who.buyer, deal, because="")
    with clock.freeze(clock.now() + timedelta(seconds=5)):
        with transaction():
            deals.reopen(who.buyer, deal, because="条款有误")
        assert (deal.state, deal.contract, deal.signed_by(deal.seller_id)) == (
            S.CHECKLIST,
            None,
            None,
        )
        journey.cleared(deal, who, bilingual=True)
    assert deal.contract.sha256 != first
    with pytest.raises(Refused, match=r"deal\.contract_changed"), transaction():
        deals.sign(who.buyer, deal, password_proved=True, contract_sha256=first)


# ---- money -------------------------------------------------------------------------------------


def test_part_of_the_price_does_not_move_the_deal():
    deal, who = journey.to(S.PAYMENT)
    journey.paid(deal, who, yuan(499_999))
    assert deal.state is S.PAYMENT
    journey.paid(deal, who, yuan(2))
    assert (deal.state, deal.in_escrow) == (S.RECORDAL, deal.price)
    assert payments.credit(deal.buyer_id) == yuan(1)
    assert deals.self_check().holds


def test_the_price_is_not_released_twice():
    deal, who = journey.to(S.SETTLEMENT)
    first = journey.released(deal, who)
    assert journey.released(deal, who) == first
    assert books.balance(payments.COMMISSION) == deal.commission
    journey.sent(deal, who)
    assert journey.released(deal, who) == first
    assert deals.self_check().holds


def test_the_recordal_must_be_proven():
    deal, who = journey.to(S.RECORDAL)
    with pytest.raises(Refused, match=r"deal\.recordal_unproven"), transaction():
        deals.record(who.operator, deal)
    journey.proven(deal, who, "stamp_duty_receipt")
    assert deal.state is S.RECORDAL


# ---- ways out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [S.CHECKLIST, S.SIGNING])
def test_before_signing_either_may_leave_with_a_reason(state):
    deal, who = journey.to(state)
    with pytest.raises(Invalid, match=r"deal\.reason"), transaction():
        deals.cancel(who.buyer, deal, because="  ")
    with transaction():
        deals.cancel(who.buyer, deal, because="预算取消")
    assert (deal.state, deal.cancel_reason, deal.listing.state) == (
        S.CANCELLED,
        "预算取消",
        ListingState.PUBLISHED,
    )
    assert deals.self_check().holds
    journey.opened(deal.listing)


def test_after_signing_both_agree_and_the_money_goes_back():
    deal, who = journey.to(S.RECORDAL)
    with transaction():
        deals.request_cancellation(who.seller, deal, because="登记被驳回")
        deals.request_cancellation(who.seller, deal, because="登记被驳回")
    with pytest.raises(Refused, match=r"deal\.cancellation_requested"), transaction():
        deals.request_cancellation(who.buyer, deal, because="我也想解除")
    with pytest.raises(Refused, match=r"deal\.cancellation_yours"), transaction():
        deals.agree_cancellation(who.seller, deal)
    with transaction():
        deals.agree_cancellation(who.buyer, deal)
    [refund] = payments.payouts_of(deal)
    assert (deal.state, refund.payee_id, refund.amount, refund.purpose) == (
        S.CANCELLED,
        deal.buyer_id,
        deal.price,
        "refund",
    )
    assert deal.listing.state is ListingState.PUBLISHED
    journey.sent(deal, who)
    assert books.balance("bank:escrow") == yuan(0)
    assert deals.self_check().holds


def test_what_was_paid_in_part_goes_back_and_what_comes_later_too():
    deal, who = journey.to(S.PAYMENT)
    journey.paid(deal, who, yuan(100))
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
    with transaction():
        deals.agree_cancellation(who.seller, deal)
    payment = journey.payment_of(deal)
    assert (payment.state, payments.payouts_of(deal)[0].amount) == (
        PaymentState.CANCELLED,
        yuan(100),
    )
    journey.paid(deal, who, yuan(50))
    assert payments.credit(deal.buyer_id) == yuan(50)
    assert deals.self_check().holds


def test_the_exchange_decides_what_they_cannot():
    deal, who = journey.to(S.PAYMENT)
    with pytest.raises(Refused, match=r"deal\.no_request"), transaction():
        deals.decide_cancellation(who.operator, deal, rescind=True, because="x")
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="资金困难")
    assert progress.next_step(deal, who.seller).code == "answer_cancellation"
    with transaction():
        deals.oppose_cancellation(who.seller, deal, because="已拒绝其他买家")
    step = progress.next_step(deal, who.operator)
    assert (step.code, step.mine, deal.cancel_opposition) == (
        "decide_cancellation",
        True,
        "已拒绝其他买家",
    )
    with transaction():
        deals.decide_cancellation(who.operator, deal, rescind=False, because="理由不成立")
    assert (deal.state, deal.cancel_requested_by_id, deal.cancel_opposition) == (
        S.PAYMENT,
        None,
        "",
    )
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="资金困难")
        deals.withdraw_cancellation(who.buyer, deal)
        deals.request_cancellation(who.buyer, deal, because="资金困难")
    with pytest.raises(Refused, match=r"deal\.cancellation_not_yours"), transaction():
        deals.withdraw_cancellation(who.seller, deal)
    with transaction():
        deals.decide_cancellation(who.operator, deal, rescind=True, because="双方无法履行")
    assert (deal.state, deal.cancel_reason) == (S.CANCELLED, "双方无法履行")


def test_a_requested_cancellation_holds_the_recordal_back():
    deal, who = journey.to(S.RECORDAL)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
    journey.recorded(deal, who)
    assert deal.state is S.RECORDAL


# ---- reminders ---------------------------------------------------------------------------------


def test_late_steps_are_reminded_of_once_a_week():
    deal, _ = journey.opened()
    late = deal.due_at + timedelta(hours=1)
    reminders = []
    for moment in (
        deal.due_at - timedelta(hours=1),
        late,
        late + timedelta(days=3),
        late + timedelta(days=8),
    ):
        with clock.freeze(moment), transaction():
            reminders.append(deals.overdue())
    assert reminders == [0, 1, 0, 1]


# ---- staff with a stake ------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_staff_who_belong_to_a_party_decide_nothing_about_its_deal(side):
    deal, who = journey.to(DealState.RECORDAL)
    evidence = journey.filed(deal, who.seller, facts.recordal_lacking(deal)[0][0])
    person = db.session.get(User, who.operator.user_id)
    a.member(getattr(deal, side), "viewer", person)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")

    for attempt in (
        lambda: deals.confirm_evidence(who.operator, evidence),
        lambda: deals.refuse_evidence(who.operator, evidence, because="x"),
        lambda: deals.record(who.operator, deal),
        lambda: deals.release(who.operator, deal),
        lambda: deals.receive(who.operator, journey.payment_of(deal), journey.seen(yuan(1))),
        lambda: deals.decide_cancellation(who.operator, deal, rescind=True, because="x"),
    ):
        with pytest.raises(Refused, match=r"deal\.conflict"), transaction():
            attempt()

    with transaction():
        deals.confirm_evidence(who.cashier, evidence)


def test_a_valuation_report_is_put_on_record_with_its_right_not_filed_as_a_paper():
    deal, who = journey.opened()

    with pytest.raises(Invalid) as refused:
        journey.filed(deal, who.seller, "valuation_report")

    assert refused.value.fields == {"name": "evidence.report_by_right"}
