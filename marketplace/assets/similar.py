"""Marks that the law may want to pass together: same or near name in the same class. Pure.

商标法 2019 art. 42(2): similar marks on the same goods, the same or similar ones on similar goods. Whether
two marks are similar is for the office; here only what a person should look at is found, by class and
by the name's characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

NEAR = 0.7  # share of characters in common from which two names are shown


@dataclass(frozen=True)
class Mark:
    """What is compared of a mark."""

    key: int
    name: str
    classes: frozenset[str]


def near(name: str, other: str) -> bool:
    """Whether somebody should look at the two names: equal, one within the other, or alike."""
    one, two = _plain(name), _plain(other)
    if not one or not two:
        return False
    shorter, longer = sorted((one, two), key=len)
    if len(shorter) > 1 and shorter in longer:
        return True
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= NEAR


def left_out(chosen: Iterable[Mark], others: Iterable[Mark]) -> list[int]:
    """The keys of the other marks that share a class and come near the name of a chosen one."""
    taken = list(chosen)
    return [
        other.key
        for other in others
        if any(other.classes & mark.classes and near(mark.name, other.name) for mark in taken)
    ]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
