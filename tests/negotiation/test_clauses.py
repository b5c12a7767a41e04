"""Standard clauses of one organisation: who keeps them, who reads them, what becomes of each."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.events import Event
from marketplace.listings.terms import DealKind
from marketplace.listings.termsheet import Forum
from marketplace.mandates import services as mandates
from marketplace.negotiation import library, queries
from marketplace.negotiation.models import (
    Clause,
    ClauseChange,
    ClauseSide,
    ClauseState,
    ClauseVersion,
)
from marketplace.negotiation.positions import Bound, Stand
from marketplace.organisations.models import Organisation
from tests import factories as a
from tests.mandates.mandating import in_force
from tests.organisations.at_once import at_once

pytestmark = pytest.mark.usefixtures("app")

TRANSFER, SELL, BUY = DealKind.TRANSFER, ClauseSide.SELL, ClauseSide.BUY


def begun(actor, organisation, term="forum", preferred=None, side=SELL):
    return library.begin(
        actor,
        organisation,
        kind=TRANSFER,
        side=side,
        term=term,
        preferred=preferred or Stand(Forum.GZAC, guidance="我方所在地"),
    )


def brokers(firm):
    """A person of a broker with a mandate of the firm: for themselves, and with it in hand."""
    house = a.organisation("broker")
    mandate, person = in_force(firm, house), a.actor(house)
    return person, mandates.acting(person, mandate)


@pytest.fixture
def firm():
    return a.organisation()


@pytest.fixture
def manager(firm):
    return a.actor(firm)


def said(clause):
    return [stand.value for stand in clause.position.stands]


def test_a_clause_is_kept_with_its_author_and_read_by_colleagues(firm, manager):
    clause = begun(manager, firm)
    viewer = a.actor(firm, "viewer")
    assert queries.clauses(viewer) == [clause]
    found = queries.get_clause(viewer, clause.id)
    assert (found.version, said(found)) == (1, [Forum.GZAC])
    assert found.versions[0].user_id == manager.user
    assert found.versions[0].change is ClauseChange.BEGIN


def test_everybody_else_finds_nothing(firm, manager):
    clause = begun(manager, firm)
    broker, mandate = brokers(firm)
    others = [a.actor(a.organisation(), "owner"), a.operator(), broker, mandate]
    others.append(a.actor(a.organisation("regulator"), "owner"))
    for person in others:
        assert queries.clauses(person, state=None) == []
        with pytest.raises(NotFound):
            queries.get_clause(person, clause.id)


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_only_owners_and_managers_change_anything(firm, manager, role):
    clause = begun(manager, firm)
    person = a.actor(firm, role)
    stand = Stand(Forum.SCIA)
    for act in (
        lambda: begun(person, firm, side=BUY),
        lambda: library.edit(person, clause, version=1, number=0, stand=stand),
        lambda: library.add(person, clause, version=1, stand=stand),
        lambda: library.move(person, clause, version=1, number=1, up=True),
        lambda: library.drop(person, clause, version=1, number=1),
        lambda: library.retire(person, clause, version=1),
        lambda: library.reinstate(person, clause, version=1),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_no_other_firm_and_no_broker_of_the_firm_changes_anything(firm, manager):
    clause = begun(manager, firm)
    broker, mandate = brokers(firm)
    for person in (a.actor(a.organisation(), "owner"), a.operator(), broker, mandate):
        with pytest.raises(NotAllowed):
            library.add(person, clause, version=1, stand=Stand(Forum.SCIA))
        with pytest.raises(NotAllowed):
            begun(person, firm, side=BUY)


def test_fall_backs_are_added_ordered_changed_and_dropped(firm, manager):
    clause = begun(manager, firm)
    library.add(manager, clause, version=1, stand=Stand(Forum.SCIA))
    library.add(manager, clause, version=2, stand=Stand(Forum.CIETAC, owner=True))
    library.move(manager, clause, version=3, number=2, up=True)
    assert said(clause) == [Forum.GZAC, Forum.CIETAC, Forum.SCIA]
    library.edit(manager, clause, version=4, number=2, stand=Stand(Forum.SELLER))
    library.edit(manager, clause, version=5, number=0, stand=Stand(Forum.SCIA))
    library.drop(manager, clause, version=6, number=1)
    assert said(clause) == [Forum.SCIA, Forum.SELLER]
    assert [v.change.value for v in clause.versions] == [
        "begin", "add", "add", "move", "edit", "edit", "drop",
    ]  # fmt: skip
    assert [s.value for s in clause.versions[2].position.stands][-1] is Forum.CIETAC


def test_the_first_cannot_rise_nor_the_last_sink_nor_the_preferred_go(firm, manager):
    clause = begun(manager, firm)
    library.add(manager, clause, version=1, stand=Stand(Forum.SCIA))
    for act in (
        lambda: library.move(manager, clause, version=2, number=1, up=True),
        lambda: library.move(manager, clause, version=2, number=1, up=False),
        lambda: library.drop(manager, clause, version=2, number=0),
        lambda: library.drop(manager, clause, version=2, number=2),
        lambda: library.edit(manager, clause, version=2, number=7, stand=Stand(Forum.SELLER)),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "clause.no_such_fallback"
    assert clause.version == 2


def test_the_same_form_twice_does_it_once(firm, manager):
    clause = begun(manager, firm)
    assert begun(manager, firm) is clause
    for _ in range(2):
        library.add(manager, clause, version=1, stand=Stand(Forum.SCIA))
    for _ in range(2):
        library.add(manager, clause, version=2, stand=Stand(Forum.CIETAC))
    for _ in range(2):
        library.move(manager, clause, version=3, number=2, up=True)
    for _ in range(2):
        library.drop(manager, clause, version=4, number=1)
    for _ in range(2):
        library.retire(manager, clause, version=5)
    assert said(clause) == [Forum.GZAC, Forum.SCIA]
    assert clause.version == 6


def test_a_change_that_changes_nothing_is_no_version(firm, manager):
    clause = begun(manager, firm)
    library.edit(manager, clause, version=1, number=0, stand=clause.position.preferred)
    assert clause.version == 1


def test_one_clause_a_term_kind_and_side(firm, manager):
    begun(manager, firm)
    assert begun(manager, firm, side=BUY).side is BUY
    with pytest.raises(Refused) as refused:
        begun(manager, firm, preferred=Stand(Forum.SCIA))
    assert refused.value.code == "clause.exists"
    assert db.session.scalar(select(func.count(Clause.id))) == 2


def test_what_cannot_be_meant_is_refused_beside_its_field(firm, manager):
    with pytest.raises(Invalid) as refused:
        begun(manager, firm, term="grant", preferred=Stand(None))
    assert refused.value.fields == {"term": "clause.not_of_kind"}
    clause = begun(manager, firm)
    with pytest.raises(Invalid) as refused:
        library.add(manager, clause, version=1, stand=Stand(Forum.SCIA, Bound.AT_LEAST))
    assert refused.value.fields == {"bound": "clause.bound"}
    assert clause.version == 1


def test_a_retired_clause_is_kept_and_comes_back(firm, manager):
    clause = begun(manager, firm)
    library.add(manager, clause, version=1, stand=Stand(Forum.SCIA))
    library.retire(manager, clause, version=2)
    assert queries.clauses(manager) == []
    assert queries.clauses(manager, state=ClauseState.RETIRED) == [clause]
    assert queries.positions(firm.id, TRANSFER, SELL) == []
    with pytest.raises(Refused) as refused:
        library.add(manager, clause, version=3, stand=Stand(Forum.SELLER))
    assert refused.value.code == "clause.retired"
    library.reinstate(manager, clause, version=3)
    assert said(clause) == [Forum.GZAC, Forum.SCIA]
    library.retire(manager, clause, version=4)
    assert begun(manager, firm, preferred=Stand(Forum.SELLER)) is clause
    assert (said(clause), clause.version) == ([Forum.SELLER], 6)


def test_the_events_do_not_say_what_is_held_to(firm, manager):
    clause = begun(manager, firm, term="notes", preferred=Stand("底线文字", guidance="内部说明"))
    library.edit(manager, clause, version=1, number=0, stand=Stand("另一底线"))
    library.retire(manager, clause, version=2)
    about = select(Event).where(Event.subject_kind == "clause", Event.subject_id == clause.id)
    found = db.session.scalars(about.order_by(Event.id)).all()
    assert [event.kind for event in found] == ["clause.begin", "clause.edit", "clause.retire"]
    assert [event.facts for event in found] == [{}, {}, {"before": "kept", "after": "retired"}]
    assert {event.because for event in found} == {""}


def test_of_two_who_edit_at_once_the_second_is_told(own_database):
    firm = a.organisation()
    people = [a.actor(firm), a.actor(firm, "owner")]
    with transaction():
        clause_id = begun(people[0], firm).id
    wishes = [Forum.SCIA, Forum.CIETAC]

    def edits(at):
        def job():
            clause = queries.get_clause(people[at], clause_id)
            library.edit(people[at], clause, version=1, number=0, stand=Stand(wishes[at]))

        return job

    assert at_once(own_database, edits(0), edits(1)) == ["clause.changed", "done"]
    db.session.expire_all()
    clause = queries.get_clause(people[0], clause_id)
    assert clause.version == 2
    assert said(clause)[0] in wishes


def test_of_two_who_add_the_same_term_at_once_one_does(own_database):
    firm = a.organisation()
    people = [a.actor(firm), a.actor(firm, "owner")]
    firm_id = firm.id
    db.session.commit()
    stand = replace(Stand(Forum.GZAC), guidance="一")

    def begins(at):
        return lambda: begun(people[at], db.session.get_one(Organisation, firm_id), preferred=stand)

    assert at_once(own_database, begins(0), begins(1)) == ["clause.exists", "done"]
    assert db.session.scalar(select(func.count(ClauseVersion.id))) == 1
