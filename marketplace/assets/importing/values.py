"""Single cells: text, dates, lists of names, shares, symbols, words for states. Pure."""

import html
import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache

from marketplace.assets import identifiers
from marketplace.assets.importing.records import Owner

EMPTY = frozenset({"", "-", "--", "—", "/", "无", "暂无", "空", "n/a", "na", "null", "none", "nan"})

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")


def clean(value: object) -> str:
    """Text without control, direction and half surrogate characters; runs of blanks become one.

    Markup stays as it is typed: it is text here, and templates escape it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    text = value if isinstance(value, str) else str(value)
    return _SPACES.sub(" ", _CONTROL.sub(" ", text.replace("\r\n", "\n"))).strip()


def given(value: object) -> str:
    """As `clean`; the many ways of writing nothing (-, 无, N/A) are the empty text."""
    text = clean(value)
    return "" if text.casefold() in EMPTY else text


_RAISED = re.compile(r"<(sub|sup)>(.*?)</\1>", re.IGNORECASE)
_LETTERS = "0123456789+-=()"
_SMALL = {
    "sub": str.maketrans(_LETTERS, "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
    "sup": str.maketrans(_LETTERS, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"),
}


def plain(text: str) -> str:
    """A title on one line with its character references read (`&amp;`).

    Offices set formulas with `<sub>` and `<sup>`: CO<sub>2</sub> is CO₂. Other tags stay as text.
    """
    read = _RAISED.sub(lambda m: m[2].translate(_SMALL[m[1].casefold()]), html.unescape(text))
    return _SPACES.sub(" ", clean(read).replace("\n", " ")).strip()


# --- dates ---------------------------------------------------------------------------------

_MONTHS = {
    m: i
    for i, m in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\D.*)?")
_SERIAL = re.compile(r"[1-6]\d{4}(\.\d+)?")  # 1927 to 2091
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MDY = re.compile(r"([A-Za-z]{3})[A-Za-z]*\.?\s+(\d{1,2}),?\s+(\d{4})")
_DMY = re.compile(r"(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]*\.?,?[\s-]+(\d{4})")


def day(value: object) -> date | None:
    """A day in any of the usual spellings; none for nothing, ValueError for what is no day.

    2020-10-15, 2020/10/15, 2024.08.23, 2019年3月5日, 20200115, JUN 28 2011, 5 March 2019. Days with
    no month or day (19960100) are unknown, not guessed. Day-first figures (03/04/2020) are refused:
    they read both ways.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    text = unicodedata.normalize("NFKC", given(value))
    if not text:
        return None
    found = _YMD.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        year, month, number = (int(g) for g in found.groups()[:3])
        return None if 0 in {month, number} else _plausible(date(year, month, number))
    if _SERIAL.fullmatch(text):  # the number behind a date in a spreadsheet
        return date(1899, 12, 30) + timedelta(days=int(float(text)))
    found = _MDY.fullmatch(text)
    if found and found[1].casefold() in _MONTHS:
        return _plausible(date(int(found[3]), _MONTHS[found[1].casefold()], int(found[2])))
    found = _DMY.fullmatch(text)
    if found and found[2].casefold() in _MONTHS:
        return _plausible(date(int(found[3]), _MONTHS[found[2].casefold()], int(found[1])))
    raise ValueError(text)


def _plausible(found: date) -> date:
    if not 1800 <= found.year <= 2200:
        raise ValueError(found.isoformat())
    return found


def first_day(value: object) -> date | None:
    """The earliest of several days in one cell, as priority columns hold them."""
    days = (
        [day(part) for part in re.split(r"[|;；]", value)]
        if isinstance(value, str)
        else [day(value)]
    )
    return min((d for d in days if d), default=None)


# --- names ---------------------------------------------------------------------------------

_CJK = re.compile(r"[\u3400-\u9fff]")
_SHARE = re.compile(r"^(.*?)\s*[(（:：]?\s*(\d{1,3}(?:\.\d+)?)\s*[%％]\s*[)）]?$")


# `COMPANY (OSAKA, JP), OTHER (CALGARY`: a place behind a name ends it, even where it is cut off
_PLACE = re.compile(r"\s*\([^()]*,\s*[A-Z]{2}\)\s*,?|\s*\([A-Z]{2}\)\s*,|\s*\([^()]*(?=[|;]|$)")
_STREET = re.compile(
    r",\s*\d+\s+[\w .]+\b(?:ROAD|STREET|AVENUE|DRIVE|LANE|BOULEVARD|WAY|RD|ST|AVE)\.?$",
    re.IGNORECASE,
)


def names(value: object) -> tuple[str, ...]:
    """Several names in one cell, in order, each once.

    Parted by ; | or a new line; where there is none of these and the names are Chinese, by commas.
    Commas inside Western names (`LAKE, RICKIE C.`) stay.
    """
    text = html.unescape(given(value))
    if not _CJK.search(text):
        text = _PLACE.sub(";", text)
    parts = re.split(r"[;；|\n]", text)
    if len(parts) == 1 and _CJK.search(text) and not re.search(r"[A-Za-z]{2,}\s*,\s*[A-Z]", text):
        parts = re.split(r"[,，、]", text)
    tidy = (_without_address(plain(p)).strip(" ,，、*") for p in parts)
    return tuple(dict.fromkeys(p for p in tidy if p))


def _without_address(name: str) -> str:
    """`COMPANY [IID: 00447600], 2320 STREET, US` is the company; `NAME [NL]` the name."""
    name = re.sub(r"\s*\[(?:IID:[^\]]*\].*|[A-Z]{2}\])$", "", name)
    return _STREET.sub("", name)


def owners(value: object) -> tuple[Owner, ...]:
    """Owners with shares where given as `甲公司(60%);乙大学(40%)`; ValueError if they are not 100 %."""
    found = []
    for name in names(value):
        share = _SHARE.match(name)
        if share and share[1]:
            found.append(Owner(share[1].strip(" (（:："), round(float(share[2]) * 100)))
        else:
            found.append(Owner(name))
    shares = [o.share_bps for o in found if o.share_bps is not None]
    if shares and (len(shares) < len(found) or sum(shares) != 10_000 or min(shares) <= 0):
        raise ValueError(given(value))
    return tuple(found)


# --- classes -------------------------------------------------------------------------------


def symbols(value: object, scheme: str) -> tuple[tuple[str, str], ...]:
    """Class symbols of one scheme in a cell; what is none of the scheme is left out."""
    text = given(value)
    parts = re.split(r"[|;；,，、\n]", text)
    if scheme == "nice":
        parts = re.findall(r"\d+", text)
    found = (symbol(p, scheme) for p in parts if p.strip())
    return tuple(dict.fromkeys((scheme, s) for s in found if s))


@lru_cache(maxsize=65_536)
def symbol(text: str, scheme: str) -> str | None:
    """One canonical symbol: `G06F16/33`, `09` → `9`, `08.06` → `08-06`; none if it is no such."""
    if scheme == "nice":
        return str(int(text)) if text.isdecimal() and 1 <= int(text) <= 45 else None
    if scheme == "locarno":
        found = re.fullmatch(r"(\d{1,2})[-.](\d{1,2})", text.strip())
        return f"{int(found[1]):02}-{int(found[2]):02}" if found else None
    # OPS writes `B28B 1/ 29 A I`: level, value and dates behind the symbol are not part of it
    bare = re.match(r"\s*([A-HY]\s*\d{2}\s*[A-Z]?(?:\s*\d{1,4}\s*/\s*\d{2,6})?)", text.upper())
    found_class = identifiers.parse_cpc(bare[1]) if bare else None
    return found_class.canonical if found_class and found_class.valid else None


# --- states --------------------------------------------------------------------------------

# What offices and databases call the state of a right → the asset model's word. The order matters:
# 无权-未缴年费 is lapsed, not 有权; 商标无效 is invalid, 有效 is in force.
_STATES: tuple[tuple[str, str], ...] = (
    (r"未缴|费用?终止|避免重复|放弃|lapse|non-?payment|权利终止|^终止", "lapsed"),
    (r"无效|invalidat|revoked|removed|annul", "invalidated"),
    (r"届满|期满|过期|expired|专利权有效期", "expired"),
    (r"撤回|撤销|视撤|驳回|withdrawn|refused|reject|abandon|cancel|dead|surrender|注销|不予", "cancelled"),
    (r"续展中|宽展", "renewal_grace"),
    (r"注册公告", "in_force"),
    (r"^无权", "lapsed"),
    (r"^(未授权|审中)", "pending"),
    (r"注册申请|受理|实质?审|公开|初审|pending|published|under examination|filed|pub$|accepted", "pending"),
    (r"授权|有效|有权|维持|已注册|已登记|registered|granted|in force|active|live|renewed|proc$", "in_force"),
)  # fmt: skip


# Our own words, as `assets import --records` writes them.
OWN_KINDS = frozenset(
    {
        "invention", "utility_model", "design", "patent_application", "trademark", "copyright",
        "software", "plant_variety", "ic_layout", "trade_secret", "collective_mark",
        "certification_mark", "data_right", "gi_product", "defence_patent",
    }
)  # fmt: skip
OWN_STATES = frozenset(
    {
        "in_force", "pending", "annuity_grace", "renewal_grace", "lapsed", "expired", "invalidated",
        "cancelled",
    }
)  # fmt: skip


@lru_cache(maxsize=4096)
def state(value: object) -> str | None:
    """The asset model's word for what a file calls the state; none where it says nothing known."""
    text = given(value).casefold()
    if text in OWN_STATES:
        return text
    return next((word for form, word in _STATES if text and re.search(form, text)), None)


# --- kinds ---------------------------------------------------------------------------------

_KINDS: tuple[tuple[str, str], ...] = (
    (r"国防|defen[cs]e", "defence_patent"),
    (r"地理标志(?!.*商标)|geographical|^agi$|^gi$", "gi_product"),
    (r"数据(知识)?产权|data (right|set)", "data_right"),
    (r"集体商标|collective", "collective_mark"),
    (r"证明商标|certification", "certification_mark"),
    (r"外观|design", "design"),
    (r"实用新型|utility|新型专利", "utility_model"),
    (r"植物|品种|plant", "plant_variety"),
    (r"布图|集成电路|layout|topograph|mask ?work", "ic_layout"),
    (r"软件|软著|software", "software"),
    (r"商标|trade ?mark|^mark", "trademark"),
    (r"作品|著作|版权|copyright|^works?$", "copyright"),
    (r"秘密|know-?how|诀窍|trade ?secret", "trade_secret"),
    (r"发明|invention|^patent|专利", "invention"),
)


@lru_cache(maxsize=4096)
def kind(value: object) -> str | None:
    """The kind of right a word of a file means; none if it is no such word."""
    text = given(value).casefold()
    if text in OWN_KINDS:
        return text
    return next((word for form, word in _KINDS if text and re.search(form, text)), None)
