"""What is due for a right of any kind: annuities, renewals, its end. One list, oldest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.assets.terms import dated
from marketplace.assets.terms.annuities import (
    LateBand,
    annuity_schedule,
    patent_year,
    restoration_cost,
)
from marketplace.assets.terms.days import add_years, expiry_event
from marketplace.assets.terms.lengths import MARKS, PATENTS
from marketplace.assets.terms.marks import renewal_window

RENEWALS_AHEAD = 2  # a mark is renewed without end: as many are shown


class Upkeep(StrEnum):
    """What has to be done by a day."""

    ANNUITY = "annuity"
    RENEWAL = "renewal"
    END = "end"  # nothing to be done: the right ends


@dataclass(frozen=True)
class Kept:
    """What the schedule of a right depends on."""

    kind: str
    last_day: date | None = None
    filing: date | None = None
    grant: date | None = None
    paid_through: int | None = None  # patent year; none: taken as paid up to today
    renewals: int = 0
    classes: int = 1  # of a mark: its renewal is paid for each
    eligible_owners: int = 0  # all owners if each may have its fees reduced, else none
    open_licence: bool = False
    literal: bool = False  # how late fees are read: see late_bands


@dataclass(frozen=True)
class Due:
    """One thing that keeps a right alive, by when, and what it costs in fen; or the right's end."""

    what: Upkeep
    number: int  # the patent year, the how-many-eth renewal
    due: date
    opens: date | None = None
    grace_ends: date | None = None
    full_fee: int = 0
    fee: int = 0  # after a reduction
    bands: tuple[LateBand, ...] = ()
    paid: bool = False

    def surcharge(self, day: date) -> int | None:
        """What lateness costs on a day: 0 in time, none when it is too late."""
        if day <= self.due:
            return 0
        return next((band.surcharge for band in self.bands if day <= band.until), None)

    def total(self, day: date) -> int:
        """What paying on a day costs in all; too late, what restoring the right costs."""
        late = self.surcharge(day)
        if late is None:
            return restoration_cost(self.full_fee, self.fee, day) if self.is_annuity else self.fee
        return self.fee + late

    @property
    def is_annuity(self) -> bool:
        """A year of a patent."""
        return self.what is Upkeep.ANNUITY

    def is_late(self, day: date) -> bool:
        """Due, unpaid, and still to be saved."""
        return not self.paid and self.due < day and self.surcharge(day) is not None

    def is_over(self, day: date) -> bool:
        """Unpaid past its time of grace."""
        return not self.paid and self.what is not Upkeep.END and self.surcharge(day) is None


def schedule(right: Kept, today: date) -> tuple[Due, ...]:
    """Everything due for a right from the beginning to the end of its term."""
    if right.kind in PATENTS:
        return _patent(right, today)
    if right.kind in MARKS and right.last_day:
        return _mark(right, right.last_day)
    return _end(right)


def unpaid(dues: Iterable[Due], by: date = date.max) -> tuple[Due, ...]:
    """What is still to be paid by a day, what is late already included, the end left out."""
    return tuple(d for d in dues if not d.paid and d.what is not Upkeep.END and d.due <= by)


def _patent(right: Kept, today: date) -> tuple[Due, ...]:
    if right.filing is None or right.grant is None:
        return _end(right)
    granted = max(right.grant, right.filing)
    paid = right.paid_through or patent_year(right.filing, max(today, right.filing))
    years = annuity_schedule(
        right.kind,
        right.filing,
        granted,
        eligible_owners=right.eligible_owners,
        open_licence=right.open_licence,
        literal=right.literal,
    )
    found = [
        Due(
            Upkeep.ANNUITY,
            year.year,
            year.due,
            grace_ends=year.grace_ends,
            full_fee=year.full_fee,
            fee=year.fee,
            bands=year.bands,
            paid=year.year <= paid,
        )
        for year in years
    ]
    return (*found, *_end(right))


def _mark(right: Kept, last_day: date) -> tuple[Due, ...]:
    found = []
    for turn in range(RENEWALS_AHEAD):
        window = renewal_window(_later(last_day, 10 * turn))
        entry = dated.on(dated.table("other_fees")["mark_renewal"], window.opens)
        fee = entry["fee"] * 100 * right.classes
        late = entry["late"] * 100 * right.classes
        found.append(
            Due(
                Upkeep.RENEWAL,
                right.renewals + turn + 1,
                window.last_day,
                opens=window.opens,
                grace_ends=window.grace_ends,
                full_fee=fee,
                fee=fee,
                bands=(LateBand(window.grace_ends, late),),
            )
        )
    return tuple(found)


def _later(last_day: date, years: int) -> date:
    """The last day after renewals, counted from the day after the term (29 February included)."""
    if not years:
        return last_day
    from_event = add_years(expiry_event(last_day), years)
    return date.fromordinal(from_event.toordinal() - 1)


def _end(right: Kept) -> tuple[Due, ...]:
    return (Due(Upkeep.END, 0, right.last_day),) if right.last_day else ()


def source(kind: str, what: Upkeep, day: date) -> dated.Entry | None:
    """Where a figure comes from, and how sure it is."""
    if what is Upkeep.ANNUITY:
        return dated.on(dated.table("patent_fees")["annual"], day)
    if what is Upkeep.RENEWAL:
        return dated.on(dated.table("other_fees")["mark_renewal"], day)
    listed = dated.table("other_fees").get(kind)
    return dated.on(listed, day) if listed else None
