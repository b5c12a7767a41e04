"""Showing why a text was found: the original text in pieces, found or not.

Works on the original, whatever its width, variant or spacing; the pieces joined are the text again.
"""

import re
from collections.abc import Iterable

from marketplace.search.analysis import Folded, ParsedQuery, Word, analyse, parse

ELLIPSIS = "…"

Piece = tuple[str, bool]


def highlight(text: str, query: str, corrected: Iterable[str] = ()) -> list[Piece]:
    """The text in pieces, each with whether the query (or a corrected word) found it."""
    return _pieces(text, _spans(text, parse(query), corrected))


def excerpt(text: str, query: str, corrected: Iterable[str] = (), length: int = 120) -> list[Piece]:
    """About `length` characters of the text where it has the most of the query, in pieces."""
    if len(text) <= length:
        return highlight(text, query, corrected)
    spans = _spans(text, parse(query), corrected)
    start = _best_window(spans, len(text), length)
    end = min(len(text), start + length)
    inside = [
        (max(first, start) - start, min(last, end) - start)
        for first, last in spans
        if first < end and last > start
    ]
    pieces = _pieces(text[start:end], inside)
    before: list[Piece] = [(ELLIPSIS, False)] if start else []
    after: list[Piece] = [(ELLIPSIS, False)] if end < len(text) else []
    return before + pieces + after


def _spans(text: str, query: ParsedQuery, corrected: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand in the original text, merged and in order."""
    words = [word for word in query.words if not word.is_stop_word] or list(query.words)
    folded = Folded(text)
    spans: set[tuple[int, int]] = set()
    wanted = set(corrected)
    for word in words:
        if word.grams:
            spans.update(_chinese_spans(folded, word))
        else:
            wanted.update(word.ways[0], *(way for way in word.ways if len(way) == 1))
    if wanted:
        spans.update((token.start, token.end) for token in analyse(text) if token.text in wanted)
    return _merged(sorted(spans))


def _chinese_spans(folded: Folded, word: Word) -> list[tuple[int, int]]:
    """The word wherever it stands; if nowhere, the words inside it."""
    found = _occurrences(folded, word.text)
    if not found and len(word.ways) > 1:
        found = [span for part in word.ways[1] for span in _occurrences(folded, part)]
    return found


def _occurrences(folded: Folded, term: str) -> list[tuple[int, int]]:
    return [
        folded.original(match.start(), match.end())
        for match in re.finditer(re.escape(term), folded.text)
    ]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for start, end in spans:
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    pieces.append((text[done:], False))
    return [piece for piece in pieces if piece[0]]


def _best_window(spans: list[tuple[int, int]], size: int, length: int) -> int:
    """Where to start so that the most finds are inside, with a little room before the first."""
    best, start = 0, 0
    for first, _ in spans:
        begin = max(0, min(first - length // 6, size - length))
        inside = sum(1 for one, last in spans if one >= begin and last <= begin + length)
        if inside > best:
            best, start = inside, begin
    return start
