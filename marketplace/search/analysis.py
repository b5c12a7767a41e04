"""One analyser for documents and queries: Chinese and English, any width, variant and number.

Text is folded (NFKC width, Traditional to Simplified, lower case, no accents), cut by dictionary
(Chinese), by word with a light plural stem (Latin) or recognised whole (numbers). A position
counts units: a Chinese character, a Latin word or a number is one, so a phrase keeps its distances
however its sentence was cut. Documents are cut finely (long words and the words inside them),
queries coarsely: every word of a query is required, so it must not be required twice.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

import rjieba
from opencc import OpenCC

from marketplace.search import identifiers

# Raise it with every change that alters tokens: an index of another version is rebuilt.
ANALYSER_VERSION = "1"

MAX_CHARACTERS = 1000
MAX_WORDS = 64
MAX_PHRASES = 4

_STOP_WORDS = """
    的 了 和 与 及 或 及其 其 在 是 中 以及 一种 用于 基于
    a an and are as at by for from in into is it its of on or that the this to with
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_WIDTH = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
# Characters that folding leaves alone, one for one: the quick way for almost every text.
_SIMPLE = re.compile(
    "[\t\n\r\x20-\x7e\u00b7\u2013-\u2015\u2018-\u201d\u3001-\u3003\u3008-\u301b"
    "\u3400-\u4dbf\u4e00-\u9fff\u3007]*"
)
_RUN = re.compile(rf"([{HAN}]+)|([a-z0-9]+(?:\.[0-9]+)*)(?:['’]s\b)?|([^\W_]+)")
_QUOTED = re.compile('["“「『]([^"”“「」『』]{1,200})["”」』]')
_NOT_WORD = re.compile(r"[\W_]+")
_SPACE_AT_HAN = re.compile(rf"(?<=[{HAN}]) | (?=[{HAN}])")


class Token(NamedTuple):
    """A term of a text: its unit position and where it stands in the original text."""

    text: str
    position: int
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """One thing a query asks for, and the ways to satisfy it, the best first.

    A way is a set of terms that must all be there. `grams` are the characters and pairs of a
    Chinese word, for when the dictionary cut it differently in the documents. Of a quoted word
    only the phrase is required: a quotation may begin within a word.
    """

    text: str
    start: int
    end: int
    ways: tuple[tuple[str, ...], ...]
    grams: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def is_stop_word(self) -> bool:
        return self.text in STOP_WORDS

    @property
    def is_class(self) -> bool:
        return identifiers.is_class(self.text)

    @property
    def may_be_begun(self) -> bool:
        """Whether it may be the beginning of a word (three letters) or number (five digits)."""
        text = self.text
        return text.isascii() and (
            (text.isalpha() and 3 <= len(text) <= 30) or (text.isdigit() and 5 <= len(text) <= 20)
        )

    @property
    def may_be_misspelt(self) -> bool:
        return 4 <= len(self.text) <= 30 and self.text.isascii() and self.text.isalpha()


@dataclass(frozen=True)
class Phrase:
    """Quoted words: terms with their distances, and the text as in `title_key`."""

    terms: tuple[tuple[str, int], ...]
    key: str
    grams: tuple[str, ...]


@dataclass(frozen=True)
class ParsedQuery:
    """What a query asks for. No words and no phrases: nothing that can be found."""

    key: str
    words: tuple[Word, ...]
    phrases: tuple[Phrase, ...]


class Folded:
    """A folded text that knows where each of its characters stood in the original."""

    def __init__(self, text: str) -> None:
        wide = text.translate(_WIDTH)
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None
        if _SIMPLE.fullmatch(wide):
            self.text = simplify(wide.lower())
        else:
            self._fold_each(text)

    def _fold_each(self, text: str) -> None:
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for index, sign in enumerate(text):
            piece = _fold_sign(sign)
            if not piece and ends:
                ends[-1] = index + 1  # a combining mark belongs to the character before it
            pieces.append(piece)
            starts += [index] * len(piece)
            ends += [index + 1] * len(piece)
        self.text = simplify("".join(pieces))
        self._starts, self._ends = starts, ends

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind a span of the folded text."""
        if self._starts is None or self._ends is None or start >= end:
            return start, end
        return self._starts[start], self._ends[end - 1]


def fold(text: str) -> str:
    """Half-width, Simplified, lower-case text without accents, control and invisible signs."""
    return Folded(text).text


def simplify(text: str) -> str:
    """Traditional to Simplified Chinese, character for character."""
    if text.isascii():
        return text
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        return converted
    return "".join(one if len(one) == 1 else sign for sign in text for one in [_simple(sign)])


def title_key(text: str) -> str:
    """A text reduced to its words, to compare titles: punctuation, width and variant are gone."""
    return _SPACE_AT_HAN.sub("", _NOT_WORD.sub(" ", fold(text)).strip())


def stem(word: str) -> str:
    """Without a plural ending, lightly: batteries → battery, boxes → box, sensors → sensor."""
    if len(word) <= 3 or not word.isalpha() or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]


def analyse(text: str) -> list[Token]:
    """The terms of a document's text, finely cut, in order of position."""
    folded = Folded(text)
    tokens: list[Token] = []
    for kind, start, end, unit, forms in _runs(folded.text):
        if kind == "han":
            for term, first, last in rjieba.tokenize(folded.text[start:end], mode="search"):
                span = folded.original(start + first, start + last)
                tokens.append(Token(term, unit + first, *span))
        else:
            span = folded.original(start, end)
            tokens += [Token(form, unit, *span) for form in forms]
    tokens.sort(key=lambda token: token.position)
    return tokens


def grams(text: str) -> set[str]:
    """Every Chinese character and pair of neighbouring characters of a text."""
    found: set[str] = set()
    for run in re.findall(f"[{HAN}]+", fold(text)):
        found.update(run)
        found.update(first + second for first, second in pairwise(run))
    return found


def parse(text: str) -> ParsedQuery:
    """A query as words and quoted phrases; overlong text is cut to what a reader could mean."""
    text = text[:MAX_CHARACTERS]
    folded = Folded(text)
    phrases: dict[tuple[int, int], Phrase] = {}
    for match in islice(_QUOTED.finditer(folded.text), MAX_PHRASES):
        found = phrase(match.group(1))
        if len(found.terms) > 1:
            phrases[folded.original(match.start(), match.end())] = found
    words: dict[str, Word] = {}
    for word in _query_words(folded):
        quoted = any(start <= word.start < end for start, end in phrases)
        words.setdefault(word.text, replace(word, quoted=True) if quoted else word)
        if len(words) == MAX_WORDS:
            break
    return ParsedQuery(title_key(text), tuple(words.values()), tuple(phrases.values()))


def phrase(text: str) -> Phrase:
    """Words that must stand beside each other in this order."""
    folded = Folded(text)
    terms: list[tuple[str, int]] = []
    for kind, start, end, unit, forms in _runs(folded.text):
        if kind == "han":
            cut = rjieba.tokenize(folded.text[start:end])
            terms += [(term, unit + first) for term, first, _ in cut]
        else:
            terms.append((forms[0], unit))
    key = title_key(text)
    return Phrase(tuple(terms), key, tuple(sorted(_pairs(key))) if _is_han(key) else ())


def register_terms(numbers: tuple[str, ...]) -> list[str]:
    """The terms of register numbers, in every form, and of the words before them (国作登字)."""
    forms = [form for number in numbers for form in identifiers.register_forms(fold(number))]
    return _unique([*forms, *(token.text for number in numbers for token in analyse(number))])


def class_terms(classes: tuple[str, ...], nice: tuple[int, ...]) -> list[str]:
    """The terms of IPC symbols, in every form, and of Nice classes."""
    symbols = [form for symbol in classes for form in identifiers.class_forms(fold(symbol))]
    return _unique([*symbols, *(f"nice-{number}" for number in nice)])


def _unique(forms: list[str]) -> list[str]:
    return list(dict.fromkeys(forms))


def _query_words(folded: Folded) -> Iterator[Word]:
    for kind, start, end, _, forms in _runs(folded.text):
        if kind == "han":
            for term, first, last in rjieba.tokenize(folded.text[start:end]):
                yield _han_word(term, *folded.original(start + first, start + last))
        else:
            yield _other_word(folded.text[start:end], forms, folded.original(start, end))


def _han_word(term: str, start: int, end: int) -> Word:
    inside = tuple(part for part in rjieba.cut_for_search(term) if part != term)
    ways = ((term,), inside) if inside else ((term,),)
    return Word(term, start, end, ways, tuple(sorted(_pairs(term))))


def _other_word(found: str, forms: tuple[str, ...], span: tuple[int, int]) -> Word:
    ways: list[tuple[str, ...]] = [(form,) for form in forms]
    pieces = tuple(stem(match.group(2)) for match in _RUN.finditer(found) if match.group(2))
    if len(pieces) > 1:
        ways.append(pieces)  # what looked like a spaced number may be plain words
    return Word(forms[0], *span, tuple(ways))


def _pairs(term: str) -> set[str]:
    return {term} if len(term) == 1 else {a + b for a, b in pairwise(term)}


def _is_han(key: str) -> bool:
    return bool(re.fullmatch(f"[{HAN}]+", key))


def _runs(text: str) -> Iterator[tuple[str, int, int, int, tuple[str, ...]]]:
    """Runs of one kind: kind, start, end, unit position, forms (none for Chinese)."""
    unit = 0
    done = 0
    for number in identifiers.find(text):
        for run in _plain_runs(text, done, number.start, unit):
            yield run
            unit = run[3] + (run[2] - run[1] if run[0] == "han" else 1)
        yield "number", number.start, number.end, unit, number.forms
        unit += 1
        done = number.end
    yield from _plain_runs(text, done, len(text), unit)


def _plain_runs(
    text: str, start: int, end: int, unit: int
) -> Iterator[tuple[str, int, int, int, tuple[str, ...]]]:
    for match in _RUN.finditer(text, start, end):
        han, latin, other = match.groups()
        if han:
            yield "han", match.start(), match.end(), unit, ()
            unit += len(han)
        else:
            forms = identifiers.plain_forms(stem(latin)) if latin else (other,)
            yield "word", match.start(), match.start() + len(latin or other), unit, forms
            unit += 1


@cache
def _fold_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in {"Cc", "Cs"}:
        return " "
    if category in {"Cf", "Mn", "Me", "Mc"}:
        return ""
    plain = unicodedata.normalize("NFKC", sign).lower()
    if any("À" <= one <= "ɏ" or "Ḁ" <= one <= "ỿ" for one in plain):
        apart = unicodedata.normalize("NFD", plain)
        plain = "".join(one for one in apart if unicodedata.category(one) != "Mn")
    return "".join(" " if unicodedata.category(one) == "Cc" else one for one in plain)


@cache
def _simple(sign: str) -> str:
    return str(_converter().convert(sign))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
