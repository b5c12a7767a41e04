"""Whether two spellings are one party. Registers spell a firm in many ways; what they wrote is kept."""

import re
import unicodedata
from collections.abc import Iterable

_FORMS = {
    "inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "corp", "corporation", "co",
    "company", "gmbh", "ag", "sa", "sas", "bv", "nv", "as", "ab", "oy", "kk", "plc", "pty", "srl",
    "spa", "the",
}  # fmt: skip
_ASIDE = re.compile(r"\([^)]*\)")
_JOINED = re.compile(r"(?<=\b\w)[./](?=\w\b)")  # A/S, S.A., B.V.
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[a-z]")
_BETWEEN = re.compile(r"\s*[|;；]\s*")


def key(name: str) -> str:
    """What the spellings of one party have in common.

    Case, width, accents, punctuation, the order of a person's names and a firm's legal form do not
    count: "WIDEX, A/S" is "Widex A/S", "APPLE" is "Apple Inc.", "JENSEN, LARS" is "Lars Jensen". So
    a firm that only changed its form is the same party. Chinese names count as they are written.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if not _LATIN.search(plain):
        return "".join(_WORD.findall(plain))
    plain = unicodedata.normalize("NFKD", _ASIDE.sub(" ", plain) or plain)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = _WORD.findall(_JOINED.sub("", plain.replace("'", "").replace("’", "")))
    kept = [word for word in words if word not in _FORMS]
    return " ".join(sorted(kept or words))


def keys(names: Iterable[str]) -> frozenset[str]:
    """The parties behind several spellings."""
    return frozenset(filter(None, (key(name) for name in names)))


def split(text: str) -> tuple[str, ...]:
    """The names in one cell, separated by bars or semicolons, each once."""
    found: dict[str, str] = {}
    for name in _BETWEEN.split(text):
        if key(name):
            found.setdefault(key(name), name.strip())
    return tuple(found.values())
