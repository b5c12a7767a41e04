"""Names of classes: IPC sections and classes, and short labels of the 45 Nice classes. Pure.

Sources: IPC sections and classes as the office publishes them (Chinese and English); the Nice
labels are our own short words, not the official headings.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.core.words import in_script


@dataclass(frozen=True, slots=True)
class ClassName:
    """A symbol and its name in both languages; `level` is section, class or nice."""

    symbol: str
    level: str
    zh: str
    en: str

    def name(self, locale: str) -> str:
        """The name in a language; anything but English reads Chinese."""
        if locale.startswith("en") and self.en:
            return self.en
        return in_script(self.zh, locale)


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(__file__).with_name("data") / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def ipc() -> dict[str, ClassName]:
    """Sections (A) and classes (A01) by symbol, in the order of the scheme."""
    return {
        row["symbol"]: ClassName(row["symbol"], row["level"], row["zh"], row["en"])
        for row in _rows("ipc.csv")
    }


@cache
def nice() -> dict[int, ClassName]:
    """The 45 classes of goods (1-34) and services (35-45) by number."""
    return {
        int(row["number"]): ClassName(row["number"], "nice", row["zh"], row["en"])
        for row in _rows("nice.csv")
    }


def ipc_name(symbol: str) -> ClassName | None:
    """The name of the class a symbol of any depth falls into; its section if no such class."""
    compact = symbol.replace(" ", "").upper()
    return ipc().get(compact[:3]) or ipc().get(compact[:1])


def nice_name(symbol: str | int) -> ClassName | None:
    """The label of a Nice class, `9`, `"9"` or `"009"`; nothing for a number that is no class."""
    text = str(symbol).strip()
    return nice().get(int(text)) if text.isdecimal() else None
