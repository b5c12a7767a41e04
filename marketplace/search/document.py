"""What the index knows of a listing. Pure: whoever knows listings fills it in."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

# Facets in the order in which a reader narrows a search.
FACETS = (
    "kind",
    "deal_mode",
    "price_band",
    "city",
    "industry",
    "class",
    "owner_kind",
    "pledged",
    "valued",
    "term_band",
    "verified",
    "freshness",
)
OF_THE_DAY = frozenset({"valued", "term_band", "freshness"})  # facets that change with the calendar

_TEN_THOUSAND_YUAN = 1_000_000  # in fen
PRICE_BOUNDS = tuple(_TEN_THOUSAND_YUAN * bound for bound in (1, 5, 10, 50, 100, 500))
PRICE_BANDS = (
    "under_10k",
    "10k_to_50k",
    "50k_to_100k",
    "100k_to_500k",
    "500k_to_1m",
    "1m_to_5m",
    "from_5m",
)
NEGOTIABLE = "negotiable"

TERM_YEARS = (0, 3, 5, 10)
TERM_BANDS = ("expired", "under_3y", "3y_to_5y", "5y_to_10y", "from_10y")
OPEN_TERM = "open"
LIGHTS = ("green", "amber", "red")


@dataclass(frozen=True, kw_only=True)
class SearchDocument:
    """A listing as the reader finds it. A bundle gives several values for a facet.

    `price_minor` is in fen, None where the price is negotiable. `industries` are codes of
    GB/T 4754 (section letter or longer), `classes` IPC symbols of any length, `nice` class numbers.
    `version` says when the listing was read from the database (any growing number): a document
    read earlier never replaces one read later. `updated_at` is the order of the last change.
    `valued_until` is the last day of the valuation on which `valued` rests; None: it has no end.
    """

    id: int | str
    reference: str
    title: str
    title_en: str = ""
    abstract: str = ""
    abstract_en: str = ""
    owners: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    nice: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    deal_modes: tuple[str, ...] = ()
    price_minor: int | None = None
    cities: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    owner_kinds: tuple[str, ...] = ()
    pledged: bool = False
    valued: bool = False
    valued_until: date | None = None
    verified: bool = False
    checked_on: date | None = None  # when the stalest right was last held against the register
    expires_on: date | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0

    @property
    def key(self) -> str:
        return str(self.id)

    def facets(self) -> dict[str, tuple[str, ...]]:
        """The facet values that do not depend on the day."""
        return {
            "kind": _unique(self.kinds),
            "deal_mode": _unique(self.deal_modes),
            "price_band": (price_band(self.price_minor),),
            "city": _unique(self.cities),
            "industry": _unique(part for code in self.industries for part in _levels(code)),
            "class": _unique([*map(_subclass, self.classes), *(f"nice-{n}" for n in self.nice)]),
            "owner_kind": _unique(self.owner_kinds),
            "pledged": (_yes_no(self.pledged),),
            "verified": (_yes_no(self.verified),),
        }


def price_band(price_minor: int | None) -> str:
    """The band of a price in fen; the lower bound belongs to the band."""
    return (
        NEGOTIABLE if price_minor is None else PRICE_BANDS[bisect_right(PRICE_BOUNDS, price_minor)]
    )


def term_limits(today: date) -> tuple[date, ...]:
    """The days on which the bands of remaining term begin: expiring on one is the upper band."""
    return tuple(_in_years(today, years) for years in TERM_YEARS)


def term_band(expires_on: date | None, today: date) -> str:
    """The band of the remaining term; a right that expires today has not expired yet."""
    if expires_on is None:
        return OPEN_TERM
    return TERM_BANDS[bisect_right(term_limits(today), expires_on)]


def freshness(checked_on: date | None, today: date, *, fresh: int, stale: int) -> str:
    """The light of the last look into the register, by its age in days."""
    age = (today - checked_on).days if checked_on else stale + 1
    return LIGHTS[bisect_left((fresh, stale), age)]


def _in_years(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _levels(code: str) -> tuple[str, ...]:
    """The section letter and the two-digit division of an industry code."""
    code = code.strip().upper()
    return tuple(dict.fromkeys((code[:1], code[:3]))) if len(code) > 2 else (code[:1],)


def _subclass(symbol: str) -> str:
    return symbol.strip().upper()[:4]


def _yes_no(fact: bool) -> str:  # noqa: FBT001 -- a value, not a switch
    return "yes" if fact else "no"


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
