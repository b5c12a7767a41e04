"""How old what we know of a right is, by the day it was last held against the register."""

from datetime import date
from enum import StrEnum


class Freshness(StrEnum):
    """A traffic light."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


def freshness(checked_on: date | None, today: date, *, fresh: int, stale: int) -> Freshness:
    """Green up to so many days since the check, amber up to more; red after that, or without one."""
    age = (today - checked_on).days if checked_on else stale + 1
    if age <= fresh:
        return Freshness.GREEN
    return Freshness.AMBER if age <= stale else Freshness.RED
