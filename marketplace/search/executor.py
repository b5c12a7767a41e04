"""Matching, scoring, counting and sorting on arrays.

Every word of a query is required, as itself or, for less, as a word of the same meaning; the
beginning of a Latin word or number stands for what begins with it where no listing has it whole.
If nothing has all words, Chinese words may be found by their characters and Latin ones by their
root; if still nothing does, the documents that come nearest are the answer, and the answer says
so. Scores are BM25F exactly as Whoosh computes it, raised where the title says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import log

import numpy as np

from marketplace.core import settings
from marketplace.search import synonyms
from marketplace.search.analysis import ParsedQuery, Phrase, Word, grams
from marketplace.search.document import (
    FACETS,
    LIGHTS,
    NEGOTIABLE,
    OPEN_TERM,
    PRICE_BANDS,
    TERM_BANDS,
    term_limits,
)
from marketplace.search.schema import (
    MISSING,
    PROSE_FIELDS,
    TEXT_FIELDS,
    TITLE_FIELDS,
    WORD_FIELDS,
)
from marketplace.search.snapshot import Floats, Ids, Longs, Mask, Snapshot, Values

K1 = 1.2
B = 0.75
GRAM_SCORE = 0.3
TITLE_SHARE = 0.6
TITLE_CONTAINS = 1.5
TITLE_EQUALS = 10_000.0
LIKELY_PHRASE_PAIRS = 3
MAX_SHOWN = 40
SYNONYM, BEGINNING, KIN = 0.5, 0.7, 0.6  # what another word is worth beside the one asked for
MAX_BEGUN = 20  # words that one beginning stands for
ENDINGS = ("ation", "ing", "ion", "ed", "er", "or", "e")
SHORTEST_ROOT = 4
NEARNESS = 2.0  # what a pair in common counts beside the words
ENOUGH = 0.75  # of the nearest document's nearness
SINGLE = 0.3  # what a single character counts beside a pair
WIDESPREAD = 0.2  # of the documents: a pair so frequent is not looked for in titles
YES_NO = ("no", "yes")
BANDS = {
    "price_band": (*PRICE_BANDS, NEGOTIABLE),
    "term_band": (*TERM_BANDS, OPEN_TERM),
    "freshness": LIGHTS,
}


@dataclass(frozen=True)
class Clause:
    """A word in terms of the index: all `terms`, or all `grams` where there are any, or a choice.

    `choices` are other words for it, each the terms that must all be there and what it is worth.
    """

    terms: tuple[str, ...]
    grams: tuple[str, ...] = ()
    choices: tuple[tuple[tuple[str, ...], float], ...] = ()


@dataclass
class Matching:
    """The documents that a query finds, deleted ones excluded, and how well."""

    mask: Mask
    scores: Floats
    relaxed: bool = False
    corrected: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """Where one clause is found, what it scores, and what it weighs where a title has it."""

    mask: Mask
    scores: Floats
    in_title: Floats
    weight: float


@dataclass(frozen=True)
class _Asked:
    """A word of the query with what became of it."""

    word: Word
    clause: Clause | None
    found: _Found | None


def match(snapshot: Snapshot, query: ParsedQuery) -> Matching:
    """The documents of a parsed query. A query without words finds nothing."""
    words = [word for word in query.words if not word.is_stop_word] or list(query.words)
    corrected: dict[str, str] = {}
    asked = [_ask(snapshot, word, _resolve(snapshot, word, corrected)) for word in words]
    phrases = [_phrase(snapshot, phrase) for phrase in query.phrases]
    titles = [snapshot.titled(name, query.key) for name in TITLE_FIELDS] if words else []

    mask = _having_all(snapshot, asked, phrases)
    if not mask.any():
        wider = [_ask_wider(snapshot, one) for one in asked]
        mask = _having_all(snapshot, wider, phrases)
        asked = wider if mask.any() else asked
    for _, equal in titles:
        mask[equal] = True
    mask &= snapshot.live
    scores = _score(snapshot, asked, titles)
    relaxed = not mask.any() and bool(words)
    if relaxed:
        mask, nearness = _nearest(snapshot, asked)
        scores += np.float32(NEARNESS) * nearness
    return Matching(
        mask,
        scores,
        relaxed and bool(mask.any()),
        corrected,
        tuple(one.word.text[:MAX_SHOWN] for one in asked if one.found is None),
        tuple(term for one in asked if one.clause for way, _ in one.clause.choices for term in way),
    )


def everything(snapshot: Snapshot) -> Matching:
    """All documents, none better than another."""
    return Matching(snapshot.live.copy(), np.zeros(snapshot.count, np.float32))


def term_score(snapshot: Snapshot, term: str, boosts: Mapping[str, float]) -> tuple[Mask, Floats]:
    """Where a term is found in any field, and its BM25F score as Whoosh computes it."""
    mask = np.zeros(snapshot.count, np.bool_)
    scores = np.zeros(snapshot.count, np.float32)
    for name, boost in boosts.items():
        postings = snapshot.postings(name, term)
        ids, weights = postings.ids, postings.weights
        if not len(ids):
            continue
        mask[ids] = True
        length = snapshot.lengths[name][ids] / snapshot.mean_length[name]
        saturated = weights * (K1 + 1) / (weights + K1 * (1 - B + B * length))
        scores[ids] += np.float32(boost * rarity(snapshot, len(ids))) * saturated
    return mask, scores


def rarity(snapshot: Snapshot, count: int) -> float:
    """Whoosh's inverse document frequency; deleted documents count until they are merged away."""
    return log((snapshot.count or 1) / (count + 1)) + 1


def _resolve(snapshot: Snapshot, word: Word, corrected: dict[str, str]) -> Clause | None:
    """The first way that the index knows and its synonyms; what begins so; a near word; or None."""
    single = word.grams if len(word.text) == 1 else ()  # one character may be inside any word
    same = tuple((way, SYNONYM) for way in _known_synonyms(snapshot, word))
    for way in word.ways:
        if all(_is_known(snapshot, term) for term in way):
            if word.is_class and way != word.ways[0]:
                corrected[word.text] = " ".join(way)  # a broader class: the reader is told
            return Clause(way, single, same)
    if word.grams and all(len(snapshot.marked(gram)) for gram in word.grams):
        return Clause((), word.grams, same)
    begun = _begun(snapshot, word.text) if word.may_be_begun else ()
    if begun or same:
        return Clause((), (), (*begun, *same))
    if word.may_be_misspelt:
        near = snapshot.lexicon.nearest(word.text)
        if near is not None:
            corrected[word.text] = near
            return Clause((near,))
    return None


def _known_synonyms(snapshot: Snapshot, word: Word) -> list[tuple[str, ...]]:
    return [
        way for way in synonyms.others(word.text) if all(_is_known(snapshot, term) for term in way)
    ]


def _begun(
    snapshot: Snapshot, beginning: str, worth: float = BEGINNING
) -> tuple[tuple[tuple[str, ...], float], ...]:
    """The words that begin so, the most frequent ones; of a number, the numbers."""
    fields = ("numbers",) if beginning[-1].isdigit() else WORD_FIELDS
    counts: dict[str, int] = {}
    for name in fields:
        for term in snapshot.completions(name, beginning)[:MAX_BEGUN]:
            if term.isascii():
                counts[term] = counts.get(term, 0) + len(snapshot.postings(name, term).ids)
    ranked = sorted(counts, key=lambda term: (-counts[term], term))[:MAX_BEGUN]
    return tuple(((term,), worth) for term in ranked)


def _is_known(snapshot: Snapshot, term: str) -> bool:
    return any(len(snapshot.postings(name, term).ids) for name in TEXT_FIELDS)


def _find(snapshot: Snapshot, clause: Clause) -> _Found:
    masks: list[Mask] = []
    total = np.zeros(snapshot.count, np.float32)
    in_title = np.zeros(snapshot.count, np.float32)
    weight = 0.0
    for term in clause.terms:
        mask, scores = term_score(snapshot, term, TEXT_FIELDS)
        masks.append(mask)
        total += scores
        heavy = rarity(snapshot, int(mask.sum()))
        weight += heavy
        in_title[_title_ids(snapshot, term)] += np.float32(heavy)
    mask = np.logical_and.reduce(masks) if masks else np.zeros(snapshot.count, np.bool_)
    others = mask.copy()
    if clause.grams:
        near = _all(snapshot, [_marked(snapshot, gram) for gram in clause.grams])
        total[near] += np.float32(GRAM_SCORE * rarity(snapshot, int(near.sum())))
        mask |= near
        weight = weight or rarity(snapshot, int(near.sum()))
    for way, worth in clause.choices:
        other = _find(snapshot, Clause(way))
        total = np.where(mask, total, np.maximum(total, other.scores * np.float32(worth)))
        in_title = np.maximum(in_title, other.in_title * np.float32(worth))
        weight = weight or other.weight
        others |= other.mask
    return _Found(mask | others, total, in_title, weight)


def _title_ids(snapshot: Snapshot, term: str) -> Ids:
    return np.union1d(*(snapshot.postings(name, term).ids for name in TITLE_FIELDS))


def _marked(snapshot: Snapshot, gram: str) -> Mask:
    mask = np.zeros(snapshot.count, np.bool_)
    mask[snapshot.marked(gram)] = True
    return mask


def _phrase(snapshot: Snapshot, phrase: Phrase) -> Mask:
    """The documents that hold a phrase in one field, however its sentence was cut."""
    mask = np.zeros(snapshot.count, np.bool_)
    for name in PROSE_FIELDS:
        mask[snapshot.standing_together(name, phrase.terms)] = True
    for name in TITLE_FIELDS:
        mask[snapshot.titled(name, phrase.key)[0]] = True
    if len(phrase.grams) >= LIKELY_PHRASE_PAIRS:
        mask |= _all(snapshot, [_marked(snapshot, gram) for gram in phrase.grams])
    return mask


def _all(snapshot: Snapshot, masks: Sequence[Mask]) -> Mask:
    mask = snapshot.live.copy()
    for one in masks:
        mask &= one
    return mask


def _ask(snapshot: Snapshot, word: Word, clause: Clause | None) -> _Asked:
    return _Asked(word, clause, None if clause is None else _find(snapshot, clause))


def _ask_wider(snapshot: Snapshot, one: _Asked) -> _Asked:
    """A Chinese word by its characters too, a Latin one by its root: charging as charge, charger."""
    terms = one.clause.terms if one.clause else ()
    choices = one.clause.choices if one.clause else ()
    if one.word.quoted:
        return one
    if one.word.grams:
        return _ask(snapshot, one.word, Clause(terms, one.word.grams, choices))
    root = _root(one.word.text)
    if not one.word.may_be_begun or not terms or len(root) < SHORTEST_ROOT:
        return one
    return _ask(snapshot, one.word, Clause(terms, (), (*choices, *_begun(snapshot, root, KIN))))


def _root(word: str) -> str:
    ending = next((e for e in ENDINGS if word.endswith(e)), "")
    return word.removesuffix(ending)


def _having_all(snapshot: Snapshot, asked: Sequence[_Asked], phrases: Sequence[Mask]) -> Mask:
    """The documents that have every phrase and every word outside of phrases."""
    masks = list(phrases)
    for one in asked:
        if one.word.quoted:
            continue
        if one.found is None:
            return np.zeros(snapshot.count, np.bool_)
        masks.append(one.found.mask)
    return _all(snapshot, masks) if masks else np.zeros(snapshot.count, np.bool_)


def _nearest(snapshot: Snapshot, asked: Sequence[_Asked]) -> tuple[Mask, Floats]:
    """The documents that come nearest: they have the most of the words, or of their characters.

    A slip in a Chinese word also changes how the dictionary cuts what stands around it, so words
    that touch are compared together, by their pairs of characters.
    """
    coverage = np.zeros(snapshot.count, np.float32)
    nearness = np.zeros(snapshot.count, np.float32)
    for run in _runs(asked):
        shared, score = _shared(snapshot, "".join(one.word.text for one in run))
        whole = sum((one.found.mask for one in run if one.found), np.zeros(snapshot.count))
        coverage += np.maximum(shared * np.float32(len(run)), whole)
        nearness += score
    best = float(coverage[snapshot.live].max(initial=0))
    mask: Mask = (coverage >= best * ENOUGH) & (coverage > 0) & snapshot.live
    return mask, nearness


def _runs(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """Chinese words that touch, together; every other word alone."""
    runs: list[list[_Asked]] = []
    for one in asked:
        before = runs[-1][-1] if runs else None
        if before and before.word.grams and one.word.grams and before.word.end == one.word.start:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _shared(snapshot: Snapshot, text: str) -> tuple[Floats, Floats]:
    """What share of the characters and pairs of a Chinese text a document has, and a score."""
    shared = np.zeros(snapshot.count, np.float32)
    score = np.zeros(snapshot.count, np.float32)
    most = 0.0
    for gram in sorted(grams(text)):
        ids = snapshot.marked(gram)
        weight = rarity(snapshot, len(ids)) * (SINGLE if len(gram) == 1 else 1.0)
        most += weight
        shared[ids] += np.float32(weight)
        score[ids] += np.float32(weight)
        if len(gram) > 1 and len(ids) < WIDESPREAD * snapshot.count:
            for name in TITLE_FIELDS:
                score[snapshot.titled(name, gram)[0]] += np.float32(weight)
    return shared / np.float32(most or 1), score


def _score(
    snapshot: Snapshot,
    asked: Sequence[_Asked],
    titles: Sequence[tuple[Ids, Ids]],
) -> Floats:
    found = [one.found for one in asked if one.found is not None]
    scores = np.zeros(snapshot.count, np.float32)
    if found:
        share = np.zeros(snapshot.count, np.float32)
        counts = np.zeros(snapshot.count, np.int32)
        for one in found:
            scores += one.scores
            share += one.in_title
            counts += one.mask
        scores *= 1 + np.float32(TITLE_SHARE / (sum(one.weight for one in found) or 1)) * share
        scores *= (counts / np.float32(len(asked))) ** 2
    for containing, equal in titles:
        if len(asked) > 1:
            scores[containing] *= np.float32(TITLE_CONTAINS)
        scores[equal] += np.float32(TITLE_EQUALS)
    return scores


# Filters, counts, order


def filter_masks(
    snapshot: Snapshot, filters: Mapping[str, Sequence[str]], today: date
) -> dict[str, Mask]:
    """For each facet with a selection, the documents that have one of the selected values."""
    masks: dict[str, Mask] = {}
    for facet, selected in filters.items():
        if not selected:
            continue
        values = facet_values(snapshot, facet, today)
        chosen = np.array([name in set(selected) for name in values.names], np.bool_)
        mask = np.zeros(snapshot.count, np.bool_)
        if len(chosen):
            mask[values.documents[chosen[values.codes]]] = True
        masks[facet] = mask
    return masks


def facet_counts(
    snapshot: Snapshot,
    found: Mask,
    masks: Mapping[str, Mask],
    filters: Mapping[str, Sequence[str]],
    today: date,
) -> dict[str, list[tuple[str, int]]]:
    """Each facet's values with counts: bands from low to high, the others by frequency.

    A facet's own selection does not lower its own counts: they say what choosing another value
    as well would add. A selected value is listed even if nothing has it.
    """
    combined = np.logical_and.reduce([found, *masks.values()])
    counted: dict[str, list[tuple[str, int]]] = {}
    for facet in FACETS:
        within = combined
        if facet in masks:
            others = [mask for name, mask in masks.items() if name != facet]
            within = np.logical_and.reduce([found, *others])
        values = facet_values(snapshot, facet, today)
        numbers = np.bincount(values.codes[within[values.documents]], minlength=len(values.names))
        counts = {
            name: int(number)
            for name, number in zip(values.names, numbers.tolist(), strict=True)
            if number
        }
        for selected in filters.get(facet, ()):
            counts.setdefault(selected, 0)
        counted[facet] = _in_order(facet, counts)
    return counted


def _in_order(facet: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Bands from low to high, other values by frequency."""
    bands = BANDS.get(facet)
    if bands:
        return [(band, counts[band]) for band in bands if band in counts]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def facet_values(snapshot: Snapshot, facet: str, today: date) -> Values:
    """A facet's values; remaining term, valuation and freshness depend on the day."""
    if facet == "valued":
        valid = snapshot.numbers["valued_until"] >= today.toordinal()
        return Values(np.arange(snapshot.count, dtype=np.int32), valid.astype(np.int32), YES_NO)
    if facet == "freshness":
        now = settings.current()
        ages = today.toordinal() - snapshot.numbers["checked"]
        bounds = np.array([now.fresh_days, now.stale_days], np.int64)
        lights = np.searchsorted(bounds, ages, side="left").astype(np.int32)
        return Values(np.arange(snapshot.count, dtype=np.int32), lights, LIGHTS)
    if facet != "term_band":
        return snapshot.values(facet)
    expires = snapshot.numbers["expires"]
    limits = np.array([day.toordinal() for day in term_limits(today)], np.int64)
    codes = np.searchsorted(limits, expires, side="right").astype(np.int32)
    codes[expires == MISSING] = len(TERM_BANDS)
    return Values(np.arange(snapshot.count, dtype=np.int32), codes, (*TERM_BANDS, OPEN_TERM))


# Where the columns of the price histogram begin, in fen; the last one is open.
PRICE_EDGES = tuple(edge * 1_000_000 for edge in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000))
FRESH_DAYS = 30


@dataclass(frozen=True)
class Figures:
    """What the found listings have in common.

    `priced`: how many say a price; `median_minor`: the median of those prices in fen, None without
    any. `fresh`: published within FRESH_DAYS. `prices`: listings by PRICE_EDGES, whatever price
    is asked for.
    """

    priced: int
    median_minor: int | None
    verified: int
    valued: int
    fresh: int
    prices: tuple[int, ...]


def figures(snapshot: Snapshot, kept: Mask, unpriced: Mask, now: datetime, today: date) -> Figures:
    """Figures of the `kept` documents; the histogram is of `unpriced`: kept whatever the price."""
    asked = snapshot.numbers["price"][kept]
    asked = asked[asked < MISSING]
    prices = snapshot.numbers["price"][unpriced]
    columns = np.searchsorted(np.array(PRICE_EDGES), prices[prices < MISSING], side="right") - 1
    since = -int((now - timedelta(days=FRESH_DAYS)).timestamp())  # the newest are the smallest
    return Figures(
        priced=len(asked),
        median_minor=int(np.median(asked)) if len(asked) else None,
        verified=_holding(snapshot, kept, "verified", today),
        valued=_holding(snapshot, kept, "valued", today),
        fresh=int((snapshot.numbers["published"][kept] <= since).sum()),
        prices=tuple(np.bincount(columns, minlength=len(PRICE_EDGES)).tolist()),
    )


def _holding(snapshot: Snapshot, kept: Mask, facet: str, today: date) -> int:
    """How many of the documents have «yes» in a facet."""
    values = facet_values(snapshot, facet, today)
    yes = [code for code, name in enumerate(values.names) if name == "yes"]
    return int((kept[values.documents] & np.isin(values.codes, yes)).sum())


SORTS = ("relevance", "newest", "price_up", "price_down", "expiry", "updated")


def order(
    snapshot: Snapshot, found: Matching, ids: Ids, sort: str, span: slice, today: date
) -> Ids:
    """A page of the found documents in order; equals by newest, then by number."""
    keys = _sort_keys(snapshot, found, ids, sort, today)
    kept = np.arange(len(ids))
    stop = span.stop
    if stop < len(ids):  # only what can come on this page or before it needs sorting
        kept = np.flatnonzero(keys <= np.partition(keys, stop - 1)[stop - 1])
    newest = snapshot.numbers["published"][ids[kept]]
    ranked = np.lexsort((ids[kept], newest, keys[kept]))
    page: Ids = ids[kept[ranked]][span]
    return page


def _sort_keys(
    snapshot: Snapshot, found: Matching, ids: Ids, sort: str, today: date
) -> Longs | Floats:
    if sort == "relevance":
        return -found.scores[ids]
    if sort in {"newest", "updated"}:
        return snapshot.numbers["published" if sort == "newest" else "updated"][ids]
    if sort == "expiry":
        expires = snapshot.numbers["expires"][ids]
        return np.where(expires < today.toordinal(), MISSING - 1, expires)
    price = snapshot.numbers["price"][ids]
    return price if sort == "price_up" else np.where(price == MISSING, MISSING, -price)
