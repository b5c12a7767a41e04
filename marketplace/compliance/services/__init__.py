"""Verbs of compliance, by noun; callers find all of them here."""

from marketplace.compliance.services.judging import judge, must_pass
from marketplace.compliance.services.reminders import remind_due
from marketplace.compliance.services.standings import note
from marketplace.compliance.services.tasks import assign, refresh, report, resume
from marketplace.compliance.services.waivers import (
    ask_waiver,
    confirm_waiver,
    refuse_waiver,
    revoke_waiver,
)

__all__ = [
    "ask_waiver",
    "assign",
    "confirm_waiver",
    "judge",
    "must_pass",
    "note",
    "refresh",
    "refuse_waiver",
    "remind_due",
    "report",
    "resume",
    "revoke_waiver",
]
