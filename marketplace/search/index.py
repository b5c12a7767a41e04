"""The index on disk: opened, written, rebuilt and healed. The database is the truth, this is not.

A directory holds one or two complete indexes and a file `current` that names the one in use. A
rebuild happens beside it and is swapped in by renaming that file. Every index says by which
analyser and schema it was written; another one's is never searched, it is rebuilt.

Whoosh's files contain pickles: an index is never accepted from anywhere else.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from threading import Lock, RLock
from traceback import walk_tb
from typing import Any

from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage
from whoosh.util.filelock import FileLock, try_for

from marketplace.core.errors import Invalid, Refused
from marketplace.search.analysis import ANALYSER_VERSION
from marketplace.search.document import SearchDocument
from marketplace.search.schema import SCHEMA_VERSION, column, fields_of, schema
from marketplace.search.snapshot import Columns, PostingsCache, Segment, Snapshot

POINTER = "current"
LOCK = "lock"
VERSIONS = "versions.json"
SUSPECT = "suspect"
NEVER = float("-inf")

SEGMENT_DOCUMENTS = 2000
SEGMENT_MEMORY_MB = 256
WORN_DOCUMENTS = 1000


class SearchBusy(Refused):
    """Another writer holds the index; try again."""

    status = 503


class State(StrEnum):
    """How an index is."""

    SOUND = "sound"
    MISSING = "missing"
    OUTDATED = "outdated"
    CORRUPT = "corrupt"
    WORN = "worn"


@dataclass(frozen=True)
class Health:
    """How the index is, and what was found wrong."""

    state: State
    detail: str = ""
    documents: int = 0

    @property
    def is_sound(self) -> bool:
        return self.state is State.SOUND


class SearchUnavailable(Refused):
    """There is no index that can be read; `health` says why. It has to be rebuilt."""

    status = 503

    def __init__(self, state: State, detail: str) -> None:
        super().__init__("search.unavailable", state=state, detail=detail)
        self.health = Health(state, detail)


class SearchIndex:
    """The index at a path, for any number of threads and processes.

    `check_seconds`: how old a state may be before a reader looks for a newer one.
    `lock_seconds`: how long a writer waits for another. `cache_bytes`: decoded postings kept.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        check_seconds: float = 0.5,
        lock_seconds: float = 60.0,
        cache_bytes: int = 64 << 20,
    ) -> None:
        self.path = Path(path)
        self.cache = PostingsCache(cache_bytes)
        self._check_seconds = check_seconds
        self._lock_seconds = lock_seconds
        self._columns: dict[str, Columns] = {}
        self._current: Snapshot | None = None
        self._checked_at = NEVER
        self._refusal = Health(State.MISSING)
        self._guard = Lock()  # the fields above
        self._opening = RLock()  # one thread opens a new state, the others read the old one

    # Reading

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """The newest state of the index, held open; SearchUnavailable if there is none."""
        snapshot = self._newest()
        try:
            yield snapshot
        except Refused:
            raise
        except Exception as error:
            if _is_damage(error):
                raise self._suspect(error) from error
            raise
        finally:
            snapshot.release()

    def health(self) -> Health:
        """Open the index as a reader would and say how it is."""
        try:
            suspicion = self._directory() / SUSPECT
            if suspicion.exists():
                return Health(State.CORRUPT, suspicion.read_text(encoding="utf-8"))
            with self._opening:
                found = self._open()
                self._install(found)
            if found.count > max(WORN_DOCUMENTS, 2 * found.live_count):
                detail = f"{found.count - found.live_count} deleted documents"
                return Health(State.WORN, detail, found.live_count)
            return Health(State.SOUND, documents=found.live_count)
        except SearchUnavailable as refusal:
            return refusal.health

    def close(self) -> None:
        """Let the files go; the object may be used again."""
        with self._guard:
            current, self._current = self._current, None
            self._columns.clear()
            self._checked_at = NEVER
        self.cache.clear()
        if current is not None:
            current.retire()

    def _newest(self) -> Snapshot:
        while True:
            current = self._current
            if current is None or self._is_due():
                current = self._refresh(current)
            if current.hold():
                return current

    def _is_due(self) -> bool:
        return time.monotonic() - self._checked_at >= self._check_seconds

    def _refresh(self, current: Snapshot | None) -> Snapshot:
        """Look for a newer state. While one thread opens it, the others keep the old one.

        If it cannot be opened, the old one goes on serving; `health()` tells.
        """
        if not self._opening.acquire(blocking=current is None) and current is not None:
            return current
        try:
            if not self._is_due():
                return self._held()
            self._checked_at = time.monotonic()
            self._install(self._open())
        except SearchUnavailable as refusal:
            self._refusal = refusal.health
        finally:
            self._opening.release()
        return self._held()

    def _held(self) -> Snapshot:
        if self._current is None:
            raise SearchUnavailable(self._refusal.state, self._refusal.detail)
        return self._current

    def _install(self, found: Snapshot) -> None:
        with self._guard:
            old, self._current = self._current, found
        if old is not None and old is not found:
            old.retire()

    def _open(self) -> Snapshot:
        """Open what the pointer names, or keep what is open if nothing has changed.

        A commit or rebuild may take files away between two steps, so it is tried a few times.
        """
        error: Exception | None = None
        for attempt in range(3):
            directory = self._directory()
            try:
                return self._open_directory(directory)
            except Exception as found:  # noqa: BLE001 -- a damaged pickle may raise anything
                error = found
                time.sleep(0.02 * attempt)
        raise SearchUnavailable(State.CORRUPT, f"{type(error).__name__}: {error}") from error

    def _open_directory(self, directory: Path) -> Snapshot:
        files = _Files(directory)
        try:
            index = files.open_index()
            generation = (directory.name, index.latest_generation())
            current = self._current
            if current is not None and current.generation == generation and not current.is_closed:
                return current
            # A new searcher: refresh() of some versions shows deleted documents.
            return self._snapshot(index.searcher(), directory.name)
        except BaseException:
            files.close_all()
            raise

    def _snapshot(self, searcher: Any, directory: str) -> Snapshot:
        columns: dict[str, Columns] = {}
        segments = []
        for reader, _ in searcher.reader().leaf_readers():
            if not reader.doc_count_all():
                continue
            name = f"{directory}/{reader.segment().segment_id()}"
            columns[name] = self._columns.get(name) or Columns(reader)
            segments.append(Segment(name, reader, columns[name], self.cache))
        generation = (directory, searcher.reader().generation())
        found = Snapshot(searcher, segments, generation)
        with self._guard:
            self._columns = columns
        return found

    def _directory(self) -> Path:
        """The directory in use, or what is wrong with it."""
        try:
            name = (self.path / POINTER).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SearchUnavailable(State.MISSING, "no index yet") from error
        directory = self.path / name
        if not name or not directory.is_dir():
            raise SearchUnavailable(State.MISSING, f"{name or 'the named index'} is not there")
        try:
            versions = json.loads((directory / VERSIONS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SearchUnavailable(State.CORRUPT, f"{VERSIONS} cannot be read") from error
        if versions != _versions():
            raise SearchUnavailable(State.OUTDATED, f"written by {versions}, wanted {_versions()}")
        return directory

    # Writing

    def apply(
        self, upserts: Iterable[SearchDocument] = (), deletes: Iterable[int | str] = ()
    ) -> None:
        """Write changed documents and take out deleted ones, in one commit.

        Of the same id the last one counts; a document older than the indexed one is left out.
        SearchBusy if another writer keeps the index, SearchUnavailable if it must be rebuilt.
        """
        documents = {document.key: document for document in upserts}
        gone = {str(key) for key in deletes}
        if not documents and not gone:
            return
        written = {
            key: fields_of(document) for key, document in documents.items() if key not in gone
        }
        with self._writing():
            index = self._open_to_write()
            writer = index.writer(timeout=self._lock_seconds, limitmb=64)
            try:
                _write_changes(index, writer, written, gone)
                writer.commit()
            except Exception as error:  # documents are cut already: it is the index
                _cancel(writer)
                raise self._suspect(error) from error
            except BaseException:
                _cancel(writer)
                raise
        self._checked_at = NEVER

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Write a whole new index beside the old one and swap it in; how many documents.

        Readers keep the old index until the swap. Changes committed to the database after
        `documents` was read have to be applied again afterwards: they are, by their events.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self._writing():
            self._sweep()
            directory = self.path / f"index-{uuid.uuid4().hex[:12]}"
            directory.mkdir()
            try:
                count = _fill(directory, documents)
            except BaseException:
                shutil.rmtree(directory, ignore_errors=True)
                raise
            self._point_to(directory)
        self._checked_at = NEVER
        return count

    def heal(self, documents: Callable[[], Iterable[SearchDocument]]) -> Health:
        """Rebuild the index if it is missing, damaged, outdated or worn; how it was found."""
        found = self.health()
        if not found.is_sound:
            self.rebuild(documents())
        return found

    def verify(self) -> Health:
        """Read every posting of the index: slow, finds what opening it does not."""
        found = self.health()
        if not found.is_sound:
            return found
        try:
            with self.reading() as snapshot:
                reader = snapshot.searcher.reader()
                for field, term in reader.all_terms():
                    matcher = reader.postings(field, term)
                    while matcher.is_active():
                        matcher.next()
        except Exception as error:  # noqa: BLE001 -- a damaged pickle may raise anything
            return self._suspect(error).health
        return found

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time, over all threads and processes. A killed one lets go."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self.path / LOCK))
        if not try_for(lock.acquire, timeout=self._lock_seconds, delay=0.05):
            raise SearchBusy("search.busy")
        try:
            yield
        finally:
            lock.release()

    def _open_to_write(self) -> Any:
        directory = self._directory()
        try:
            return _Files(directory).open_index()
        except Exception as error:
            raise self._suspect(error) from error

    def _suspect(self, error: Exception) -> SearchUnavailable:
        """Leave a note for whoever heals the index, in this process or another."""
        detail = f"{type(error).__name__}: {error}"
        with suppress(OSError, SearchUnavailable):
            (self._directory() / SUSPECT).write_text(detail, encoding="utf-8")
        return SearchUnavailable(State.CORRUPT, detail)

    def _point_to(self, directory: Path) -> None:
        for file in directory.iterdir():
            _flush(file)
        _flush(directory)
        new = self.path / f"{POINTER}.new"
        new.write_text(directory.name, encoding="utf-8")
        _flush(new)
        new.replace(self.path / POINTER)
        _flush(self.path)

    def _sweep(self) -> None:
        """Take away what neither is in use nor was before the last swap."""
        try:
            used = (self.path / POINTER).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            used = ""
        for directory in self.path.glob("index-*"):
            if directory.name != used:
                shutil.rmtree(directory, ignore_errors=True)


class _Files(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's files, not mapped into memory: a mapped file that is cut short kills the process."""

    def __init__(self, directory: Path) -> None:
        super().__init__(str(directory), supports_mmap=False)
        self._opened: list[Any] = []

    def open_file(self, name: str, **options: Any) -> Any:
        file = super().open_file(name, **options)
        self._opened.append(file)
        return file

    def close_all(self) -> None:
        """What a failed opening has left open."""
        for file in self._opened:
            with suppress(Exception):  # it may be closed already
                file.close()


def _is_damage(error: Exception) -> bool:
    """Whether reading the files went wrong: damage may raise anything, but out of Whoosh."""
    modules = (frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__))
    return isinstance(error, OSError | EOFError) or any(
        name.partition(".")[0] == "whoosh" for name in modules
    )


def _versions() -> dict[str, str]:
    return {"analyser": ANALYSER_VERSION, "schema": SCHEMA_VERSION}


def _fill(directory: Path, documents: Iterable[SearchDocument]) -> int:
    """Several segments, each small enough to be sorted in memory: faster than one big one."""
    index = whoosh_index.create_in(str(directory), schema())
    count = 0
    waiting = _unseen(documents)
    while batch := list(islice(waiting, SEGMENT_DOCUMENTS)):
        writer = index.writer(limitmb=SEGMENT_MEMORY_MB)
        try:
            for document in batch:
                writer.add_document(**fields_of(document))
            writer.commit(merge=False)
        except BaseException:
            _cancel(writer)
            raise
        count += len(batch)
    (directory / VERSIONS).write_text(json.dumps(_versions()), encoding="utf-8")
    return count


def _unseen(documents: Iterable[SearchDocument]) -> Iterator[SearchDocument]:
    seen: set[str] = set()
    for document in documents:
        if document.key in seen:
            raise Invalid("search.duplicate_id", id=document.key)
        seen.add(document.key)
        yield document


def _write_changes(
    index: Any, writer: Any, written: dict[str, dict[str, Any]], gone: set[str]
) -> None:
    # Whoosh's update_document opens a searcher for every document; one is enough.
    with index.searcher() as searcher:
        reader = searcher.reader()
        for key in {*written, *gone}:
            for number in searcher.document_numbers(key=key):
                held = reader.column_reader(column("version"))[number]
                if key in written and held > written[key][column("version")]:
                    del written[key]
                else:
                    writer.delete_document(number)
    for fields in written.values():
        writer.add_document(**fields)


def _cancel(writer: Any) -> None:
    """Let Whoosh's lock go after a failed commit: it keeps it otherwise."""
    with suppress(Exception):  # the first error is the one to tell
        writer.cancel()


def _flush(path: Path) -> None:
    """To the disk itself, so that a power failure leaves a whole index."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
