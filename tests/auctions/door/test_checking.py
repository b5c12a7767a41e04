"""Whoever changes a record behind the door's back is found out (F-15)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from marketplace.auctions.engine.state import Command
from marketplace.auctions.services import checking, sealing
from marketplace.auctions.services.writing import state_of
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from tests.auctions.auctioning import START, an_auction, bid, bidders, do
from tests.ink import washed

pytestmark = pytest.mark.usefixtures("app")


def some_auction():
    auction = an_auction(reserve=2 * START)
    one, two = bidders(auction, 2)
    for n in range(4):
        with clock.freeze(clock.now() + timedelta(seconds=n)):
            bid((one, two)[n % 2], auction, START + n * 500_000)
    db.session.refresh(auction)
    return auction


def as_superuser(statement: str, **values) -> None:
    """Past the triggers, as only the owner of the database can."""
    with washed("auction_event"):
        db.session.execute(text(statement), values)


def test_i01_an_auction_is_what_its_log_leads_to():
    auction = some_auction()
    assert checking.faults_of(auction) == []
    with clock.freeze(auction.ends_at):
        do(SYSTEM, auction, Command("clock"))
    db.session.refresh(auction)
    assert checking.faults_of(auction) == []
    assert list(checking.faults()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('body = replace(body, \'"kind":"bid"\', \'"kind":"bit"\')', "body and hash differ"),
        ("hash = 'x' || substr(hash, 2)", "body and hash differ"),
    ],
)
def test_f15_a_changed_line_is_named(change, fault):
    auction = some_auction()
    line = auction.seq - 1
    as_superuser(
        f"UPDATE auction_event SET {change} WHERE auction_id = :id AND seq = :seq",  # noqa: S608
        id=auction.id,
        seq=line,
    )
    assert f"line {line}: {fault}" in checking.faults_of(auction)
    assert [one["auction"] for one in checking.faults()] == [auction.reference]


@pytest.mark.parametrize("column", ["price_minor", "seq"])
def test_f15_a_changed_row_is_named(column):
    auction = some_auction()
    as_superuser(f"UPDATE auction SET {column} = {column} + 100 WHERE id = :id", id=auction.id)  # noqa: S608
    assert any(fault.startswith("row: ") for fault in checking.faults_of(auction))


def test_f15_another_state_is_noticed():
    auction = some_auction()
    state = state_of(auction).to_json() | {"leader": "ZZZZZ"}
    auction.sealed_state = sealing.seal_values(state)
    assert "state: not what the log leads to" in checking.faults_of(auction)


def test_i15_rules_changed_after_the_publication_are_noticed():
    auction = some_auction()
    auction.rules_data = auction.rules_data | {"cycle": 1}
    assert "rules: changed since the publication" in checking.faults_of(auction)
