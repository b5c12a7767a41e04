"""What a published auction is bound by: frozen, hashed into its first event.

Amounts are whole minor units of `currency`; moments are whole microseconds since 1970 UTC;
durations are whole seconds unless the name says otherwise; shares are basis points.
"""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

VERSION = "2026-11"  # of the rules of price formation; an auction keeps the one it was published by
LARGEST = 10**14  # fen: a trillion yuan
SECOND = 1_000_000  # microseconds

Ladder = tuple[tuple[int, int], ...]  # (from this price on, by this much), both in minor units
# Below 10,000 yuan 100 yuan, below 50,000 500 yuan … : our own, published with the rules.
LADDER: Ladder = (
    (0, 100_00),
    (10_000_00, 500_00),
    (50_000_00, 2_000_00),
    (200_000_00, 5_000_00),
    (1_000_000_00, 20_000_00),
    (5_000_000_00, 50_000_00),
    (20_000_000_00, 200_000_00),
)


class Format(StrEnum):
    """How the price is formed."""

    ENGLISH = "english"  # 自由竞价 + 限时竞价, proxy bids, soft close
    SEALED_FIRST = "sealed_first"  # 一次报价
    SEALED_SECOND = "sealed_second"  # 次高价密封
    DUTCH = "dutch"  # 降价
    ANNOUNCED = "announced"  # 挂牌征集: turns into bidding where two want it
    TENDER = "tender"  # 权重报价 / 评审


class PriorityMode(StrEnum):
    """How a right of first refusal is exercised."""

    NONE = "none"
    INSIDE = "inside"  # 场内: the holder bids and may equal the price
    AFTER = "after"  # 场后: notice of the full terms after closing, at least 15 days


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing a tender is scored by."""

    name: str
    name_en: str
    weight: int  # basis points; all of them and the price's are 10,000
    guide: str = ""  # what earns the points
    guide_en: str = ""

    def to_json(self) -> dict[str, Any]:
        """Without what was left empty: rules from before there were guides keep their hash."""
        guides = {"guide": self.guide, "guide_en": self.guide_en}
        whole = {"name": self.name, "name_en": self.name_en, "weight": self.weight}
        return whole | {name: text for name, text in guides.items() if text}


LATER = frozenset({"forfeit_cost_bps"})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The whole of what is agreed before the first bid."""

    version: str = VERSION
    auction: str  # J-00000001
    format: Format
    currency: str = "CNY"
    tick: int = 100
    start: int
    step: int | None = None  # fixed step; none: the ladder
    ladder: Ladder = LADDER
    raise_reprices: bool = False  # others' custom: the leader's own raise is a step over the second
    guide: int | None = None
    has_reserve: bool = False
    reserve_commitment: str | None = None  # SHA-256, hex, of the secret reserve and its salt
    buy_now: int | None = None
    deposit: int = 0
    opens_at: int
    free_ends_at: int | None = None  # ENGLISH only
    ends_at: int  # the planned end; ENGLISH: of the first cycle of the limited period
    cycle: int = 300
    drain_ms: int = 1000
    step_doubles_after: int = 60  # extensions
    breaker: int = 3  # suspended for review once the price is so many times the guide
    priority: PriorityMode = PriorityMode.NONE
    priority_days: int = 15
    floor: int | None = None  # DUTCH
    decrement: int | None = None  # DUTCH
    interval: int | None = None  # DUTCH: seconds between two prices
    becomes: Format | None = None  # ANNOUNCED: the format where two or more applied
    price_weight: int | None = None  # TENDER
    criteria: tuple[Criterion, ...] = ()  # TENDER
    evaluators: int | None = None  # TENDER: an odd number, at least three
    opening_key: str | None = None  # sealed formats: X25519 public key, hex
    law: str = ""  # version of the rule catalogue that the publication was judged by
    terms_hash: str = ""  # SHA-256, hex, of the terms on which the winner contracts
    parent: str | None = None  # relisted from
    round: int = 1
    forfeit_cost_bps: int = 0  # of a forfeited deposit, for the exchange's costs; the rest: seller

    def to_json(self) -> dict[str, Any]:
        """Plain values: strings, whole numbers, true and false, none, lists.

        Without what came later and is left empty: rules from before keep their hash.
        """
        plain = asdict(self) | {
            "criteria": [one.to_json() for one in self.criteria],
            "ladder": [list(rung) for rung in self.ladder],
        }
        return {k: v for k, v in plain.items() if v or k not in LATER}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Rules":
        """What to_json() made; a field that these rules do not know is an error (ValueError)."""
        if unknown := set(data) - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown rules: {sorted(unknown)}")
        return cls(
            **data
            | {
                "format": Format(data["format"]),
                "priority": PriorityMode(data.get("priority", "none")),
                "becomes": Format(data["becomes"]) if data.get("becomes") else None,
                "ladder": tuple((least, step) for least, step in data.get("ladder", LADDER)),
                "criteria": tuple(Criterion(**one) for one in data.get("criteria", ())),
            }
        )
