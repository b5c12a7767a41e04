"""One state of the index as numpy arrays: what a query reads, never changing under it.

A Whoosh segment never changes but for its deletions, so its columns and postings are decoded once
and shared by every later state that still holds it. Postings are read through members of Whoosh's
`W3LeafMatcher` that are not public (`_ids`, `_weights`, `_values`, `_next_block`): hence the exact
pin of the version and the test that compares with Whoosh's own search.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.search.analysis import title_key
from marketplace.search.lexicon import Lexicon
from marketplace.search.schema import (
    GRAMS_FIELD,
    NUMERIC_FIELDS,
    SEPARATOR,
    STORED_FACETS,
    TEXT_FIELDS,
    TITLE_FIELDS,
    column,
)

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Longs = NDArray[np.int64]

_COUNTED = (*STORED_FACETS, "owner_names")
_POSITION_BITS = 20
_LATIN_END = b"{"  # the byte after z


@dataclass(frozen=True)
class Values:
    """The values of a facet: pairs of document and code, and what the codes mean."""

    documents: Ids
    codes: Ids
    names: tuple[str, ...]


@dataclass(frozen=True)
class Postings:
    """The documents that hold a term, and how often."""

    ids: Ids
    weights: Floats

    @property
    def size(self) -> int:
        return self.ids.nbytes + self.weights.nbytes + 200


class PostingsCache:
    """The most recently used postings of all segments, within a limit of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[tuple[str, ...], tuple[Any, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: tuple[str, ...]) -> Any:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: tuple[str, ...], value: Any, size: int) -> None:
        with self._lock:
            if key in self._held:
                return
            self._held[key] = (value, size)
            self._size += size
            while self._size > self._limit and len(self._held) > 1:
                _, (_, freed) = self._held.popitem(last=False)
                self._size -= freed

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size = 0

    @property
    def size(self) -> int:
        return self._size


class Columns:
    """What is read once of a segment: facets, sort keys, lengths, title keys."""

    def __init__(self, reader: Any) -> None:
        self.count: int = reader.doc_count_all()
        self.facets = {name: self._values(reader, column(name)) for name in _COUNTED}
        self.numbers = {
            name: np.fromiter(self._column(reader, column(name)), np.int64, self.count)
            for name in NUMERIC_FIELDS
        }
        self.lengths = {
            name: np.fromiter(
                (reader.doc_field_length(i, name, 0) or 0 for i in range(self.count)),
                np.float32,
                self.count,
            )
            for name in TEXT_FIELDS
        }
        self.titles = {
            name: "\n".join(value.decode() for value in self._column(reader, column(name)))
            for name in TITLE_FIELDS
        }
        self._latin: dict[str, int] | None = None

    def _column(self, reader: Any, name: str) -> Iterator[Any]:
        values = reader.column_reader(name)
        return (values[i] for i in range(self.count))

    def _values(self, reader: Any, name: str) -> Values:
        """Documents in order of number, each with its codes."""
        known: dict[str, int] = {}
        cut: dict[bytes, list[int]] = {}
        documents: list[int] = []
        codes: list[int] = []
        for number, value in enumerate(self._column(reader, name)):
            held = cut.get(value)
            if held is None:
                parts = value.decode().split(SEPARATOR) if value else []
                held = cut[value] = [known.setdefault(part, len(known)) for part in parts]
            documents += [number] * len(held)
            codes += held
        return Values(np.array(documents, np.int32), np.array(codes, np.int32), tuple(known))

    def latin(self, reader: Any) -> dict[str, int]:
        """The Latin words of the segment with the number of their finds, for spelling."""
        if self._latin is None:
            found: dict[str, int] = {}
            for name in TEXT_FIELDS:
                for term, info in reader.iter_from(name, b"a"):
                    if term[0] != name or term[1] >= _LATIN_END:
                        break
                    word = term[1].decode()
                    if len(word) >= 3 and word.isalpha():
                        found[word] = found.get(word, 0) + int(info.doc_frequency())
            self._latin = found
        return self._latin


class Segment:
    """A segment within one state: shared columns, its own reader and deletions."""

    def __init__(self, name: str, reader: Any, columns: Columns, cache: PostingsCache) -> None:
        self.name = name
        self.columns = columns
        self.live = np.ones(columns.count, np.bool_)
        if reader.has_deletions():
            self.live[:] = False
            self.live[list(reader.all_doc_ids())] = True
        self._reader = reader
        self._cache = cache
        self._lock = Lock()  # the file handle is shared: one reader of postings at a time

    def postings(self, field: str, term: str) -> Postings:
        """The documents of a term, deleted ones included."""
        key = (self.name, field, term)
        held: Postings | None = self._cache.get(key)
        if held is None:
            held = self._read_postings(field, term)
            self._cache.put(key, held, held.size)
        return held

    def places(self, field: str, term: str) -> Longs:
        """Every place of a term, as document number and position in one integer."""
        key = (self.name, field, term, "places")
        held: Longs | None = self._cache.get(key)
        if held is None:
            held = self._read_places(field, term)
            self._cache.put(key, held, held.nbytes + 200)
        return held

    def latin(self) -> dict[str, int]:
        with self._lock:
            return self.columns.latin(self._reader)

    def completions(self, field: str, prefix: str, limit: int) -> dict[str, int]:
        """Terms that begin with a prefix, with the number of documents."""
        found: dict[str, int] = {}
        start = prefix.encode()
        with self._lock:
            for (name, term), info in self._reader.iter_from(field, start):
                if name != field or not term.startswith(start) or len(found) == limit:
                    break
                found[term.decode()] = int(info.doc_frequency())
        return found

    def shown(self, number: int) -> tuple[Any, str, str, str]:
        with self._lock:
            shown: tuple[Any, str, str, str] = self._reader.stored_fields(number)["shown"]
        return shown

    def _read_postings(self, field: str, term: str) -> Postings:
        ids: list[NDArray[Any]] = []
        weights: list[NDArray[Any]] = []
        with self._lock:
            for block in self._blocks(field, term):
                ids.append(np.asarray(block.ids, np.int32))
                weights.append(np.asarray(block.weights(), np.float32))
        if not ids:
            return Postings(np.empty(0, np.int32), np.empty(0, np.float32))
        return Postings(np.concatenate(ids), np.concatenate(weights))

    def _read_places(self, field: str, term: str) -> Longs:
        places: list[Longs] = []
        with self._lock:
            for block in self._blocks(field, term):
                for number, value in zip(block.ids, block.values(), strict=True):
                    positions = np.frombuffer(value, np.uint32).astype(np.int64)
                    places.append((int(number) << _POSITION_BITS) | positions)
        return np.concatenate(places) if places else np.empty(0, np.int64)

    def _blocks(self, field: str, term: str) -> Iterator["_Block"]:
        if (field, term) not in self._reader:
            return
        matcher = self._reader.postings(field, term)
        wrapped = hasattr(matcher, "child")
        while hasattr(matcher, "child"):
            matcher = matcher.child
        if wrapped:
            matcher.reset()  # the filter of deletions has moved its child already
        if not hasattr(matcher, "_next_block"):  # a single posting is kept inline
            yield from _single(matcher)
            return
        while not matcher._atend:  # noqa: SLF001 -- see the head of the module
            if matcher._ids is None:  # noqa: SLF001 -- see the head of the module
                matcher._read_ids()  # noqa: SLF001 -- see the head of the module
            yield _Block(matcher)
            matcher._next_block()  # noqa: SLF001 -- see the head of the module


class _Block:
    """A block of postings of Whoosh's own codec."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher
        self.ids = matcher._ids  # noqa: SLF001 -- see the head of the module

    def weights(self) -> Any:
        if self._matcher._weights is None:  # noqa: SLF001 -- see the head of the module
            self._matcher._read_weights()  # noqa: SLF001 -- see the head of the module
        return self._matcher._weights  # noqa: SLF001 -- see the head of the module

    def values(self) -> Any:
        if self._matcher._values is None:  # noqa: SLF001 -- see the head of the module
            self._matcher._read_values()  # noqa: SLF001 -- see the head of the module
        return self._matcher._values  # noqa: SLF001 -- see the head of the module


class _Inline(_Block):
    """One posting, read through the public interface."""

    def __init__(self, matcher: Any) -> None:
        self.ids = [matcher.id()]
        self._weight = matcher.weight()
        self._value = matcher.value()

    def weights(self) -> Any:
        return [self._weight]

    def values(self) -> Any:
        return [self._value]


def _single(matcher: Any) -> Iterator[_Block]:
    while matcher.is_active():
        yield _Inline(matcher)
        matcher.next()


class Snapshot:
    """One state of the index. Whoever reads holds it; the last one out closes its files."""

    def __init__(self, searcher: Any, segments: list[Segment], generation: tuple[str, int]) -> None:
        self.generation = generation
        self.searcher = searcher  # Whoosh's own, for comparisons
        self.segments = segments
        counts = [segment.columns.count for segment in segments]
        self._bases = [0, *accumulate(counts)][:-1] if counts else []
        self.count = sum(counts)
        self.live: Mask = _joined([segment.live for segment in segments], np.bool_)
        self.live_count = int(self.live.sum())
        self.numbers: dict[str, Longs] = {
            name: _joined([one.columns.numbers[name] for one in segments], np.int64)
            for name in NUMERIC_FIELDS
        }
        self.lengths: dict[str, Floats] = {
            name: _joined([one.columns.lengths[name] for one in segments], np.float32)
            for name in TEXT_FIELDS
        }
        self.mean_length = {
            name: float(searcher.avg_field_length(name) or 1) or 1.0 for name in TEXT_FIELDS
        }
        self._values: dict[str, Values] = {}
        self._users = 0
        self._retired = False
        self._lock = Lock()

    def values(self, facet: str) -> Values:
        """The values of a facet over all segments."""
        found = self._values.get(facet)
        if found is None:
            found = self._values[facet] = self._merge(facet)
        return found

    def postings(self, field: str, term: str) -> Postings:
        """The documents of a term over all segments, deleted ones included."""
        parts = [
            (base, postings)
            for base, segment in zip(self._bases, self.segments, strict=True)
            if len((postings := segment.postings(field, term)).ids)
        ]
        if not parts:
            return _NO_POSTINGS
        if len(parts) == 1 and parts[0][0] == 0:
            return parts[0][1]
        return Postings(
            np.concatenate([postings.ids + np.int32(base) for base, postings in parts]),
            np.concatenate([postings.weights for _, postings in parts]),
        )

    def marked(self, gram: str) -> Ids:
        """The documents that hold a Chinese character or pair of characters."""
        return self.postings(GRAMS_FIELD, gram).ids

    def standing_together(self, field: str, terms: tuple[tuple[str, int], ...]) -> Ids:
        """The documents in which terms stand at these distances in one field."""
        found: list[Ids] = []
        (first, origin), *others = terms
        for base, segment in zip(self._bases, self.segments, strict=True):
            places = segment.places(field, first)
            for term, position in others:
                if not len(places):
                    break
                wanted = places + (position - origin)
                places = places[np.isin(wanted, segment.places(field, term))]
            numbers = np.unique(places >> _POSITION_BITS).astype(np.int32)
            found.append(numbers + np.int32(base))
        return np.concatenate(found) if found else np.empty(0, np.int32)

    def titled(self, field: str, key: str) -> tuple[Ids, Ids]:
        """The documents whose title key contains a key, and those whose title key it is."""
        text, starts = self._titles[field]
        if not key:
            return _NO_POSTINGS.ids, _NO_POSTINGS.ids
        containing: list[int] = []
        equal: list[int] = []
        at = text.find(key)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            end = starts[number + 1] - 1 if number + 1 < len(starts) else len(text)
            if at == starts[number] and at + len(key) == end:
                equal.append(number)
            containing.append(number)
            at = text.find(key, end + 1)
        return np.array(containing, np.int32), np.array(equal, np.int32)

    def title(self, field: str, number: int) -> str:
        """The title key of a document."""
        text, starts = self._titles[field]
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(text)
        return text[starts[number] : end]

    def completions(self, field: str, prefix: str) -> list[str]:
        """Terms that begin with a prefix and are longer, the most frequent first."""
        counts: dict[str, int] = {}
        for segment in self.segments:
            for term, count in segment.completions(field, prefix, 500).items():
                counts[term] = counts.get(term, 0) + count
        counts.pop(prefix, None)
        return sorted(counts, key=lambda term: (-counts[term], term))

    def shown(self, number: int) -> tuple[Any, str, str, str]:
        """What is shown of a document: id, reference, title, English title."""
        index = bisect_right(self._bases, number) - 1
        return self.segments[index].shown(number - self._bases[index])

    @cached_property
    def lexicon(self) -> Lexicon:
        """Every Latin word of the index, for words that it does not know."""
        words: dict[str, int] = {}
        for segment in self.segments:
            for word, count in segment.latin().items():
                words[word] = words.get(word, 0) + count
        return Lexicon(words)

    @cached_property
    def owner_keys(self) -> tuple[str, ...]:
        """The names of the owners, as title keys, in the order of their codes."""
        return tuple(title_key(name) for name in self.values("owner_names").names)

    @cached_property
    def _titles(self) -> dict[str, tuple[str, list[int]]]:
        """All title keys in one string (one search finds them all) and where each begins."""
        joined: dict[str, tuple[str, list[int]]] = {}
        for name in TITLE_FIELDS:
            filled = [one.columns for one in self.segments if one.columns.count]
            text = "\n".join(columns.titles[name] for columns in filled)
            starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))][:-1]
            joined[name] = (text, starts)
        return joined

    def _merge(self, facet: str) -> Values:
        known: dict[str, int] = {}
        documents: list[Ids] = []
        codes: list[Ids] = []
        for base, segment in zip(self._bases, self.segments, strict=True):
            values = segment.columns.facets[facet]
            new = np.array([known.setdefault(name, len(known)) for name in values.names], np.int32)
            documents.append(values.documents + np.int32(base))
            codes.append(new[values.codes] if len(new) else values.codes)
        return Values(_joined(documents, np.int32), _joined(codes, np.int32), tuple(known))

    # Holding and letting go

    def hold(self) -> bool:
        """Keep the files open; False if they are closed already."""
        with self._lock:
            if self._retired and not self._users:
                return False
            self._users += 1
            return True

    def release(self) -> None:
        """Let go; the last reader of a retired state closes it."""
        with self._lock:
            self._users -= 1
            close = self._retired and not self._users
        if close:
            self.searcher.close()

    def retire(self) -> None:
        """A newer state has taken over: close as soon as nobody reads."""
        with self._lock:
            close = not self._retired and not self._users
            self._retired = True
        if close:
            self.searcher.close()

    @property
    def is_closed(self) -> bool:
        return self._retired and not self._users


_NO_POSTINGS = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


def _joined(parts: list[Any], kind: type[np.generic]) -> Any:
    return np.concatenate(parts) if parts else np.empty(0, kind)
