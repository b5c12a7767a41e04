"""What the rules said, on which facts, by which law: kept; and how each rule stands."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record


class Judgement(Record):
    """One judging of one subject at one gate: never changed, so that it can be repeated."""

    __tablename__ = "judgement"
    __table_args__ = (Index("ix_judgement_subject", "subject_kind", "subject_id"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    part: Mapped[str] = mapped_column(String(20), default="")  # the right, where there are several
    judged_on: Mapped[date]  # the day of the law
    stage: Mapped[str] = mapped_column(String(20))
    catalogue_version: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(10))  # ALLOWED, BLOCKED
    facts: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    unknown: Mapped[list[Any]]


class CatalogueVersion(Record):
    """The rules as they were in a version that something was judged by, whole; never changed."""

    __tablename__ = "catalogue_version"

    version: Mapped[str] = mapped_column(String(80), unique=True)
    edition: Mapped[date]
    rules: Mapped[int]
    content: Mapped[str] = mapped_column(Text)  # canonical JSON
    sha256: Mapped[str] = mapped_column(String(64))  # of the content


class Standing(Record):
    """How one rule stands for one subject by the last judging; the register of findings."""

    __tablename__ = "standing"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "rule"),
        Index("ix_standing_rule_status", "rule", "status"),
    )

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20))  # the engine's: open, satisfied, duty, …
    gate: Mapped[str] = mapped_column(String(10))
    effect: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]  # in this status
    judged_at: Mapped[datetime]
