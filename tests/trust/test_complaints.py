"""Complaints: who may, the answer that is owed, the decision, the objection, and the clock."""

from datetime import timedelta

import pytest

from marketplace.core import clock, working_days
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.events import Event
from marketplace.documents import queries as documents
from marketplace.negotiation import services as negotiation
from marketplace.trust import services as trust
from marketplace.trust.models import Complaint, ComplaintKind, ComplaintState, Gravity, Outcome
from marketplace.trust.queries import complaints
from marketplace.trust.services import Ruling
from tests import factories as a
from tests.mandates.mandating import in_force
from tests.trust import scenes

pytestmark = pytest.mark.usefixtures("app")
C = ComplaintState
UNFOUNDED = Ruling(Outcome.UNFOUNDED, "没有依据。")


def told(complaint) -> list[str]:
    rows = db.session.query(Event).filter_by(subject_kind="complaint", subject_id=complaint.id)
    return [row.kind for row in rows.order_by(Event.id)]


def test_parties_of_a_deal_and_of_a_mandate_may_complain_and_strangers_may_not():
    scene = scenes.closed()
    principal = a.organisation()
    in_force(principal, scene.broker)

    for by in (scene.seller, scene.buyer, a.actor(principal)):
        assert scenes.complained(scene, by=by).state is C.FILED
    with pytest.raises(Refused, match=r"complaint.no_dealing"):
        scenes.complained(scene, by=a.actor(a.organisation()))


def test_who_asked_a_question_that_the_broker_answered_may_complain():
    broker, listing, asker = a.organisation("broker"), a.listing(), a.organisation()
    mandate = in_force(listing.seller, broker, assets=tuple(listing.assets))
    by, house = a.actor(asker), a.actor(broker)
    with transaction():
        enquiry = negotiation.ask(by, listing, text="可以分许可吗？")
    assert complaints.dealings(asker.id, broker.id) == []
    from marketplace.mandates import services as mandates  # noqa: PLC0415

    with transaction():
        negotiation.post(mandates.acting(house, mandate), enquiry, text="可以。")

    assert [one.kind for one in complaints.dealings(asker.id, broker.id)] == ["enquiry"]


def test_the_same_complaint_is_one_while_it_is_open():
    scene = scenes.closed()
    first = scenes.complained(scene)

    with pytest.raises(Refused, match=r"complaint.known"):
        scenes.complained(scene)
    scenes.complained(scene, kind=ComplaintKind.LEAK)
    with transaction():
        trust.withdraw(scene.seller, first)
    assert scenes.complained(scene).reference != first.reference


def test_the_broker_learns_of_a_complaint_when_it_is_accepted():
    scene = scenes.closed()
    complaint = scenes.complained(scene)
    with pytest.raises(NotFound):
        complaints.get(scene.house, complaint.reference)

    trust.accept(scene.operator, complaint)

    assert complaints.get(scene.house, complaint.reference) is complaint
    assert complaint.answer_by == working_days.add(clock.today(), 10)
    with pytest.raises(NotFound):
        complaints.get(a.actor(a.organisation("broker")), complaint.reference)


def test_a_complaint_that_is_not_taken_up_stays_unknown_to_the_broker():
    scene = scenes.closed()
    complaint = scenes.complained(scene)
    trust.refuse(scene.operator, complaint, because="不属于交易所处理范围")

    assert (complaint.state, complaint.decision) == (C.REFUSED, "不属于交易所处理范围")
    with pytest.raises(NotFound):
        complaints.get(scene.house, complaint.reference)
    with pytest.raises(WrongState):
        trust.accept(scene.operator, complaint)


def test_evidence_is_read_by_both_sides_and_by_nobody_else():
    scene = scenes.closed()
    paper = a.document(organisation_id=scene.seller.organisation_id)
    complaint = scenes.complained(scene, papers=[paper])

    assert [one.document for one in complaints.papers_of(complaint)] == [paper]
    assert documents.get(scene.house, paper.id) is paper
    with pytest.raises(NotFound):
        documents.get(a.actor(a.organisation()), paper.id)


def test_without_an_answer_it_is_decided_only_after_the_day_of_the_answer():
    scene = scenes.closed()
    complaint = scenes.accepted(scene)
    with pytest.raises(Refused, match=r"complaint.wait"):
        trust.decide(scene.operator, complaint, scenes.WITH_CARE)

    with clock.freeze(clock.start_of(complaint.answer_by + timedelta(days=1))):
        trust.decide(scene.operator, complaint, UNFOUNDED)

    assert (complaint.state, complaint.outcome) == (C.DECIDED, Outcome.UNFOUNDED)
    assert complaint.was_late


def test_founded_complaints_have_a_gravity():
    scene = scenes.closed()
    complaint = scenes.answered(scene)

    with pytest.raises(Invalid, match=r"complaint.gravity"):
        trust.decide(scene.operator, complaint, Ruling(Outcome.PARTLY, "部分属实"))


def test_an_objection_in_time_is_reviewed_by_another_person():
    scene = scenes.closed()
    complaint = scenes.decided(scene)
    trust.object_to(scene.house, complaint, because="计算有误")
    with pytest.raises(Refused, match=r"trust.four_eyes"):
        trust.review(scene.operator, complaint, UNFOUNDED)

    trust.review(scene.second, complaint, UNFOUNDED)

    assert (complaint.state, complaint.outcome, complaint.gravity) == (
        C.FINAL, Outcome.UNFOUNDED, None,
    )  # fmt: skip
    assert complaint.final_on == clock.today()


def test_after_the_days_nobody_objects_and_the_decision_is_final():
    scene = scenes.closed()
    complaint = scenes.decided(scene)
    with clock.freeze(clock.now() + timedelta(days=16)):
        with pytest.raises(Refused, match=r"complaint.too_late"):
            trust.object_to(scene.seller, complaint, because="不服")
        assert [trust.follow(), trust.follow()] == [1, 0]
    assert complaint.state is C.FINAL


def test_the_clock_reminds_once_and_tells_once_of_an_answer_that_is_overdue():
    scene = scenes.closed()
    complaint = scenes.accepted(scene)
    for day in (complaint.answer_by - timedelta(days=2), complaint.answer_by + timedelta(days=1)):
        with clock.freeze(clock.start_of(day)):
            trust.follow()
            trust.follow()

    assert told(complaint) == [
        "complaint.file", "complaint.accept", "complaint.remind", "complaint.overdue",
    ]  # fmt: skip
    assert complaint.state is C.ACCEPTED  # silence decides nothing by itself


def test_both_sides_and_the_exchange_speak_until_it_is_over():
    scene = scenes.closed()
    complaint = scenes.answered(scene)
    for by in (scene.seller, scene.house, scene.operator):
        trust.say(by, complaint, "补充说明")
    trust.withdraw(scene.seller, complaint, because="已和解")

    assert len(complaint.statements) == 3
    with pytest.raises(Refused, match=r"complaint.over"):
        trust.say(scene.seller, complaint, "再说一句")


def test_staff_with_a_stake_keep_out():
    scene = scenes.closed()
    complaint = scenes.complained(scene)
    a.member(scene.deal.seller, "viewer", db.session.get(type(a.user()), scene.operator.user_id))

    for command in (trust.accept, lambda by, c: trust.refuse(by, c, because="x")):
        with pytest.raises(Refused, match=r"trust.conflict"):
            command(scene.operator, complaint)


@pytest.mark.parametrize("verb", ["accept", "answer", "decide", "withdraw", "object"])
def test_the_authority_reads_and_does_none_of_it(verb):
    scene = scenes.closed()
    complaint = scenes.answered(scene)
    by = scenes.authority()
    assert complaints.get(by, complaint.reference) is complaint

    with pytest.raises(NotAllowed):
        {
            "accept": lambda: trust.accept(by, complaint),
            "answer": lambda: trust.answer(by, complaint, "x"),
            "decide": lambda: trust.decide(by, complaint, UNFOUNDED),
            "withdraw": lambda: trust.withdraw(by, complaint),
            "object": lambda: trust.object_to(by, complaint, because="x"),
        }[verb]()


def test_lists_are_narrowed_by_side_and_state():
    scene = scenes.closed()
    first, second = scenes.decided(scene), scenes.complained(scene, kind=ComplaintKind.LEAK)

    def found(by, **narrowed):
        return {c.reference for c in db.session.scalars(complaints.listed(by, **narrowed))}

    assert found(scene.seller, side="filed") == {first.reference, second.reference}
    assert found(scene.house, side="about") == {first.reference}
    assert found(scene.operator, state="filed") == {second.reference}
    assert found(scene.operator, search=first.reference) == {first.reference}


def test_gravity_is_forgotten_where_it_is_unfounded():
    scene = scenes.closed()
    complaint = scenes.decided(scene, Ruling(Outcome.UNFOUNDED, "不成立", Gravity.GRAVE, "整改"))

    assert (complaint.gravity, complaint.measures) == (None, "")
    assert db.session.query(Complaint).count() == 1
