"""What changed from one text to the next, word by word. Pure.

A run of Latin letters or figures is a word, and so is each Chinese character.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

WORD = re.compile(r"[A-Za-z0-9_.,%-]+|\s+|.", re.DOTALL)
SENTENCE = re.compile(r"[^。；;.\n]*[。；;.\n]|[^。；;.\n]+")
MOST_COMPARED = 2_000  # words of both; beyond it whole sentences are compared, which stays quick


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """Text that shares one fate."""

    kind: Kind
    text: str


def redline(old: str, new: str) -> list[Piece]:
    """The pieces that make both texts, what went before what came in its place."""
    split = WORD if len(old) + len(new) <= MOST_COMPARED else SENTENCE
    before, after = split.findall(old), split.findall(new)
    found = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece(Kind.SAME, "".join(before[a:b])))
            continue
        found.append(Piece(Kind.REMOVED, "".join(before[a:b])))
        found.append(Piece(Kind.ADDED, "".join(after[c:d])))
    return _joined([piece for piece in found if piece.text])


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    return [
        Piece(kind, "".join(piece.text for piece in run))
        for kind, run in groupby(pieces, key=lambda piece: piece.kind)
    ]


def before(pieces: Sequence[Piece]) -> str:
    """The old text."""
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED)


def after(pieces: Sequence[Piece]) -> str:
    """The new text."""
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED)
