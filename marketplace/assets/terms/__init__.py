"""How long rights last and what keeps them alive: terms, annuities, renewals. Pure.

What changes by law stands in `schedules/*.yaml`, dated, with its source and how sure that is. Amounts
are in fen.
"""

from marketplace.assets.terms.annuities import (
    GRACE_MONTHS,
    Annuity,
    AnnuityState,
    LateBand,
    PatentState,
    annual_fee,
    annuity_due,
    annuity_schedule,
    annuity_state,
    late_bands,
    patent_year,
    reduction_bps,
    restoration_cost,
)
from marketplace.assets.terms.dated import (
    Entry,
)
from marketplace.assets.terms.days import (
    Remaining,
    add_months,
    add_years,
    day_before,
    expiry_event,
    remaining,
)
from marketplace.assets.terms.dealings import ACTS, dealing
from marketplace.assets.terms.lengths import (
    DESIGN,
    INVENTION,
    MARKS,
    PATENTS,
    UTILITY_MODEL,
    TermFacts,
    corporate_copyright_last_day,
    ic_layout_last_day,
    last_day,
    length,
    patent_last_day,
    patent_years,
    personal_copyright_last_day,
    plant_variety_last_day,
)
from marketplace.assets.terms.marks import (
    RenewalWindow,
    TrademarkState,
    renewal_window,
    trademark_last_day,
    trademark_state,
)
from marketplace.assets.terms.upkeep import (
    Due,
    Kept,
    Upkeep,
    schedule,
    source,
    unpaid,
)

__all__ = [
    "ACTS",
    "DESIGN",
    "GRACE_MONTHS",
    "INVENTION",
    "MARKS",
    "PATENTS",
    "UTILITY_MODEL",
    "Annuity",
    "AnnuityState",
    "Due",
    "Entry",
    "Kept",
    "LateBand",
    "PatentState",
    "Remaining",
    "RenewalWindow",
    "TermFacts",
    "TrademarkState",
    "Upkeep",
    "add_months",
    "add_years",
    "annual_fee",
    "annuity_due",
    "annuity_schedule",
    "annuity_state",
    "corporate_copyright_last_day",
    "day_before",
    "dealing",
    "expiry_event",
    "ic_layout_last_day",
    "last_day",
    "late_bands",
    "length",
    "patent_last_day",
    "patent_year",
    "patent_years",
    "personal_copyright_last_day",
    "plant_variety_last_day",
    "reduction_bps",
    "remaining",
    "renewal_window",
    "restoration_cost",
    "schedule",
    "source",
    "trademark_last_day",
    "trademark_state",
    "unpaid",
]
