"""Numbers of rights and of their owners: what kind a number is, whether it can be true. Pure.

Sources, by kind: application numbers of Chinese patents follow the standard of the office
(ZC 0006-2003) with its check digit (weights 2-9, 2-5, modulo 11); publication numbers ZC 0007;
the unified social credit code GB 32100-2015 with the organisation code GB 11714 inside it.
Layouts carry the patents' check digit, found by arithmetic on numbers of court cases. The forms of
trademark, software, work and plant variety numbers have no published check digit.

A number that cannot be true is answered, not raised: `Identifier.valid` is false and `reason`
holds a code with words in `words.yaml`; `params` fills them (the expected check digit).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

APPLICATION = "patent_application"
PUBLICATION = "patent_publication"
TRADEMARK = "trademark"
SOFTWARE = "software"
WORK = "work"
IC_LAYOUT = "ic_layout"
PLANT_VARIETY = "plant_variety"
USCC = "uscc"
IPC = "ipc"
CPC = "cpc"
KINDS = (
    APPLICATION, PUBLICATION, TRADEMARK, SOFTWARE, WORK, IC_LAYOUT, PLANT_VARIETY, USCC, IPC, CPC,
)  # fmt: skip

FIRST_YEAR = 1985  # the patent law took effect on 1985-04-01
LAST_YEAR = 2099  # unless the caller says which year it is

INVENTION, UTILITY_MODEL, DESIGN = "invention", "utility_model", "design"
_RIGHT = {"1": INVENTION, "2": UTILITY_MODEL, "3": DESIGN, "8": INVENTION, "9": UTILITY_MODEL}
# Kind letters of Chinese publications by the first digit (or the digit after an 8x year).
_LETTERS = {"1": "ABC", "2": "UY", "3": "SD"}
GRANTED_LETTERS = frozenset("BCDSUYET")


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a number is. `canonical` is the one spelling under which it is stored and compared."""

    number: str
    kind: str | None
    valid: bool
    canonical: str | None = None
    reason: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    jurisdiction: str | None = None
    right: str | None = None  # invention, utility_model, design, as far as the number tells
    international: bool = False  # entered from the PCT

    @property
    def digits(self) -> str:
        """The canonical number without its kind code: what A and B of one invention share."""
        return re.sub(r"(?<=\d)[A-Z]\d?$", "", self.canonical or "")

    @property
    def granted(self) -> bool:
        """Whether a publication number is that of a granted right (by its kind letter)."""
        if self.kind != PUBLICATION:
            return False
        if self.jurisdiction == "US":  # applications have eleven digits, patents fewer
            return len(re.sub(r"\D", "", self.digits)) < 11
        found = re.search(r"(?<=\d)([A-Z])\d?$", self.canonical or "")
        return found is not None and found[1] in GRANTED_LETTERS


def normalise(text: str) -> str:
    """One spelling of characters: half width, upper case, plain hyphens and dots, no spaces."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = re.sub(r"[\u200b-\u200f\u2060\ufeff\s]", "", plain)
    plain = re.sub(r"[\u2010-\u2015\u2212\ufe63]", "-", plain)
    return re.sub(r"[\u3002\u00b7\u2022\u2219\u30fb]", ".", plain)


_LABEL = re.compile(
    r"^(国家)?(专利申请号|申请号|专利号码?|公开号|公告号|授权公告号|公开\(公告\)号|商标注册号|注册号|登记号|"
    r"统一社会信用代码|品种权号|商标|NO\.?)[:.]?"
)


def _bare(text: str) -> str:
    return _LABEL.sub("", normalise(text).lstrip("'\"`")).strip(",;'\"")


def check_digit(digits: str) -> str:
    """The check digit of 8 or 12 digits of a Chinese application: weights 2-9, 2-5, modulo 11."""
    total = sum(int(d) * (2 + i % 8) for i, d in enumerate(digits))
    return "0123456789X"[total % 11]


def _bad(number: str, kind: str | None, reason: str, **params: str) -> Identifier:
    return Identifier(number, kind, valid=False, reason=f"identifier.{reason}", params=params)


# --- patent applications -------------------------------------------------------------------


def parse_application(text: str, this_year: int | None = None) -> Identifier:
    """A patent application or patent number: `CN202011100067.4`, `ZL99117225.6`, or foreign.

    Canonical is `CN` + digits + `.` + check digit whether or not the text said ZL: the patent has
    the number of its application. A number without its check digit is invalid, and `expected`
    names the digit. Foreign ones: US serials, PCT and the plain forms of other offices.
    """
    bare = _bare(text)
    foreign = _foreign_application(text, bare)
    if foreign is not None:
        return foreign
    body = re.sub(r"^(CN|ZL)+[.:]?", "", bare)
    if not re.fullmatch(r"[\d.]+X?", body):
        return _bad(text, APPLICATION, "characters")
    digits, given = _parts(body)
    if len(digits) not in {8, 12} or len(given) > 1:
        return _bad(text, APPLICATION, "length", length=str(len(digits + given)))
    if not digits.isdecimal():
        return _bad(text, APPLICATION, "characters")
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
        return _bad(text, APPLICATION, "year", year=str(year))
    if right_digit not in _RIGHT:
        return _bad(text, APPLICATION, "kind_digit", digit=right_digit)
    expected = check_digit(digits)
    if given != expected:
        reason = "check_digit" if given else "check_digit_missing"
        return _bad(text, APPLICATION, reason, expected=expected, given=given)
    return Identifier(
        text,
        APPLICATION,
        valid=True,
        canonical=f"CN{digits}.{given}",
        jurisdiction="CN",
        right=_RIGHT[right_digit],
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
    body = re.sub(r"\D", "", _bare(text))
    return replace(parse_application(f"{body}.{found.params['expected']}", this_year), number=text)


_OFFICE = r"(?!CN|ZL|BS|SR)[A-Z]{2}"


def _foreign_application(text: str, bare: str) -> Identifier | None:  # noqa: PLR0911 -- one office a line
    """PCT, US and other applications; none if the number is to be read as a Chinese one."""
    pct = re.fullmatch(r"PCT/?([A-Z]{2})(\d{2}|\d{4})/?(\d{5,6})", bare) or re.fullmatch(
        r"([A-Z]{2}):?(\d{4})(\d{6}):?W", bare
    )
    if pct:
        year = pct[2] if len(pct[2]) == 4 else ("19" if int(pct[2]) > 77 else "20") + pct[2]
        return _foreign(text, APPLICATION, f"PCT/{pct[1]}{year}/{int(pct[3]):06}", "WO")
    serial = re.fullmatch(r"(?:US)?(\d{2})/(\d{1,3}),?(\d{3})", bare) or re.fullmatch(
        r"US(\d{2})(\d{3})(\d{3})A?", bare
    )
    if serial:
        return _foreign(text, APPLICATION, f"US{serial[1]}{int(serial[2] + serial[3]):06}", "US")
    short = re.fullmatch(r"US(\d{7})", bare)
    if short:
        return _foreign(text, APPLICATION, f"US{int(short[1]):08}", "US")
    docdb = re.fullmatch(r"US(?:19|20)\d{2}(\d{8})A?", bare)
    if docdb:
        return _foreign(text, APPLICATION, f"US{docdb[1]}", "US")
    european = re.fullmatch(r"EP(?:19|20)(\d{2})0?(\d{6})A?", bare)
    if european:
        return _foreign(text, APPLICATION, f"EP{european[1]}{european[2]}", "EP")
    other = re.fullmatch(rf"({_OFFICE})([A-Z]?\d{{4,15}}(?:[./]\d{{1,8}})?)([A-Z]\d?)?", bare)
    if other:
        return _foreign(text, APPLICATION, other[1] + other[2], other[1])
    return None


def _foreign(text: str, kind: str, canonical: str, office: str) -> Identifier:
    return Identifier(text, kind, valid=True, canonical=canonical, jurisdiction=office)


# --- publications --------------------------------------------------------------------------


def parse_publication(text: str, this_year: int | None = None) -> Identifier:
    """A publication or grant number: `CN112244877A`, `CN2777030Y`, `US7291020B2`, `EP1000000A1`.

    A Chinese number may lack its kind letter (`CN112244877`); where it has one, the letter must
    fit the first digit (1: A B C, 2: U Y, 3: S D). Canonical has no spaces, dots or hyphens.
    """
    bare = re.sub(r"[-./,]", "", _bare(text))
    if not bare.startswith("CN") and re.match(_OFFICE, bare):
        return _foreign_publication(text, bare, this_year)
    found = re.fullmatch(r"(?:CN)*(\d+)([A-Z]?)(\d?)", bare)
    if not found:
        return _bad(text, PUBLICATION, "characters")
    digits, letter, correction = found[1], found[2], found[3]
    if len(digits) not in {7, 8, 9} or (correction and not letter):
        return _bad(text, PUBLICATION, "length", length=str(len(digits)))
    first = digits[2] if len(digits) == 8 else digits[0]
    if first not in _LETTERS:
        return _bad(text, PUBLICATION, "kind_digit", digit=first)
    if letter and letter not in _LETTERS[first]:
        return _bad(text, PUBLICATION, "kind_letter", letter=letter, expected=_LETTERS[first])
    return Identifier(
        text,
        PUBLICATION,
        valid=True,
        canonical=f"CN{digits}{letter}{correction}",
        jurisdiction="CN",
        right=_RIGHT[first],
    )


def _foreign_publication(text: str, bare: str, this_year: int | None) -> Identifier:
    found = re.fullmatch(r"([A-Z]{2})([A-Z]{1,2})?(\d{4,14})([A-Z]\d?)?", bare)
    if not found:
        return _bad(text, PUBLICATION, "characters")
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
        return _bad(text, PUBLICATION, "year", year=digits[:4])
    if not digits.strip("0"):
        return _bad(text, PUBLICATION, "length", length="0")
    identifier = _foreign(text, PUBLICATION, f"{office}{series}{digits}{letter}", office)
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


# --- other rights --------------------------------------------------------------------------


def parse_trademark(text: str, this_year: int | None = None, office: str = "CN") -> Identifier:
    """A trademark's registration number: 1-8 digits and a letter, `G` for Madrid; EU: 9 digits."""
    del this_year
    bare = re.sub(r"^国际注册第?G?(?=\d)", "G", _bare(text))
    bare = re.sub(r"^第?([0-9A-Z]+)号?$", r"\1", bare)
    form = r"\d{6,9}|W\d{8}" if office == "EM" else r"G?\d{1,8}[A-Z]?"
    if not re.fullmatch(r"[A-Z]?\d+[A-Z]?", bare):
        return _bad(text, TRADEMARK, "characters")
    if not re.fullmatch(form, bare):
        return _bad(text, TRADEMARK, "length", length=str(len(bare)))
    if not bare.strip("G0"):
        return _bad(text, TRADEMARK, "zero")
    canonical = bare.zfill(9) if office == "EM" else bare.lstrip("0")
    return _foreign(text, TRADEMARK, canonical, office)


def parse_software(text: str, this_year: int | None = None) -> Identifier:
    """A software registration: `2019SR0123456` (6 or 7 digits), or 软著登字第…号 of a certificate."""
    bare = _bare(text)
    certificate = re.fullmatch(r"软著(登|变补)字第?(\d{5,8})号?", bare)
    if certificate:
        return _foreign(text, SOFTWARE, f"软著{certificate[1]}字第{certificate[2]}号", "CN")
    found = re.fullmatch(r"(\d{4})-?SR-?(\d+)", bare)
    if not found:
        return _bad(text, SOFTWARE, "characters")
    if len(found[2]) not in {6, 7}:
        return _bad(text, SOFTWARE, "length", length=str(len(found[2])))
    if not 1991 <= int(found[1]) <= (this_year or LAST_YEAR):
        return _bad(text, SOFTWARE, "year", year=found[1])
    return _foreign(text, SOFTWARE, f"{found[1]}SR{found[2]}", "CN")


def parse_work(text: str, this_year: int | None = None) -> Identifier:
    """A registered work: 国作登字-2018-F-00512345, 粤作登字-…: year, class letter, 8 digits."""
    bare = _bare(text)
    found = re.fullmatch(r"([\u4e00-\u9fff]{1,2})作登字-?(\d{4})-?([A-Z])-?(\d+)号?", bare)
    if not found:
        return _bad(text, WORK, "characters")
    if len(found[4]) != 8:
        return _bad(text, WORK, "length", length=str(len(found[4])))
    if not 1991 <= int(found[2]) <= (this_year or LAST_YEAR):
        return _bad(text, WORK, "year", year=found[2])
    return _foreign(text, WORK, f"{found[1]}作登字-{found[2]}-{found[3]}-{found[4]}", "CN")


def parse_ic_layout(text: str, this_year: int | None = None) -> Identifier:
    """A layout registration: `BS.YY5nnnnn.c`, newer without the last dot; the patents' digit."""
    bare = _bare(text)
    found = re.fullmatch(r"BS[.:]?(\d+)[.]?([\dX])", bare)
    if not found:
        return _bad(text, IC_LAYOUT, "characters")
    digits, given = found[1], found[2]
    if len(digits) != 8:
        return _bad(text, IC_LAYOUT, "length", length=str(len(digits) + 1))
    last = (this_year or LAST_YEAR) % 100
    if not 1 <= int(digits[:2]) <= last:
        return _bad(text, IC_LAYOUT, "year", year=f"20{digits[:2]}")
    if digits[2] != "5":
        return _bad(text, IC_LAYOUT, "kind_digit", digit=digits[2])
    expected = check_digit(digits)
    if given != expected:
        return _bad(text, IC_LAYOUT, "check_digit", expected=expected, given=given)
    return _foreign(text, IC_LAYOUT, f"BS.{digits}.{given}", "CN")


def parse_plant_variety(text: str, this_year: int | None = None) -> Identifier:
    """A plant variety (agriculture): `CNA` + 8 digits + `.` + 1, since 2019 `CNA` + 11 digits."""
    bare = _bare(text)
    found = re.fullmatch(r"CNA[.]?([\d.]+)", bare)
    if not found:
        return _bad(text, PLANT_VARIETY, "characters")
    digits = found[1].replace(".", "")
    if len(digits) not in {9, 11}:
        return _bad(text, PLANT_VARIETY, "length", length=str(len(digits)))
    if not 1997 <= int(digits[:4]) <= (this_year or LAST_YEAR):
        return _bad(text, PLANT_VARIETY, "year", year=digits[:4])
    body = digits if len(digits) == 11 else f"{digits[:8]}.{digits[8]}"
    return _foreign(text, PLANT_VARIETY, f"CNA{body}", "CN")


# --- organisations -------------------------------------------------------------------------

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def uscc_check_digit(body: str) -> str:
    """The last character of a unified social credit code: weights 3^i modulo 31 (GB 32100)."""
    total = sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _USCC[-total % 31]


def organisation_check_digit(body: str) -> str:
    """The check character of the 8 characters of an organisation code (GB 11714), modulo 11."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(_ORGANISATION.index(c) * w for c, w in zip(body, weights, strict=True))
    return "0123456789X0"[(11 - total % 11) % 11]


def parse_uscc(text: str, this_year: int | None = None) -> Identifier:
    """A unified social credit code, 18 characters without I O S V Z, two check digits."""
    del this_year
    bare = re.sub(r"[-.]", "", _bare(text))
    if len(bare) != 18:
        return _bad(text, USCC, "length", length=str(len(bare)))
    if not set(bare) <= set(_USCC) or not bare[2:8].isdecimal():
        return _bad(text, USCC, "characters")
    expected = uscc_check_digit(bare[:17])
    if bare[17] != expected:
        return _bad(text, USCC, "check_digit", expected=expected, given=bare[17])
    inner = organisation_check_digit(bare[8:16])
    if bare[16] != inner:
        return _bad(text, USCC, "organisation_code", expected=inner, given=bare[16])
    return _foreign(text, USCC, bare, "CN")


# --- classes -------------------------------------------------------------------------------

_CLASS = re.compile(r"([A-HY])(\d{2})([A-Z])?(?:(\d{1,4})/(\d{2,6}))?")


def parse_ipc(text: str, this_year: int | None = None) -> Identifier:
    """An IPC symbol, from the class down: `G06`, `G06F`, `G06F16/3329`; canonical has no space."""
    return _class(text, IPC, this_year)


def parse_cpc(text: str, this_year: int | None = None) -> Identifier:
    """A CPC symbol: as IPC, and section Y and the 2000 series besides."""
    return _class(text, CPC, this_year)


def _class(text: str, kind: str, this_year: int | None) -> Identifier:
    del this_year
    bare = re.sub(r"^([A-Z]\d{2}[A-Z])0*(\d+)/", r"\1\2/", _bare(text))
    found = _CLASS.fullmatch(bare)
    if not found or (found[4] and not found[3]):
        return _bad(text, kind, "characters")
    if kind == IPC and found[1] == "Y":
        return _bad(text, kind, "section", section="Y")
    if int(found[2]) == 0:
        return _bad(text, kind, "section", section=found[1] + found[2])
    return Identifier(text, kind, valid=True, canonical=bare)


# --- any of them ---------------------------------------------------------------------------

PARSERS: dict[str, Callable[..., Identifier]] = {
    APPLICATION: parse_application,
    PUBLICATION: parse_publication,
    TRADEMARK: parse_trademark,
    SOFTWARE: parse_software,
    WORK: parse_work,
    IC_LAYOUT: parse_ic_layout,
    PLANT_VARIETY: parse_plant_variety,
    USCC: parse_uscc,
    IPC: parse_ipc,
    CPC: parse_cpc,
}

# What a text looks like, the first that fits. Looking like it is not being valid.
_LOOKS: tuple[tuple[str, str], ...] = (
    (WORK, r".*作登字.*"),
    (SOFTWARE, r"软著.*|\d{2,5}-?SR.*"),
    (IC_LAYOUT, r"BS[.:]?\d.*"),
    (PLANT_VARIETY, r"CNA[.]?\d.*"),
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
    (PUBLICATION, _OFFICE + r"[A-Z]{0,2}\d[\d./,-]*([A-Z]\d?)?"),
    (TRADEMARK, r"国际注册.*|G\d+[A-Z]?|第?\d{1,8}[A-Z]?号?"),
    (APPLICATION, r"\d{9,17}X?|\d{8,12}X|\d[\dA-Z]{7,13}[.][\dX]"),
)


def guess_kind(text: str) -> str | None:
    """What kind of number a text looks like; none if like nothing known."""
    bare = _bare(text)
    return next((kind for kind, form in _LOOKS if re.fullmatch(form, bare)), None)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has written the number as 2.02011E+11: its last digits are lost."""
    return re.fullmatch(r"\d([.]\d+)?E\+?\d+", normalise(text)) is not None


def check(text: str, kind: str | None = None, this_year: int | None = None) -> Identifier:
    """Judge a number, of a kind the caller knows or of the kind it looks like.

    `this_year` bounds the year in a number; without it any year of this century passes.
    """
    if not normalise(text):
        return _bad(text, None, "empty")
    if is_scientific(text):
        return _bad(text, kind, "scientific")
    chosen = kind or guess_kind(text)
    if chosen is None:
        return _bad(text, None, "unknown")
    found = PARSERS[chosen](text, this_year)
    if found.valid or kind is not None:
        return found
    return _second_look(text, chosen, this_year) or found


def _second_look(text: str, chosen: str, this_year: int | None) -> Identifier | None:
    """A foreign number that fits the other patent series after all."""
    bare = _bare(text)
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
