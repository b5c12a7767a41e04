"""Where an auction stands, what may be asked of it, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where an auction stands; also the state of its row."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    FREE = "free"  # ENGLISH: 自由竞价
    LIMITED = "limited"  # ENGLISH: 限时竞价
    OPEN = "open"  # every other format while it takes bids, envelopes or applications
    OPENING = "opening"  # sealed formats and tenders: ended, the envelopes are being opened, scored
    SUSPENDED = "suspended"
    CLOSED = "closed"
    PRIORITY = "priority"  # holders of a right of first refusal have their days
    AWARDED = "awarded"
    DEFAULTED = "defaulted"
    FALLBACK = "fallback"  # offered to the runner-up at his own highest bid
    SETTLED = "settled"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


TAKES_BIDS = frozenset({Phase.FREE, Phase.LIMITED, Phase.OPEN})
RUNNING = TAKES_BIDS | {Phase.OPENING, Phase.SUSPENDED}
OVER = frozenset({Phase.SETTLED, Phase.FAILED, Phase.WITHDRAWN, Phase.CANCELLED})


@dataclass(frozen=True)
class Command:
    """What somebody, or the clock, asks: a kind of `commands` with its plain arguments.

    `code` is the bidder's pseudonym in this auction; none: the clock, the seller, the staff.
    """

    kind: str
    code: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """What was decided. `public` is published at once; `private` is sealed until the close.

    `at` is the moment of intake that the decision went by, in microseconds. Both mappings hold plain
    values only: strings, whole numbers, booleans, none, lists and mappings of them.
    """

    kind: str
    at: int
    code: str | None = None
    public: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Why not: a code with words (refusal `auction.*`) and the facts that its sentence names."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bidder:
    """One bidder as the engine knows him."""

    code: str
    rank: int = 0  # of his priority right; 0: none, 1: the first
    maximum: int | None = None  # his highest standing bid; none: no bid
    unlimited: bool = False  # the bundle keeps this maximum closed: above the final price
    seq: int | None = None  # of the bid that set it
    bids: int = 0
    excluded: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that the next decision depends on, besides the rules."""

    phase: Phase = Phase.DRAFT
    seq: int = 0
    last_at: int = 0
    price: int | None = None
    leader: str | None = None
    reserve_met: bool = False
    ends_at: int | None = None  # the effective end: the only one that anybody reads
    extensions: int = 0
    bids: int = 0
    bidders: Mapping[str, Bidder] = field(default_factory=dict)
    breaker_fired: bool = False
    resumes_to: Phase | None = None  # while suspended: where it goes on
    suspended_at: int | None = None
    suspended_for: str = ""  # the reason
    remaining: int | None = None  # microseconds left when it was suspended
    resumes_at: int | None = None  # announced
    shift: int = 0  # DUTCH: microseconds that the price stood still
    quoting: bool = False  # ANNOUNCED: the only applicant has been asked for his quote
    envelopes: Mapping[str, str] = field(default_factory=dict)  # code → commitment of the last one
    scores: Mapping[str, Sequence[int]] | None = None  # TENDER: code → mean of each criterion
    totals: Mapping[str, int] = field(default_factory=dict)  # TENDER: code → weighted total
    holders: Sequence[str] = ()  # of rights of first refusal who have not answered
    holders_until: int | None = None
    exercised: str | None = None
    winner: str | None = None
    award_price: int | None = None
    candidate: str | None = None  # the runner-up who was asked
    candidate_price: int | None = None
    defaulted: Sequence[str] = ()

    @property
    def sold(self) -> bool:
        """Somebody leads, at the reserve or above: once it is closed there is a buyer."""
        return self.leader is not None and self.reserve_met

    def to_json(self) -> dict[str, Any]:
        """Plain values, defaults left out."""
        found: dict[str, Any] = {
            name: value for name, value in vars(self).items() if value != _FRESH[name]
        }
        if self.bidders:
            found["bidders"] = [list(vars(one).values()) for one in self.bidders.values()]
        for name in ("envelopes", "totals"):
            if found.get(name) is not None:
                found[name] = dict(found[name])
        if "scores" in found:
            found["scores"] = {code: list(means) for code, means in found["scores"].items()}
        for name in ("holders", "defaulted"):
            if name in found:
                found[name] = list(found[name])
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """What to_json() made."""
        found = dict(data)
        found["bidders"] = {row[0]: Bidder(*row) for row in found.get("bidders", ())}
        for name in ("phase", "resumes_to"):
            if found.get(name):
                found[name] = Phase(found[name])
        for name in ("holders", "defaulted"):
            if name in found:
                found[name] = tuple(found[name])
        return cls(**found)


_FRESH = vars(State())
