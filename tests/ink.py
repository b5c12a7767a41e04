"""Past the triggers of a table in ink, as only the owner of a database can."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from marketplace.core.db import db


@contextmanager
def washed(table: str) -> Iterator[None]:
    """Inside, rows of the table can be changed; afterwards they cannot again."""
    db.session.flush()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        db.session.execute(text("SET session_replication_role = replica"))
        yield
        db.session.execute(text("SET session_replication_role = DEFAULT"))
        db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    else:
        triggers = db.session.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"),
            {"t": table},
        ).all()
        for name, _ in triggers:
            db.session.execute(text(f"DROP TRIGGER {name}"))
        yield
        for _, statement in triggers:
            db.session.execute(text(statement))
    db.session.expire_all()
