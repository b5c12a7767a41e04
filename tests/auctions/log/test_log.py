"""The log of all auctions: every line gets its place, what was signed stays, and anybody can check it."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from marketplace.auctions import receipts
from marketplace.auctions.engine import canonical, merkle
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import (
    Auction,
    AuctionEvent,
    LogCheckpoint,
    LogLeaf,
    LogNode,
)
from marketplace.auctions.queries import log
from marketplace.auctions.services import bidding, bundling, opening, sequencing
from marketplace.auctions.verify import checkpoint, verify
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auctioning
from tests.auctions.auctioning import START, an_auction, bid, bidders, do, new_key, tick

A_MINUTE = timedelta(seconds=61)


def sequenced(limit=sequencing.AT_A_TIME) -> int:
    with transaction():
        return sequencing.sequence(limit)


def signed() -> LogCheckpoint:
    """Everything placed, and signed a minute later."""
    while sequenced():
        pass
    with clock.freeze(clock.now() + A_MINUTE):
        sequenced()
    newest = log.newest()
    assert newest is not None
    return newest


def in_the_log(auction) -> list[int]:
    return sorted(log.places_of(auction.id))


def contested(bids=3, **rules):
    auction = an_auction(**rules)
    first, second = bidders(auction)
    for n in range(bids):
        bid((first, second)[n % 2], auction, START + n * 1_000_000)
    return auction, first, second


def over(auction) -> Auction:
    """The same after its end."""
    for _ in range(2):
        with clock.freeze(db.session.get_one(Auction, auction.id).ends_at + timedelta(seconds=1)):
            tick(auction)
    return db.session.get_one(Auction, auction.id)


@pytest.mark.usefixtures("app")
class TestPlaces:
    def test_i25_every_line_takes_its_place_in_its_order(self):
        first, *_ = contested()
        second, *_ = contested()
        while sequenced(limit=4):
            pass

        for auction in (first, second):
            seq = db.session.get_one(Auction, auction.id).seq
            assert in_the_log(auction) == list(range(1, seq + 1))
            places = log.places_of(auction.id)
            assert sorted(places.values()) == [places[n] for n in range(1, seq + 1)]
        assert log.size() == db.session.scalar(select(func.count(LogLeaf.id)))
        assert sequencing.faults() == []

    def test_i21_what_a_signed_answer_names_is_in_the_signed_tree_within_a_minute(self):
        auction = an_auction()
        first, second = bidders(auction)
        answers = [
            bid(first, auction, START),
            bid(second, auction, START),  # too low
            bid(second, auction, START + 1_000_000),
        ]
        assert [answer.accepted for answer in answers] == [True, False, True]
        newest = signed()

        assert all(receipts.is_genuine(answer.receipt) for answer in answers)
        for answer in answers:
            for line in answer.body.get("events", ()):
                place = log.place_of(line)
                path = log.proofs([place], newest.size)[place]
                assert merkle.is_included(line, place, newest.size, path, newest.root)
        assert [len(answer.body.get("events", ())) for answer in answers] == [1, 0, 1]

    def test_f13_after_an_hour_without_a_sequencer_it_catches_up_without_a_gap(self):
        auctions = [contested(bids=8)[0] for _ in range(3)]
        with clock.freeze(clock.now() + timedelta(hours=1)):
            rounds = 0
            while auctioning.sequence() or sequencing.is_due():
                rounds += 1
                assert rounds < 20

        for auction in auctions:
            seq = db.session.get_one(Auction, auction.id).seq
            assert in_the_log(auction) == list(range(1, seq + 1))
        assert log.newest().size == log.size()
        assert sequencing.faults() == []

    def test_where_nothing_is_new_nothing_is_written(self):
        contested()
        signed()
        size = log.size()

        assert sequenced() == 0
        assert not sequencing.is_due()
        assert log.size() == size

    def test_i25_every_line_has_a_proof_in_every_later_tree(self):
        auction, *_ = contested()
        sizes = [signed()]
        contested()
        sizes.append(signed())
        hashes = dict(
            db.session.execute(
                select(AuctionEvent.seq, AuctionEvent.hash).where(
                    AuctionEvent.auction_id == auction.id
                )
            ).all()
        )

        for one in sizes:
            paths = log.proofs(log.places_of(auction.id).values(), one.size)
            for seq, place in log.places_of(auction.id).items():
                assert merkle.is_included(hashes[seq], place, one.size, paths[place], one.root)

    def test_i25_every_checkpoint_is_consistent_with_every_earlier_one(self):
        notes = []
        for _ in range(4):
            contested()
            notes.append(signed())

        for earlier in notes:
            for later in notes[notes.index(earlier) :]:
                path = log.consistency(earlier.size, later.size)
                assert merkle.is_consistent(
                    earlier.size, earlier.root, later.size, later.root, path
                )

    @pytest.mark.parametrize("model", [LogLeaf, LogNode, LogCheckpoint])
    @pytest.mark.parametrize("attack", [delete, lambda t: update(t).values(created_at=clock.now())])
    def test_i24_nothing_of_the_log_is_changed_or_deleted(self, model, attack):
        contested()
        signed()
        with pytest.raises(DatabaseError, match="append only"), db.session.begin_nested():
            db.session.execute(attack(model.__table__))

    @pytest.mark.parametrize("step", [-1, 1, 5])
    def test_i24_no_place_is_left_out_or_given_twice(self, step):
        auction, *_ = contested()
        place = sequenced(limit=1) and log.size()
        row = {"auction_id": auction.id, "seq": 2, "place": place + step, "created_at": clock.now()}
        with pytest.raises(DatabaseError), db.session.begin_nested():
            db.session.execute(insert(LogLeaf.__table__).values(**row))

    def test_faults_name_a_node_that_its_leaves_do_not_give(self):
        contested()
        signed()
        row = {"level": 40, "place": 7, "hash": "0" * 64, "created_at": clock.now()}
        db.session.execute(insert(LogNode.__table__).values(**row))

        assert sequencing.faults() == ["node 40/7 is not what its leaves give"]


@pytest.mark.usefixtures("app")
class TestHidden:
    def sealed(self):
        auction = an_auction(Format.SEALED_FIRST, opened=False, opening_key="0" * 64)
        with transaction():
            public = opening.make_keys(auction)
            auction.rules_data = auction.rules_data | {"opening_key": public}
        tick(auction)
        return auction

    def test_i18_a_sealed_bid_and_what_follows_it_wait_for_the_opening(self):
        auction = self.sealed()
        first, second = bidders(auction)
        before = db.session.get_one(Auction, auction.id).seq
        for who in (first, second):
            with transaction():
                opening.submit(who, auction.reference, START + 500_000, new_key())
        other, *_ = contested()
        signed()

        assert in_the_log(auction) == list(range(1, before + 1))
        assert len(in_the_log(other)) == db.session.get_one(Auction, other.id).seq
        assert "log" in bundling.bundle(db.session.get_one(Auction, auction.id))

    def test_i25_when_an_auction_is_over_what_was_held_back_takes_its_place(self):
        auction = self.sealed()
        [first] = bidders(auction, 1)
        with transaction():
            opening.submit(first, auction.reference, START + 500_000, new_key())
        held = sequenced() and in_the_log(auction)
        for kind in ("suspend", "cancel"):
            do(SYSTEM, auction, Command(kind, None, {"reason": "title"}))
        signed()

        seq = db.session.get_one(Auction, auction.id).seq
        assert len(held) < seq
        assert in_the_log(auction) == list(range(1, seq + 1))


@pytest.mark.usefixtures("app")
class TestCheckpoints:
    def test_a_checkpoint_is_a_note_that_the_exchange_signed(self):
        contested()
        newest = signed()
        head, _, signatures = newest.note.partition("\n\n")
        origin, size, root = head.split("\n")
        _dash, name, signature = signatures.strip().split(" ")
        key_name, number, key = sequencing.verifier_key().split("+", 2)

        assert checkpoint(newest.note, receipts.public_keys()) == (newest.size, newest.root)
        assert (origin, int(size), base64.b64decode(root).hex()) == (name, newest.size, newest.root)
        assert key_name == name
        assert base64.b64decode(signature)[:4].hex() == number
        assert base64.b64decode(key)[1:].hex() == receipts.public_key()

    def test_it_is_signed_once_a_minute_and_at_once_when_an_auction_ends(self):
        with clock.freeze(clock.now()):
            auction, *_ = contested()
            signed()
            size = log.newest().size
            bid(bidders(auction, 1)[0], auction, START + 4_000_000)
            sequenced()
            assert log.newest().size == size  # not yet a minute
        over(auction)
        sequenced()
        assert log.newest().size == log.size() > size

    def test_the_clock_sequences_by_itself(self):
        auction, *_ = contested()
        for _ in range(3):
            auctioning.sequence()

        assert len(in_the_log(auction)) == db.session.get_one(Auction, auction.id).seq
        assert log.newest() is not None


@pytest.mark.usefixtures("app")
class TestBundle:
    def test_the_verifier_finds_every_line_of_a_finished_auction_in_the_log(self):
        auction, *_ = contested()
        finished = over(auction)
        signed()
        verdict = verify(bundling.bundle(finished))

        assert verdict.valid
        [said] = [check for check in verdict.checks if check.name == "log"]
        assert said.detail == f"{finished.seq}/{finished.seq} of {log.newest().size}"

    def test_a_running_auction_says_how_far_the_log_holds_it(self):
        auction, first, _ = contested()
        signed()
        seq = db.session.get_one(Auction, auction.id).seq
        bid(first, auction, START + 4_000_000)
        verdict = verify(bundling.bundle(db.session.get_one(Auction, auction.id)))

        assert verdict.valid
        assert verdict.checks[-1].detail.startswith(f"{seq}/{seq + 1} ")

    def test_a_proof_of_another_place_fails(self):
        auction, *_ = contested()
        signed()
        found = bundling.bundle(over(auction))
        found["log"]["proofs"]["2"] = found["log"]["proofs"]["3"]
        verdict = verify(found)

        assert not verdict.valid
        assert verdict.checks[-1].detail == "line 2 is not in the log"

    def test_a_line_without_a_proof_before_one_that_has_it_fails(self):
        auction, *_ = contested()
        signed()
        found = bundling.bundle(db.session.get_one(Auction, auction.id))
        del found["log"]["proofs"]["2"]

        assert verify(found).checks[-1].detail == "line 2 has no proof, and later ones have"

    def test_a_checkpoint_with_another_root_fails(self):
        auction, *_ = contested()
        newest = signed()
        found = bundling.bundle(db.session.get_one(Auction, auction.id))
        found["log"]["checkpoint"] = newest.note.replace(str(newest.size), str(newest.size + 1), 1)

        assert verify(found).checks[-1].detail == "the checkpoint is not signed by the exchange"

    def test_whoever_kept_a_checkpoint_finds_that_the_log_has_only_grown(self):
        kept = (contested(), signed())[1]
        auction, *_ = contested()
        signed()
        auction = db.session.get_one(Auction, auction.id)

        assert verify(bundling.bundle(auction, kept.size), kept.note).valid
        assert not verify(bundling.bundle(auction), kept.note).valid
        assert not verify(bundling.bundle(auction) | {"log": None}, kept.note).valid

    def test_another_history_than_the_one_that_was_signed_is_found_out(self):
        auction, *_ = contested()
        newest = signed()
        forged = sequencing.note(newest.size - 1, canonical.leaf_hash(b"another history"))
        found = bundling.bundle(db.session.get_one(Auction, auction.id), newest.size - 1)
        verdict = verify(found, forged)

        assert verdict.checks[-1].detail == (
            f"the log does not continue the checkpoint of {newest.size - 1} that you kept"
        )


def test_c08_a_slow_commit_is_not_skipped(own_database):
    """A line that commits after later numbers were seen takes its place the next time."""
    slow, *_ = contested()
    quick, first, _ = contested()
    [late] = bidders(slow, 1)
    while sequenced():
        pass
    references, before = [slow.reference, quick.reference], log.size()
    written, seen = threading.Event(), threading.Event()
    db.session.rollback()

    def bids_slowly():
        with own_database.app_context():
            with transaction():
                bidding.place_bid(late, references[0], START + 4_000_000, new_key(), None)
                written.set()
                seen.wait(20)
            db.session.remove()

    thread = threading.Thread(target=bids_slowly)
    thread.start()
    assert written.wait(20)
    if db.engine.dialect.name == "postgresql":  # SQLite lets nobody else write meanwhile
        bid(first, references[1], START + 4_000_000)
        sequenced()
        assert log.size() > before
    seen.set()
    thread.join(20)
    while sequenced():
        pass

    for auction in db.session.scalars(select(Auction).where(Auction.reference.in_(references))):
        assert in_the_log(auction) == list(range(1, auction.seq + 1))
    assert sequencing.faults() == []


def test_c08_two_workers_give_no_place_twice(own_database):
    for _ in range(3):
        contested(bids=6)
    db.session.rollback()
    taken = []

    def works():
        with own_database.app_context():
            taken.extend(sequenced(limit=3) for _ in range(12))
            db.session.remove()

    threads = [threading.Thread(target=works) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while sequenced():
        pass

    lines = db.session.scalar(select(func.count(AuctionEvent.id)))
    assert log.size() == lines
    assert sequencing.faults() == []


@pytest.mark.usefixtures("app")
class TestPages:
    def test_a_visitor_reads_the_log_and_finds_a_line(self, client):
        assert "还没有签署" in client.get("/log").get_data(as_text=True)
        auction, *_ = contested()
        newest = signed()
        line = db.session.scalar(
            select(AuctionEvent.hash).where(AuctionEvent.auction_id == auction.id).limit(1)
        )
        page = client.get(f"/log?event={line}").get_data(as_text=True)

        assert newest.root in page
        assert f"/log/proof?event={line}" in page
        assert "总记录中没有这一项" in client.get(f"/log?event={'0' * 64}").get_data(as_text=True)

    def test_machines_read_the_checkpoint_the_tree_and_the_lines(self, client):
        contested()
        newest = signed()
        size = newest.size
        part = "" if size >= 256 else f".p/{size}"
        note = client.get("/log/checkpoint")
        hashes = client.get(f"/log/tile/0/000{part}").data
        lines = client.get(f"/log/tile/entries/000{part}").data

        assert note.get_data(as_text=True) == newest.note
        assert note.mimetype == "text/plain"
        leaves = [hashes[n : n + 32].hex() for n in range(0, len(hashes), 32)]
        assert merkle.root(merkle.of(leaves), size) == newest.root
        read = []
        while lines:
            length = int.from_bytes(lines[:2], "big")
            read.append(canonical.leaf_hash(lines[2 : 2 + length]))
            lines = lines[2 + length :]
        assert read == leaves

    def test_a_proof_by_address_holds_against_the_checkpoint(self, client):
        auction, *_ = contested()
        newest = signed()
        line = db.session.scalar(
            select(AuctionEvent.hash).where(AuctionEvent.auction_id == auction.id).limit(1)
        )
        said = json.loads(client.get(f"/log/proof?event={line}").data)
        grown = json.loads(client.get("/log/consistency?from=1").data)

        assert merkle.is_included(line, said["index"], said["size"], said["path"], newest.root)
        first = log.node(0, 0)
        assert merkle.is_consistent(1, first, newest.size, newest.root, grown["path"])

    def test_lines_that_are_not_signed_yet_are_not_given_out(self, client):
        auction, *_ = contested()
        newest = signed()
        bid(bidders(auction, 1)[0], auction, START + 4_000_000)
        sequenced()

        assert log.size() > newest.size
        assert client.get(f"/log/tile/0/000.p/{newest.size + 1}").status_code == 404
        assert client.get(f"/log/tile/entries/000.p/{newest.size + 1}").status_code == 404
        assert client.get(f"/log/consistency?from=1&to={newest.size + 1}").status_code == 404

    @pytest.mark.parametrize(
        "where",
        [
            "/log/tile/0/1", "/log/tile/64/000", "/log/tile/0/000.p/0", "/log/tile/0/000.p/257",
            "/log/tile/0/999", "/log/tile/../../etc", "/log/tile/entries/x001/000",
            "/log/tile/9/000", "/log/tile/0/x001/x001/x001/x001/001",
            "/log/proof", "/log/proof?event=zz", f"/log/proof?event={'0' * 64}",
            "/log/proof?event=1&size=-1", "/log/consistency", "/log/consistency?from=0",
            "/log/consistency?from=99999999999999999999", "/log/consistency?from=二",
        ],
    )  # fmt: skip
    def test_what_is_not_there_is_404(self, client, where):
        contested()
        signed()

        assert client.get(where).status_code == 404


def test_the_command_rebuilds_the_log_and_says_how_far_it_is_signed(app):
    contested()
    newest = signed()
    result = app.test_cli_runner().invoke(args=["auctions", "log"])

    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "size": log.size(),
        "signed": newest.size,
        "faults": [],
    }
    assert db.session.execute(text("SELECT count(*) FROM log_leaf")).scalar() == log.size()
