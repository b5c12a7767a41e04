"""Log, state and projection of an auction: written together, by the door only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Event, Phase, State
from marketplace.auctions.engine.timing import next_due
from marketplace.auctions.models import AUCTION, Auction, AuctionEvent
from marketplace.auctions.services import sealing
from marketplace.auctions.services.intake import Locked, moment
from marketplace.core import clock
from marketplace.core.db import db

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


_LINE = insert(AuctionEvent.__table__)  # type: ignore[arg-type]  # put together once: a bid has no time for it
_ROW = update(Auction.__table__).where(  # type: ignore[arg-type]
    Auction.id == bindparam("row_id"), Auction.seq == bindparam("row_seq")
)


def write(row: Locked, rules: Rules, entries: Sequence[Entry], after: State) -> None:
    """Log and projection."""
    if not entries:
        return
    connection = db.session.connection()
    connection.execute(
        _LINE,
        [
            {
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
            for entry in entries
        ],
    )
    due = next_due(rules, after)
    hidden = row.format in SEALED and after.phase in {Phase.OPEN, Phase.OPENING}
    values = {
        "row_id": row.id,
        "row_seq": row.seq,
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
    done = connection.execute(_ROW, values)
    if done.rowcount != 1:
        raise RuntimeError("the row changed under the lock")


def _moments(entries: Sequence[Entry], rules: Rules) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.event.kind == "published":
            found |= {"published_at": moment(entry.event.at), "opens_at": moment(rules.opens_at)}
        if entry.event.kind in {"closed", "bought", "accepted"}:
            found["closed_at"] = moment(entry.event.at)
    return found
