"""What is agreed about a right: one set of terms from listing to offer to contract. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.core.money import Money
from marketplace.listings import termsheet
from marketplace.listings.termsheet import Improvements, Law, Pay, Sublicensing, Use


class DealKind(StrEnum):
    """What is done with the right."""

    TRANSFER = "transfer"
    LICENCE = "licence"
    EQUITY = "equity"


class Grant(StrEnum):
    """How exclusively a licence is granted (专利法实施细则; 商标法实施条例; 民法典 art. 862 ff)."""

    EXCLUSIVE = "exclusive"
    SOLE = "sole"
    NON_EXCLUSIVE = "non_exclusive"


class RoyaltyBase(StrEnum):
    """What a running royalty is counted on."""

    NET_SALES = "net_sales"
    OUTPUT_VALUE = "output_value"
    PROFIT = "profit"


LARGEST = termsheet.LARGEST
TERRITORIES = ("CN", "GD", "HK", "MO", "TW", "WORLD")  # mainland, Guangdong, …, worldwide


@dataclass(frozen=True)
class Promise:
    """What the winner of a tender answered to one criterion: it was part of what won."""

    name: str
    name_en: str
    text: str


@dataclass(frozen=True)
class Terms:
    """The terms of a transfer, a licence or an equity contribution.

    `price` is the price, the entry fee, or the agreed value of the contribution; none means
    that it is still to be negotiated (a listing), never so in an offer. Rates are basis points.
    """

    kind: DealKind
    price: Money | None = None
    grant: Grant | None = None
    territory: tuple[str, ...] = ("CN",)
    field: str = ""
    months: int | None = None  # of a licence; none: to the right's last day
    sublicence: bool = False
    royalty_bps: int | None = None
    royalty_base: RoyaltyBase | None = None
    minimum_royalty: Money | None = None  # a year
    company: str = ""  # receives the contribution
    equity_bps: int | None = None
    delivery_days: int | None = None  # technical documents, from payment
    support_days: int | None = None  # person-days of technical support
    notes: str = ""
    promises: tuple[Promise, ...] = ()  # of the buyer, from a tender
    pay: Pay = termsheet.AS_STANDARD_PAY
    use: Use = termsheet.AS_STANDARD_USE
    law: Law = termsheet.AS_STANDARD_LAW

    @property
    def sublicensing(self) -> Sublicensing:
        """Free, with the owner's consent (the law's own answer: 民法典 art. 867), or never."""
        if self.sublicence:
            return Sublicensing.FREE
        return Sublicensing.NEVER if self.use.sublicence_never else Sublicensing.CONSENT

    @property
    def finer(self) -> dict[str, Any]:
        """The points of the groups by their own names."""
        return {**vars(self.pay), **vars(self.use), **vars(self.law)}

    @property
    def excludes_others(self) -> bool:
        """After this deal nobody else can make the same one."""
        return not (self.kind is DealKind.LICENCE and self.grant is Grant.NON_EXCLUSIVE)

    @property
    def rule_kind(self) -> str:
        """deal.kind of the fact model: a licence goes by its grant."""
        return self.grant.value if self.grant else self.kind.value

    def to_json(self) -> dict[str, Any]:
        """As kept in the database; money as currency and minor units."""
        empty = {name for name, none in GROUPS.items() if getattr(self, name) == none()}
        return {name: _plain(value) for name, value in asdict(self).items() if name not in empty}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Terms":
        """From what to_json() made; unknown keys are an error.

        Terms kept before the groups came have none of them: the standard text holds.
        """

        def money(value: Mapping[str, Any] | None) -> Money | None:
            return Money(value["currency"], value["minor"]) if value else None

        return cls(
            **{
                **data,
                "kind": DealKind(data["kind"]),
                "price": money(data.get("price")),
                "grant": Grant(data["grant"]) if data.get("grant") else None,
                "territory": tuple(data.get("territory") or ("CN",)),
                "royalty_base": RoyaltyBase(data["royalty_base"])
                if data.get("royalty_base")
                else None,
                "minimum_royalty": money(data.get("minimum_royalty")),
                "promises": tuple(Promise(**one) for one in data.get("promises") or ()),
                **{name: made.from_json(data.get(name) or {}) for name, made in GROUPS.items()},
            }
        )


GROUPS: dict[str, type[Pay] | type[Use] | type[Law]] = {"pay": Pay, "use": Use, "law": Law}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


IN_ORDER = (
    "kind", "price", "grant", "territory", "field", "months", "sublicence", "non_use_months",
    "royalty_bps", "royalty_base", "tiers", "minimum_royalty", "cap", "cap_per", "audit_times",
    "instalments", "guarantee", "milestones", "free_months", "free_then_days",
    "late_interest_bps", "company", "equity_bps",
    "delivery_days", "documents", "place", "acceptance", "inspection_days", "support_days",
    "improvements", "improvement_terms", "warranties", "confidentiality_years", "lapse", "forum",
    "language", "notes", "promises",
)  # fmt: skip
"""Every term by its own name, as the contract has them."""

_LICENCE_ONLY = frozenset(
    {"grant", "territory", "field", "months", "sublicence", "non_use_months"}
    | {"free_months", "free_then_days"}
)
ROYALTY = frozenset(
    {"royalty_bps", "royalty_base", "minimum_royalty", "tiers", "cap", "cap_per", "audit_times"}
)
NOT_OF_KIND = {
    DealKind.TRANSFER: _LICENCE_ONLY | {"company", "equity_bps"},
    DealKind.LICENCE: frozenset({"company", "equity_bps"}),
    DealKind.EQUITY: _LICENCE_ONLY | ROYALTY | {"milestones", "instalments", "guarantee"},
}
"""What has no place in a kind of deal; normalised() takes it out."""


def values(terms: Terms) -> dict[str, Any]:
    """Term by term, those of the groups too, in the order of the contract."""
    known = {**vars(terms), **terms.finer, "sublicence": terms.sublicensing}
    return {name: known[name] for name in IN_ORDER}


@dataclass(frozen=True)
class Difference:
    """A term that two sets do not share."""

    name: str
    before: Any
    after: Any


def differences(before: Terms, after: Terms) -> list[Difference]:
    """What changed from one version to the next, in the order of the contract."""
    old, new = values(before), values(after)
    return [Difference(name, old[name], new[name]) for name in IN_ORDER if old[name] != new[name]]


def normalised(terms: Terms) -> Terms:
    """The same terms without what does not belong to their kind."""
    changes: dict[str, Any] = {"pay": terms.pay, "use": _own_use(terms)}
    if terms.kind is not DealKind.LICENCE:
        changes |= {"grant": None, "months": None, "sublicence": False, "field": ""}
        changes |= {"territory": ("CN",)}
        changes["pay"] = replace(terms.pay, free_months=None, free_then_days=None)
    if terms.kind is not DealKind.EQUITY:
        changes |= {"company": "", "equity_bps": None}
    else:
        changes |= {"royalty_bps": None, "royalty_base": None, "minimum_royalty": None}
        changes["pay"] = Pay(late_interest_bps=terms.pay.late_interest_bps)
    if terms.royalty_bps is None and terms.minimum_royalty is None:
        changes |= {"royalty_base": None}
    in_order = tuple(one for one in termsheet.Warranty if one in terms.law.warranties)
    return replace(terms, **changes, law=replace(terms.law, warranties=in_order))


def _own_use(terms: Terms) -> Use:
    use = terms.use
    if use.improvements not in {Improvements.GRANT_BACK, Improvements.SHARED}:
        use = replace(use, improvement_terms="")
    if terms.kind is not DealKind.LICENCE:
        return replace(use, sublicence_never=False, non_use_months=None)
    return replace(use, sublicence_never=use.sublicence_never and not terms.sublicence)


def problems(terms: Terms, *, firm: bool) -> dict[str, str]:
    """What is wrong with terms: field → code. Firm terms (an offer) leave nothing to negotiate."""
    wrong: dict[str, str] = {}
    if terms.kind is DealKind.LICENCE:
        wrong |= _licence_problems(terms)
    if terms.kind is DealKind.EQUITY:
        wrong |= _equity_problems(terms, firm=firm)
    wrong |= _money_problems(terms, firm=firm)
    for name, most in (("delivery_days", 3650), ("support_days", 3650)):
        value = getattr(terms, name)
        if value is not None and not 0 <= value <= most:
            wrong[name] = "terms.days_out_of_range"
    wrong |= termsheet.problems(
        terms.pay, terms.use, least=terms.minimum_royalty, rate=terms.royalty_bps
    )
    return wrong | termsheet.confidentiality_problem(terms.law)


def _licence_problems(terms: Terms) -> dict[str, str]:
    wrong = {}
    if terms.grant is None:
        wrong["grant"] = "terms.grant_missing"
    if not terms.territory or not set(terms.territory) <= set(TERRITORIES):
        wrong["territory"] = "terms.territory_missing"
    if terms.months is not None and not 1 <= terms.months <= 600:
        wrong["months"] = "terms.months_out_of_range"
    return wrong


def _equity_problems(terms: Terms, *, firm: bool) -> dict[str, str]:
    wrong = {}
    if firm and not terms.company:
        wrong["company"] = "terms.company_missing"
    if terms.equity_bps is None:
        if firm:
            wrong["equity_bps"] = "terms.equity_missing"
    elif not 1 <= terms.equity_bps < 10_000:
        wrong["equity_bps"] = "terms.equity_out_of_range"
    return wrong


def _money_problems(terms: Terms, *, firm: bool) -> dict[str, str]:
    wrong = {}
    price = terms.price
    if price is None:
        if firm:
            wrong["price"] = "terms.price_missing"
    elif price.minor < 0 or (price.minor == 0 and terms.royalty_bps is None):
        wrong["price"] = "terms.price_not_positive"
    elif price.minor > LARGEST:
        wrong["price"] = "terms.price_too_large"
    return wrong | _royalty_problems(terms)


def _royalty_problems(terms: Terms) -> dict[str, str]:
    wrong = {}
    if terms.royalty_bps is not None:
        if not 1 <= terms.royalty_bps <= 10_000:
            wrong["royalty_bps"] = "terms.royalty_out_of_range"
        if terms.royalty_base is None:
            wrong["royalty_base"] = "terms.royalty_base_missing"
    least = terms.minimum_royalty
    if least is not None:
        if terms.royalty_bps is None:
            wrong["royalty_bps"] = "terms.royalty_missing"
        if not 0 < least.minor <= LARGEST:
            wrong["minimum_royalty"] = "terms.minimum_out_of_range"
    return wrong


def in_conflict(one: Terms, other: Terms) -> bool:
    """Whether two listings of one right cannot stand side by side: only plain licences can."""
    return one.excludes_others or other.excludes_others


_WITHIN = {"GD": {"GD", "CN", "WORLD"}, "CN": {"CN", "GD", "WORLD"}}


def overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two territories have ground in common; Guangdong is part of the mainland."""
    if "WORLD" in one or "WORLD" in other:
        return True
    return any(_WITHIN.get(place, {place}) & set(other) for place in one)
