"""How long rights last and what keeps them alive: terms, annuities, renewals. Pure.

Sources: the table of terms (专利法 art. 42, 商标法 2019 art. 39-40, 著作权法 art. 22-23, 软件保护条例
art. 14, 植物新品种保护条例, 布图设计保护条例 2001 art. 12) and the office's fee table. Amounts are in fen.
Days are whole days of the office's calendar; a last day that falls on a holiday is not moved here.

The last-day rule is the Patent Examination Guidelines' own example: filed 1999-09-06, ten years, the
right stands to 2009-09-05 and the expiry is dated 2009-09-06.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

INVENTION, UTILITY_MODEL, DESIGN = "invention", "utility_model", "design"
PATENTS = (INVENTION, UTILITY_MODEL, DESIGN)

DESIGN_15_SINCE = date(2021, 6, 1)  # filed from this day on: 15 years (patent law of 2020)
PLANT_2025_SINCE = date(2025, 6, 1)  # granted from this day on: 25 / 20 years
MAX_COMPENSATION_YEARS = 5  # 专利法 art. 42: a new drug's compensation, at most


def add_years(day: date, years: int) -> date:
    """The corresponding day; the last of the month where there is none (细则 art. 5)."""
    return add_months(day, 12 * years)


def add_months(day: date, months: int) -> date:
    """The corresponding day months later; the last of the month where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _before(day: date) -> date:
    return day - timedelta(days=1)


# --- last days -----------------------------------------------------------------------------


def patent_years(kind: str, filing: date) -> int:
    """Length of a patent's term in years: 20, 10, and for a design 15 or, filed early, 10."""
    if kind == INVENTION:
        return 20
    if kind == UTILITY_MODEL:
        return 10
    if kind == DESIGN:
        return 15 if filing >= DESIGN_15_SINCE else 10
    raise ValueError(f"no patent: {kind}")


def patent_last_day(kind: str, filing: date, *, compensation_days: int = 0) -> date:
    """Last day of a patent, counted from filing, never from priority (专利法 art. 42).

    `compensation_days` is what the office granted for delay or for a new drug, up to five years.
    """
    end = _before(add_years(filing, patent_years(kind, filing)))
    longest = add_years(end, MAX_COMPENSATION_YEARS) if kind == INVENTION else end
    return min(end + timedelta(days=max(compensation_days, 0)), longest)


def expiry_event(last_day: date) -> date:
    """The day that the register dates the expiry: the day after the last day."""
    return last_day + timedelta(days=1)


def trademark_last_day(registration: date, renewals: int = 0) -> date:
    """Last day of a mark: ten years from registration, ten more from the day after for each renewal."""
    return _before(add_years(registration, 10 * (1 + renewals)))


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """When a mark may be renewed: from `opens` to `last_day`, and late to `grace_ends`."""

    opens: date
    last_day: date
    grace_ends: date


def renewal_window(last_day: date) -> RenewalWindow:
    """The twelve months before a mark runs out and the six months of grace (商标法 2019 art. 40)."""
    event = expiry_event(last_day)
    return RenewalWindow(add_months(event, -12), last_day, _before(add_months(event, 6)))


TrademarkState = Literal["in_force", "renewable", "renewal_grace", "expired"]


def trademark_state(last_day: date, today: date) -> TrademarkState:
    """Where a mark stands: in force, in its renewal year, in grace, or gone."""
    window = renewal_window(last_day)
    if today > window.grace_ends:
        return "expired"
    if today > last_day:
        return "renewal_grace"
    return "renewable" if today >= window.opens else "in_force"


def personal_copyright_last_day(last_author_died: date) -> date:
    """Life and fifty years, to 31 December (著作权法 art. 23(1)); of joint authors the last counts."""
    return date(last_author_died.year + 50, 12, 31)


def corporate_copyright_last_day(
    *, completed: date | None = None, published: date | None = None
) -> date | None:
    """Fifty years from first publication, to 31 December (著作权法 art. 23(2)(3), 软件条例 art. 14).

    Unpublished it lasts fifty years from completion; a publication after that revives nothing.
    None where neither day is known.
    """
    unpublished_end = date(completed.year + 50, 12, 31) if completed else None
    if published is None or (unpublished_end is not None and published > unpublished_end):
        return unpublished_end
    return date(published.year + 50, 12, 31)


def plant_variety_last_day(grant: date, *, woody: bool = False) -> date:
    """From grant: 25 years for woody plants and vines, 20 others; granted before 2025-06-01: 20, 15.

    The lengths are from summaries of the 2025 revision, which says nothing read here of running
    rights; the shorter reading is taken for them.
    """
    new = grant >= PLANT_2025_SINCE
    years = (25 if woody else 20) if new else (20 if woody else 15)
    return _before(add_years(grant, years))


def ic_layout_last_day(
    filing: date, *, first_commercial_use: date | None = None, created: date | None = None
) -> date:
    """Ten years from filing or first commercial use, the earlier; never over 15 from creation.

    布图设计保护条例 2001 art. 12; to be checked against the revision in force from 2026-10-15.
    """
    start = min(filing, first_commercial_use or filing)
    end = _before(add_years(start, 10))
    return min(end, _before(add_years(created, 15))) if created else end


@dataclass(frozen=True, slots=True)
class TermFacts:
    """Days that a term may count from; which ones matter depends on the kind."""

    filing: date | None = None
    registration: date | None = None  # grant, or registration of a mark
    published: date | None = None  # first publication of a work
    completed: date | None = None  # completion of a work, creation of a layout
    first_commercial_use: date | None = None
    author_died: date | None = None
    personal: bool = False  # copyright of a natural person
    woody: bool = False
    renewals: int = 0
    compensation_days: int = 0


def last_day(kind: str, facts: TermFacts) -> date | None:
    """Last day of protection of a right of any kind; none where unlimited or not yet known.

    A trade secret has no term; authorship, alteration and integrity last for ever (著作权法 art. 22):
    what is answered for a work is the term of its economic rights.
    """
    if kind in {*PATENTS, "patent_application", "defence_patent"}:
        right = kind if kind in PATENTS else INVENTION
        days = facts.compensation_days
        return facts.filing and patent_last_day(right, facts.filing, compensation_days=days)
    if kind in {"trademark", "collective_mark", "certification_mark"}:
        return facts.registration and trademark_last_day(facts.registration, facts.renewals)
    if kind in {"copyright", "software", "work"}:
        return _copyright(facts)
    if kind == "plant_variety":
        return facts.registration and plant_variety_last_day(facts.registration, woody=facts.woody)
    if kind == "ic_layout" and facts.filing:
        return ic_layout_last_day(
            facts.filing, first_commercial_use=facts.first_commercial_use, created=facts.completed
        )
    return None


def _copyright(facts: TermFacts) -> date | None:
    if facts.personal:
        return facts.author_died and personal_copyright_last_day(facts.author_died)
    return corporate_copyright_last_day(completed=facts.completed, published=facts.published)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a term: whole years and months, and the days in all. Today counts."""

    days: int
    years: int
    months: int

    @property
    def over(self) -> bool:
        """Whether the last day has passed."""
        return self.days == 0


def remaining(last: date, today: date) -> Remaining:
    """What is left of a term on a day, the day and the last day included; zero once it has passed."""
    days = max((last - today).days + 1, 0)
    whole = 0
    while days and add_months(today, whole + 1) <= expiry_event(last):
        whole += 1
    return Remaining(days, whole // 12, whole % 12)


# --- annuities -----------------------------------------------------------------------------

# Full annual fee in yuan by the last year of each band (fee table of the office; totals held to
# the end: invention 82,300, utility model 11,200, design 26,200).
_FEES: dict[str, tuple[tuple[int, int], ...]] = {
    INVENTION: ((3, 900), (6, 1200), (9, 2000), (12, 4000), (15, 6000), (20, 8000)),
    UTILITY_MODEL: ((3, 600), (5, 900), (8, 1200), (10, 2000)),
    DESIGN: ((3, 600), (5, 900), (8, 1200), (10, 2000), (15, 3000)),
}
GRACE_MONTHS = 6
RESTORATION_FEE = 1_000_00  # fen; besides the late fee of the last band
# Late fee in basis points of the full fee, by months late (审查指南 V-9-4.2.1.3): the first is free,
# and a payment on the exact boundary stays in the lower band.
LATE_BPS = (0, 500, 1000, 1500, 2000, 2500)
REDUCTION_ONE_OWNER = 8500  # basis points off the annual fee
REDUCTION_CO_OWNERS = 7000
REDUCTION_YEARS = 10  # counted from the year of grant
REDUCTION_OPEN_LICENCE = 1500


def annual_fee(kind: str, year: int) -> int:
    """The full fee of a patent year in fen; ValueError outside the term."""
    for last_year, yuan in _FEES[kind]:
        if 1 <= year <= last_year:
            return yuan * 100
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


def late_bands(full_fee: int, due: date) -> tuple[LateBand, ...]:
    """The six bands of lateness; the rates count on the full fee, also for a short payment."""
    return tuple(
        LateBand(add_months(due, month), full_fee * bps // 10_000)
        for month, bps in enumerate(LATE_BPS, start=1)
    )


def restoration_cost(full_fee: int, fee: int | None = None) -> int:
    """Fen to restore a right that ended for want of the fee: fee, 25 % and the request."""
    return (full_fee if fee is None else fee) + full_fee * LATE_BPS[-1] // 10_000 + RESTORATION_FEE


def reduction_bps(
    *, eligible_owners: int = 0, years_since_grant: int = 0, open_licence: bool = False
) -> int:
    """Basis points off an annual fee; of two reductions the higher applies.

    `eligible_owners` are all owners if each qualifies, else 0; the reduction runs for ten years
    from the year of grant (`years_since_grant` 0 is that year).
    """
    wanted = [0]
    if eligible_owners and 0 <= years_since_grant < REDUCTION_YEARS:
        wanted.append(REDUCTION_ONE_OWNER if eligible_owners == 1 else REDUCTION_CO_OWNERS)
    if open_licence:
        wanted.append(REDUCTION_OPEN_LICENCE)
    return max(wanted)


def annuity_schedule(
    kind: str,
    filing: date,
    grant: date,
    *,
    eligible_owners: int = 0,
    open_licence: bool = False,
) -> list[Annuity]:
    """Every fee from the year after the grant to the end of the term.

    The fee of the year of grant is paid at registration and not in the list.
    """
    first = patent_year(filing, grant)
    schedule = []
    for year in range(first + 1, patent_years(kind, filing) + 1):
        full = annual_fee(kind, year)
        off = reduction_bps(
            eligible_owners=eligible_owners,
            years_since_grant=year - first,
            open_licence=open_licence,
        )
        due = annuity_due(filing, year)
        fee = full * (10_000 - off) // 10_000
        schedule.append(Annuity(year, due, full, fee, late_bands(full, due)))
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
        kind, filing, grant, eligible_owners=eligible_owners, open_licence=open_licence
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
