"""What an organisation holds to in a negotiation, and how terms stand to it. Pure.

A position is about one term of a kind of deal, as its seller or as its buyer: the preferred value or
wording, and the fall-backs that may be given, in their order. Texts are compared without regard to
spaces, line ends and the width of characters; a term left to the standard text of the contract is
compared as what that text says.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from marketplace.core.money import Money
from marketplace.listings import terms as agreed
from marketplace.listings.terms import GROUPS, NOT_OF_KIND, ROYALTY, DealKind, Terms
from marketplace.listings.termsheet import Forum, Improvements, Language, Lapse, Sublicensing

MOST_FALLBACKS = 9
LONGEST_GUIDANCE = 1000


class Bound(StrEnum):
    """How a value is meant: for texts `at least` is to contain it, for several ticks to have all."""

    EXACTLY = "exactly"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Rank(StrEnum):
    """How a term stands to the position about it."""

    PREFERRED = "preferred"
    FALLBACK = "fallback"
    OUTSIDE = "outside"


NUMBERS = frozenset(
    {"months", "non_use_months", "royalty_bps", "minimum_royalty", "cap", "audit_times"}
    | {"free_months", "late_interest_bps", "equity_bps", "delivery_days", "inspection_days"}
    | {"support_days", "confidentiality_years"}
)
TEXTS = frozenset({"field", "documents", "place", "acceptance", "improvement_terms", "notes"})
SETS = frozenset({"territory", "warranties"})
CODES = frozenset(
    {"grant", "sublicence", "royalty_base", "cap_per", "improvements", "lapse", "forum", "language"}
)
POSITIONED = tuple(n for n in agreed.IN_ORDER if n in NUMBERS | TEXTS | SETS | CODES)
"""The terms that a position can be about, in the order of the contract.

Not the price, which has a rule of its own, and not what comes in rows (tiers, instalments, milestones).
"""

ENDLESS = 10**18
STANDARD: Mapping[str, Any] = {
    "months": ENDLESS,  # to the right's last day
    "non_use_months": ENDLESS,  # no ending for non-use
    "royalty_bps": 0,
    "minimum_royalty": 0,
    "cap": ENDLESS,
    "audit_times": 1,
    "free_months": 0,
    "late_interest_bps": 5,
    "inspection_days": 15,
    "support_days": 0,
    "confidentiality_years": ENDLESS,  # until it is lawfully public
    "improvements": Improvements.OWN,
    "lapse": Lapse.STATUTE,
    "forum": Forum.DEFENDANT,
    "language": Language.ZH,
}
"""What holds where a term says nothing: the standard text of templates/pdf/contract.typ."""

_GROUND = {"CN": {"CN", "GD"}, "WORLD": {"CN", "GD", "HK", "MO", "TW", "WORLD"}}


def of_kind(kind: DealKind) -> tuple[str, ...]:
    """The terms that a position in this kind of deal can be about."""
    return tuple(name for name in POSITIONED if name not in NOT_OF_KIND[kind])


def bounds_of(name: str) -> tuple[Bound, ...]:
    """How a value of this term can be meant."""
    if name in NUMBERS | SETS:
        return tuple(Bound)
    return (Bound.EXACTLY, Bound.AT_LEAST) if name in TEXTS else (Bound.EXACTLY,)


@dataclass(frozen=True)
class Stand:
    """One value or wording that may be agreed, with a word to colleagues."""

    value: Any
    bound: Bound = Bound.EXACTLY
    guidance: str = ""
    owner: bool = False  # an owner must agree before it is given


@dataclass(frozen=True)
class Position:
    """What is wanted for a term, and what may be given instead, the better first."""

    kind: DealKind
    name: str
    preferred: Stand
    fallbacks: tuple[Stand, ...] = ()

    @property
    def stands(self) -> tuple[Stand, ...]:
        """All of them; number 0 is the preferred one."""
        return (self.preferred, *self.fallbacks)

    def to_json(self) -> dict[str, Any]:
        """As kept in the database."""
        return {"stands": [self._plain(stand) for stand in self.stands]}

    def _plain(self, stand: Stand) -> dict[str, Any]:
        terms = put(Terms(self.kind), self.name, stand.value).to_json()
        return {**vars(stand), "value": terms, "bound": stand.bound.value}

    @classmethod
    def from_json(cls, kind: DealKind, name: str, data: Mapping[str, Any]) -> Self:
        """From what to_json() made."""
        stands = [
            Stand(
                **{
                    **one,
                    "value": value_of(Terms.from_json(one["value"]), name),
                    "bound": Bound(one["bound"]),
                }
            )
            for one in data["stands"]
        ]
        return cls(kind, name, stands[0], tuple(stands[1:]))


def value_of(terms: Terms, name: str) -> Any:
    """The value of one term."""
    return agreed.values(terms)[name]


def put(terms: Terms, name: str, value: Any) -> Terms:
    """The same terms with one of them set."""
    if name == "sublicence":
        use = replace(terms.use, sublicence_never=value == Sublicensing.NEVER)
        return replace(terms, sublicence=value == Sublicensing.FREE, use=use)
    for group in GROUPS:
        if hasattr(getattr(terms, group), name):
            return replace(terms, **{group: replace(getattr(terms, group), **{name: value})})
    return replace(terms, **{name: value})


def normal(text: str) -> str:
    """A text without what does not change its meaning: width of characters, spaces, line ends."""
    text = "".join(unicodedata.normalize("NFKC", text).split())
    return unicodedata.normalize("NFC", text)


def holds(name: str, stand: Stand, value: Any) -> bool:
    """Whether a value of the term is what the stand says."""
    ours, theirs = _comparable(name, stand.value), _comparable(name, value)
    if ours is None or theirs is None or stand.bound is Bound.EXACTLY:
        return bool(ours == theirs)
    if stand.bound is Bound.AT_MOST:
        return bool(theirs <= ours)
    return ours in theirs if name in TEXTS else bool(theirs >= ours)


def _comparable(name: str, value: Any) -> Any:
    if name in TEXTS:
        return normal(value or "")
    if name == "territory":
        return frozenset().union(*(_GROUND.get(one, {one}) for one in value or ()))
    if name in SETS:
        return frozenset(value or ())
    if value is None:
        return STANDARD.get(name)
    return value.minor if isinstance(value, Money) else value


def given(name: str, stand: Stand, base: Any) -> Any:
    """The value that brings a term to the stand; of what already holds as little as possible is lost."""
    if holds(name, stand, base):
        return base
    if stand.bound is Bound.AT_LEAST and name in TEXTS and base:
        return f"{base}\n{stand.value}"
    if stand.bound is Bound.AT_LEAST and name in SETS:
        return tuple(dict.fromkeys((*(base or ()), *stand.value)))
    return stand.value


def taken(terms: Terms, name: str, stand: Stand) -> Terms:
    """Terms brought to the stand."""
    return put(terms, name, given(name, stand, value_of(terms, name)))


def applies(name: str, terms: Terms) -> bool:
    """Whether the term has a place in these terms: no cap without a royalty, and so on."""
    if name in NOT_OF_KIND[terms.kind]:
        return False
    if name == "improvement_terms":
        return terms.use.improvements in {Improvements.GRANT_BACK, Improvements.SHARED}
    if name == "cap_per" and terms.pay.cap is None:
        return False
    return name == "royalty_bps" or name not in ROYALTY or terms.royalty_bps is not None


@dataclass(frozen=True)
class Weighed:
    """How a term on the table stands to the position about it."""

    position: Position
    value: Any
    rank: Rank
    number: int = 0  # of the stand that holds; 0: the preferred one
    wants_owner: bool = field(default=False)  # outside, or a fall-back that an owner must agree to

    @property
    def name(self) -> str:
        """Of the term."""
        return self.position.name

    @property
    def better(self) -> tuple[tuple[int, Stand], ...]:
        """The stands that would be better than what is on the table, the best first."""
        numbered = tuple(enumerate(self.position.stands))
        return numbered if self.rank is Rank.OUTSIDE else numbered[: self.number]


def weigh(position: Position, value: Any) -> Weighed:
    """The first stand that the value agrees with decides."""
    for number, stand in enumerate(position.stands):
        if holds(position.name, stand, value):
            rank = Rank.FALLBACK if number else Rank.PREFERRED
            return Weighed(position, value, rank, number, bool(number) and stand.owner)
    return Weighed(position, value, Rank.OUTSIDE, wants_owner=True)


def weighed(positions: Iterable[Position], terms: Terms) -> list[Weighed]:
    """Every term that a position is about and that has a place in the terms, in their order."""
    known = {one.name: one for one in positions}
    values = agreed.values(terms)
    return [
        weigh(known[name], values[name])
        for name in POSITIONED
        if name in known and applies(name, terms)
    ]


def problems(position: Position) -> dict[str, str]:
    """What is wrong with a position: field → code. Fields are of the stand that was written last."""
    if position.name not in of_kind(position.kind):
        return {"term": "clause.not_of_kind"}
    wrong: dict[str, str] = {}
    for stand in position.stands:
        wrong |= _stand_problems(position, stand)
    if len(position.fallbacks) > MOST_FALLBACKS:
        wrong["value"] = "clause.too_many"
    seen = [(one.bound, _comparable(position.name, one.value)) for one in position.stands]
    if any(one in seen[:at] for at, one in enumerate(seen)):
        wrong[position.name] = "clause.same_twice"
    return wrong


def _stand_problems(position: Position, stand: Stand) -> dict[str, str]:
    name = position.name
    wrong: dict[str, str] = {}
    found = agreed.problems(put(Terms(position.kind), name, stand.value), firm=False)
    if name in found:
        wrong[name] = found[name]
    if stand.bound not in bounds_of(name):
        wrong["bound"] = "clause.bound"
    nothing = stand.value in (None, "", ())
    if nothing and stand.bound is not Bound.EXACTLY and not (name in SETS and _at_most(stand)):
        wrong["bound"] = "clause.bound_of_nothing"
    if len(stand.guidance) > LONGEST_GUIDANCE:
        wrong["guidance"] = "clause.guidance_too_long"
    return wrong


def _at_most(stand: Stand) -> bool:
    return stand.bound is Bound.AT_MOST
