"""GB/T 4754-2017, the national classification of industries, and which a patent serves. Pure."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.core.words import in_script


@dataclass(frozen=True, slots=True)
class Industry:
    """One entry: level 1 section (C), 2 division (C39), 3 group (C391), 4 class (C3911)."""

    code: str
    level: int
    parent: str
    name: str


@cache
def industries() -> dict[str, Industry]:
    """All entries by code, in the order of the standard."""
    path = Path(__file__).with_name("data") / "industries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Industry(row["code"], int(row["level"]), row["parent"], row["name"])
            for row in csv.DictReader(file)
        }


def industry(code: str) -> Industry | None:
    """The entry of a code; a code without its section letter (`3911`, `39`) is understood."""
    known = industries()
    wanted = code.strip().upper()
    return known.get(wanted) or known.get(_sections().get(wanted[:2], "") + wanted)


@cache
def _sections() -> dict[str, str]:
    return {i.code[1:]: i.parent for i in industries().values() if i.level == 2}


@cache
def _english() -> dict[str, str]:
    path = Path(__file__).with_name("data") / "industries_en.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def name(code: str, locale: str) -> str:
    """An entry's name as a reader sees it; English (ours) for sections and divisions only."""
    found = industry(code)
    if found is None:
        return code
    if locale.startswith("en"):
        return _english().get(found.code[:3], found.name)
    return in_script(found.name, locale)


def children(code: str = "") -> list[Industry]:
    """The entries right below a code; the sections below nothing."""
    return [i for i in industries().values() if i.parent == code]


def path(code: str) -> list[Industry]:
    """From the section down to the entry itself; empty for an unknown code."""
    found: list[Industry] = []
    current = industry(code)
    while current is not None:
        found.insert(0, current)
        current = industries().get(current.parent)
    return found


# Our own coarse concordance from IPC to divisions of GB/T 4754-2017: by the industry that makes
# the thing claimed. It is a guess for a filter and for statistics, not the official reference
# table between the two schemes; the longest matching prefix decides.
_BY_IPC: dict[str, str] = {
    "A01": "A01", "A01G": "A01", "A01H": "A01", "A01K": "A03", "A01K61": "A04", "A01K63": "A04",
    "A01B": "C35", "A01C": "C35", "A01D": "C35", "A01F": "C35", "A01J": "C35", "A01N": "C26",
    "A21": "C14", "A22": "C13", "A23": "C14", "A23B": "C13", "A23F": "C15", "A23K": "C13",
    "A24": "C16", "A41": "C18", "A42": "C18", "A43": "C19", "A44": "C24", "A45": "C19",
    "A46": "C41", "A47": "C21", "A47G": "C33", "A47J": "C38", "A47K": "C30", "A47L": "C38",
    "A61": "C35", "A61K": "C27", "A61P": "C27", "A61Q": "C26", "A62": "C35", "A63": "C24",
    "B01": "C35", "B02": "C35", "B03": "C35", "B04": "C35", "B05": "C34", "B06": "C34",
    "B07": "C35", "B08": "C35", "B09": "N77", "B21": "C34", "B22": "C34", "B22F": "C33",
    "B23": "C34", "B24": "C34", "B25": "C34", "B26": "C34", "B27": "C20", "B28": "C35",
    "B29": "C35", "B30": "C34", "B31": "C35", "B32": "C29", "B33": "C34", "B41": "C35",
    "B42": "C23", "B43": "C24", "B44": "C24", "B60": "C36", "B60L": "C36", "B60C": "C29",
    "B61": "C37", "B62": "C37", "B62D": "C36", "B63": "C37", "B64": "C37", "B65": "C34",
    "B65B": "C34", "B65D": "C33", "B65G": "C34", "B66": "C34", "B67": "C34", "B68": "C19",
    "B81": "C39", "B82": "C26", "C01": "C26", "C02": "C35", "C03": "C30", "C04": "C30",
    "C05": "C26", "C06": "C26", "C07": "C26", "C07K": "C27", "C07J": "C27", "C08": "C26",
    "C09": "C26", "C10": "C25", "C11": "C26", "C12": "C27", "C12G": "C15", "C12C": "C15",
    "C12J": "C14", "C13": "C13", "C14": "C19", "C21": "C31", "C22": "C32", "C23": "C33",
    "C25": "C33", "C30": "C39", "C40": "M73", "D01": "C17", "D01F": "C28", "D02": "C17",
    "D03": "C17", "D04": "C17", "D05": "C35", "D06": "C17", "D06F": "C38", "D07": "C17",
    "D21": "C22", "E01": "E48", "E02": "E48", "E03": "E48", "E04": "E47", "E05": "C33",
    "E06": "C33", "E21": "C35", "E21B": "B11", "F01": "C34", "F02": "C34", "F03": "C34",
    "F03D": "C38", "F04": "C34", "F15": "C34", "F16": "C34", "F17": "C33", "F21": "C38",
    "F22": "C34", "F23": "C34", "F24": "C38", "F25": "C34", "F26": "C35", "F27": "C34",
    "F28": "C34", "F41": "C35", "F42": "C35", "G01": "C40", "G02": "C40", "G02F": "C39",
    "G03": "C34", "G03F": "C35", "G04": "C40", "G05": "C40", "G06": "I65", "G06K": "C39",
    "G07": "C34", "G08": "C39", "G09": "C24", "G09F": "C39", "G09G": "C39", "G10": "C24",
    "G10L": "I65", "G11": "C39", "G12": "C40", "G16": "I65", "G21": "C38", "H01": "C38",
    "H01L": "C39", "H01P": "C39", "H01Q": "C39", "H01S": "C39", "H01C": "C39", "H01G": "C39",
    "H02": "C38", "H03": "C39", "H04": "C39", "H05": "C38", "H05K": "C39", "H10": "C39",
}  # fmt: skip


def industry_for_ipc(symbol: str) -> Industry | None:
    """The division a patent class points to, by our own concordance; none where it is silent."""
    compact = symbol.replace(" ", "").upper().replace("/", "")
    for length in (6, 4, 3):
        code = _BY_IPC.get(compact[:length])
        if code:
            return industries().get(code)
    return None


def guess_industry(classes: tuple[tuple[str, str], ...]) -> Industry | None:
    """The division most of the IPC or CPC symbols point to; the first of equals."""
    votes: dict[str, int] = {}
    for scheme, symbol in classes:
        found = industry_for_ipc(symbol) if scheme in {"ipc", "cpc"} else None
        if found is not None:
            votes[found.code] = votes.get(found.code, 0) + 1
    return industries()[max(votes, key=lambda code: votes[code])] if votes else None
