"""Near words: which known Latin word a reader may have meant."""

import numpy as np


class Lexicon:
    """Known words with the number of their finds."""

    def __init__(self, words: dict[str, int]) -> None:
        self._counts = words
        self._words = list(words)
        self._lengths = np.array([len(word) for word in self._words], np.int32)
        self._letters = np.array([_letters(word) for word in self._words], np.int64)

    def nearest(self, word: str) -> str | None:
        """The known word one slip away, the most frequent first.

        From six letters on two slips are forgiven, if the first letter is right.
        """
        limit = 2 if len(word) >= 6 else 1
        if not self._words:
            return None
        differing = np.bitwise_count(self._letters ^ _letters(word))
        close = (np.abs(self._lengths - len(word)) <= limit) & (differing <= 2 * limit)
        best: tuple[int, bool, int, str] | None = None
        for index in np.flatnonzero(close).tolist():
            known = self._words[index]
            slips = distance(word, known, limit)
            if slips <= limit and (slips < 2 or known[0] == word[0]):
                rank = (slips, known[0] != word[0], -self._counts[known], known)
                best = rank if best is None else min(best, rank)
        return best[-1] if best else None


def distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours; `limit` + 1 if more."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, sign in enumerate(other, 1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != sign))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == sign:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return limit + 1
        before, above = above, line
    return min(above[-1], limit + 1)


def _letters(word: str) -> int:
    """Which letters occur, as bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) - 97 if "a" <= letter <= "z" else 26)
    return bits
