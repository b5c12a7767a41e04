"""The log proves itself: whatever is changed, taken out, slipped in or put in another order shows."""

import json

import pytest
from sqlalchemy import text

from marketplace.audit import services
from marketplace.core import events
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.policy import Actor
from marketplace.jobs.worker import run_until_idle
from tests import factories as a


@pytest.fixture
def chain(own_database) -> list[int]:  # noqa: ARG001 -- rows are damaged behind the back of SQLAlchemy
    """Six things that happened, sealed; their numbers."""
    firm, person = a.organisation(), a.user()
    with transaction():
        for n in range(6):
            events.record(firm, "organisation.revise", by=Actor(person.id, firm.id), because=str(n))
    run_until_idle()
    return [row.id for row in db.session.query(Event).order_by(Event.id)]


def damage(*statements: str, **facts: object) -> None:
    """What somebody with the database's password can do."""
    db.session.remove()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(text(statement), facts)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        else:
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
        connection.commit()


def faults(noted: str = "") -> list[str]:
    return [str(fault["fault"]) for fault in services.verify(noted).broken]


def test_an_untouched_log_is_whole(chain):
    proof = services.verify()

    assert (proof.valid, proof.events, proof.sealed, proof.broken) == (True, 6, 6, ())
    assert faults(proof.head) == []
    assert len(chain) == 6


@pytest.mark.parametrize(
    "change",
    [
        "because = 'something else'", "user_id = NULL", "organisation_id = 0", "kind = 'deal.sign'",
        "subject_id = 999", "subject_kind = 'deal'", "created_at = '2020-01-01 00:00:00'",
        "facts = '{\"price\": 1}'",
    ],
)  # fmt: skip
def test_a_changed_event_shows(chain, change):
    damage(f"UPDATE event SET {change} WHERE id = :id", id=chain[2])  # noqa: S608 -- ours

    assert faults() == ["content"]


def test_a_removed_event_shows_and_so_does_its_removed_link(chain):
    damage("DELETE FROM event_delivery WHERE event_id = :id", id=chain[2])
    damage("DELETE FROM event WHERE id = :id", id=chain[2])
    assert faults() == ["event"]

    damage("DELETE FROM seal WHERE event_id = :id", id=chain[2])
    assert faults() == ["chain"]


def test_two_events_in_each_other_s_place_show(chain):
    swap = "UPDATE seal SET event_id = :to WHERE event_id = :id"
    damage(swap, id=chain[2], to=0)
    damage(swap, id=chain[3], to=chain[2])
    damage(swap, id=0, to=chain[3])

    assert faults() == ["content", "content"]


def test_links_in_another_order_show(chain):
    move = "UPDATE seal SET id = :to WHERE event_id = :id"
    damage(move, id=chain[1], to=999)

    assert faults() == ["chain", "chain"]


def test_an_event_slipped_in_behind_the_chain_s_back_shows(chain):
    insert = """INSERT INTO event (id, kind, subject_kind, subject_id, because, facts, created_at)
                VALUES (0, 'deal.sign', 'deal', 1, '', :facts, '2020-01-01 00:00:00')"""
    damage(insert, facts=json.dumps({}))

    assert faults() == ["unsealed"]
    assert len(chain) == 6


def test_an_end_cut_off_shows_against_a_head_that_was_noted(chain):
    noted = services.verify().head
    damage(
        "DELETE FROM seal WHERE event_id = :id",
        "DELETE FROM event_delivery WHERE event_id = :id",
        "DELETE FROM event WHERE id = :id",
        id=chain[-1],
    )

    assert faults() == []
    assert faults(noted) == ["head"]


def test_the_command_says_what_is_broken_and_fails(chain, own_database):
    run = own_database.test_cli_runner()
    whole = run.invoke(args=["audit", "verify"])
    head = json.loads(whole.output)["head"]
    assert (whole.exit_code, run.invoke(args=["audit", "verify", "--head", head]).exit_code) == (
        0,
        0,
    )

    damage("UPDATE event SET because = 'x' WHERE id = :id", id=chain[0])
    broken = run.invoke(args=["audit", "verify"])

    assert broken.exit_code == 1
    assert json.loads(broken.output)["broken"] == [
        {"seal": 1, "event": chain[0], "fault": "content"}
    ]
