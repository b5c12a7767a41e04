"""What keeps a patent alive: annual fees, lateness, restoration, reductions (`patent_fees.yaml`).

Amounts are in fen. Patent year n begins on the (n-1)th anniversary of filing, and its fee is due by
that day.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from marketplace.assets.terms import dated
from marketplace.assets.terms.days import add_months, add_years, expiry_event
from marketplace.assets.terms.lengths import patent_last_day, patent_years

GRACE_MONTHS = 6


def _fees(name: str) -> tuple[dated.Entry, ...]:
    return dated.table("patent_fees")[name]


def annual_fee(kind: str, year: int, day: date = date.max) -> int:
    """The full fee of a patent year in fen, by the table of a day; ValueError outside the term."""
    for last_year, yuan in dated.on(_fees("annual"), day)[kind]:
        if 1 <= year <= last_year:
            return int(yuan) * 100
    raise ValueError(f"{kind} has no patent year {year}")


def patent_year(filing: date, day: date) -> int:
    """The patent year a day falls into: year n starts on the (n-1)th anniversary of filing."""
    if day < filing:
        raise ValueError("the day lies before the filing")
    year = day.year - filing.year
    return year + 1 if day >= add_years(filing, year) else year


def annuity_due(filing: date, year: int) -> date:
    """The day by which the fee of a patent year is due: the anniversary on which it starts."""
    return add_years(filing, year - 1)


@dataclass(frozen=True, slots=True)
class LateBand:
    """Up to `until` (inclusive) the late fee is `surcharge` fen."""

    until: date
    surcharge: int


@dataclass(frozen=True, slots=True)
class Annuity:
    """The fee of one patent year in fen, when it is due, and what lateness costs."""

    year: int
    due: date
    full_fee: int
    fee: int  # after a reduction
    bands: tuple[LateBand, ...]

    @property
    def grace_ends(self) -> date:
        """The last day of late payment; unpaid then, the right ended on `due`."""
        return self.bands[-1].until

    def surcharge_on(self, day: date) -> int | None:
        """Late fee in fen on a day: 0 in time; none when it is too late."""
        if day <= self.due:
            return 0
        return next((band.surcharge for band in self.bands if day <= band.until), None)


def late_bands(full_fee: int, due: date, *, literal: bool = False) -> tuple[LateBand, ...]:
    """The six bands of lateness; the rates count on the full fee, also for a short payment.

    The Guidelines leave the first month free; read to the letter (实施细则 art. 115) every month
    that has begun costs its share.
    """
    rates = dated.on(_fees("late"), due)["rates"]
    if literal:
        rates = [rates[1] * month for month in range(1, len(rates) + 1)]
    return tuple(
        LateBand(add_months(due, month), full_fee * bps // 10_000)
        for month, bps in enumerate(rates, start=1)
    )


def restoration_cost(full_fee: int, fee: int | None = None, day: date = date.max) -> int:
    """Fen to restore a right that ended for want of the fee: fee, the last late rate, the request."""
    late = full_fee * dated.on(_fees("late"), day)["rates"][-1] // 10_000
    request = dated.on(_fees("restoration"), day)["request"] * 100
    return int((full_fee if fee is None else fee) + late + request)


def reduction_bps(
    *,
    eligible_owners: int = 0,
    years_since_grant: int = 0,
    open_licence: bool = False,
    day: date = date.max,
) -> int:
    """Basis points off an annual fee; of two reductions the higher applies.

    `eligible_owners` are all owners if each qualifies, else 0; the reduction runs for ten years
    from the year of grant (`years_since_grant` 0 is that year).
    """
    wanted = [0]
    entry = dated.on(_fees("reductions"), day)
    if eligible_owners and 0 <= years_since_grant < entry["years"]:
        wanted.append(entry["one_owner" if eligible_owners == 1 else "several_owners"])
    if open_licence:
        wanted.append(dated.on(_fees("open_licence"), day)["taken_off"])
    return max(wanted)


def annuity_schedule(
    kind: str,
    filing: date,
    grant: date,
    *,
    eligible_owners: int = 0,
    open_licence: bool = False,
    literal: bool = False,
) -> list[Annuity]:
    """Every fee from the year after the grant to the end of the term.

    The fee of the year of grant is paid at registration and not in the list.
    """
    first = patent_year(filing, grant)
    schedule = []
    for year in range(first + 1, patent_years(kind, filing) + 1):
        due = annuity_due(filing, year)
        full = annual_fee(kind, year, due)
        off = reduction_bps(
            eligible_owners=eligible_owners,
            years_since_grant=year - first,
            open_licence=open_licence,
            day=due,
        )
        fee = full * (10_000 - off) // 10_000
        schedule.append(Annuity(year, due, full, fee, late_bands(full, due, literal=literal)))
    return schedule


PatentState = Literal["pending", "in_force", "annuity_grace", "lapsed", "expired"]


@dataclass(frozen=True, slots=True)
class AnnuityState:
    """Where a patent stands with its fees on a day. Amounts in fen."""

    state: PatentState
    next_year: int | None = None
    next_due: date | None = None
    fee: int = 0
    surcharge: int = 0
    grace_ends: date | None = None
    ended_on: date | None = None  # the day from which the right is gone, unpaid or expired

    @property
    def total(self) -> int:
        """What paying today costs."""
        return self.fee + self.surcharge


def annuity_state(
    kind: str,
    filing: date,
    grant: date | None,
    paid_through_year: int | None,
    today: date,
    *,
    eligible_owners: int = 0,
    open_licence: bool = False,
    compensation_days: int = 0,
    literal: bool = False,
) -> AnnuityState:
    """State, next fee and late fee of a patent, given the last patent year paid for.

    Nothing paid after the grant is the same as the year of grant paid, which happened at
    registration. Unpaid six months after the due day, the right ended as from the due day.
    """
    if grant is None or today < grant:
        return AnnuityState("pending")
    end = patent_last_day(kind, filing, compensation_days=compensation_days)
    paid = max(paid_through_year or 0, patent_year(filing, grant))
    schedule = annuity_schedule(
        kind,
        filing,
        grant,
        eligible_owners=eligible_owners,
        open_licence=open_licence,
        literal=literal,
    )
    unpaid = next((a for a in schedule if a.year > paid), None)
    if unpaid is not None and today > unpaid.grace_ends:
        return AnnuityState("lapsed", unpaid.year, unpaid.due, ended_on=unpaid.due)
    if today > end:
        return AnnuityState("expired", ended_on=expiry_event(end))
    if unpaid is None:
        return AnnuityState("in_force")
    late = today > unpaid.due
    return AnnuityState(
        "annuity_grace" if late else "in_force",
        unpaid.year,
        unpaid.due,
        unpaid.fee,
        unpaid.surcharge_on(today) or 0,
        unpaid.grace_ends,
    )
