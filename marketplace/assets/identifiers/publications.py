"""Numbers under which an office publishes an application or a granted right."""

import re
from dataclasses import replace

from marketplace.assets.identifiers.spelling import (
    DESIGN,
    INVENTION,
    LAST_YEAR,
    OFFICE,
    PLANT_VARIETY,
    PUBLICATION,
    RIGHT,
    UTILITY_MODEL,
    Identifier,
    bad,
    bare_of,
    good,
)

# Kind letters of Chinese publications by the first digit (or the digit after an 8x year).
_LETTERS = {"1": "ABC", "2": "UY", "3": "SD"}


def parse_publication(text: str, this_year: int | None = None) -> Identifier:
    """A publication or grant number: `CN112244877A`, `CN2777030Y`, `US7291020B2`, `EP1000000A1`.

    A Chinese number may lack its kind letter (`CN112244877`); where it has one, the letter must
    fit the first digit (1: A B C, 2: U Y, 3: S D). Canonical has no spaces, dots or hyphens.
    """
    bare = re.sub(r"[-./,]", "", bare_of(text))
    if not bare.startswith("CN") and re.match(OFFICE, bare):
        return _foreign_publication(text, bare, this_year)
    found = re.fullmatch(r"(?:CN)*(\d+)([A-Z]?)(\d?)", bare)
    if not found:
        return bad(text, PUBLICATION, "characters")
    digits, letter, correction = found[1], found[2], found[3]
    if len(digits) not in {7, 8, 9} or (correction and not letter):
        return bad(text, PUBLICATION, "length", length=str(len(digits)))
    first = digits[2] if len(digits) == 8 else digits[0]
    if first not in _LETTERS:
        return bad(text, PUBLICATION, "kind_digit", digit=first)
    if letter and letter not in _LETTERS[first]:
        return bad(text, PUBLICATION, "kind_letter", letter=letter, expected=_LETTERS[first])
    return Identifier(
        text,
        PUBLICATION,
        valid=True,
        canonical=f"CN{digits}{letter}{correction}",
        jurisdiction="CN",
        right=RIGHT[first],
    )


def _foreign_publication(text: str, bare: str, this_year: int | None) -> Identifier:
    found = re.fullmatch(r"([A-Z]{2})([A-Z]{1,2})?(\d{4,14})([A-Z]\d?)?", bare)
    if not found:
        return bad(text, PUBLICATION, "characters")
    office, series, digits, letter = found[1], found[2] or "", found[3], found[4] or ""
    if office == "US":
        series = "RE" if series == "R" else series
        if len(digits) < 10:
            digits = digits.lstrip("0")
        elif len(digits) == 10:  # an application publication whose zero was lost: 2024158145
            digits = digits[:4] + "0" + digits[4:]
    if office == "WO" and len(digits) in {6, 7, 8} and digits[:2] != "20":
        digits = ("19" if int(digits[:2]) > 77 else "20") + digits[:2] + digits[2:].zfill(6)
    if office in {"US", "WO"} and len(digits) > 9 and int(digits[:4]) > (this_year or LAST_YEAR):
        return bad(text, PUBLICATION, "year", year=digits[:4])
    if not digits.strip("0"):
        return bad(text, PUBLICATION, "length", length="0")
    identifier = good(text, PUBLICATION, f"{office}{series}{digits}{letter}", office)
    return replace(identifier, right=_foreign_right(office, series, letter))


def _foreign_right(office: str, series: str, letter: str) -> str | None:
    """The right a foreign publication stands for, where its letters tell."""
    if series == "D" or letter[:1] == "S":
        return DESIGN
    if series == "M" or (letter[:1] == "U" and office != "US") or letter[:1] == "Y":
        return UTILITY_MODEL
    if series == "PP" or (office == "US" and letter[:1] == "P"):
        return PLANT_VARIETY
    return None if office == "WO" else INVENTION
