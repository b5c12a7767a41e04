"""What the verbs of burdens check alike."""

from datetime import date

from marketplace.core import clock
from marketplace.core.errors import Invalid


def must_say_why(because: str) -> None:
    """Who refuses or takes back gives the reason."""
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})


def must_be_past(day: date, field: str) -> None:
    """What is on record has happened."""
    if day > clock.today():
        raise Invalid("burden.in_future", fields={field: "burden.in_future"})


def must_be_in_order(starts: date, ends: date | None, field: str) -> None:
    """The end is not before the beginning."""
    if ends is not None and ends < starts:
        raise Invalid("burden.days_reversed", fields={field: "burden.days_reversed"})
