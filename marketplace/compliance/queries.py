"""Reading the judgements that were kept; for callers that may see the subject."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.compliance.models import Judgement
from marketplace.core.db import Record, db


def of(subject: Record) -> Sequence[Judgement]:
    """All judgements of a record, newest first."""
    return db.session.scalars(
        select(Judgement)
        .where(Judgement.subject_kind == subject.__tablename__, Judgement.subject_id == subject.id)
        .order_by(Judgement.id.desc())
    ).all()
