"""The door: search, and suggestions while typing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np

from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.search import executor, spelling
from marketplace.search.analysis import fold, parse, title_key
from marketplace.search.document import FACETS
from marketplace.search.index import SearchIndex
from marketplace.search.schema import MISSING, TITLE_FIELDS
from marketplace.search.snapshot import Mask, Snapshot

SORTS = executor.SORTS
MAX_PER_PAGE = 10_000
SUGGESTED_WORDS = 3
SUGGESTED_OWNERS = 2


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a reader asks for.

    `filters` maps a facet to the values of which a listing must have one. Prices are in fen and
    include their bounds; with a bound, negotiable listings are left out. Without text everything
    is found, the newest first. `today` decides the remaining terms; the clock's day by default.
    """

    text: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    price_from: int | None = None
    price_to: int | None = None
    sort: str = "relevance"
    page: int = 1
    per_page: int = 20
    today: date | None = None
    with_facets: bool = True


@dataclass(frozen=True)
class Hit:
    """A found listing."""

    id: Any
    reference: str
    title: str
    title_en: str
    score: float


@dataclass(frozen=True)
class Results:
    """A page of an answer.

    `relaxed`: nothing has all the words, these have the most of them. `corrected`: words that were
    read as another one. `unknown`: words that no listing has. `also`: other words by which
    listings were found (synonyms, what begins so). `meant`: a query that finds more, where a slip
    in a Chinese word is likely. `figures` come with the facets.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Sequence[tuple[str, int]]]
    corrected: Mapping[str, str]
    unknown: tuple[str, ...]
    relaxed: bool
    page: int
    per_page: int
    took_ms: float
    also: tuple[str, ...] = ()
    meant: str = ""
    figures: executor.Figures | None = None

    @property
    def page_count(self) -> int:
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True)
class Suggestion:
    """Something to search for. `kind`: word, title, owner or number; `id` of a title's listing."""

    text: str
    kind: str
    id: Any = None


def search(index: SearchIndex, query: Query) -> Results:
    """Find, count and sort. Invalid for an unknown facet or sort order."""
    started = perf_counter()
    _check(query)
    now = clock.now()
    today = query.today or clock.today()
    page, per_page = max(1, query.page), min(max(1, query.per_page), MAX_PER_PAGE)
    with index.reading() as snapshot:
        found = _match(snapshot, query.text)
        masks = executor.filter_masks(snapshot, query.filters, today)
        at_any_price = found.mask
        if query.price_from is not None or query.price_to is not None:
            found.mask = found.mask & _priced(snapshot, query)
        kept = np.logical_and.reduce([found.mask, *masks.values()])
        ids = np.flatnonzero(kept).astype(np.int32)
        span = slice((page - 1) * per_page, page * per_page)
        sort = "newest" if query.sort == "relevance" and not query.text.strip() else query.sort
        ranked = executor.order(snapshot, found, ids, sort, span, today)
        facets = (
            executor.facet_counts(snapshot, found.mask, masks, query.filters, today)
            if query.with_facets
            else {}
        )
        others = [mask for facet, mask in masks.items() if facet != "price_band"]
        unpriced = np.logical_and.reduce([at_any_price, *others])
        figures = (
            executor.figures(snapshot, kept, unpriced, now, today) if query.with_facets else None
        )
        hits = tuple(_hit(snapshot, number, found) for number in ranked.tolist())
    return Results(
        total=len(ids),
        hits=hits,
        facets=facets,
        corrected=found.corrected,
        unknown=found.unknown,
        relaxed=found.relaxed,
        page=page,
        per_page=per_page,
        took_ms=round((perf_counter() - started) * 1000, 3),
        also=found.also,
        meant=spelling.meant(query.text, [hit.title for hit in hits]) if found.relaxed else "",
        figures=figures,
    )


def suggest(index: SearchIndex, text: str, limit: int = 8) -> list[Suggestion]:
    """What a reader may be typing: words, titles, owners and numbers that fit, the best first."""
    key = title_key(text[:100])
    if not key:
        return []
    with index.reading() as snapshot:
        words = _suggested_words(snapshot, key)[:SUGGESTED_WORDS]
        owners = _suggested_owners(snapshot, key)[:SUGGESTED_OWNERS]
        numbers = _suggested_numbers(snapshot, text)
        room = max(0, limit - len(words) - len(owners) - len(numbers))
        titles = _suggested_titles(snapshot, key, room)
    return (numbers + words + titles + owners)[:limit]


def _check(query: Query) -> None:
    if query.sort not in SORTS:
        raise Invalid("search.unknown_sort", sort=query.sort)
    for facet in query.filters:
        if facet not in FACETS:
            raise Invalid("search.unknown_facet", facet=facet)


def _match(snapshot: Snapshot, text: str) -> executor.Matching:
    if not text.strip():
        return executor.everything(snapshot)
    return executor.match(snapshot, parse(text))


def _priced(snapshot: Snapshot, query: Query) -> Mask:
    price = snapshot.numbers["price"]
    lowest = query.price_from if query.price_from is not None else 0
    highest = query.price_to if query.price_to is not None else MISSING - 1
    mask: Mask = (price >= lowest) & (price <= highest)
    return mask


def _hit(snapshot: Snapshot, number: int, found: executor.Matching) -> Hit:
    return Hit(*snapshot.shown(number), score=round(float(found.scores[number]), 4))


def _suggested_words(snapshot: Snapshot, key: str) -> list[Suggestion]:
    """Completions of the last word."""
    before, _, last = key.rpartition(" ")
    if len(last) < 2 and last.isascii():
        return []
    found = [term for name in TITLE_FIELDS for term in snapshot.completions(name, last)[:4]]
    start = f"{before} " if before else ""
    return [Suggestion(start + term, "word") for term in dict.fromkeys(found)]


def _suggested_titles(snapshot: Snapshot, key: str, limit: int) -> list[Suggestion]:
    """Titles that begin with the text, then titles that contain it; the newest first."""
    ranked: list[tuple[bool, int, int]] = []
    for name in TITLE_FIELDS:
        for number in snapshot.titled(name, key)[0].tolist():
            if snapshot.live[number]:
                begins = snapshot.title(name, number).startswith(key)
                ranked.append((not begins, int(snapshot.numbers["published"][number]), number))
    ranked.sort()
    found: dict[str, Suggestion] = {}
    for _, _, number in ranked[: limit * 3]:
        listing, _, title, title_en = snapshot.shown(number)
        shown = title if key in title_key(title) else title_en
        found.setdefault(shown, Suggestion(shown, "title", listing))
    return list(found.values())[:limit]


def _suggested_owners(snapshot: Snapshot, key: str) -> list[Suggestion]:
    if len(key) < 2:
        return []
    values = snapshot.values("owner_names")
    live = np.bincount(
        values.codes[snapshot.live[values.documents]], minlength=len(values.names)
    ).tolist()
    fitting = [
        (not name.startswith(key), -live[code], values.names[code])
        for code, name in enumerate(snapshot.owner_keys)
        if key in name and live[code]
    ]
    return [Suggestion(name, "owner") for _, _, name in sorted(fitting)]


def _suggested_numbers(snapshot: Snapshot, text: str) -> list[Suggestion]:
    compact = "".join(sign for sign in fold(text[:100]) if sign.isascii() and sign.isalnum())
    if sum(sign.isdigit() for sign in compact) < 4:
        return []
    bare = compact.removeprefix("cn").removeprefix("zl")
    return [Suggestion(term, "number") for term in snapshot.completions("numbers", bare)[:3]]
