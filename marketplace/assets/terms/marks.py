"""Marks: ten years, renewed for ten more as often as their owner wants."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from marketplace.assets.terms import dated
from marketplace.assets.terms.days import add_months, add_years, day_before, expiry_event


def trademark_last_day(registration: date, renewals: int = 0) -> date:
    """Last day of a mark: ten years from registration, ten more from the day after for each renewal."""
    entry = dated.on(dated.table("terms")["trademark"], registration)
    return day_before(add_years(registration, entry["years"] + entry["renewal_years"] * renewals))


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """When a mark may be renewed: from `opens` to `last_day`, and late to `grace_ends`."""

    opens: date
    last_day: date
    grace_ends: date


def renewal_window(last_day: date) -> RenewalWindow:
    """The twelve months before a mark runs out and the six months of grace (商标法 2019 art. 40)."""
    event = expiry_event(last_day)
    entry = dated.on(dated.table("terms")["trademark"], event)
    return RenewalWindow(
        add_months(event, -entry["renewal_opens_months"]),
        last_day,
        day_before(add_months(event, entry["renewal_grace_months"])),
    )


TrademarkState = Literal["in_force", "renewable", "renewal_grace", "expired"]


def trademark_state(last_day: date, today: date) -> TrademarkState:
    """Where a mark stands: in force, in its renewal year, in grace, or gone."""
    window = renewal_window(last_day)
    if today > window.grace_ends:
        return "expired"
    if today > last_day:
        return "renewal_grace"
    return "renewable" if today >= window.opens else "in_force"
