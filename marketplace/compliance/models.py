"""What the rules said, on which facts, under which version: kept."""

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record


class Judgement(Record):
    """One judging of one subject at one gate."""

    __tablename__ = "judgement"
    __table_args__ = (Index("ix_judgement_subject", "subject_kind", "subject_id"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    stage: Mapped[str] = mapped_column(String(20))
    catalogue_version: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(10))  # ALLOWED, BLOCKED
    facts: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    unknown: Mapped[list[Any]]
