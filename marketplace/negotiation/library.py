"""Verbs of an organisation's library of standard clauses. Nobody outside it reads one.

Every change is a version with its author; a change is made to the version that was read, so that of
two colleagues who edit at once the second is told. The events say that a clause changed, not what it
says.
"""

from collections.abc import Callable
from dataclasses import replace

from marketplace.core import events
from marketplace.core.db import db, lock, one_at_a_time
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.listings.terms import DealKind
from marketplace.negotiation import policy, positions, queries
from marketplace.negotiation.models import (
    Clause,
    ClauseChange,
    ClauseSide,
    ClauseState,
    ClauseVersion,
)
from marketplace.negotiation.positions import Position, Stand
from marketplace.organisations.models import Organisation


def begin(
    actor: Actor,
    organisation: Organisation,
    *,
    kind: DealKind,
    side: ClauseSide,
    term: str,
    preferred: Stand,
) -> Clause:
    """Keep a position about a term of this kind of deal. The same form twice is one clause.

    A retired one about the same term comes back with the new wording and without its fall-backs. Refused
    (clause.exists) where one is kept already, (clause.incomplete) where a value cannot be meant so.
    """
    require(actor, policy.keep_clauses, organisation)
    position = Position(kind, term, preferred)
    _must_be_sound(position)
    one_at_a_time(f"clauses:{organisation.id}")
    known = queries.clause_about(organisation.id, kind, side, term)
    if known is None:
        made = Clause(organisation_id=organisation.id, kind=kind, side=side, term=term)
        db.session.add(made)
        _append(actor, made, 1, ClauseChange.BEGIN, position)
        events.record(made, "clause.begin", by=actor)
        return made
    lock(known)
    if known.state is ClauseState.KEPT:
        if known.position == position and known.versions[-1].user_id == actor.user:
            return known  # the same form twice
        raise Refused("clause.exists")
    advance(known, "reinstate", by=actor)
    _append(actor, known, known.version + 1, ClauseChange.REINSTATE, position)
    return known


def edit(actor: Actor, clause: Clause, *, version: int, number: int, stand: Stand) -> None:
    """Say one of the stands anew: 0 is the preferred one, the others are the fall-backs."""
    require(actor, policy.keep_clauses, clause)
    _change(actor, clause, version, ClauseChange.EDIT, lambda old: _with(old, number, stand))


def add(actor: Actor, clause: Clause, *, version: int, stand: Stand) -> None:
    """One more fall-back, after those that are there; at most nine."""
    require(actor, policy.keep_clauses, clause)
    _change(
        actor,
        clause,
        version,
        ClauseChange.ADD,
        lambda old: replace(old, fallbacks=(*old.fallbacks, stand)),
    )


def move(actor: Actor, clause: Clause, *, version: int, number: int, up: bool) -> None:
    """A fall-back is given earlier (up) or later than its neighbour."""
    require(actor, policy.keep_clauses, clause)
    other = number - 1 if up else number + 1

    def swap(old: Position) -> Position:
        stands = list(old.stands)
        if not (0 < number < len(stands) and 0 < other < len(stands)):
            raise Refused("clause.no_such_fallback")
        stands[number], stands[other] = stands[other], stands[number]
        return replace(old, fallbacks=tuple(stands[1:]))

    _change(actor, clause, version, ClauseChange.MOVE, swap)


def drop(actor: Actor, clause: Clause, *, version: int, number: int) -> None:
    """A fall-back is not given any more; the history keeps it."""
    require(actor, policy.keep_clauses, clause)

    def without(old: Position) -> Position:
        if not 0 < number < len(old.stands):
            raise Refused("clause.no_such_fallback")
        left = [one for at, one in enumerate(old.stands) if at not in {0, number}]
        return replace(old, fallbacks=tuple(left))

    _change(actor, clause, version, ClauseChange.DROP, without)


def retire(actor: Actor, clause: Clause, *, version: int) -> None:
    """It counts no longer; the history stays."""
    require(actor, policy.keep_clauses, clause)
    _turn(actor, clause, version, ClauseState.RETIRED, ClauseChange.RETIRE)


def reinstate(actor: Actor, clause: Clause, *, version: int) -> None:
    """It counts again, as it was."""
    require(actor, policy.keep_clauses, clause)
    _turn(actor, clause, version, ClauseState.KEPT, ClauseChange.REINSTATE)


def _turn(by: Actor, clause: Clause, version: int, into: ClauseState, change: ClauseChange) -> None:
    lock(clause)
    if clause.state is into:
        return  # the same form twice
    _must_be_shown(clause, version)
    advance(clause, change.value, by=by)
    _append(by, clause, version + 1, change, clause.position)


def _with(old: Position, number: int, stand: Stand) -> Position:
    if not 0 <= number < len(old.stands):
        raise Refused("clause.no_such_fallback")
    if number == 0:
        return replace(old, preferred=stand)
    stands = list(old.fallbacks)
    stands[number - 1] = stand
    return replace(old, fallbacks=tuple(stands))


def _change(
    actor: Actor,
    clause: Clause,
    version: int,
    change: ClauseChange,
    made: Callable[[Position], Position],
) -> None:
    lock(clause)
    db.session.refresh(clause, ["versions"])
    read = next((one for one in clause.versions if one.number == version), None)
    if read is None:
        raise Refused("clause.changed")
    if clause.state is ClauseState.RETIRED:
        raise Refused("clause.retired")
    position = made(read.position)
    last = clause.versions[-1]
    again = (last.number, last.user_id, last.change) == (version + 1, actor.user, change)
    if again and last.position == position:
        return  # the same form twice
    _must_be_shown(clause, version)
    _must_be_sound(position)
    if position == last.position:
        return
    _append(actor, clause, version + 1, change, position)
    events.record(clause, "clause.edit", by=actor)


def _must_be_shown(clause: Clause, version: int) -> None:
    """Nobody writes over what a colleague has just written."""
    db.session.refresh(clause, ["versions"])
    if clause.version != version:
        raise Refused("clause.changed")


def _must_be_sound(position: Position) -> None:
    wrong = positions.problems(position)
    if wrong:
        raise Invalid("clause.incomplete", fields=wrong)


def _append(
    by: Actor, clause: Clause, number: int, change: ClauseChange, position: Position
) -> None:
    clause.versions.append(
        ClauseVersion(
            number=number,
            user_id=by.user,
            change=change,
            data=events.plain(position.to_json()),
        )
    )
    db.session.flush()
