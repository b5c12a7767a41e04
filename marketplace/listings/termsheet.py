"""The finer points of an agreement, in groups: how it is paid, what may be done, what law says.

Pure. Nothing said (none, or an empty tuple) means that the standard text of the contract holds.
Amounts are Money, rates basis points. `terms.Terms` carries one of each group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from marketplace.core.money import Money

MOST_ROWS = 4  # tiers and milestones that a term sheet has room for
LARGEST = 10**15  # fen: ten thousand billion yuan; beyond it there is a slip of the hand


class CapPer(StrEnum):
    """What a cap on royalties limits: all that is ever paid, or each contract year."""

    TOTAL = "total"
    YEAR = "year"


class Sublicensing(StrEnum):
    """Whether a licensee may let others use the right (民法典 art. 867: not without agreement)."""

    NEVER = "never"
    CONSENT = "consent"
    FREE = "free"


class Improvements(StrEnum):
    """Whose later improvements are (民法典 art. 875: each party's own unless agreed otherwise)."""

    OWN = "own"
    GRANT_BACK = "grant_back"
    SHARED = "shared"


class Warranty(StrEnum):
    """What the owner stands for (民法典 art. 870 for the title and the technology)."""

    TITLE = "title"
    NO_KNOWN_CLAIM = "no_known_claim"
    VALID_AT_SIGNING = "valid_at_signing"
    COMPLETE = "complete"
    FEES_PAID = "fees_paid"


class Language(StrEnum):
    """Which text of the contract prevails."""

    ZH = "zh"
    EN = "en"
    EQUAL = "equal"


class Forum(StrEnum):
    """Who decides a dispute: a court (by whose seat), or an arbitration institution."""

    DEFENDANT = "defendant"
    SELLER = "seller"
    BUYER = "buyer"
    CIETAC = "cietac"  # 中国国际经济贸易仲裁委员会
    GZAC = "gzac"  # 广州仲裁委员会
    SCIA = "scia"  # 深圳国际仲裁院


class Lapse(StrEnum):
    """What becomes of the fees when the right is invalidated or lapses (专利法 art. 47)."""

    STATUTE = "statute"  # what was paid stays paid, save bad faith and plain unfairness
    PROPORTION = "proportion"  # fees of the time that has not run are paid back
    TERMINATE = "terminate"  # the buyer may end the contract; nothing more falls due


@dataclass(frozen=True)
class Tier:
    """From this yearly base upwards the rate is another one."""

    above: Money | None = None  # none: a form that is not complete
    bps: int | None = None


@dataclass(frozen=True)
class Milestone:
    """A payment that an event brings about."""

    event: str = ""
    amount: Money | None = None  # none: a form that is not complete
    latest: date | None = None  # owed by then even if the event is still out


@dataclass(frozen=True)
class LaterPart:
    """A part of the price that is paid later: a share of it, owed on a day.

    With an event it is owed fifteen days after that, on the day at the latest.
    """

    bps: int | None = None  # none: a form that is not complete
    due: date | None = None
    event: str = ""


@dataclass(frozen=True)
class Pay:
    """How it is paid, beyond the lump sum and the rate.

    Of `instalments` the first payment is not one: it is what they leave of the price. Milestones are
    paid besides the price.
    """

    tiers: tuple[Tier, ...] = ()
    cap: Money | None = None
    cap_per: CapPer | None = None
    instalments: tuple[LaterPart, ...] = ()
    guarantee: str = ""  # what secures the parts that are paid later
    milestones: tuple[Milestone, ...] = ()
    free_months: int | None = None  # 先使用后付费: months of use before anything falls due
    free_then_days: int | None = None  # after them, days to pay
    late_interest_bps: int | None = None  # a day
    audit_times: int | None = None  # a year; nought: no audit

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From what plain() made; unknown keys are an error."""
        tiers = tuple(
            Tier(**{**one, "above": _money(one.get("above"))}) for one in data.get("tiers", ())
        )
        milestones = tuple(
            Milestone(
                **{
                    **one,
                    "amount": _money(one.get("amount")),
                    "latest": date.fromisoformat(one["latest"]) if one.get("latest") else None,
                }
            )
            for one in data.get("milestones", ())
        )
        instalments = tuple(
            LaterPart(**{**one, "due": date.fromisoformat(one["due"]) if one.get("due") else None})
            for one in data.get("instalments", ())
        )
        read = {
            "tiers": tiers,
            "instalments": instalments,
            "milestones": milestones,
            "cap": _money(data.get("cap")),
            "cap_per": CapPer(data["cap_per"]) if data.get("cap_per") else None,
        }
        return cls(**{**data, **read})


@dataclass(frozen=True)
class Use:
    """What may be done with the right, and what comes with it."""

    sublicence_never: bool = False  # not even with consent; Terms.sublicence is the free kind
    non_use_months: int | None = None  # unused for so long: the owner may end the licence
    improvements: Improvements | None = None
    improvement_terms: str = ""  # the consideration of a grant-back, the split of a sharing
    documents: str = ""  # what is handed over
    place: str = ""  # where and how
    acceptance: str = ""  # by what standard the buyer accepts it
    inspection_days: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From what plain() made; unknown keys are an error."""
        said = data.get("improvements")
        return cls(**{**data, "improvements": Improvements(said) if said else None})


@dataclass(frozen=True)
class Law:
    """What the parties stand for, and who decides when they do not agree."""

    warranties: tuple[Warranty, ...] = ()
    confidentiality_years: int | None = None
    lapse: Lapse | None = None
    forum: Forum | None = None
    language: Language | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From what plain() made; unknown keys are an error."""
        read = {
            "warranties": tuple(Warranty(one) for one in data.get("warranties", ())),
            "lapse": Lapse(data["lapse"]) if data.get("lapse") else None,
            "forum": Forum(data["forum"]) if data.get("forum") else None,
            "language": Language(data["language"]) if data.get("language") else None,
        }
        return cls(**{**data, **read})


AS_STANDARD_PAY = Pay()
AS_STANDARD_USE = Use()
AS_STANDARD_LAW = Law()


def _money(value: Mapping[str, Any] | None) -> Money | None:
    return Money(value["currency"], value["minor"]) if value else None


def problems(pay: Pay, use: Use, *, least: Money | None, rate: int | None) -> dict[str, str]:
    """What is wrong with the groups: field → code.

    `least` is the minimum royalty a year, `rate` the first rate; both are of the same terms.
    """
    wrong = _tier_problems(pay, rate) | _milestone_problems(pay) | _cap_problems(pay, least, rate)
    wrong |= _instalment_problems(pay)
    for name, value, lowest, highest, code in (
        ("free_months", pay.free_months, 1, 36, "terms.free_months_out_of_range"),
        ("free_then_days", pay.free_then_days, 0, 365, "terms.free_then_out_of_range"),
        ("late_interest_bps", pay.late_interest_bps, 1, 10, "terms.late_interest_out_of_range"),
        ("audit_times", pay.audit_times, 0, 4, "terms.audit_out_of_range"),
        ("non_use_months", use.non_use_months, 3, 60, "terms.non_use_out_of_range"),
        ("inspection_days", use.inspection_days, 1, 365, "terms.inspection_out_of_range"),
    ):
        if value is not None and not lowest <= value <= highest:
            wrong[name] = code
    if pay.free_then_days is not None and pay.free_months is None:
        wrong["free_months"] = "terms.free_months_missing"
    unpaid = use.improvements is Improvements.GRANT_BACK and not use.improvement_terms
    if unpaid:  # 民法典 art. 850; 技术合同司法解释 (法释〔2020〕19号) art. 10(1)
        wrong["improvement_terms"] = "terms.grant_back_unpaid"
    return wrong


def _tier_problems(pay: Pay, rate: int | None) -> dict[str, str]:
    wrong = {}
    if pay.tiers and rate is None:
        wrong["royalty_bps"] = "terms.royalty_missing"
    floor = 0
    for at, tier in enumerate(pay.tiers):
        if tier.above is None or tier.bps is None:
            wrong[f"tier_{at}_above"] = "terms.tier_incomplete"
            continue
        if not floor < tier.above.minor <= LARGEST:
            wrong[f"tier_{at}_above"] = "terms.tiers_not_rising"
        if not 0 <= tier.bps <= 10_000:
            wrong[f"tier_{at}_bps"] = "terms.tier_rate_out_of_range"
        floor = max(floor, tier.above.minor)
    return wrong


def _instalment_problems(pay: Pay) -> dict[str, str]:
    """Shares that leave a first payment, on days that follow one another."""
    wrong = {}
    left, before = 10_000, date.min
    for at, one in enumerate(pay.instalments):
        if one.bps is None or not 0 < one.bps < left:
            wrong[f"instalment_{at}_bps"] = "terms.instalment_share"
        if one.due is None:
            wrong[f"instalment_{at}_due"] = "terms.instalment_day_missing"
        elif one.due < before:
            wrong[f"instalment_{at}_due"] = "terms.instalment_days_not_rising"
        left -= one.bps or 0
        before = one.due or before
    if pay.guarantee and not pay.instalments:
        wrong["guarantee"] = "terms.guarantee_of_nothing"
    return wrong


def _milestone_problems(pay: Pay) -> dict[str, str]:
    wrong = {}
    for at, one in enumerate(pay.milestones):
        if not one.event:
            wrong[f"milestone_{at}_event"] = "terms.milestone_incomplete"
        if one.amount is None or not 0 < one.amount.minor <= LARGEST:
            wrong[f"milestone_{at}_amount"] = "terms.milestone_amount_missing"
    return wrong


def _cap_problems(pay: Pay, least: Money | None, rate: int | None) -> dict[str, str]:
    if pay.cap is None:
        return {"cap": "terms.cap_missing"} if pay.cap_per is not None else {}
    wrong = {}
    if rate is None:
        wrong["royalty_bps"] = "terms.royalty_missing"
    if pay.cap_per is None:
        wrong["cap_per"] = "terms.cap_per_missing"
    floor = least.minor if least is not None else 1
    if not floor <= pay.cap.minor <= LARGEST:
        wrong["cap"] = "terms.cap_out_of_range"
    return wrong


def confidentiality_problem(law: Law) -> dict[str, str]:
    """Years of secrecy after the contract: a period people mean."""
    years = law.confidentiality_years
    odd = years is not None and not 1 <= years <= 50
    return {"confidentiality_years": "terms.confidentiality_out_of_range"} if odd else {}
