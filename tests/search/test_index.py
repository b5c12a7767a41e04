"""The index on disk: healing, swapping, several readers and writers."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from marketplace.search.index import (
    POINTER,
    VERSIONS,
    SearchBusy,
    SearchIndex,
    SearchUnavailable,
    State,
)
from tests.search.examples import ask, document, found, many

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("SEARCH_KILLS", "5"))


def directory(index: SearchIndex) -> Path:
    return index.path / (index.path / POINTER).read_text(encoding="utf-8")


def test_a_change_is_seen_at_once_in_the_process_that_made_it(indexed):
    index = indexed("电池", "轮椅", check_seconds=3600)
    assert found(index, "晶圆") == []
    index.apply([document(3, "晶圆")], deletes=[2])
    assert (found(index, "晶圆"), found(index, "轮椅")) == ([3], [])


def test_an_update_replaces_and_of_the_same_id_the_last_counts(indexed):
    index = indexed("电池")
    index.apply([document(1, "轮椅"), document(1, "晶圆")])
    assert (found(index), found(index, "晶圆")) == ([1], [1])


def test_an_older_document_never_replaces_a_newer(indexed):
    index = indexed(document(1, "新的电池", version=5))
    index.apply([document(1, "旧的轮椅", version=4)])
    assert (found(index, "电池"), found(index, "轮椅")) == ([1], [])
    index.apply([document(1, "新的轮椅", version=5)])
    assert found(index, "轮椅") == [1]


def test_a_deletion_beats_a_change_in_the_same_batch(indexed):
    index = indexed("电池")
    index.apply([document(1, "轮椅")], deletes=[1])
    assert found(index) == []


def test_another_process_or_object_sees_a_change_when_it_looks_again(indexed):
    index = indexed("电池")
    other = SearchIndex(index.path, check_seconds=0.05)
    assert found(other) == [1]
    index.apply([document(2, "轮椅")])
    time.sleep(0.06)
    assert found(other, "轮椅") == [2]
    other.close()


def test_a_missing_index_says_so_and_heals(tmp_path):
    index = SearchIndex(tmp_path / "none")
    assert index.health().state is State.MISSING
    with pytest.raises(SearchUnavailable):
        ask(index, "电池")
    with pytest.raises(SearchUnavailable):
        index.apply([document(1, "电池")])
    assert index.heal(lambda: [document(1, "电池")]).state is State.MISSING
    assert found(index, "电池") == [1]
    assert index.heal(lambda: pytest.fail("it is sound")).is_sound
    index.close()


@pytest.mark.parametrize("versions", ['{"analyser": "0", "schema": "1"}', "{}"])
def test_an_index_of_another_analyser_is_rebuilt(indexed, versions):
    index = indexed("电池")
    (directory(index) / VERSIONS).write_text(versions, encoding="utf-8")
    fresh = SearchIndex(index.path)
    assert fresh.health().state is State.OUTDATED
    with pytest.raises(SearchUnavailable):
        ask(fresh, "电池")
    fresh.heal(lambda: [document(2, "轮椅")])
    assert found(fresh) == [2]
    fresh.close()


def damage_truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def damage_zero(file: Path) -> None:
    file.write_bytes(b"\0" * file.stat().st_size)


def damage_empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Whoosh leaves a damaged file open
@pytest.mark.parametrize("damage", [damage_truncate, damage_zero, damage_empty, Path.unlink])
@pytest.mark.parametrize("pattern", ["_MAIN_*.toc", "MAIN_*.seg", VERSIONS])
def test_a_damaged_index_says_so_and_heals(indexed, damage, pattern):
    index = indexed(*many(50))
    index.close()
    for file in directory(index).glob(pattern):
        damage(file)
    damaged = SearchIndex(index.path)
    health = damaged.health()
    assert (health.state, bool(health.detail)) == (State.CORRUPT, True)
    with pytest.raises(SearchUnavailable):
        ask(damaged, "电池")
    damaged.heal(lambda: many(50))
    assert damaged.verify().is_sound
    assert ask(damaged).total == 50
    damaged.close()
    gc.collect()


def test_damage_inside_the_postings_is_noticed_by_who_reads_them_and_healed_by_another(indexed):
    index = indexed(*many(300))
    index.close()
    (segment,) = directory(index).glob("MAIN_*.seg")
    content = bytearray(segment.read_bytes())
    content[2000 : len(content) // 2] = b"\xff" * (len(content) // 2 - 2000)
    segment.write_bytes(content)
    damaged = SearchIndex(index.path)
    assert not damaged.verify().is_sound
    assert not SearchIndex(index.path).health().is_sound
    damaged.heal(lambda: many(300))
    assert damaged.verify().is_sound
    damaged.close()


def test_an_index_full_of_deleted_documents_is_searched_but_wants_rebuilding(indexed):
    index = indexed(*many(1100))
    index.apply(deletes=range(1, 1000))
    assert (index.health().state, ask(index).total) == (State.WORN, 101)
    index.heal(lambda: many(101))
    assert index.health().is_sound


def test_a_failed_rebuild_leaves_the_old_index_in_place(indexed):
    index = indexed("电池")

    def broken():
        yield document(2, "轮椅")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        index.rebuild(broken())
    assert found(index) == [1]
    index.apply([document(3, "晶圆")])
    assert len(list(index.path.glob("index-*"))) == 1


def test_readers_keep_their_state_through_rebuilds_and_old_files_go(indexed):
    index = indexed(*many(40))
    with index.reading() as old:
        index.rebuild(many(10))
        index.rebuild(many(20))
        assert ask(index).total == 20
        assert old.live_count == 40
        assert old.shown(0)[0] == 1
        assert not old.is_closed
    assert old.is_closed
    assert len(list(index.path.glob("index-*"))) == 2


def test_old_searchers_are_closed(indexed):
    index = indexed("电池")
    seen = []
    for number in range(2, 6):
        with index.reading() as snapshot:
            seen.append(snapshot)
        index.apply([document(number, "轮椅")])
    ask(index)
    assert all(snapshot.is_closed for snapshot in seen)


def test_a_writer_that_never_gets_its_turn_says_so(indexed):
    index = indexed("电池")
    hasty = SearchIndex(index.path, lock_seconds=0.1)
    with index._writing(), pytest.raises(SearchBusy):
        hasty.apply([document(2, "轮椅")])
    hasty.apply([document(2, "轮椅")])
    assert found(hasty, "轮椅") == [2]
    hasty.close()


def test_a_document_that_cannot_be_written_leaves_the_index_writable(indexed):
    index = indexed("电池")
    with pytest.raises((TypeError, AttributeError, ValueError)):
        index.apply([document(2, None)])
    index.apply([document(2, "轮椅")])
    assert (found(index, "轮椅"), index.health().is_sound) == ([2], True)


def test_two_writers_and_many_readers_lose_nothing(indexed):
    """Two objects stand for two processes: the lock is the operating system's."""
    index = indexed(*many(100))
    other = SearchIndex(index.path, check_seconds=0)
    stop = threading.Event()
    errors: list[BaseException] = []
    totals: list[int] = []

    def write(writer: SearchIndex, start: int) -> None:
        try:
            for number in range(start, start + 12):
                writer.apply([document(number, f"晶圆{number}")])
        except Exception as error:  # noqa: BLE001 -- a thread's error is shown below
            errors.append(error)

    def read(reader: SearchIndex) -> None:
        try:
            while not stop.is_set():
                results = ask(reader, per_page=1000)
                assert len({hit.id for hit in results.hits}) == results.total
                totals.append(results.total)
        except Exception as error:  # noqa: BLE001 -- a thread's error is shown below
            errors.append(error)

    readers = [threading.Thread(target=read, args=(one,)) for one in (index, other, index)]
    writers = [
        threading.Thread(target=write, args=(index, 1000)),
        threading.Thread(target=write, args=(other, 2000)),
    ]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert ask(index).total == ask(other).total == 124
    assert min(totals) >= 100
    other.close()


WRITER = """
import sys
from marketplace.search.index import SearchIndex
from tests.search.examples import document, many
index = SearchIndex(sys.argv[1])
start = int(sys.argv[2])
print("writing", flush=True)
for round in range(1000):
    for number in range(start, start + 40):
        index.apply([document(number, f"晶圆{round}", abstract="电池" * 50, version=round)])
    print(round, flush=True)
"""


def test_an_indexer_killed_in_mid_commit_leaves_an_index_that_opens_and_heals(indexed):
    """SEARCH_KILLS=25 for the long run."""
    index = indexed(*many(200))
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(index.path), "10000"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        time.sleep(0.05 + 0.037 * kill)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

        opened = SearchIndex(index.path)
        opened.heal(lambda: many(200))
        total = ask(opened).total
        assert 200 <= total <= 240
        assert len(found(opened)) == len(set(found(opened))) == total
        opened.apply([document(1, "轮椅", version=10_000 + kill)])
        assert opened.verify().is_sound
        opened.close()


def test_a_rebuild_that_is_killed_leaves_the_old_index_and_its_remains_are_swept(indexed):
    index = indexed("电池")
    remains = index.path / "index-killed"
    remains.mkdir()
    (remains / VERSIONS).write_text(json.dumps({}), encoding="utf-8")
    assert found(index) == [1]
    index.rebuild([document(2, "轮椅")])
    assert not remains.exists()
