"""Verbs of compliance, by noun; callers find all of them here."""

from marketplace.compliance.services.judging import judge, must_pass
from marketplace.compliance.services.standings import note

__all__ = ["judge", "must_pass", "note"]
