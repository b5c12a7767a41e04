"""An entry in a register from its opening to the release: lifecycle, gates, days, who may what."""

import io
import zipfile
from datetime import date, timedelta

import pytest

from marketplace.assets.models import AssetKind
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.deals import facts, recordal_list, recordal_papers
from marketplace.deals import services as deals
from marketplace.deals.models import DealState, Evidence, Recordal, RecordalState
from marketplace.listings.terms import DealKind, Grant
from marketplace.organisations.models import Region
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
R = RecordalState


def entries(deal):
    return {one.procedure: one for one in deal.recordals}


def entry(deal, procedure="patent_assignment"):
    return entries(deal)[procedure]


def do(verb, actor, record, **given):
    with transaction():
        return verb(actor, record, **given)


def file_it(deal, by, procedure="patent_assignment", **over):
    given = {"filed_on": clock.today(), "number": "2026112600001"} | over
    do(deals.file_recordal, by, entry(deal, procedure), **given)


def told(kind):
    return db.session.query(Event).filter_by(kind=kind).count()


def bundle():
    owner = a.organisation()
    rights = [a.asset(keeper=owner), a.asset(keeper=owner)]
    return journey.to(DealState.RECORDAL, a.listing(*rights, seller=owner))


def licensed(**over):
    terms = a.terms(kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, months=24)
    return journey.to(DealState.PAYMENT, terms=terms, **over)


# ---- opened by themselves -----------------------------------------------------------------------


def test_a_transfer_opens_its_entry_when_the_price_is_in_escrow():
    deal, who = journey.to(DealState.PAYMENT)
    assert "patent_assignment" not in entries(deal)
    journey.paid(deal, who)
    one = entry(deal)
    assert (one.state, one.required, one.side, one.asset) == (
        R.TO_FILE,
        True,
        "buyer",
        deal.assets[0],
    )
    assert one.due_on >= clock.today() + timedelta(days=30)  # by the contract


def test_a_licence_has_its_three_months_from_the_signing():
    deal, _ = licensed()
    one = entry(deal, "patent_licence")
    signed = deal.signed_at.astimezone(clock.BEIJING).date()
    assert timedelta(days=89) <= one.due_on - signed <= timedelta(days=102)


def test_an_open_deal_from_before_the_tracker_is_followed_up():
    deal, _ = journey.to(DealState.RECORDAL)
    with transaction():
        for one in list(deal.recordals):
            db.session.delete(one)
        deal.judged_on = None
    db.session.expire_all()
    assert deal.recordals == []
    with transaction():
        deals.follow_stale()
    db.session.expire_all()
    assert "patent_assignment" in entries(deal)


def test_twice_is_once():
    deal, _ = journey.to(DealState.RECORDAL)
    before = [one.reference for one in deal.recordals]
    with transaction():
        deals.follow(deal)
    assert [one.reference for one in deal.recordals] == before


# ---- the way through the office -----------------------------------------------------------------


def test_filed_asked_more_cured_and_recorded():
    deal, who = journey.to(DealState.RECORDAL)
    file_it(deal, who.buyer)
    one = entry(deal)
    assert (one.state, one.office_number, one.next_day) == (R.FILED, "2026112600001", None)
    do(deals.ask_supplement, who.buyer, one, because="缺共有人同意", noticed_on=date(2026, 9, 1))
    # a month ends on 1 October, a holiday until the 7th
    assert (one.state, one.supplement_due) == (R.SUPPLEMENT_ASKED, date(2026, 10, 8))
    with pytest.raises(Invalid), transaction():
        deals.extend_supplement(who.buyer, one, until=date(2026, 10, 1), because="准予延期")
    do(deals.extend_supplement, who.buyer, one, until=date(2026, 12, 31), because="准予延期")
    do(deals.cure, who.seller, one, because="已交同意书")
    assert (one.state, one.supplement_due) == (R.CURED, None)
    journey.recorded(deal, who)
    assert (one.state, deal.state) == (R.RECORDED, DealState.SETTLEMENT)
    assert one.recorded_on == clock.today()


def test_the_fee_is_kept_with_its_receipt():
    deal, who = journey.to(DealState.RECORDAL)
    receipt = a.document(organisation_id=who.buyer.organisation_id)
    one = entry(deal)
    do(deals.pay_fee, who.buyer, one, amount=yuan(200), paid_on=clock.today(), receipt=receipt)
    assert (one.fee, one.receipt_id) == (yuan(200), receipt.id)


def test_what_is_not_so_is_refused():
    deal, who = journey.to(DealState.RECORDAL)
    with pytest.raises(Invalid, match=r"recordal\.future"):
        file_it(deal, who.buyer, filed_on=clock.today() + timedelta(days=1))
    with pytest.raises(Invalid, match=r"recordal\.before_contract"):
        file_it(deal, who.buyer, filed_on=date(2020, 1, 1))
    with pytest.raises(WrongState):
        do(deals.cure, who.buyer, entry(deal), because="补正")
    with pytest.raises(Refused, match=r"recordal\.required"):
        do(deals.dispense, who.buyer, entry(deal), because="不办")


def test_a_voluntary_entry_can_be_done_without_and_taken_up_again():
    deal, who = journey.to(DealState.RECORDAL)
    one = entry(deal, "technology_contract")
    do(deals.dispense, who.seller, one, because="不申请优惠")
    assert one.state is R.NOT_NEEDED
    do(deals.resume_recordal, who.seller, one)
    assert one.state is R.TO_FILE


# ---- gates --------------------------------------------------------------------------------------


def test_of_a_bundle_what_proves_one_right_does_not_prove_the_other():
    deal, who = bundle()
    first, second = [o for o in deal.recordals if o.procedure == "patent_assignment"]
    with transaction():
        paper = deals.file_evidence(
            who.buyer, deal, name="cnipa_transfer_registration", recordal=first,
            document=a.document(organisation_id=who.buyer.organisation_id),
            issuer="国家知识产权局", issued_on=clock.today(),
        )  # fmt: skip
    do(deals.confirm_evidence, who.operator, paper)
    assert (first.state, second.state, deal.state) == (R.RECORDED, R.TO_FILE, DealState.RECORDAL)
    assert facts.recordal_lacking(deal) == [("cnipa_transfer_registration",)]
    with pytest.raises(Refused, match=r"deal\.recordal_unproven"):
        do(deals.record, who.operator, deal)
    journey.recorded(deal, who)
    assert (second.state, deal.state) == (R.RECORDED, DealState.SETTLEMENT)


def test_a_refusal_of_one_right_holds_the_whole_deal_even_against_a_paper_for_all():
    deal, who = bundle()
    first, _ = [o for o in deal.recordals if o.procedure == "patent_assignment"]
    do(deals.file_recordal, who.buyer, first, filed_on=clock.today())
    do(deals.refuse_recordal, who.buyer, first, because="权利冻结", refused_on=clock.today())
    journey.proven(deal, who, "cnipa_transfer_registration")
    assert (first.state, deal.state) == (R.REFUSED, DealState.RECORDAL)
    do(
        deals.file_recordal, who.buyer, first, filed_on=clock.today()
    )  # again, after the cause is gone
    with transaction():
        deals.follow(deal)
    assert first.state is R.RECORDED
    do(deals.record, who.operator, deal)
    assert deal.state is DealState.SETTLEMENT


def test_a_final_refusal_is_a_reason_to_undo_the_deal():
    deal, who = journey.to(DealState.RECORDAL)
    with pytest.raises(Refused, match=r"recordal\.not_refused"):
        do(deals.rescind_for_refusal, who.buyer, entry(deal), because="无法登记")
    file_it(deal, who.buyer)
    do(deals.refuse_recordal, who.buyer, entry(deal), because="权利冻结", refused_on=clock.today())
    do(deals.rescind_for_refusal, who.buyer, entry(deal), because="无法登记")
    assert entry(deal).reference in deal.cancel_reason
    do(deals.agree_cancellation, who.seller, deal)
    assert deal.state is DealState.CANCELLED
    assert entry(deal, "technology_contract").state is R.NOT_NEEDED


# ---- who may ------------------------------------------------------------------------------------


def test_others_see_nothing_and_members_without_the_role_do_nothing():
    deal, who = journey.to(DealState.RECORDAL)
    one, stranger = entry(deal), a.actor(a.organisation())
    with pytest.raises(NotFound):
        recordal_list.get(stranger, one.reference)
    with pytest.raises(NotAllowed):
        do(deals.file_recordal, stranger, one, filed_on=clock.today())
    with pytest.raises(NotAllowed):
        do(deals.file_recordal, a.actor(deal.buyer, "finance"), one, filed_on=clock.today())
    with pytest.raises(NotAllowed):
        do(deals.rescind_for_refusal, who.operator, one, because="无法登记")
    authority = a.actor(a.organisation("regulator"))
    assert recordal_list.get(authority, one.reference) is one
    with pytest.raises(NotAllowed):
        do(deals.file_recordal, authority, one, filed_on=clock.today())


# ---- days ---------------------------------------------------------------------------------------


def test_people_are_told_before_a_day_and_the_exchange_when_it_is_past():
    deal, _ = journey.to(DealState.RECORDAL)
    one = entry(deal)
    reminders = []
    for left in (31, 30, 29, 7, 1, 0, -1, -2):
        with transaction():
            one.due_on = clock.today() + timedelta(days=left)
        do_remind = deals.remind_recordals
        with transaction():
            do_remind()
        reminders.append((told("recordal.remind"), told("recordal.overdue")))
    assert reminders == [(0, 0), (1, 0), (1, 0), (2, 0), (3, 0), (3, 0), (3, 1), (3, 1)]
    assert told("recordal.escalate") == 1


def test_a_list_is_narrowed_by_what_is_late():
    deal, who = journey.to(DealState.RECORDAL)
    with transaction():
        entry(deal).due_on = clock.today() - timedelta(days=1)
    late = recordal_list.listed(who.buyer, recordal_list.Wish(when="late"))
    assert db.session.scalars(late).unique().all() == [entry(deal)]
    others = recordal_list.listed(who.buyer, recordal_list.Wish(office="cnipa_mark"))
    assert db.session.scalars(others).unique().all() == []
    found = recordal_list.Wish(search=deal.assets[0].number)
    assert entry(deal) in db.session.scalars(recordal_list.listed(who.buyer, found)).unique().all()


# ---- abroad, and the papers ---------------------------------------------------------------------


def test_a_foreign_licensee_brings_the_registration_of_the_export():
    buyer = a.organisation(region=Region.FOREIGN)
    with transaction():
        deal = deals.open_deal(
            a.actor(a.organisation()),
            a.listing(),
            buyer_id=buyer.id,
            terms=a.terms(kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, months=24),
        )
        deal.facts = {"tech": {"catalogue": "free"}}
    assert "export_free" in facts.circumstances_of(deal)
    with transaction():
        deal.state, deal.signed_at = DealState.PAYMENT, clock.now()
        deals.follow(deal)
    one = entry(deal, "technology_export")
    assert (one.asset_id, one.side, one.required) == (None, "seller", False)
    assert one.due_on >= clock.today() + timedelta(days=60)
    with transaction():
        deal.facts = {"tech": {"catalogue": "restricted"}}
        deals.follow(deal)
    assert entry(deal, "technology_export_licence").required


def test_the_pack_says_what_the_registers_say():
    deal, who = journey.to(DealState.RECORDAL)
    one = entry(deal)
    said = str(recordal_papers.data(one))
    for text in (deal.assets[0].number, deal.seller.name, deal.buyer.name, deal.reference):
        assert text in said
    assert "专利法" in said
    with zipfile.ZipFile(io.BytesIO(recordal_papers.pack(who.buyer, one))) as archive:
        names = archive.namelist()
        assert archive.read("01-资料表-data-sheet.pdf").startswith(b"%PDF")
        assert "contract" in " ".join(names)
        assert deal.seller.name in archive.read("05-data.json").decode()
    assert recordal_papers.NOTE in recordal_papers.sheet(one).notes


def test_the_sheet_of_a_licence_states_grant_territory_and_term():
    deal, _ = licensed()
    said = str(recordal_papers.data(entry(deal, "patent_licence")))
    assert ("独占许可" in said, "中国内地" in said, "许可期限至" in said) == (True, True, True)


@pytest.mark.parametrize("kind", [AssetKind.SOFTWARE, AssetKind.TRADEMARK])
def test_every_entry_has_a_sheet(kind):
    deal, _ = journey.opened(a.listing(a.asset(kind=kind)))
    with transaction():
        deal.state, deal.signed_at = DealState.RECORDAL, clock.now()
        deals.follow(deal)
    for one in deal.recordals:
        assert recordal_papers.cover(one).sections[1].rows


def test_a_paper_filed_for_an_entry_of_another_deal_counts_for_none():
    deal, who = journey.to(DealState.RECORDAL)
    other, _ = journey.to(DealState.RECORDAL)
    with transaction():
        paper = deals.file_evidence(
            who.buyer, deal, name="cnipa_transfer_registration", recordal=entry(other),
            document=a.document(organisation_id=who.buyer.organisation_id),
            issuer="国家知识产权局", issued_on=clock.today(),
        )  # fmt: skip
    assert isinstance(paper, Evidence)
    assert paper.recordal_id is None
    assert db.session.query(Recordal).filter_by(state=R.RECORDED).count() == 0
