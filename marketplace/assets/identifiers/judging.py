"""A number of any kind: what it looks like, and whether it can be true."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marketplace.assets.identifiers.applications import (
    parse_application,
)
from marketplace.assets.identifiers.classes import (
    parse_cpc,
    parse_ipc,
    parse_locarno,
    parse_nice,
)
from marketplace.assets.identifiers.copyrights import (
    parse_software,
    parse_work,
)
from marketplace.assets.identifiers.marks import (
    parse_trademark,
)
from marketplace.assets.identifiers.organisations import (
    parse_uscc,
)
from marketplace.assets.identifiers.publications import (
    parse_publication,
)
from marketplace.assets.identifiers.registrations import (
    parse_data_right,
    parse_gi,
    parse_ic_layout,
    parse_plant_variety,
)
from marketplace.assets.identifiers.spelling import (
    APPLICATION,
    CPC,
    DATA_RIGHT,
    GI,
    IC_LAYOUT,
    IPC,
    LOCARNO,
    NICE,
    OFFICE,
    PLANT_VARIETY,
    PUBLICATION,
    SOFTWARE,
    TRADEMARK,
    USCC,
    WORK,
    Identifier,
    bad,
    bare_of,
    normalise,
)

PARSERS: dict[str, Callable[..., Identifier]] = {
    APPLICATION: parse_application,
    PUBLICATION: parse_publication,
    TRADEMARK: parse_trademark,
    SOFTWARE: parse_software,
    WORK: parse_work,
    IC_LAYOUT: parse_ic_layout,
    PLANT_VARIETY: parse_plant_variety,
    DATA_RIGHT: parse_data_right,
    GI: parse_gi,
    USCC: parse_uscc,
    IPC: parse_ipc,
    CPC: parse_cpc,
    NICE: parse_nice,
    LOCARNO: parse_locarno,
}

# What a text looks like, the first that fits. Looking like it is not being valid.
_LOOKS: tuple[tuple[str, str], ...] = (
    (WORK, r".*作登字.*"),
    (SOFTWARE, r"软著.*|\d{2,5}-?SR.*"),
    (IC_LAYOUT, r"BS[.:]?\d.*"),
    (PLANT_VARIETY, r"CNA[.]?\d.*|品种权号.*|林\d{8}"),
    (GI, r"AGI-?\d+|.*\d{4}年?(公告)?第\d+号(公告)?"),
    (NICE, r"(国际分类)?第\d+类|(NICE|CLASS|CL[.]?)\d+"),
    (LOCARNO, r"LOC.*|\d{2}-\d{2}"),
    (DATA_RIGHT, r"20[2-9]\d(0[1-9]|1[0-2])[1-6]\d{10}"),
    (CPC, r"Y\d{2}[A-Z].*|[A-H]\d{2}[A-Z]0*2\d{3}/\d+"),
    (IPC, r"[A-H]\d{2}([A-Z]?|[A-Z]\d{1,4}/\d*)"),
    (APPLICATION, r"PCT.*|[A-Z]{2}:?\d{10}:?W|(US)?\d{2}/[\d,]{3,7}"),
    (APPLICATION, r"ZL.*"),
    (APPLICATION, r"(CN)?\d+[.][\dX]?"),
    (APPLICATION, r"CN\d{12}[\dX]?|CN[089]\d{7}[\dX]|CN\d{11}X"),
    (USCC, r"(?=.*[A-Z])[0-9A-Z]{17,19}|\d{18}"),
    (APPLICATION, r"CN(9\d|0[0-3])[1-389]\d{5}"),  # before 2003-10, its check digit left out
    (PUBLICATION, r"CN\d{6,10}-?[A-Z]?\d?"),
    (APPLICATION, r"CN.*"),
    (APPLICATION, r"EP(\d{10,11}|\d{8}([.]\d|A))"),
    (PUBLICATION, OFFICE + r"[A-Z]{0,2}\d[\d./,-]*([A-Z]\d?)?"),
    (TRADEMARK, r"国际注册.*|G\d+[A-Z]?|第?\d{1,8}[A-Z]?号?"),
    (APPLICATION, r"\d{9,17}X?|\d{8,12}X|\d[\dA-Z]{7,13}[.][\dX]"),
)


def guess_kind(text: str) -> str | None:
    """What kind of number a text looks like; none if like nothing known."""
    bare = bare_of(text)
    return next((kind for kind, form in _LOOKS if re.fullmatch(form, bare)), None)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has written the number as 2.02011E+11: its last digits are lost."""
    return re.fullmatch(r"\d([.]\d+)?E\+?\d+", normalise(text)) is not None


def check(text: str, kind: str | None = None, this_year: int | None = None) -> Identifier:
    """Judge a number, of a kind the caller knows or of the kind it looks like.

    `this_year` bounds the year in a number; without it any year of this century passes.
    """
    if not normalise(text):
        return bad(text, None, "empty")
    if is_scientific(text):
        return bad(text, kind, "scientific")
    chosen = kind or guess_kind(text)
    if chosen is None:
        return bad(text, None, "unknown")
    found = PARSERS[chosen](text, this_year)
    if found.valid or kind is not None:
        return found
    return _second_look(text, chosen, this_year) or found


def _second_look(text: str, chosen: str, this_year: int | None) -> Identifier | None:
    """A foreign number that fits the other patent series after all."""
    bare = bare_of(text)
    if chosen not in {APPLICATION, PUBLICATION} or re.match(r"CN|ZL|\d", bare):
        return None
    other = parse_publication if chosen == APPLICATION else parse_application
    found = other(text, this_year)
    return found if found.valid else None


def check_lines(
    lines: Iterable[str],
    reason: Callable[[str, Mapping[str, str]], str],
    this_year: int | None = None,
) -> Iterator[dict[str, Any]]:
    """One answer a line: number, kind, valid, canonical; of a wrong one the reason and its code.

    `reason` gives a code's words; `expected` stands where the right check digit is known. An empty
    line is answered too, so that answers and lines can be laid side by side.
    """
    for line in lines:
        number = line.rstrip("\r\n").removeprefix("\ufeff").strip()
        found = check(number, this_year=this_year)
        answer: dict[str, Any] = {
            "number": number,
            "kind": found.kind,
            "valid": found.valid,
            "canonical": found.canonical,
            "reason": reason(found.reason, found.params) if found.reason else None,
        }
        if found.reason:
            answer["code"] = found.reason
        if "expected" in found.params:
            answer["expected"] = found.params["expected"]
        yield answer
