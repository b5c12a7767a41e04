"""The one door: every change of an auction is one command, decided under the lock of its row.

Lock and intake; the same request again gets the same answer; who asks; decide (pure); log, state,
projection and answer in the same transaction; then whatever follows (`reacting`). ADR 0025.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from marketplace.auctions import policy, receipts
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.rules import LARGEST
from marketplace.auctions.engine.state import Command, Event, Refusal, State
from marketplace.auctions.models import Auction, Participant
from marketplace.auctions.queries.standing import TOO_OFTEN, OnFile, standing
from marketplace.auctions.services import intake, sealing, writing
from marketplace.auctions.services.intake import Locked
from marketplace.auctions.services.writing import SEALED, Entry, log_of, state_of
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.policy import SYSTEM, Actor, require

__all__ = ["KeyMissing", "NotAccepted", "Reply", "execute", "kept_out", "log_of", "state_of"]

BIDS = frozenset({"bid", "buy_now", "accept", "envelope"})
A_SECOND = timedelta(seconds=1)
CONFLICT = 409
LONGEST_KEY = 64
MADE_HERE = frozenset({"salt", "confirmed"})
STATUS = {
    "auction.bad_amount": 400,
    "auction.bad_envelope": 400,
    "auction.own": 403,
    "auction.affiliate": 403,
    "auction.staff": 403,
    "auction.defaulter": 403,
    "auction.not_admitted": 403,
    "auction.excluded": 403,
    "auction.key_reused": 422,
    "auction.too_often": TOO_OFTEN,
    "auction.not_accepted": 503,
}
TIMED_OUT = frozenset({"55P03", "57014", "40P01"})  # lock, statement, deadlock (PostgreSQL)
TOLD = {"excluded": "exclude", "voided": "void", "outage": "outage"}  # of no change of phase


class KeyMissing(Refused):
    """A request that changes something names its key."""

    status = 400


@dataclass(frozen=True)
class Reply:
    """What a request is answered: a status as in HTTP and a signed receipt, refusals too."""

    status: int
    receipt: str
    events: tuple[Event, ...] = ()
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """It was let in."""
        return self.status < 400

    @property
    def body(self) -> dict[str, Any]:
        """What the receipt says."""
        return receipts.body_of(self.receipt)

    @property
    def refusal(self) -> str | None:
        """The code of the refusal."""
        return self.body.get("refusal")


class NotAccepted(Refused):
    """It did not get its turn in time; nothing was done, and the receipt says so."""

    status = 503

    def __init__(self, reply: Reply) -> None:
        super().__init__("auction.not_accepted")
        self.reply = reply


@dataclass(frozen=True)
class _Request:
    """A command with the key that makes it one, however often it comes."""

    actor: Actor
    command: Command
    key: str
    private: Mapping[str, Any]  # what the receipt says beside: a token to confirm with

    @property
    def fingerprint(self) -> str:
        """Of what was asked and for whom, and of nothing that we made of it (`MADE_HERE`)."""
        said = {k: v for k, v in self.command.arguments.items() if k not in MADE_HERE}
        asked = [self.command.kind, said, self.actor.organisation_id]
        text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def execute(
    actor: Actor,
    auction_id: int | str,
    command: Command,
    *,
    key: str = "",
    participant: Participant | None = None,
    private: Mapping[str, Any] | None = None,
) -> Reply:
    """Do what is asked of an auction (its number or reference), or say why not.

    Everybody but the system brings a key; a bidder's code is looked up, never believed.
    """
    if actor is not SYSTEM and not 1 <= len(key) <= LONGEST_KEY:
        raise KeyMissing("auction.key_missing")
    request = _Request(actor, command, key, private or {})
    if policy.for_command(command.kind) is policy.take_part:
        require(actor, policy.take_part)
    try:
        row = intake.lock_row(auction_id, in_haste=command.kind in BIDS)
        require(actor, policy.for_command(command.kind), row)
        return _answer(row, request, participant)
    except intake.WaitedTooLong:
        raise NotAccepted(_not_accepted(auction_id, request)) from None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in TIMED_OUT:
            raise NotAccepted(_not_accepted(auction_id, request)) from error
        raise


def _not_accepted(auction: int | str, request: _Request) -> Reply:
    """The answer of whoever was not let in in time: he may come again with the same key."""
    said = {
        "auction": auction if isinstance(auction, str) else None,
        "kind": request.command.kind,
        "key": request.key,
        "at": intake.micros(clock.now()),
        "refusal": "auction.not_accepted",
    }
    return Reply(STATUS["auction.not_accepted"], receipts.signed(said))


def _answer(row: Locked, request: _Request, participant: Participant | None) -> Reply:
    actor, command = request.actor, request.command
    who = OnFile()
    if actor is not SYSTEM:
        who = standing(
            actor, row.id, seller_id=row.seller_id, parent_id=row.parent_id, key=request.key
        )
    if who.status is not None and who.receipt is not None:
        if who.fingerprint == request.fingerprint:
            return Reply(who.status, who.receipt, replayed=True)
        refusal = Refusal("auction.key_reused")
        return Reply(STATUS[refusal.code], _receipt(row, request, who, refusal=refusal))
    if policy.for_command(command.kind) is policy.take_part and actor is not SYSTEM:
        command = Command(command.kind, who.code, command.arguments)
    return _decided(row, request, command, who, participant)


def _decided(
    row: Locked,
    request: _Request,
    command: Command,
    who: OnFile,
    participant: Participant | None,
) -> Reply:
    rules, before = row.rules, state_of(row)
    at = max(row.arrived_us, before.last_at)
    found: tuple[Event, ...] | Refusal
    if refusal := kept_out(row, request.actor, request.command.kind, who):
        found = refusal
    else:
        secrets = sealing.unseal_values(row.sealed_secrets)
        found = decide(rules, before, command, at, secrets, lambda: log_of(row.id))
    participant_id = participant.id if participant else who.participant_id
    if isinstance(found, Refusal):
        reply = Reply(
            STATUS.get(found.code, CONFLICT), _receipt(row, request, who, refusal=found, at=at)
        )
        writing.keep(_to_keep(row, request, reply, participant_id))
        return reply
    entries, after, moves = writing.applied(row, rules, before, found)
    reply = Reply(201, _receipt(row, request, who, entries=entries, after=after, at=at), found)
    writing.write(row, rules, entries, after, _to_keep(row, request, reply, participant_id))
    _follow(row, request, found, moves)
    return reply


def kept_out(row: Locked, actor: Actor, kind: str, who: OnFile) -> Refusal | None:
    """Who may not bid here, who has no say in it, and who asks more often than five times a second."""
    if actor is SYSTEM:
        return None
    if kind not in BIDS:  # without a code it would pass for the clock's own
        of_bidders = policy.for_command(kind) is policy.take_part
        return Refusal("auction.not_admitted") if of_bidders and who.code is None else None
    if obstacle := who.obstacle(actor, row.seller_id):
        return Refusal(obstacle)
    if who.fifth_last is not None and who.fifth_last > row.arrived - A_SECOND:
        return Refusal("auction.too_often")
    return None


def _receipt(
    row: Locked,
    request: _Request,
    who: OnFile,
    *,
    refusal: Refusal | None = None,
    entries: Sequence[Entry] = (),
    after: State | None = None,
    at: int | None = None,
) -> str:
    """What was asked, when it came, what became of it: signed."""
    said: dict[str, Any] = {
        "auction": row.reference,
        "kind": request.command.kind,
        "code": who.code,
        "key": request.key,
        "request": request.fingerprint,
        "amount": request.command.arguments.get("amount"),
        "at": row.arrived_us if at is None else at,
        "arrived": row.arrived_us,
        "rules": row.rules_hash,
    }
    if type(said["amount"]) is not int or not 0 < said["amount"] <= LARGEST:
        said["amount"] = None
    if refusal:
        beside = request.private if refusal.code == "auction.confirm_required" else {}
        said |= {"refusal": refusal.code, "facts": {**refusal.facts, **beside}}
    elif entries and after:
        sealed = row.format in SEALED  # a number would tell how many envelopes there are
        said |= {
            "seq": None if sealed else entries[0].seq,
            "events": [entry.hash for entry in entries],
            "price": after.price,
            "leads": after.leader is not None and after.leader == who.code,
            "ends_at": after.ends_at,
        }
    return receipts.signed(said)


def _to_keep(
    row: Locked, request: _Request, reply: Reply, participant_id: int | None
) -> dict[str, Any] | None:
    """The answer under its key; the system's own needs none."""
    if request.actor is SYSTEM and not request.key:
        return None
    return {
        "auction_id": row.id,
        "user_id": request.actor.user_id or 0,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "status": reply.status,
        "receipt": reply.receipt,
        "participant_id": participant_id,
        "created_at": row.arrived,
    }


def _follow(
    row: Locked, request: _Request, found: Sequence[Event], moves: Sequence[str | None]
) -> None:
    """Events for audit and messages, and reactions; a bid that changes no phase has neither."""
    from marketplace.auctions.services import reacting  # noqa: PLC0415 -- they ask the door again

    by = SYSTEM if request.command.kind in BIDS else request.actor  # no name of a bidder
    for event, action in zip(found, moves, strict=True):
        verb = action or TOLD.get(event.kind)
        reactions = reacting.after(event.kind)
        if not verb and not reactions:
            continue
        auction = db.session.get_one(Auction, row.id, populate_existing=True)
        if verb:
            reason = str(request.command.arguments.get("reason", ""))  # a code, as in the log
            # A number would tell the exchange how many sealed bids there are.
            number: dict[str, Any] = {} if row.format in SEALED else {"seq": auction.seq}
            events.record(auction, f"auction.{verb}", by=by, reason=reason, **number)
        for react in reactions:
            react(auction, event, by)
