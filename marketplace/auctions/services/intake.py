"""The first statement of every change of an auction: its row locked, the moment of intake taken.

The moment is when the request came to the database (进入平台服务系统的时间, 最高人民法院关于人民法院网络司法拍卖
若干问题的规定 art. 20): PostgreSQL's statement_timestamp() of the locking statement, which does not
move while it waits. On SQLite, whose lock is taken before, it is when the transaction was asked for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, true

from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.core import clock
from marketplace.core.db import asked_at, db
from marketplace.core.errors import NotFound

LONGEST_WAIT = timedelta(milliseconds=800)  # for the row; below the drain of a second
LONGEST_STATEMENT = timedelta(milliseconds=900)
LONGEST_PAUSE = timedelta(seconds=2)  # of a process that holds the lock and stands still
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class WaitedTooLong(Exception):  # noqa: N818 -- not a fault: the door turns it into an answer
    """The request did not get its turn in time, and nothing was done."""


@dataclass(frozen=True)
class Locked:
    """An auction's row as it is under the lock, and when the request came in."""

    id: int
    reference: str
    seller_id: int
    parent_id: int | None
    format: Format
    state: Phase
    rules_data: dict[str, Any]
    rules_hash: str
    sealed_secrets: bytes | None
    sealed_state: bytes | None
    seq: int
    head: str
    arrived: datetime

    @property
    def rules(self) -> Rules:
        """What was published, or is being published."""
        return Rules.from_json(self.rules_data)

    @property
    def arrived_us(self) -> int:
        """When the request came in, in microseconds."""
        return micros(self.arrived)


_NAMES = [name for name in Locked.__dataclass_fields__ if name != "arrived"]


def micros(moment: datetime) -> int:
    """A moment as the engine counts: whole microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """The other way round."""
    return EPOCH + timedelta(microseconds=at)


def lock_row(auction: int | str, *, in_haste: bool) -> Locked:
    """Lock an auction by its number or reference; in haste: not longer than a bid may wait."""
    db.session.flush()
    connection = db.session.connection()
    on_postgresql = connection.dialect.name == "postgresql"
    by_database = on_postgresql and not clock.is_stopped()
    by = "id" if isinstance(auction, int) else "reference"
    # A story told with a stopped clock is one long transaction: nothing of it is in haste.
    statement = _LOCK[by, by_database, in_haste and by_database]
    row = connection.execute(statement, {"wanted": auction}).one_or_none()
    if row is None:
        raise NotFound("auction")
    if in_haste and not clock.is_stopped() and clock.now() - asked_at() > LONGEST_WAIT:
        raise WaitedTooLong
    arrived = row[-1].astimezone(UTC) if by_database else asked_at()
    return Locked(**dict(zip(_NAMES, row[:-1], strict=True)), arrived=arrived)


def read_row(reference: str) -> Locked:
    """The same without the lock, as it stands this moment: for whoever only asks what would be."""
    table = Auction.__table__
    wanted = select(*(table.c[name] for name in _NAMES)).where(table.c.reference == reference)
    row = db.session.connection().execute(wanted).one_or_none()
    if row is None:
        raise NotFound("auction")
    return Locked(**dict(zip(_NAMES, row, strict=True)), arrived=clock.now())


def _ms(time: timedelta) -> str:
    return f"{time // timedelta(milliseconds=1)}ms"


def _lock(by: str, *, by_database: bool, in_haste: bool) -> Select[Any]:
    table = Auction.__table__
    found = (
        select(
            *(table.c[name] for name in _NAMES),
            func.statement_timestamp() if by_database else literal(0),
        )
        .where(table.c[by] == bindparam("wanted"))
        .with_for_update(key_share=True, of=table)
    )
    if in_haste:  # worked out before the row is looked for: what is set holds for the wait already
        limits = select(*(func.set_config(*limit, True) for limit in _LIMITS)).cte("limits")
        found = found.join_from(table, limits.prefix_with("MATERIALIZED"), true())
    return found


# For this transaction: what waits longer is answered that it was not accepted.
_LIMITS = (
    ("lock_timeout", _ms(LONGEST_WAIT)),
    ("statement_timeout", _ms(LONGEST_STATEMENT)),
    ("idle_in_transaction_session_timeout", _ms(LONGEST_PAUSE)),
)
# Put together once: a bid has no time for it.
_LOCK = {
    (by, by_database, in_haste): _lock(by, by_database=by_database, in_haste=in_haste)
    for by in ("id", "reference")
    for by_database, in_haste in ((True, True), (True, False), (False, False))
}
