"""Waivers only where the law lets somebody waive; papers that last, are replaced, are used again."""

from datetime import timedelta

import pytest

from marketplace.compliance import papers, queries, worklist
from marketplace.compliance.models import EvidenceState, TaskState, WaiverState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful
from marketplace.deals import checklist
from marketplace.deals import services as deals
from marketplace.documents import queries as documents
from marketplace.listings import services as listings
from marketplace.organisations.models import OrganisationKind
from marketplace.rules.engine import Status
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
RULE = "service-inventor-preemption"


def service_invention():
    """A deal that waits for the notice to its inventors."""
    deal, who = journey.opened()
    journey.answered(deal, who, asset__service_work=True)
    with transaction():
        deals.follow(deal)
    return deal, who


def asked(deal, by, **over):
    given = {
        "rule": RULE,
        "given_by": "inventors",
        "holder": "李明、王芳",
        "because": "全体完成人书面放弃优先受让",
        "document": a.document(organisation_id=by.organisation_id),
    }
    with transaction():
        return deals.ask_waiver(by, deal, **given | over)


def status(deal):
    return next(i.status for i in checklist.of(deal).items if i.finding.rule == RULE)


def task(deal):
    return next(t for t in worklist.tasks_of(deal) if t.rule == RULE)


def test_a_waiver_counts_once_the_exchange_confirmed_it_and_is_kept_in_the_judgement():
    deal, who = service_invention()
    assert status(deal) is Status.OPEN

    waiver = asked(deal, who.seller)
    assert status(deal) is Status.OPEN
    assert RULE in journey.refused(deal, who).needs
    with pytest.raises(NotAllowed), transaction():
        deals.decide_waiver(who.buyer, deal, waiver, confirm=True)
    with transaction():
        deals.decide_waiver(who.operator, deal, waiver, confirm=True)

    assert (status(deal), task(deal).state, task(deal).settled) == (
        Status.WAIVED,
        TaskState.WAIVED,
        "waiver",
    )
    journey.cleared(deal, who)
    kept = {f["rule"]: f["status"] for f in queries.of(deal)[0].findings}
    assert kept[RULE] == "waived"


def test_a_waiver_is_revoked_before_the_signing_only_and_the_rule_stands_again():
    deal, who = service_invention()
    waiver = asked(deal, who.seller)
    with transaction():
        deals.decide_waiver(who.operator, deal, waiver, confirm=True)
    journey.cleared(deal, who)

    with transaction():
        deals.revoke_waiver(who.seller, deal, waiver, because="一名完成人改变主意")
    assert (waiver.state, task(deal).state) == (WaiverState.REVOKED, TaskState.OPEN)
    with pytest.raises(Unlawful), transaction():
        deals.sign(who.seller, deal, password_proved=True, contract_sha256=deal.contract.sha256)

    again = asked(deal, who.seller)
    with transaction():
        deals.decide_waiver(who.operator, deal, again, confirm=True)
    journey.signed(deal, who)
    with pytest.raises(Refused) as refused, transaction():
        deals.revoke_waiver(who.seller, deal, again, because="后悔")
    assert refused.value.code == "deal.revoke_waiver"


def test_what_the_law_lets_nobody_waive_is_refused():
    right = a.asset()
    a.pledge(right)
    deal, who = journey.opened(a.listing(right))

    with pytest.raises(Refused) as refused:
        asked(deal, who.seller, rule="pledged-no-transfer-or-licence", given_by="lender")
    assert refused.value.code == "waiver.not_allowed"


def test_nor_by_whom_the_law_does_not_name_nor_twice_nor_confirmed_by_who_asked():
    deal, who = service_invention()

    with pytest.raises(Invalid) as wrong:
        asked(deal, who.seller, given_by="buyer", holder=" ")
    assert wrong.value.fields == {"given_by": "waiver.not_by", "holder": "waiver.holder"}
    waiver = asked(deal, who.operator)
    with pytest.raises(Refused) as twice:
        asked(deal, who.seller)
    assert twice.value.code == "waiver.asked_already"
    with pytest.raises(Refused) as alone, transaction():
        deals.decide_waiver(who.operator, deal, waiver, confirm=True)
    assert alone.value.code == "waiver.same_person"
    with transaction():
        deals.decide_waiver(who.cashier, deal, waiver, confirm=False, because="缺一名完成人签字")
    assert (waiver.state, waiver.reason) == (WaiverState.REFUSED, "缺一名完成人签字")
    asked(deal, who.seller)


def test_a_paper_that_ran_out_does_not_count_and_a_newer_one_takes_its_place():
    deal, who = service_invention()
    first = journey.filed(
        deal, who.seller, "inventor_preemption_notice",
        valid_until=clock.today() + timedelta(days=5),
    )  # fmt: skip
    with transaction():
        deals.confirm_evidence(who.operator, first)
    assert status(deal) is Status.SATISFIED

    with clock.freeze(clock.now() + timedelta(days=6)):
        assert status(deal) is Status.OPEN
        newer = journey.filed(deal, who.seller, "inventor_preemption_notice", replaces=first)
        assert (first.state, newer.replaces_id) == (EvidenceState.CONFIRMED, first.id)
        with transaction():
            deals.confirm_evidence(who.operator, newer)
        assert (first.state, status(deal)) == (EvidenceState.REPLACED, Status.SATISFIED)


def test_a_paper_of_a_right_is_used_again_with_its_check_while_that_holds():
    right, other = a.asset(), a.asset()
    deal, who = journey.opened(a.listing(right, seller=right.keeper))
    register = journey.filed(deal, who.seller, "patent_register_copy")
    consent = journey.filed(deal, who.seller, "all_coowner_consent")
    for paper in (register, consent):
        with transaction():
            deals.confirm_evidence(who.operator, paper)
    journey.cancelled(deal, who)

    again, _ = journey.opened(a.listing(right, seller=right.keeper))
    seller = a.actor(again.seller)
    with transaction():
        used = deals.use_again(seller, again, register)
        assert deals.use_again(seller, again, register) == used
    assert (used.state, used.document, used.decided_at) == (
        EvidenceState.CONFIRMED,
        register.document,
        register.decided_at,
    )
    with transaction():
        anew = deals.use_again(seller, again, consent)
    assert anew.state is EvidenceState.FILED, "a consent is given to one deal"
    with pytest.raises(NotFound), transaction():
        deals.use_again(a.actor(again.buyer), again, register)

    assert not papers.check_holds(register, {right.id}, {right.id, other.id})
    with clock.freeze(clock.now() + papers.CHECK_HOLDS + timedelta(days=1)):
        assert not papers.check_holds(register, {right.id}, {right.id})
    db.session.rollback()


def test_a_paper_filed_with_a_listing_opens_its_gate_and_goes_with_it_into_the_deal():
    office = a.organisation("holder", kind=OrganisationKind.GOVERNMENT)
    right = a.asset(keeper=office)
    listing = a.listing(right, seller=office)
    owner, operator = a.actor(office), a.operator()

    def status_of(rule):
        [judgement] = listings.judgements(listing)
        return judgement.finding(rule).status

    assert status_of("gov-disposal-approval") is Status.OPEN
    with transaction():
        paper = listings.file_paper(
            owner,
            listing,
            name="disposal_approval",
            document=a.document(organisation_id=office.id),
            issuer="广东省财政厅",
            issued_on=clock.today(),
            valid_until=clock.today() + timedelta(days=90),
        )
    assert status_of("gov-disposal-approval") is Status.OPEN
    with pytest.raises(NotAllowed), transaction():
        listings.confirm_paper(owner, paper)
    with transaction():
        listings.confirm_paper(operator, paper)
    assert status_of("gov-disposal-approval") is Status.SATISFIED

    deal, who = journey.opened(listing)
    [carried] = deal.evidence
    assert (carried.name, carried.state, carried.document, carried.valid_until) == (
        "disposal_approval",
        EvidenceState.CONFIRMED,
        paper.document,
        paper.valid_until,
    )
    assert documents.get(who.buyer, carried.document_id) == paper.document
