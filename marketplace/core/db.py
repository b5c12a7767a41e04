"""The database: one declarative base, one session, one place that commits."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    event,
    func,
    select,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from marketplace.core import clock

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware datetimes out, UTC in between."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UTCDateTime,
            date: Date,
            int: BigInteger,
            str: String,
            dict[str, Any]: JSON,
            list[Any]: JSON,
            list[str]: JSON,
            StrEnum: Enum(
                StrEnum,
                native_enum=False,
                create_constraint=False,
                length=40,
                values_callable=lambda enum: [member.value for member in enum],
            ),
        },
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    _Model = Base
else:
    _Model = db.Model


class Record(_Model):
    """A row with a number and a birthday."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


@event.listens_for(Engine, "connect")
def _sqlite_obeys(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we say BEGIN ourselves, so that SAVEPOINT works
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # money: a power cut loses nothing
        connection.execute("PRAGMA busy_timeout = 15000")


IDLE_SECONDS = 3.0  # a connection used less long ago is taken for alive


@event.listens_for(Pool, "checkin")
def _put_back(_: object, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _is_alive(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """Ask a connection to a server whether it still stands, where it has not been used for a while.

    At every use, as the pool's own option does it, it would be a third of what a short request asks.
    """
    idle_since = record.info.get("idle_since")
    if isinstance(connection, sqlite3.Connection) or idle_since is None:
        return
    if time.monotonic() - idle_since < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.OperationalError as error:
        raise DisconnectionError from error


@event.listens_for(Engine, "begin")
def _sqlite_begins(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


_writing = threading.RLock()  # SQLite's own wait for the write lock is unfair; ours is not


@contextmanager
def transaction() -> Iterator[None]:
    """All of it or none of it. Entry points open one; services never do.

    It begins by forgetting what was read before: whatever the command looks at, it looks at
    again under the lock. On SQLite the lock is the database's, and reading has to end before it; on
    PostgreSQL it is the row's (see lifecycle.advance), and every statement sees what is committed by
    then, so that the transaction which read goes on.
    """
    session = db.session
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest: the entry point opens the one there is")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed before the transaction began")
    on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite:
        session.rollback()
    session.expire_all()
    session.info["asked_at"] = clock.now()
    if on_sqlite:
        _writing.acquire()
    session.info["in_transaction"] = True
    try:
        session.connection(execution_options={"write": True} if on_sqlite else {})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("in_transaction", None)
        if on_sqlite:
            _writing.release()


def asked_at() -> datetime:
    """When the transaction that is open was asked for, before it waited for its turn."""
    return clock.now() if clock.is_stopped() else db.session.info["asked_at"]


def lock(record: Record) -> None:
    """Read a row again and keep it from others until the transaction ends."""
    db.session.flush()
    # "of": PostgreSQL refuses to lock what was joined to the row when it was first read.
    # "key_share": others may still refer to the row; with a full lock they deadlock with us.
    db.session.refresh(record, with_for_update={"of": type(record), "key_share": True})


def one_at_a_time(name: str) -> None:
    """Past this point only one transaction with this name runs; the next waits for its end.

    On SQLite every writing transaction is alone already.
    """
    if db.engine.dialect.name == "postgresql":
        key = func.hashtextextended(name, 0)
        db.session.execute(select(func.pg_advisory_xact_lock(key)))
