"""Which Chinese words a reader may have meant: what stands one slip away in the nearest titles."""

import re
from collections import Counter
from collections.abc import Sequence

from marketplace.search.analysis import HAN, fold
from marketplace.search.lexicon import distance

SHORTEST, LONGEST = 3, 12  # characters of a run that is compared
TWO_SLIPS_FROM = 8

_RUN = re.compile(f"[{HAN}]+")


def meant(text: str, titles: Sequence[str]) -> str:
    """The query with its unknown Chinese runs as the titles write them; empty if nothing is near."""
    folded = fold(text[:200])
    lines = [fold(title) for title in titles]
    found = _RUN.sub(lambda run: _nearest(run.group(), lines), folded).strip()
    return "" if found == folded.strip() else found


def _nearest(run: str, lines: Sequence[str]) -> str:
    """The piece of the titles that is one slip away from the run (two from eight characters on)."""
    if not SHORTEST <= len(run) <= LONGEST or any(run in line for line in lines):
        return run
    limit = 2 if len(run) >= TWO_SLIPS_FROM else 1
    counted: Counter[str] = Counter()
    for line in lines:
        counted.update({piece for piece in _pieces(line, len(run)) if _shares(piece, run, limit)})
    ranked = [
        (slips, abs(len(piece) - len(run)), len(run) > len(piece), -count, piece)
        for piece, count in counted.items()
        if (slips := distance(run, piece, limit)) <= limit
    ]
    return min(ranked)[-1] if ranked else run


def _pieces(line: str, length: int) -> list[str]:
    return [
        line[start : start + size]
        for size in (length, length + 1, length - 1)
        for start in range(len(line) - size + 1)
        if _RUN.fullmatch(line, start, start + size)
    ]


def _shares(piece: str, run: str, limit: int) -> bool:
    return len(set(run) - set(piece)) <= limit
