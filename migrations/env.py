"""Runs migrations on the application's own database, under its own configuration."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Enum
from sqlalchemy.engine import Connection

from marketplace.core.db import Base, UTCDateTime, db

for module in (
    "core.events", "core.references", "organisations.models", "documents.models", "assets.models",
    "valuation.models", "compliance.models", "ledger.models", "payments.models", "audit.models",
    "listings.models", "deals.models", "negotiation.models", "rooms.models", "notifications.models",
    "auctions.models",
):  # fmt: skip
    __import__(f"marketplace.{module}")


def spelled(kind: str, item: object, _: AutogenContext) -> str | bool:
    """Types of ours as plain SQL types: a migration imports no models."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def same_type(_context, _column, _seen, _found, wanted) -> bool | None:
    """An enumeration is stored as text; its members are the application's business."""
    return False if isinstance(wanted, Enum) else None


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=spelled,
        compare_type=same_type,
        render_as_batch=True,
        transaction_per_migration=True,
        **{
            k: v
            for k, v in current_app.extensions["migrate"].configure_args.items()
            if k not in {"compare_type", "render_as_batch"}
        },
    )
    with context.begin_transaction():
        context.run_migrations()


def run_on_sqlite(connection: Connection) -> None:
    """With its foreign keys looked at once, when all is done.

    SQLite changes a table by making another one and dropping the first, which it refuses, or takes for
    the deletion of every row, as long as other tables refer to it (sqlite.org/lang_altertable.html, 7).
    """
    pragma = connection.connection.execute  # type: ignore[attr-defined]  # sqlite3's, past any transaction
    pragma("PRAGMA foreign_keys = OFF")
    try:
        run(connection)
        broken = pragma("PRAGMA foreign_key_check").fetchall()
        if broken:
            connection.rollback()
            raise RuntimeError(f"rows that refer to none: {broken[:10]}")
        connection.commit()
    finally:
        pragma("PRAGMA foreign_keys = ON")


if context.is_offline_mode():
    context.configure(url=str(db.engine.url), target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            run_on_sqlite(connection)
        else:
            run(connection)
            connection.commit()
