"""Numbers of rights that begin with, or are shown by, an entry in a register of their own."""

import re

from marketplace.assets.identifiers.spelling import (
    DATA_RIGHT,
    GI,
    IC_LAYOUT,
    LAST_YEAR,
    PLANT_VARIETY,
    Identifier,
    bad,
    bare_of,
    check_digit,
    good,
)


def parse_ic_layout(text: str, this_year: int | None = None) -> Identifier:
    """A layout registration: `BS.YY5nnnnn.c`, newer without the last dot; the patents' digit."""
    bare = bare_of(text)
    found = re.fullmatch(r"BS[.:]?(\d+)[.]?([\dX])", bare)
    if not found:
        return bad(text, IC_LAYOUT, "characters")
    digits, given = found[1], found[2]
    if len(digits) != 8:
        return bad(text, IC_LAYOUT, "length", length=str(len(digits) + 1))
    last = (this_year or LAST_YEAR) % 100
    if not 1 <= int(digits[:2]) <= last:
        return bad(text, IC_LAYOUT, "year", year=f"20{digits[:2]}")
    if digits[2] != "5":
        return bad(text, IC_LAYOUT, "kind_digit", digit=digits[2])
    expected = check_digit(digits)
    if given != expected:
        return bad(text, IC_LAYOUT, "check_digit", expected=expected, given=given)
    return good(text, IC_LAYOUT, f"BS.{digits}.{given}", "CN")


def parse_plant_variety(text: str, this_year: int | None = None) -> Identifier:
    """A plant variety. Agriculture: `CNA` + 8 digits + `.` + 1, since 2019 `CNA` + 11 digits.

    Forestry and grassland write the year and a serial of four: `20200123`. No form was read in a
    text of the law; all are from certificates seen.
    """
    bare = bare_of(text).removeprefix("品种权号").removeprefix("第").removesuffix("号").lstrip(":.")
    forest = re.fullmatch(r"(?:林)?(\d{4})(\d{4})", bare)
    if forest:
        return _in_years(text, PLANT_VARIETY, "".join(forest.groups()), this_year, 1999)
    found = re.fullmatch(r"CNA[.]?([\d.]+)", bare)
    if not found:
        return bad(text, PLANT_VARIETY, "characters")
    digits = found[1].replace(".", "")
    if len(digits) not in {9, 11}:
        return bad(text, PLANT_VARIETY, "length", length=str(len(digits)))
    body = digits if len(digits) == 11 else f"{digits[:8]}.{digits[8]}"
    return _in_years(text, PLANT_VARIETY, body, this_year, 1997, before="CNA")


def parse_data_right(text: str, this_year: int | None = None) -> Identifier:
    """A registered data right, by its certificate or its entry (the office's rule of 2024-09).

    The certificate has 17 digits: year and month, the registering institution (Guangdong is 4400),
    a serial. The entry has 16 letters and digits that begin with the year; how its last one, the
    check character, is worked out was not found, so it is not checked.
    """
    bare = re.sub(r"[-.]", "", bare_of(text))
    if re.fullmatch(r"\d{17}", bare):
        month, institution = bare[4:6], bare[6:10]
        if not "01" <= month <= "12":
            return bad(text, DATA_RIGHT, "month", month=month)
        if not "1100" <= institution <= "6600":
            return bad(text, DATA_RIGHT, "institution", institution=institution)
        return _in_years(text, DATA_RIGHT, bare, this_year, 2022)
    if not re.fullmatch(r"\d{4}[0-9A-Z]+", bare):
        return bad(text, DATA_RIGHT, "characters")
    if len(bare) != 16:
        return bad(text, DATA_RIGHT, "length", length=str(len(bare)))
    return _in_years(text, DATA_RIGHT, bare, this_year, 2022)


def parse_gi(text: str, this_year: int | None = None) -> Identifier:
    """A geographical indication: the certificate `AGI01234`, or the announcement `2006年第117号`."""
    bare = bare_of(text)
    farm = re.fullmatch(r"AGI-?(\d+)", bare)
    if farm:
        if len(farm[1]) != 5 or not farm[1].strip("0"):
            return bad(text, GI, "length", length=str(len(farm[1])))
        return good(text, GI, f"AGI{farm[1]}", "CN")
    found = re.fullmatch(
        r"[\u4e00-\u9fff]*?(?:公告)?(\d{4})年?(?:公告)?第0*(\d{1,4})号(?:公告)?", bare
    )
    if not found:
        return bad(text, GI, "characters")
    return _in_years(text, GI, f"{found[1]}年第{found[2]}号", this_year, 1999)


def _in_years(
    text: str, kind: str, body: str, this_year: int | None, first: int, *, before: str = ""
) -> Identifier:
    """Judge the year with which the number begins."""
    year = body[:4]
    if not first <= int(year) <= (this_year or LAST_YEAR):
        return bad(text, kind, "year", year=year)
    return good(text, kind, before + body, "CN")
