"""Where, in what and how long a licence holds: three lattices and their overlap. Pure.

Territory: WORLD holds everything, CN (the mainland) holds GD (Guangdong); HK, MO, TW and every
other country by its ISO 3166-1 code stand beside them. Field: an industry code of GB/T 4754
holds every code that it begins (C ⊃ C39 ⊃ C391). Time: days, both ends included; no end is open.

A token with a minus is an exception (`WORLD`, `-CN`: the world but the mainland), so that what
is left of a scope can be named like any other. What is no known territory and no code of an
industry (free text) may be anything: it overlaps with everything, and covers only its like.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

WORLD, MAINLAND, GUANGDONG = "WORLD", "CN", "GD"
REST = "CN-GD"  # the mainland without Guangdong: what is left when Guangdong is taken
_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN
HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC
NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA
SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR
TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ISO_3166.split())
TERRITORIES = COUNTRIES | {WORLD, MAINLAND, GUANGDONG, REST}
_EVERYWHERE = COUNTRIES | {GUANGDONG, REST}
_MAINLAND = frozenset({GUANGDONG, REST})
_CODE = re.compile(r"[A-T](\d{2,4})?")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where, in what, how long. No field named is every field; no end is the right's last day."""

    territory: frozenset[str]
    fields: frozenset[str]
    starts: date
    ends: date | None = None

    @property
    def is_clear(self) -> bool:
        """Every token is a territory or a code that we know; else it may be anything."""
        return not self.unclear

    @property
    def unclear(self) -> tuple[str, ...]:
        """The tokens that may be anything."""
        places = (t for t in self.territory if t.lstrip("-") not in TERRITORIES)
        fields = (f for f in self.fields if not _CODE.fullmatch(f.lstrip("-")))
        return tuple(sorted({*places, *fields}))

    @property
    def is_empty(self) -> bool:
        """Nothing is in it."""
        backwards = self.ends is not None and self.ends < self.starts
        return backwards or not atoms(self.territory) or _no_field(self.fields)

    def overlaps(self, other: "Scope") -> bool:
        """Whether there is a place, a field and a day that both hold."""
        return (
            meet_in_time((self.starts, self.ends), (other.starts, other.ends))
            and bool(atoms(self.territory) & atoms(other.territory))
            and fields_meet(self.fields, other.fields)
        )

    def covers(self, other: "Scope") -> bool:
        """Whether all of the other lies within; free text covers only what says the same."""
        return (
            self.starts <= other.starts
            and (self.ends is None or (other.ends is not None and other.ends <= self.ends))
            and _places_cover(self.territory, other.territory)
            and _fields_cover(self.fields, other.fields)
        )


def scope(
    starts: date,
    ends: date | None = None,
    *,
    territory: Iterable[str] = (MAINLAND,),
    fields: Iterable[str] = (),
) -> Scope:
    """A scope from what forms and terms hold."""
    return Scope(frozenset(territory), frozenset(f for f in fields if f), starts, ends)


# ---- territory ---------------------------------------------------------------------------------


@cache
def atoms(territory: frozenset[str]) -> frozenset[str]:
    """The places that nothing divides further; an unknown token may be any of them."""
    held: frozenset[str] = frozenset()
    for token in territory:
        if not token.startswith("-"):
            held |= _atoms_of(token)
    for token in territory:
        if token.startswith("-") and token[1:] in TERRITORIES:
            held -= _atoms_of(token[1:])
    return held


def _atoms_of(token: str) -> frozenset[str]:
    if token == MAINLAND:
        return _MAINLAND
    if token in _EVERYWHERE:
        return frozenset({token})
    return _EVERYWHERE


def named(places: frozenset[str]) -> frozenset[str]:
    """The shortest way to write a set of atoms."""
    if len(places) * 2 > len(_EVERYWHERE):
        return frozenset({WORLD, *(f"-{token}" for token in named(_EVERYWHERE - places))})
    inland = places & _MAINLAND
    return (places - _MAINLAND) | (frozenset({MAINLAND}) if inland == _MAINLAND else inland)


def _places_cover(one: frozenset[str], other: frozenset[str]) -> bool:
    if any(t.lstrip("-") not in TERRITORIES for t in one | other):
        return one == other
    return atoms(other) <= atoms(one)


# ---- fields ------------------------------------------------------------------------------------


def fields_of(text: str) -> frozenset[str]:
    """The codes that a text names, or the text itself where it names anything else."""
    tokens = [t for t in re.split(r"[,;，；、\s]+", text.strip()) if t]
    if all(_CODE.fullmatch(t) for t in tokens):
        return frozenset(tokens)
    return frozenset({text.strip()})


def _split(fields: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What is held and what is excepted; free text is held as everything."""
    held = frozenset(
        f if _CODE.fullmatch(f) else "" for f in fields if not f.startswith("-")
    ) or frozenset({""})
    excepted = frozenset(f[1:] for f in fields if f.startswith("-") and _CODE.fullmatch(f[1:]))
    return held, excepted


def fields_meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of industries have one in common."""
    mine, not_mine = _split(one)
    theirs, not_theirs = _split(other)
    excepted = not_mine | not_theirs
    return any(
        not any(max(a, b, key=len).startswith(e) for e in excepted)
        for a in mine
        for b in theirs
        if a.startswith(b) or b.startswith(a)
    )


def _no_field(fields: frozenset[str]) -> bool:
    held, excepted = _split(fields)
    return all(any(h.startswith(e) for e in excepted) for h in held)


def _fields_cover(one: frozenset[str], other: frozenset[str]) -> bool:
    if any(not _CODE.fullmatch(f.lstrip("-")) for f in one | other):
        return not one or one == other
    mine, not_mine = _split(one)
    theirs, not_theirs = _split(other)
    whole = all(
        any(t.startswith(m) for m in mine) or any(t.startswith(e) for e in not_theirs)
        for t in theirs
    )
    left_out = all(
        any(e.startswith(n) for n in not_theirs) or not fields_meet(other, frozenset({e}))
        for e in not_mine
    )
    return whole and left_out


def _fields_without(fields: frozenset[str], taken: frozenset[str]) -> frozenset[str] | None:
    """The first without the second; None where nothing is left."""
    held, excepted = _split(fields)
    gone, spared = _split(taken)
    if spared or "" in gone or any(not _CODE.fullmatch(f.lstrip("-")) for f in fields):
        return None
    left = frozenset(h for h in held if not any(h.startswith(g) for g in gone))
    cut = excepted | {g for g in gone if any(g.startswith(h) for h in left)}
    if not left:
        return None
    return frozenset({*(h for h in left if h), *(f"-{c}" for c in cut)})


# ---- time --------------------------------------------------------------------------------------


def meet_in_time(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None]
) -> bool:
    """Whether two spans share a day; None is open."""
    return _before(one[0], other[1]) and _before(other[0], one[1])


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start <= end


# ---- what is left ------------------------------------------------------------------------------


def without_places(wished: Scope, taken: Iterable[Scope]) -> Scope | None:
    """The part of a scope in places that none of the others holds."""
    left = atoms(wished.territory)
    for one in taken:
        left -= atoms(one.territory)
    return replace(wished, territory=named(left)) if left else None


def without_fields(wished: Scope, taken: Iterable[Scope]) -> Scope | None:
    """The part of a scope in industries that none of the others holds."""
    fields: frozenset[str] | None = wished.fields
    for one in taken:
        fields = None if fields is None else _fields_without(fields, one.fields)
    return None if fields is None else replace(wished, fields=fields)


def after(wished: Scope, taken: Iterable[Scope]) -> Scope | None:
    """The part of a scope in the days after all the others."""
    ends = [one.ends for one in taken]
    if not ends or any(end is None for end in ends):
        return None
    begin = max(end for end in ends if end is not None) + timedelta(days=1)
    left = replace(wished, starts=max(begin, wished.starts))
    return None if left.is_empty else left


def before(wished: Scope, taken: Iterable[Scope]) -> Scope | None:
    """The part of a scope in the days before all the others."""
    starts = [one.starts for one in taken]
    if not starts:
        return None
    last = min(starts) - timedelta(days=1)
    left = replace(wished, ends=min(last, wished.ends or last))
    return None if left.is_empty else left
