"""Log, state and projection of an auction: written together, by the door only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, bindparam, insert, select, update

from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Event, Phase, State
from marketplace.auctions.engine.timing import next_due
from marketplace.auctions.models import AUCTION, Answer, Auction, AuctionEvent
from marketplace.auctions.services import sealing
from marketplace.auctions.services.intake import Locked, moment
from marketplace.core import clock
from marketplace.core.db import Record, db

SEALED = frozenset({Format.SEALED_FIRST, Format.SEALED_SECOND, Format.TENDER})


def state_of(row: Locked | Auction) -> State:
    """Where an auction stands, maxima and all: for the door and for proofs, never for readers."""
    return State.from_json(sealing.unseal_values(row.sealed_state)) if row.sealed_state else State()


def log_of(auction_id: int) -> list[Event]:
    """The whole log with its sealed parts: for the engine and for proofs, never for readers."""
    rows = db.session.execute(
        select(AuctionEvent.body, AuctionEvent.sealed)
        .where(AuctionEvent.auction_id == auction_id)
        .order_by(AuctionEvent.seq)
    )
    found = []
    for body, sealed in rows:
        line = json.loads(body)
        private = sealing.unseal_values(sealed)
        found.append(Event(line["kind"], line["at"], line["code"], line["public"], private))
    return found


@dataclass(frozen=True)
class Entry:
    """A line for the log, with the hash that the next one builds on."""

    seq: int
    event: Event
    body: bytes
    hash: str


def applied(
    row: Locked, rules: Rules, state: State, found: Sequence[Event]
) -> tuple[list[Entry], State, list[str | None]]:
    """The lines of the log, the state they lead to, the lifecycle's action of each (or none)."""
    entries: list[Entry] = []
    moves: list[str | None] = []
    seq, prev, phase = row.seq, row.head, row.state
    for event in found:
        seq += 1
        body = canonical.event_body(row.reference, seq, event, prev, _rules_hash(row, rules))
        prev = canonical.leaf_hash(body)
        entries.append(Entry(seq, event, body, prev))
        state = apply(rules, state, event)
        moves.append(None if state.phase is phase else _action(phase, state.phase))
        phase = state.phase
    return entries, state, moves


def _action(before: Phase, after: Phase) -> str:
    """The lifecycle's name for a change of phase; one that it does not know fails the lot."""
    for name, move in AUCTION.moves.items():
        if before in move.sources and move.target is after:
            return name
    raise RuntimeError(f"no action of an auction leads from {before} to {after}")


def _rules_hash(row: Locked, rules: Rules) -> str:
    return row.rules_hash or canonical.rules_hash(rules)


def write(
    row: Locked,
    rules: Rules,
    entries: Sequence[Entry],
    after: State,
    answer: Mapping[str, Any] | None,
) -> None:
    """Log, projection, and the answer where one is kept."""
    if not entries:
        keep(answer)
        return
    *earlier, last = [_line(row, entry) for entry in entries]
    projection = {"row_id": row.id, "row_seq": row.seq, **_projection(row, rules, entries, after)}
    connection = db.session.connection()
    if earlier:
        connection.execute(_LINE, earlier)
    if connection.dialect.name == "postgresql":
        done = connection.execute(
            _ALL if answer else _ROW_AND_LINE,
            projection | _named("line", last) | _named("answer", answer or {}),
        )
    else:
        connection.execute(_LINE, last)
        done = connection.execute(_ROW, projection)
        keep(answer)
    if done.rowcount != 1:
        raise RuntimeError("the row changed under the lock")


def keep(answer: Mapping[str, Any] | None) -> None:
    """An answer by itself, where one is kept: a refusal changes nothing else."""
    if answer:
        db.session.connection().execute(_ANSWER, answer)


def _line(row: Locked, entry: Entry) -> dict[str, Any]:
    return {
        "auction_id": row.id,
        "seq": entry.seq,
        "kind": entry.event.kind,
        "code": entry.event.code,
        "at": entry.event.at,
        "body": entry.body.decode(),
        "hash": entry.hash,
        "sealed": sealing.seal_values(entry.event.private) if entry.event.private else None,
        "created_at": clock.now(),
    }


def _projection(
    row: Locked, rules: Rules, entries: Sequence[Entry], after: State
) -> dict[str, Any]:
    due = next_due(rules, after)
    hidden = row.format in SEALED and after.phase in {Phase.OPEN, Phase.OPENING}
    return {
        "seq": entries[-1].seq,
        "head": entries[-1].hash,
        "state": after.phase,
        "rules_hash": _rules_hash(row, rules),
        "sealed_state": sealing.seal_values(after.to_json()),
        "last_intake_at": moment(entries[-1].event.at),
        "price_minor": after.price,
        "leader_code": after.leader,
        "reserve_met": after.reserve_met,
        "bid_count": 0 if hidden else after.bids,
        "ends_at": after.ends_at and moment(after.ends_at),
        "due_at": due and moment(due),
        **_moments(entries, rules),
    }


def _moments(entries: Sequence[Entry], rules: Rules) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.event.kind == "published":
            found |= {"published_at": moment(entry.event.at), "opens_at": moment(rules.opens_at)}
        if entry.event.kind in {"closed", "bought", "accepted"}:
            found["closed_at"] = moment(entry.event.at)
    return found


# Put together once: a bid has no time for it. On PostgreSQL what a bid writes is one statement, for
# every journey to the database and back prolongs the time that all others wait for the row.
_LINE = insert(AuctionEvent.__table__).inline()  # type: ignore[arg-type]
_ANSWER = insert(Answer.__table__).inline()  # type: ignore[arg-type]
_ROW = update(Auction.__table__).where(  # type: ignore[arg-type]
    Auction.id == bindparam("row_id"), Auction.seq == bindparam("row_seq")
)


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _inserted(model: type[Record], prefix: str) -> CTE:
    table = model.__table__
    values = {
        c.name: bindparam(f"{prefix}_{c.name}", type_=c.type) for c in table.c if c.name != "id"
    }
    return insert(table).inline().values(values).cte(prefix)  # type: ignore[arg-type]


_ROW_AND_LINE = _ROW.add_cte(_inserted(AuctionEvent, "line"))
_ALL = _ROW_AND_LINE.add_cte(_inserted(Answer, "answer"))
