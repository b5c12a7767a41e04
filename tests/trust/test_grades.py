"""Grades from what is kept: complaints, sanctions, credentials; objections and repair."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.mandates import queries as mandates
from marketplace.mandates.models import Credential, CredentialKind, CredentialState
from marketplace.trust import services as trust
from marketplace.trust.models import CaseKind, CaseState, ComplaintKind, SanctionKind
from marketplace.trust.queries import grades, performance
from tests import factories as a
from tests.conftest import statements
from tests.mandates.mandating import drafted, in_force, offered, signed
from tests.trust import scenes

pytestmark = pytest.mark.usefixtures("app")


def points(broker):
    return grades.graded(broker.id).grade.points


def credential(broker, **over):
    return a.keep(
        Credential(
            **{
                "organisation_id": broker.id, "kind": CredentialKind.PRACTITIONER, "name": "苏文",
                "number": "44001", "document": a.document(organisation_id=broker.id),
                "state": CredentialState.CONFIRMED,
            }
            | over
        )
    )  # fmt: skip


def test_a_complaint_costs_points_only_once_it_is_final():
    scene = scenes.closed()
    scenes.decided(scene)
    assert points(scene.broker) == 100

    with clock.freeze(clock.now() + timedelta(days=16)):
        trust.follow()
        assert points(scene.broker) == 90
        [entry] = grades.graded(scene.broker.id).entries
        assert (entry.item.code, entry.counts) == ("complaint_ordinary", True)


def test_good_ratings_of_closed_deals_make_good_what_a_fault_cost():
    scene = scenes.closed()
    scenes.final(scene)
    later = clock.now() + timedelta(days=17)
    scenes.rated(scene)
    with clock.freeze(later):
        assert points(scene.broker) == 91
    scenes.rated(scene, by=scene.buyer, expertise=1, diligence=1, disclosure=1, fees=1)
    with clock.freeze(later):
        assert points(scene.broker) == 90


def test_a_lapsed_credential_costs_points_until_it_is_renewed():
    broker = a.organisation("broker")
    today = clock.today()
    credential(broker, valid_to=today - timedelta(days=5))
    assert points(broker) == 95

    credential(broker, number="44002", valid_to=today + timedelta(days=300))

    assert grades.graded(broker.id).entries == ()


def test_a_suspension_keeps_a_broker_from_new_mandates_and_lets_it_finish():
    scene = scenes.closed()
    waiting = offered(a.organisation(), scene.broker)
    sanction = scenes.sanctioned(scene.broker, SanctionKind.SUSPENSION)

    assert [b.id for b in mandates.brokers() if b.id == scene.broker.id] == []
    with pytest.raises(Invalid) as refused:
        drafted(a.organisation(), scene.broker)
    assert refused.value.fields == {"other": "mandate.broker_suspended"}
    signed(waiting, a.actor(waiting.principal))
    with pytest.raises(Refused, match=r"mandate.broker_suspended"):
        signed(waiting, a.actor(scene.broker))
    from marketplace.mandates import services as mandating  # noqa: PLC0415

    assert mandating.acting(scene.house, scene.mandate).under is not None
    assert points(scene.broker) == 75

    with clock.freeze(clock.start_of(sanction.ends_on + timedelta(days=1))):
        assert not mandates.is_suspended(scene.broker.id)


def test_what_the_authority_takes_back_opens_the_gates_and_costs_nothing():
    broker, by = a.organisation("broker"), scenes.authority()
    sanction = scenes.sanctioned(broker, SanctionKind.REVOCATION, by=by)
    assert (points(broker), mandates.is_suspended(broker.id)) == (40, True)
    with pytest.raises(NotAllowed):
        trust.revoke(scenes.authority(), sanction, because="别的部门")

    with transaction():
        trust.revoke(by, sanction, because="复议撤销")

    assert (points(broker), mandates.is_suspended(broker.id)) == (100, False)
    assert in_force(a.organisation(), broker).is_in_force


def test_a_practitioner_s_suspension_takes_the_person_from_the_page_and_not_the_house():
    broker = a.organisation("broker")
    person = credential(broker)
    assert mandates.standing_credentials([broker.id]) == {broker.id: [person]}

    scenes.sanctioned(broker, SanctionKind.SUSPENSION, practitioner=person)

    assert mandates.standing_credentials([broker.id]) == {}
    assert not mandates.is_suspended(broker.id)


def own_points(*people):
    """What each person has, by what names the person."""
    found = grades.practitioner_grades(people)
    return [found[one.id].grade.points for one in people]


def test_a_practitioner_has_a_grade_by_what_names_the_person_and_ratings_do_not_mend_it():
    scene = scenes.closed()
    named, other = (credential(scene.broker, number=n) for n in ("44001", "44002"))
    scenes.sanctioned(scene.broker, SanctionKind.CRITICISM, practitioner=named)
    scenes.sanctioned(scene.broker, SanctionKind.WARNING)
    scenes.rated(scene)
    assert own_points(named, other) == [88, 100]
    assert points(scene.broker) == 100 - 12 - 6 + 1


def test_what_is_on_record_goes_with_the_person_to_another_house_and_not_with_a_namesake():
    broker, next_house = a.organisation("broker"), a.organisation("broker")
    before = credential(broker)
    scenes.sanctioned(broker, SanctionKind.CRITICISM, practitioner=before)
    now, namesake = credential(next_house), credential(next_house, number="44009")
    assert own_points(now, namesake) == [88, 100]
    assert points(next_house) == 100


def test_a_practitioner_s_lapsed_certificate_costs_the_person_too_until_it_is_renewed():
    broker = a.organisation("broker")
    lapsed = credential(broker, valid_to=clock.today() - timedelta(days=5))
    assert own_points(lapsed) == [95]


@pytest.mark.parametrize("who", ["an operator", "a viewer of the authority", "a firm"])
def test_only_the_authority_s_managers_impose(who):
    office = a.organisation("regulator")
    by = {
        "an operator": a.operator,
        "a viewer of the authority": lambda: a.actor(office, "viewer"),
        "a firm": lambda: a.actor(a.organisation()),
    }[who]()

    with pytest.raises(NotAllowed):
        scenes.sanctioned(a.organisation("broker"), SanctionKind.WARNING, by=by)


def test_a_sanction_says_what_is_missing_and_the_same_decision_is_entered_once():
    broker = a.organisation("broker")
    with pytest.raises(Invalid) as refused:
        scenes.sanctioned(broker, SanctionKind.SUSPENSION, article=" ", number="", ends_on=None)
    assert set(refused.value.fields) == {"article", "number", "ends_on"}
    scenes.sanctioned(broker, SanctionKind.WARNING)

    with pytest.raises(Refused, match=r"sanction.known"):
        scenes.sanctioned(broker, SanctionKind.WARNING)


def filed(scene, kind=CaseKind.OBJECTION, key=None):
    item = key or grades.graded(scene.broker.id).entries[0].key
    return trust.file_case(scene.house, scene.broker, kind, item=item, text="计分有误")


def test_an_objection_in_time_is_decided_by_two_who_did_not_decide_the_item():
    scene = scenes.closed()
    scenes.final(scene)
    third = a.operator()
    with clock.freeze(clock.now() + timedelta(days=20)):
        case = filed(scene)
        with pytest.raises(Refused, match=r"grade_case.known"):
            filed(scene)
        with pytest.raises(Refused, match=r"grade_case.own_decision"):
            trust.propose(scene.operator, case, to_grant=True, because="x")
        trust.propose(scene.second, case, to_grant=True, because="系同一事实重复计分")
        with pytest.raises(Refused, match=r"trust.four_eyes"):
            trust.settle(scene.second, case)
        trust.settle(third, case)

        assert case.state is CaseState.GRANTED
        assert points(scene.broker) == 100
        [entry] = grades.graded(scene.broker.id).entries  # it stays in the history
        assert not entry.counts


def test_a_late_objection_is_refused_and_repair_waits_for_its_months():
    scene = scenes.closed()
    scenes.final(scene)
    with clock.freeze(clock.now() + timedelta(days=40)):
        with pytest.raises(Refused, match=r"grade_case.too_late"):
            filed(scene)
        with pytest.raises(Refused, match=r"grade_case.too_early"):
            filed(scene, CaseKind.REPAIR)
    with clock.freeze(clock.now() + timedelta(days=220)):
        case = filed(scene, CaseKind.REPAIR)
        trust.propose(scene.second, case, to_grant=True, because="已整改")
        assert points(scene.broker) == 90
        trust.settle(a.operator(), case)
        assert points(scene.broker) == 100
        before = clock.today() - timedelta(days=1)
        assert grades.grades([scene.broker.id], before)[scene.broker.id].grade.points == 90


def test_a_rejected_objection_is_not_made_again_and_a_returned_one_is_proposed_anew():
    scene = scenes.closed()
    scenes.final(scene)
    with clock.freeze(clock.now() + timedelta(days=20)):
        case = filed(scene)
        trust.propose(scene.second, case, to_grant=True, because="x")
        trust.return_case(a.operator(), case, because="理由不足")
        trust.propose(scene.second, case, to_grant=False, because="事实清楚")
        trust.settle(a.operator(), case)

        assert (case.state, points(scene.broker)) == (CaseState.REJECTED, 90)
        with pytest.raises(Refused, match=r"grade_case.decided"):
            filed(scene)


def test_only_the_authority_takes_back_its_sanctions_and_revocations_are_not_repaired():
    scene = scenes.closed()
    scenes.sanctioned(scene.broker, SanctionKind.REVOCATION)

    with pytest.raises(Refused, match=r"grade_case.authority"):
        filed(scene)
    with pytest.raises(Refused, match=r"grade_case.no_repair"):
        filed(scene, CaseKind.REPAIR)
    with pytest.raises(NotFound):
        filed(scene, key="complaint:0:founded")
    with pytest.raises(NotAllowed):
        trust.file_case(scene.seller, scene.broker, CaseKind.REPAIR, item="x", text="x")


def test_an_unanswered_complaint_costs_points_even_where_it_is_unfounded():
    from marketplace.trust.models import Outcome  # noqa: PLC0415
    from marketplace.trust.services import Ruling  # noqa: PLC0415

    scene = scenes.closed()
    complaint = scenes.accepted(scene, kind=ComplaintKind.NO_REPLY)
    with clock.freeze(clock.start_of(complaint.answer_by + timedelta(days=1))):
        trust.decide(scene.operator, complaint, Ruling(Outcome.UNFOUNDED, "无据"))
    with clock.freeze(clock.now() + timedelta(days=60)):
        trust.follow()
        assert [e.item.code for e in grades.graded(scene.broker.id).entries] == ["unanswered"]
        assert points(scene.broker) == 95


def test_performance_counts_closed_deals_alone():
    broker = a.organisation("broker")
    for _ in range(2):
        scene = scenes.closed(broker)
    in_force(a.organisation(), broker)  # goes on: neither a success nor a failure
    ended = in_force(a.organisation(), broker)
    from marketplace.mandates import services as mandating  # noqa: PLC0415

    mandating.revoke(a.actor(ended.principal), ended, because="另选")

    found = performance.performances([broker.id])[broker.id]

    assert (found.deals, found.mandates, found.success, found.days) == (2, 3, 67, 0)
    assert found.volume["CNY"] == scene.deal.price + scene.deal.price
    assert found.band == "band_0" if found.volume["CNY"].minor < 10**8 else "band_1"
    assert found.founded == 0


def test_three_brokers_are_graded_in_as_many_statements_as_one():
    brokers = [scenes.closed() for _ in range(3)]
    for scene in brokers:
        scenes.rated(scene)
        scenes.final(scene)
    ids = [scene.broker.id for scene in brokers]
    db.session.commit()

    def count(numbers):
        db.session.expire_all()
        with statements(lambda s: s.startswith("SELECT")) as seen:
            grades.grades(numbers)
            performance.performances(numbers)
        return len(seen)

    assert count(ids) == count(ids[:1])
