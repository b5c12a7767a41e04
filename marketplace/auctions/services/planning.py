"""What a seller may plan: bounds of prices, steps, deposits, weights and hours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from marketplace.auctions.engine.rules import LARGEST, Criterion, Format, PriorityMode
from marketplace.core import clock, working_days

HOUR = timedelta(hours=1)
OFFICE_HOURS = time(9, 30), time(16, 30)
MORNING = time(10)
USUAL_LENGTH = timedelta(days=4)
CYCLE = range(120, 601)
STEP_BPS = 20, 500  # of the start
LARGEST_DEPOSIT_BPS = 2000  # 民法典 art. 586: earnest money beyond a fifth has no force
MOST_CRITERIA = 6  # of a tender, beside the price
LONGEST_NAME = 40  # of a criterion
LONGEST_GUIDE = 300  # of what earns its points
LATEST = timedelta(days=730)  # from now, for every end
ENGLISH = frozenset({Format.ENGLISH, Format.ANNOUNCED})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a seller decides; amounts in minor units, durations in seconds, shares in basis points."""

    format: Format
    start: int
    opens_at: datetime
    ends_at: datetime  # ENGLISH: of the free period
    deposit: int = 0
    step: int | None = None
    guide: int | None = None
    reserve: int | None = None
    buy_now: int | None = None
    cycle: int = 300
    priority: PriorityMode = PriorityMode.AFTER
    floor: int | None = None
    decrement: int | None = None
    interval: int | None = None
    price_weight: int | None = None
    criteria: tuple[Criterion, ...] = field(default=())
    evaluators: int | None = None


def morning_after(moment: datetime) -> datetime:
    """Ten in the morning of the next working day in Guangdong, never the same day."""
    tomorrow = moment.astimezone(clock.BEIJING).date() + timedelta(days=1)
    day = working_days.next_working(tomorrow)
    return datetime.combine(day, MORNING, clock.BEIJING)


def usual_deposit(start: int) -> int:
    """A tenth of the start, in whole yuan."""
    return start // 1000 * 100


def problems(plan: Plan) -> dict[str, str]:
    """What is wrong with a plan: field → code."""
    wrong = _amounts(plan)
    low, high = (plan.start * share // 10_000 for share in STEP_BPS)
    if plan.step is not None and not low <= plan.step <= high:
        wrong["step"] = "auction.step_out_of_range"
    if plan.deposit < 0 or plan.deposit * 10_000 > plan.start * LARGEST_DEPOSIT_BPS:
        wrong["deposit"] = "auction.deposit_too_large"
    if plan.buy_now is not None and plan.buy_now < max(plan.start, plan.reserve or 0):
        wrong["buy_now"] = "auction.buy_now_too_low"
    if plan.reserve is not None and plan.reserve < plan.start:
        wrong["reserve"] = "auction.reserve_below_start"
    if plan.cycle not in CYCLE:
        wrong["cycle"] = "auction.cycle_out_of_range"
    return wrong | _dutch(plan) | _tender(plan) | _times(plan)


def _amounts(plan: Plan) -> dict[str, str]:
    """Whole yuan above zero, and no more than there is."""
    named = ("start", "guide", "reserve", "buy_now", "floor", "decrement")
    said = {name: getattr(plan, name) for name in named}
    return {
        name: "auction.whole_yuan"
        for name, minor in said.items()
        if minor is not None and not (0 < minor <= LARGEST and minor % 100 == 0)
    }


def _dutch(plan: Plan) -> dict[str, str]:
    if plan.format is not Format.DUTCH:
        return {}
    if plan.floor is None or not 0 < plan.floor < plan.start:
        return {"floor": "auction.floor_out_of_range"}
    if not plan.decrement or not 0 < plan.decrement <= plan.start - plan.floor:
        return {"decrement": "auction.decrement_out_of_range"}
    if not plan.interval or plan.interval < 30:
        return {"interval": "auction.interval_too_short"}
    falls = (plan.start - plan.floor) // plan.decrement + 2
    too_long = falls * plan.interval > LATEST.total_seconds()
    return {"interval": "auction.too_far"} if too_long else {}


def _tender(plan: Plan) -> dict[str, str]:
    if plan.format is not Format.TENDER:
        return {}
    if not plan.price_weight or not _is_weight(plan.price_weight):
        return {"price_weight": "auction.price_weight"}
    if not 1 <= len(plan.criteria) <= MOST_CRITERIA:
        return {"criterion_1": "auction.criteria_count"}
    for number, one in enumerate(plan.criteria, start=1):
        if refusal := _criterion(one, plan.criteria[: number - 1]):
            return {f"criterion_{number}": refusal}
    if plan.price_weight + sum(c.weight for c in plan.criteria) != 10_000:
        return {"price_weight": "auction.weights"}
    odd = plan.evaluators is not None and plan.evaluators >= 3 and plan.evaluators % 2 == 1
    return {} if odd else {"evaluators": "auction.evaluators"}


def _criterion(one: Criterion, before: Sequence[Criterion]) -> str:
    names = one.name.strip(), one.name_en.strip()
    if not all(0 < len(name) <= LONGEST_NAME and name.isprintable() for name in names):
        return "auction.criterion_name"
    if any(one.name == other.name or one.name_en == other.name_en for other in before):
        return "auction.criterion_twice"
    if not all(_is_guide(text) for text in (one.guide, one.guide_en)):
        return "auction.criterion_guide"
    return "" if _is_weight(one.weight) else "auction.criterion_weight"


def _is_guide(text: str) -> bool:
    return len(text) <= LONGEST_GUIDE and all(one.isprintable() or one == "\n" for one in text)


def _is_weight(weight: int) -> bool:
    """Whole per cent, in basis points."""
    return 0 < weight < 10_000 and weight % 100 == 0


def _times(plan: Plan) -> dict[str, str]:
    if plan.ends_at <= plan.opens_at:
        return {"ends_at": "auction.ends_before_it_opens"}
    if plan.ends_at > clock.now() + LATEST:
        return {"ends_at": "auction.too_far"}
    if plan.format not in ENGLISH:
        return {}
    begins = plan.ends_at + (HOUR if plan.format is Format.ANNOUNCED else timedelta())
    moment = begins.astimezone(clock.BEIJING)
    in_hours = OFFICE_HOURS[0] <= moment.time().replace(tzinfo=None) <= OFFICE_HOURS[1]
    if not in_hours or not working_days.is_working(moment.date()):
        return {"ends_at": "auction.not_office_hours"}
    return {}
