"""Numbers of registered software and works."""

import re

from marketplace.assets.identifiers.spelling import (
    LAST_YEAR,
    SOFTWARE,
    WORK,
    Identifier,
    bad,
    bare_of,
    good,
)


def parse_software(text: str, this_year: int | None = None) -> Identifier:
    """A software registration: `2019SR0123456` (6 or 7 digits), or 软著登字第…号 of a certificate."""
    bare = bare_of(text)
    certificate = re.fullmatch(r"软著(登|变补)字第?(\d{5,8})号?", bare)
    if certificate:
        return good(text, SOFTWARE, f"软著{certificate[1]}字第{certificate[2]}号", "CN")
    found = re.fullmatch(r"(\d{4})-?SR-?(\d+)", bare)
    if not found:
        return bad(text, SOFTWARE, "characters")
    if len(found[2]) not in {6, 7}:
        return bad(text, SOFTWARE, "length", length=str(len(found[2])))
    if not 1991 <= int(found[1]) <= (this_year or LAST_YEAR):
        return bad(text, SOFTWARE, "year", year=found[1])
    return good(text, SOFTWARE, f"{found[1]}SR{found[2]}", "CN")


def parse_work(text: str, this_year: int | None = None) -> Identifier:
    """A registered work: 国作登字-2018-F-00512345, 粤作登字-…: year, class letter, 8 digits."""
    bare = bare_of(text)
    found = re.fullmatch(r"([\u4e00-\u9fff]{1,2})作登字-?(\d{4})-?([A-Z])-?(\d+)号?", bare)
    if not found:
        return bad(text, WORK, "characters")
    if len(found[4]) != 8:
        return bad(text, WORK, "length", length=str(len(found[4])))
    if not 1991 <= int(found[2]) <= (this_year or LAST_YEAR):
        return bad(text, WORK, "year", year=found[2])
    return good(text, WORK, f"{found[1]}作登字-{found[2]}-{found[3]}-{found[4]}", "CN")
