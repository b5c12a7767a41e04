"""What is agreed about a right: one set of terms from listing to offer to contract. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from marketplace.core.money import Money


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


TERRITORIES = ("CN", "GD", "HK", "MO", "TW", "WORLD")  # mainland, Guangdong, …, worldwide


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
        return {**asdict(self), "territory": list(self.territory)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Terms":
        """From what to_json() made; unknown keys are an error."""

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
            }
        )


@dataclass(frozen=True)
class Difference:
    """A term that two sets do not share."""

    name: str
    before: Any
    after: Any


def differences(before: Terms, after: Terms) -> list[Difference]:
    """What changed from one version to the next, in the order of the contract."""
    return [
        Difference(f.name, getattr(before, f.name), getattr(after, f.name))
        for f in fields(Terms)
        if getattr(before, f.name) != getattr(after, f.name)
    ]
