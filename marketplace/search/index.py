"""The index on disk: opened, written, rebuilt and healed. The database is the truth, this is not.

A directory holds one or two complete indexes and a file `current` that names the one in use. A
rebuild happens beside it and is swapped in by renaming that file. Every index says by which
analyser and schema it was written; another one's is never searched, it is rebuilt.

Whoosh's files contain pickles: an index is never accepted from anywhere else.
"""

import json
import os
import pickle
import shutil
import struct
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock, RLock
from typing import Any

from whoosh import index as whoosh_index
from whoosh.util.filelock import FileLock, try_for

from marketplace.core.errors import Invalid, Refused
from marketplace.search.analysis import ANALYSER_VERSION
from marketplace.search.document import SearchDocument
from marketplace.search.schema import SCHEMA_VERSION, column, fields_of, schema
from marketplace.search.snapshot import Columns, PostingsCache, Segment, Snapshot

POINTER = "current"
LOCK = "lock"
VERSIONS = "versions.json"


class SearchUnavailable(Refused):
    """There is no index that can be read; it has to be rebuilt."""

    status = 503


class SearchBusy(Refused):
    """Another writer holds the index; try again."""

    status = 503


class State(StrEnum):
    """How an index is."""

    SOUND = "sound"
    MISSING = "missing"
    OUTDATED = "outdated"
    CORRUPT = "corrupt"


@dataclass(frozen=True)
class Health:
    """How the index is, and what was found wrong."""

    state: State
    detail: str = ""
    documents: int = 0

    @property
    def is_sound(self) -> bool:
        return self.state is State.SOUND


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
        self._checked_at = -1e9
        self._guard = Lock()  # the fields above
        self._opening = RLock()  # one thread opens a new state, the others read the old one
        self._trouble = ""

    # Reading

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """The newest state of the index, held open; SearchUnavailable if there is none."""
        snapshot = self._newest()
        try:
            yield snapshot
        except (OSError, EOFError, pickle.UnpicklingError, struct.error) as error:
            self._trouble = f"{type(error).__name__}: {error}"
            raise SearchUnavailable(
                "search.unavailable", state=State.CORRUPT, detail=self._trouble
            ) from error
        finally:
            snapshot.release()

    def health(self) -> Health:
        """Open the index as a reader would and say how it is."""
        if self._trouble:
            return Health(State.CORRUPT, self._trouble)
        try:
            self._directory()
            self._checked_at = -1e9
            with self.reading() as snapshot:
                return Health(State.SOUND, documents=snapshot.live_count)
        except _Unsound as found:
            return found.health
        except SearchUnavailable as refusal:
            return Health(State(refusal.facts["state"]), str(refusal.facts["detail"]))

    def close(self) -> None:
        """Let the files go; the object may be used again."""
        with self._guard:
            current, self._current = self._current, None
            self._columns.clear()
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
        """Look for a newer state. While one thread opens it, the others keep the old one."""
        if not self._opening.acquire(blocking=current is None):
            return current  # type: ignore[return-value] -- only None makes it wait
        try:
            if self._current is not None and not self._is_due():
                return self._current
            found = self._open()
            with self._guard:
                old, self._current = self._current, found
                self._checked_at = time.monotonic()
            if old is not None and old is not found:
                old.retire()
            return found
        except _Unsound as unsound:
            raise SearchUnavailable(
                "search.unavailable", state=unsound.health.state, detail=unsound.health.detail
            ) from unsound
        finally:
            self._opening.release()

    def _open(self) -> Snapshot:
        """Open what the pointer names, or keep what is open if nothing has changed.

        A commit or rebuild may take files away between two steps, so it is tried a few times.
        """
        error: Exception | None = None
        for attempt in range(5):
            directory = self._directory()
            try:
                return self._open_directory(directory)
            except Exception as found:  # noqa: BLE001 -- a damaged pickle may raise anything
                error = found
                time.sleep(0.02 * attempt)
        raise _Unsound(State.CORRUPT, f"{type(error).__name__}: {error}") from error

    def _open_directory(self, directory: Path) -> Snapshot:
        index = whoosh_index.open_dir(str(directory))
        generation = (directory.name, index.latest_generation())
        current = self._current
        if current is not None and current.generation == generation and not current.is_closed:
            return current
        searcher = index.searcher()  # a new one: refresh() of some versions shows deleted documents
        try:
            return self._snapshot(searcher, directory.name)
        except BaseException:
            searcher.close()
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
            raise _Unsound(State.MISSING, "no index yet") from error
        directory = self.path / name
        if not name or not directory.is_dir():
            raise _Unsound(State.MISSING, f"{name or 'the named index'} is not there")
        try:
            versions = json.loads((directory / VERSIONS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _Unsound(State.CORRUPT, f"{VERSIONS} cannot be read") from error
        if versions != _versions():
            raise _Unsound(State.OUTDATED, f"written by {versions}, wanted {_versions()}")
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
        with self._writing():
            index = self._open_to_write()
            writer = index.writer(timeout=self._lock_seconds, limitmb=64)
            try:
                self._write_changes(index, writer, documents, gone)
                writer.commit()
            except BaseException:
                _cancel(writer)
                raise
        self._checked_at = -1e9

    def rebuild(self, documents: Iterable[SearchDocument], *, memory_mb: int = 128) -> int:
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
                count = _fill(directory, documents, memory_mb)
            except BaseException:
                shutil.rmtree(directory, ignore_errors=True)
                raise
            self._point_to(directory)
        self._checked_at = -1e9
        self._trouble = ""
        return count

    def heal(self, documents: Callable[[], Iterable[SearchDocument]]) -> Health:
        """Rebuild the index if it is missing, damaged or outdated; how it was found."""
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
            self._trouble = f"{type(error).__name__}: {error}"
            return Health(State.CORRUPT, self._trouble)
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
        try:
            return whoosh_index.open_dir(str(self._directory()))
        except _Unsound as found:
            raise SearchUnavailable(
                "search.unavailable", state=found.health.state, detail=found.health.detail
            ) from found
        except Exception as error:
            raise SearchUnavailable(
                "search.unavailable", state=State.CORRUPT, detail=str(error)
            ) from error

    @staticmethod
    def _write_changes(
        index: Any, writer: Any, documents: dict[str, SearchDocument], gone: set[str]
    ) -> None:
        # Whoosh's update_document opens a searcher for every document; one is enough.
        with index.searcher() as searcher:
            reader = searcher.reader()
            for key in {*documents, *gone}:
                for number in searcher.document_numbers(key=key):
                    new = documents.get(key)
                    held = reader.column_reader(column("version"))[number]
                    if new and key not in gone and held > new.version:
                        del documents[key]
                    else:
                        writer.delete_document(number)
        for key, document in documents.items():
            if key not in gone:
                writer.add_document(**fields_of(document))

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


class _Unsound(Exception):  # noqa: N818 -- a finding
    def __init__(self, state: State, detail: str) -> None:
        super().__init__(detail)
        self.health = Health(state, detail)


def _versions() -> dict[str, str]:
    return {"analyser": ANALYSER_VERSION, "schema": SCHEMA_VERSION}


def _fill(directory: Path, documents: Iterable[SearchDocument], memory_mb: int) -> int:
    index = whoosh_index.create_in(str(directory), schema())
    writer = index.writer(limitmb=memory_mb)
    seen: set[str] = set()
    try:
        for document in documents:
            if document.key in seen:
                raise Invalid("search.duplicate_id", id=document.key)
            seen.add(document.key)
            writer.add_document(**fields_of(document))
        writer.commit()
    except BaseException:
        _cancel(writer)
        raise
    (directory / VERSIONS).write_text(json.dumps(_versions()), encoding="utf-8")
    return len(seen)


def _cancel(writer: Any) -> None:
    """Let Whoosh's lock go after a failed commit: it keeps it otherwise."""
    try:
        writer.cancel()
    except Exception:  # noqa: BLE001, S110 -- the first error is the one to tell
        pass


def _flush(path: Path) -> None:
    """To the disk itself, so that a power failure leaves a whole index."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
