"""The jury of a tender: named, declared free of conflicts, points given, frozen together (评审).

Each juror reads the answers under pseudonyms and sees no points but the own ones. With the last
sheet all points go into the log at once by the one door, and the prices are opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.auctions import policy_tender as policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Juror, JurorState
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.services import door, sealing, tendering
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations.models import Membership

MOST = 100  # points
THOUSAND = 1000  # the engine counts in thousandths
TAKES_JURORS = frozenset({Phase.PUBLISHED, Phase.OPEN, Phase.OPENING, Phase.SUSPENDED})


@dataclass(frozen=True)
class Sheet:
    """What a juror has before him: code → answers (none: not to be opened), and his own points."""

    answers: Mapping[str, list[str] | None]
    points: Mapping[str, list[int]]


def name(actor: Actor, auction: Auction, membership: Membership) -> Juror:
    """Staff name a juror: one of the exchange's people or a valuer, without a tie to a party."""
    require(actor, policy.name, auction)
    lock(auction)
    _must_take_jurors(auction)
    if len(queries.sitting(auction)) >= (auction.rules.evaluators or 0):
        raise Refused("auction_juror.enough")
    if any(one.user_id == membership.user_id for one in queries.of_auction(auction)):
        raise Refused("auction_juror.named_already")
    if queries.has_tie(auction, membership.user_id):
        raise Refused("auction_juror.party")
    if membership.id not in {one.id for one in queries.candidates(actor, auction)}:
        raise Refused("auction_juror.not_able")
    juror = Juror(
        auction=auction,
        user_id=membership.user_id,
        organisation_id=membership.organisation_id,
        named_by_id=actor.user_id,
    )
    db.session.add(juror)
    events.record(juror, "auction_juror.name", by=actor, user=membership.user_id)
    return juror


def dismiss(actor: Actor, juror: Juror, *, because: str) -> None:
    """Staff let a juror go who has given no points yet, and say why; another is named instead."""
    require(actor, policy.name, juror.auction)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(juror.auction)
    advance(juror, "dismiss", by=actor, because=because.strip())


def declare(actor: Actor, juror: Juror, *, conflict: bool, statement: str = "") -> None:
    """The juror declares before reading anything: no conflict of interest, or he stands back."""
    require(actor, policy.declare, juror)
    lock(juror.auction)
    _must_take_jurors(juror.auction)
    if conflict:
        juror.statement = statement.strip()[:500]
        advance(juror, "recuse", by=actor)
    else:
        if queries.has_tie(juror.auction, juror.user_id):
            raise Refused("auction_juror.party")
        advance(juror, "declare", by=actor)
    juror.declared_at = clock.now()


def sheet(actor: Actor, juror: Juror) -> Sheet | None:
    """The answers to be judged; none before the opening, and before the declaration."""
    require(actor, policy.see, juror)
    if juror.state not in {JurorState.READY, JurorState.GIVEN}:
        return None
    if not tendering.are_open(juror.auction):
        return None
    points = sealing.unseal_values(juror.points)
    answers = tendering.answers_of(juror.auction, list(_codes(juror.auction)))
    return Sheet(answers, points)


def give(actor: Actor, juror: Juror, points: Mapping[str, Any]) -> None:
    """Give points, 0 to 100 to every bidder by every criterion, once; with the last sheet they are frozen.

    Whose answers could not be opened has none to be given points for, and gets 0.
    """
    require(actor, policy.give, juror)
    auction = juror.auction
    lock(auction)
    lock(juror)
    juror.lifecycle.target(juror.state, "give")
    if auction.state is not Phase.OPENING or not tendering.are_open(auction):
        raise WrongState("auction_juror.not_open")
    if queries.has_tie(auction, juror.user_id):
        raise Refused("auction_juror.party")
    answers = tendering.answers_of(auction, list(_codes(auction)))
    readable = {code for code, said in answers.items() if said is not None}
    wanted = len(auction.rules.criteria)
    if set(points) != readable or not all(_are_points(row, wanted) for row in points.values()):
        raise Invalid("auction_juror.points")
    whole = {code: list(points.get(code, [0] * wanted)) for code in answers}
    juror.points = sealing.seal_values(whole)
    juror.given_at = clock.now()
    advance(juror, "give", by=actor)
    db.session.flush()
    _freeze_if_all(auction)


def _are_points(row: Any, wanted: int) -> bool:
    return (
        isinstance(row, list | tuple)
        and len(row) == wanted
        and all(type(one) is int and 0 <= one <= MOST for one in row)
    )


def _freeze_if_all(auction: Auction) -> None:
    given = [one for one in queries.of_auction(auction) if one.state is JurorState.GIVEN]
    if len(given) < (auction.rules.evaluators or 0):
        return
    sheets = [sealing.unseal_values(one.points) for one in given]
    scores = {
        code: [[one * THOUSAND for one in sheet[code]] for sheet in sheets]
        for code in _codes(auction)
    }
    reply = door.execute(SYSTEM, auction.id, Command("score", None, {"scores": scores}))
    if reply.refusal is not None:
        raise Refused(reply.refusal, **reply.body.get("facts", {}))
    for one in given:
        one.points = None  # they stand in the log, where everybody reads them


def _codes(auction: Auction) -> frozenset[str]:
    """Whose envelopes count: not those of who was excluded since."""
    return frozenset(door.state_of(auction).envelopes)


def takes_jurors(auction: Auction) -> bool:
    """Jurors are named and declare themselves until the points are frozen."""
    return auction.state in TAKES_JURORS and door.state_of(auction).scores is None


def _must_take_jurors(auction: Auction) -> None:
    if auction.format is not Format.TENDER:
        raise Refused("auction_juror.no_tender")
    if not takes_jurors(auction):
        raise WrongState("auction_juror.too_late")
