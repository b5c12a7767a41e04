"""Texts of the demonstration's patents, put together from sentences of our own (data/texts.yaml)."""

from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from marketplace.core import tables

LANGUAGES = ("zh", "en")
JOIN = {"zh": "", "en": " "}


@cache
def _sentences() -> dict[str, Any]:
    path = Path(__file__).with_name("data") / "texts.yaml"
    found: dict[str, Any] = tables.read(path)
    return found


def _field(symbol: str) -> dict[str, Any]:
    """The field with the longest prefix of the symbol."""
    fits = [
        (len(prefix), field)
        for field in _sentences()["fields"]
        for prefix in field["prefixes"]
        if symbol.startswith(prefix)
    ]
    if not fits:
        raise LookupError(f"no sentences for {symbol}")
    found: dict[str, Any] = max(fits, key=lambda fit: fit[0])[1]
    return found


def describe(kind: str, title: str, title_en: str, symbol: str) -> tuple[str, str]:
    """What a right is, for whom, and what is handed over: in Chinese and in English.

    The same right always reads the same; rights of one field differ in sentences and their order.
    """
    chance = crc32(title.encode())
    field, every = _field(symbol), _sentences()
    opening = _one(every["openings"], chance)
    need, fit = _one(field["need"], chance // 3), _one(field["fit"], chance // 11)
    handover = _one(every["handover"][kind], chance // 29)
    order = ((opening, need, fit, handover), (need, opening, fit, handover))[chance // 7 % 2]
    chinese, english = (
        JOIN[language].join(sentence[language] for sentence in order) for language in LANGUAGES
    )
    return chinese.format(title=title), english.format(title=title_en)


def _one(sentences: list[dict[str, str]], chance: int) -> dict[str, str]:
    return sentences[chance % len(sentences)]
