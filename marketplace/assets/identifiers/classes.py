"""Symbols of classifications: IPC, CPC, Nice, Locarno."""

import re

from marketplace.assets.identifiers.spelling import (
    CPC,
    IPC,
    LOCARNO,
    NICE,
    Identifier,
    bad,
    bare_of,
)

_CLASS = re.compile(r"([A-HY])(\d{2})([A-Z])?(?:(\d{1,4})/(\d{2,6}))?")


def parse_ipc(text: str, this_year: int | None = None) -> Identifier:
    """An IPC symbol, from the class down: `G06`, `G06F`, `G06F16/3329`; canonical has no space."""
    return _class(text, IPC, this_year)


def parse_cpc(text: str, this_year: int | None = None) -> Identifier:
    """A CPC symbol: as IPC, and section Y and the 2000 series besides."""
    return _class(text, CPC, this_year)


def _class(text: str, kind: str, this_year: int | None) -> Identifier:
    del this_year
    bare = re.sub(r"^([A-Z]\d{2}[A-Z])0*(\d+)/", r"\1\2/", bare_of(text))
    found = _CLASS.fullmatch(bare)
    if not found or (found[4] and not found[3]):
        return bad(text, kind, "characters")
    if kind == IPC and found[1] == "Y":
        return bad(text, kind, "section", section="Y")
    if int(found[2]) == 0:
        return bad(text, kind, "section", section=found[1] + found[2])
    return Identifier(text, kind, valid=True, canonical=bare)


def parse_nice(text: str, this_year: int | None = None) -> Identifier:
    """A class of the Nice classification: 1-34 goods, 35-45 services; canonical has two digits."""
    del this_year
    found = re.fullmatch(r"(?:国际分类|NICE|CLASS|CL[.]?)?第?0*(\d+)类?", bare_of(text))
    if not found:
        return bad(text, NICE, "characters")
    if not 1 <= int(found[1]) <= 45:
        return bad(text, NICE, "section", section=found[1])
    return Identifier(text, NICE, valid=True, canonical=found[1].zfill(2))


def parse_locarno(text: str, this_year: int | None = None) -> Identifier:
    """A class of the Locarno classification: 01-32 with a subclass, `14-02`."""
    del this_year
    found = re.fullmatch(r"(?:LOC\(?\d*\)?CL[.]?)?(\d{1,2})-?(\d{2})?", bare_of(text))
    if not found:
        return bad(text, LOCARNO, "characters")
    if not 1 <= int(found[1]) <= 32:
        return bad(text, LOCARNO, "section", section=found[1])
    subclass = f"-{found[2]}" if found[2] else ""
    return Identifier(text, LOCARNO, valid=True, canonical=found[1].zfill(2) + subclass)
