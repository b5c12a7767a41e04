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
from marketplace.compliance.models.papers import EVIDENCE, EvidenceState, Paper
from marketplace.compliance.models.tasks import TASK, Task, TaskState
from marketplace.compliance.models.waivers import WAIVER, Waiver, WaiverState

__all__ = [
    "EVIDENCE",
    "FILING",
    "NOTICE",
    "OBJECTION",
    "TASK",
    "WAIVER",
    "CatalogueVersion",
    "EvidenceState",
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
    "Paper",
    "PeriodUnit",
    "Standing",
    "Task",
    "TaskState",
    "Waiver",
    "WaiverState",
]
