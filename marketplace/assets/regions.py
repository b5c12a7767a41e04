"""Provinces, cities and counties of China, and where an address lies. Pure.

Names are the official Chinese ones of the division code list; provinces and cities have English
names too. A municipality (北京、天津、上海、重庆) is its own city, and a
county under a province directly (仙桃、石河子 …) counts as a city.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from marketplace.core.words import in_script

GUANGDONG = "44"


@dataclass(frozen=True, slots=True)
class Region:
    """A division: `level` is province, city or county; `parent` the code above."""

    code: str
    level: str
    parent: str
    zh: str
    en: str

    def name(self, locale: str) -> str:
        """The name in a language; Chinese where there is no English one."""
        if locale.startswith("en") and self.en:
            return self.en
        return in_script(self.zh, locale)


class Place(NamedTuple):
    """Where something is, by the official Chinese names; none where the text does not say."""

    province: str | None
    city: str | None


NOWHERE = Place(None, None)
_LONGEST = 16  # characters of the longest name

_SUFFIX = re.compile(
    r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|地区|自治州|自治县|自治旗|林区|省|市|县|区|盟|旗)$"
)
_PEOPLES = re.compile(
    r"(布依族|朝鲜族|蒙古族?|哈萨克|柯尔克孜|土家族|傈僳族|景颇族|哈尼族|纳西族|塔吉克|"
    r"仡佬族|瑶族|苗族|彝族|藏族|羌族|侗族|壮族|回族|傣族|白族|黎族|满族|畲族|锡伯|水族|"
    r"各族|毛南族|仫佬族|土族|撒拉族|东乡族|保安族|裕固族|独龙族|怒族|普米族|拉祜族|佤族|布朗族)+$"
)
_SHORT = {"内蒙古自治区": ("内蒙古", "内蒙")}


def _short(name: str) -> str:
    """The name without what kind of division it is; itself where under two characters remain."""
    bare = _PEOPLES.sub("", _SUFFIX.sub("", name))
    return bare if len(bare) > 1 else name


@dataclass(slots=True)
class _Gazetteer:
    regions: dict[str, Region] = field(default_factory=dict)
    provinces: dict[str, str] = field(default_factory=dict)  # any spelling -> code
    cities: dict[str, dict[str, str]] = field(default_factory=dict)  # province -> spelling -> code
    counties: dict[str, dict[str, str]] = field(default_factory=dict)  # province -> name -> city


@cache
def _gazetteer() -> _Gazetteer:
    found = _Gazetteer()
    path = Path(__file__).with_name("data") / "regions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            region = Region(row["code"], row["level"], row["parent"], row["zh"], row["en"])
            found.regions[region.code] = region
    for region in found.regions.values():
        _enter(found, region)
    return found


def _enter(found: _Gazetteer, region: Region) -> None:
    """Make every spelling of one division known."""
    spellings = (region.zh, _short(region.zh), *_SHORT.get(region.zh, ()))
    if region.level == "province":
        found.provinces.update(dict.fromkeys(spellings, region.code))
        return
    province = region.code[:2]
    if region.level == "city":
        for spelling in spellings:
            found.cities.setdefault(province, {}).setdefault(spelling, region.code)
        return
    names = (region.zh,) if len(_short(region.zh)) < 3 and region.zh.endswith("区") else spellings
    for spelling in names:
        found.counties.setdefault(province, {}).setdefault(spelling, region.parent)


def provinces() -> list[Region]:
    """The 34 divisions of the first level, in the order of their codes."""
    return [r for r in _gazetteer().regions.values() if r.level == "province"]


def cities(province: str = GUANGDONG) -> list[Region]:
    """The cities of a province, by its code or any of its names; Guangdong's 21 by default."""
    code = _gazetteer().provinces.get(province, province)
    return [r for r in _gazetteer().regions.values() if r.level == "city" and r.parent == code]


def region(code: str) -> Region | None:
    """The division of a code of the list: `44`, `4403`, `440305`."""
    return _gazetteer().regions.get(code)


@cache
def region_named(name: str) -> Region | None:
    """The province or city of an official, short or English name."""
    known = _gazetteer()
    if name in known.provinces:
        return known.regions[known.provinces[name]]
    for spellings in known.cities.values():
        if name in spellings:
            return known.regions[spellings[name]]
    wanted = name.casefold()
    return next((r for r in known.regions.values() if r.en and r.en.casefold() == wanted), None)


def display(name: str, locale: str) -> str:
    """An official Chinese name as a reader of a language sees it."""
    found = region_named(name) if name else None
    return found.name(locale) if found else name


def _longest(text: str, spellings: dict[str, str]) -> str | None:
    """The longest spelling that the text starts with."""
    for length in range(min(_LONGEST, len(text)), 1, -1):
        if text[:length] in spellings:
            return text[:length]
    return None


def _leftmost(text: str, spellings: dict[str, str]) -> str | None:
    """The code of the full name (with 市, 县 …) that stands first in the text."""
    best: tuple[int, int, str] | None = None
    for spelling, code in spellings.items():
        if not _SUFFIX.search(spelling):
            continue
        at = text.find(spelling)
        if at >= 0 and (best is None or (at, -len(spelling)) < best[:2]):
            best = (at, -len(spelling), code)
    return best[2] if best else None


def _named(code: str | None) -> str | None:
    return _gazetteer().regions[code].zh if code else None


def _municipality(province: str) -> str | None:
    """Beijing and its like are their own city; so are Hong Kong and Macao."""
    own = province + "00"
    return own if own in _gazetteer().regions else None


def _city_in(text: str, province: str) -> str | None:
    """The code of the city an address within a province lies in."""
    own = _municipality(province)
    if own:
        return own
    known = _gazetteer()
    cities_, counties = known.cities.get(province, {}), known.counties.get(province, {})
    start = _longest(text, cities_)
    county = _longest(text, counties)
    if start and not (county and len(county) > len(start) and not text.startswith(start + "市")):
        return cities_[start]
    if county:
        return counties[county]
    return _leftmost(text, cities_) or _leftmost(text, counties)


def _clean(address: str) -> str:
    text = unicodedata.normalize("NFKC", address)
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"^[\d\-,;:]+", "", text)  # a postcode in front
    return re.sub(r"^(中华人民共和国|中国)(?=[\u4e00-\u9fff])", "", text)


def _province_of(text: str) -> tuple[str, str] | None:
    """The province an address starts with and what follows it."""
    known = _gazetteer()
    start = _longest(text, known.provinces)
    if start is None:
        return None
    rest = text[len(start) :]
    code = known.provinces[start]
    if rest.startswith("市") and not _municipality(code):  # 吉林市 is a city of 吉林省
        return code, text
    return code, re.sub(r"^(省|市|自治区)", "", rest)


def _without_province(text: str) -> tuple[str, str] | None:
    """Province and city of an address that starts with its city, or with a county known once."""
    known = _gazetteer()
    for province, spellings in known.cities.items():
        if _longest(text, spellings):
            return province, text
    owners = {p for p, names in known.counties.items() if _longest(text, names)}
    return (owners.pop(), text) if len(owners) == 1 else None


@cache
def _english() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """Any English name, and which codes it stands for: Yulin is a city in Guangxi and in Shaanxi."""
    codes: dict[str, list[str]] = {}
    for region in _gazetteer().regions.values():
        if region.en:
            codes.setdefault(region.en.casefold(), []).append(region.code)
    names = sorted(codes, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b"), codes


def _locate_english(text: str) -> Place:
    """An English address goes from small to large: what is named last counts."""
    low = text.casefold()
    if not re.search(r"\b(china|cn|p\.?r\.?c|hong kong|macao|macau|taiwan)\b", low):
        return NOWHERE
    any_name, codes = _english()
    named = [code for match in any_name.finditer(low) for code in codes[match.group()]]
    provinces = [code for code in named if len(code) == 2]
    cities = [code for code in named if len(code) > 2]
    if provinces:
        province = provinces[-1]
        same_name = _gazetteer().regions[province].en  # Jilin is a province before it is a city
        within = [
            code
            for code in cities
            if code[:2] == province and _gazetteer().regions[code].en != same_name
        ]
        return Place(_named(province), _named(within[-1] if within else _municipality(province)))
    last = codes[_gazetteer().regions[cities[-1]].en.casefold()] if cities else []
    return Place(_named(last[0][:2]), _named(last[0])) if len(last) == 1 else NOWHERE


@lru_cache(maxsize=65_536)  # portfolios repeat the addresses of a few owners
def locate(address: str | None, region_hint: str | None = None) -> Place:
    """Province and city of an address; the hint (a province or city column) fills what it lacks.

    Chinese addresses are read by their divisions; English ones only if they say China, by the
    English names known here. A foreign address is nowhere: the rest of the address is not guessed.
    """
    text = _clean(address or "")
    hint = _clean(region_hint or "")
    if text and not re.search(r"[\u4e00-\u9fff]", text):
        found = _locate_english(address or "")
        return found if found.province else _of_hint(hint)
    parted = _province_of(text)
    if parted is None and hint:
        known = _province_of(hint) or _without_province(hint)
        if known is None:  # the column names another country
            return NOWHERE
        parted = (known[0], text)
        if not text or _city_in(text, known[0]) is None:
            return _of_hint(hint)
    if parted is None:
        parted = _without_province(text)
    if parted is None:
        return NOWHERE
    return Place(_named(parted[0]), _named(_city_in(parted[1], parted[0])))


def _of_hint(hint: str) -> Place:
    parted = (_province_of(hint) or _without_province(hint)) if hint else None
    if parted is None:
        return NOWHERE
    return Place(
        _named(parted[0]),
        _named(_city_in(parted[1], parted[0]) if parted[1] else _municipality(parted[0])),
    )
