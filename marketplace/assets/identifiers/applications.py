"""Numbers of applications and of the patents that became of them: Chinese, US, PCT, others."""

import re
from dataclasses import replace

from marketplace.assets.identifiers.spelling import (
    APPLICATION,
    FIRST_YEAR,
    LAST_YEAR,
    OFFICE,
    RIGHT,
    Identifier,
    bad,
    bare_of,
    check_digit,
    good,
)


def parse_application(text: str, this_year: int | None = None) -> Identifier:
    """A patent application or patent number: `CN202011100067.4`, `ZL99117225.6`, or foreign.

    Canonical is `CN` + digits + `.` + check digit whether or not the text said ZL: the patent has
    the number of its application. A number without its check digit is invalid, and `expected`
    names the digit. Foreign ones: US serials, PCT and the plain forms of other offices.
    """
    bare = bare_of(text)
    foreign = _foreign_application(text, bare)
    if foreign is not None:
        return foreign
    body = re.sub(r"^(CN|ZL)+[.:]?", "", bare)
    if not re.fullmatch(r"[\d.]+X?", body):
        return bad(text, APPLICATION, "characters")
    digits, given = _parts(body)
    if len(digits) not in {8, 12} or len(given) > 1:
        return bad(text, APPLICATION, "length", length=str(len(digits + given)))
    if not digits.isdecimal():
        return bad(text, APPLICATION, "characters")
    return _chinese_application(text, digits, given, this_year)


def _parts(body: str) -> tuple[str, str]:
    """Digits and check digit of a Chinese application, whether or not a dot stands between."""
    if "." in body:
        digits, given = body.rsplit(".", 1)
        return digits, given
    size = 12 if len(body) > 9 else 8
    return body[:size], body[size:]


def _chinese_application(text: str, digits: str, given: str, this_year: int | None) -> Identifier:
    """Judge year, kind digit and check digit of 8 or 12 digits."""
    year, right_digit = _year_of(digits)
    last = (this_year or LAST_YEAR) if len(digits) == 12 else 2003
    if not (FIRST_YEAR if len(digits) == 8 else 2003) <= year <= last:
        return bad(text, APPLICATION, "year", year=str(year))
    if right_digit not in RIGHT:
        return bad(text, APPLICATION, "kind_digit", digit=right_digit)
    expected = check_digit(digits)
    if given != expected:
        reason = "check_digit" if given else "check_digit_missing"
        return bad(text, APPLICATION, reason, expected=expected, given=given)
    return Identifier(
        text,
        APPLICATION,
        valid=True,
        canonical=f"CN{digits}.{given}",
        jurisdiction="CN",
        right=RIGHT[right_digit],
        international=right_digit in "89",
    )


def _year_of(digits: str) -> tuple[int, str]:
    """Year of filing and the digit of the kind of right."""
    if len(digits) == 12:
        return int(digits[:4]), digits[4]
    short = int(digits[:2])
    return (1900 if short > 50 else 2000) + short, digits[2]


def complete(text: str, this_year: int | None = None) -> Identifier:
    """As `parse_application`, and a missing check digit is worked out and added."""
    found = parse_application(text, this_year)
    if found.reason != "identifier.check_digit_missing":
        return found
    body = re.sub(r"\D", "", bare_of(text))
    return replace(parse_application(f"{body}.{found.params['expected']}", this_year), number=text)


def _foreign_application(text: str, bare: str) -> Identifier | None:  # noqa: PLR0911 -- one office a line
    """PCT, US and other applications; none if the number is to be read as a Chinese one."""
    pct = re.fullmatch(r"PCT/?([A-Z]{2})(\d{2}|\d{4})/?(\d{5,6})", bare) or re.fullmatch(
        r"([A-Z]{2}):?(\d{4})(\d{6}):?W", bare
    )
    if pct:
        year = pct[2] if len(pct[2]) == 4 else ("19" if int(pct[2]) > 77 else "20") + pct[2]
        return good(text, APPLICATION, f"PCT/{pct[1]}{year}/{int(pct[3]):06}", "WO")
    serial = re.fullmatch(r"(?:US)?(\d{2})/(\d{1,3}),?(\d{3})", bare) or re.fullmatch(
        r"US(\d{2})(\d{3})(\d{3})A?", bare
    )
    if serial:
        return good(text, APPLICATION, f"US{serial[1]}{int(serial[2] + serial[3]):06}", "US")
    short = re.fullmatch(r"US(\d{7})", bare)
    if short:
        return good(text, APPLICATION, f"US{int(short[1]):08}", "US")
    docdb = re.fullmatch(r"US(?:19|20)\d{2}(\d{8})A?", bare)
    if docdb:
        return good(text, APPLICATION, f"US{docdb[1]}", "US")
    european = re.fullmatch(r"EP(?:19|20)(\d{2})0?(\d{6})A?", bare)
    if european:
        return good(text, APPLICATION, f"EP{european[1]}{european[2]}", "EP")
    other = re.fullmatch(rf"({OFFICE})([A-Z]?\d{{4,15}}(?:[./]\d{{1,8}})?)([A-Z]\d?)?", bare)
    if other:
        return good(text, APPLICATION, other[1] + other[2], other[1])
    return None
