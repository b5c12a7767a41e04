"""What compliance keeps, by noun; callers find all of it here."""

from marketplace.compliance.models.filings import (
    FILING,
    Filing,
    FilingKind,
    FilingMessage,
    FilingState,
    Opinion,
)
from marketplace.compliance.models.judging import CatalogueVersion, Judgement, Standing
from marketplace.compliance.models.notices import (
    NOTICE,
    OBJECTION,
    Notice,
    NoticeKind,
    NoticeState,
    Objection,
    ObjectionState,
    PeriodUnit,
)

__all__ = [
    "FILING",
    "NOTICE",
    "OBJECTION",
    "CatalogueVersion",
    "Filing",
    "FilingKind",
    "FilingMessage",
    "FilingState",
    "Judgement",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "Objection",
    "ObjectionState",
    "Opinion",
    "PeriodUnit",
    "Standing",
]
