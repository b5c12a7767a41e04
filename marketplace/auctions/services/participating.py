"""From an application to the right to bid: declared, qualified, deposit held, pseudonym given."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from marketplace.auctions import policy
from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import RUNNING, Command, Event, Phase
from marketplace.auctions.models import (
    Auction,
    Participant,
    PriorityHolder,
)
from marketplace.auctions.queries import priority as priority_rights
from marketplace.auctions.queries.standing import standing
from marketplace.auctions.services import deposits, door, sealing
from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations.models import Organisation

TAKES_APPLICATIONS = frozenset({Phase.PUBLISHED, Phase.FREE, Phase.OPEN})
DECLARATIONS = ("identity", "confidential", "no_conflict", "rules")
CODE_LENGTH = 5


def apply(
    actor: Actor, auction: Auction, *, declarations: Mapping[str, Any], backup: bool = False
) -> Participant:
    """Apply to take part. All four declarations are needed; the rules are accepted by their hash.

    `declarations`: identity (who we are is as verified), confidential (what the data room shows stays
    secret), no_conflict (no tie with seller, staff or other bidders), rules (accepted). `backup`: ready
    to take over at our own highest bid if the winner defaults.
    """
    require(actor, policy.apply, auction)
    lock(auction)
    if auction.state not in TAKES_APPLICATIONS:
        raise WrongState("auction.apply", needs=[f"auction.{p.value}" for p in TAKES_APPLICATIONS])
    missing = [name for name in DECLARATIONS if declarations.get(name) is not True]
    if missing:
        code = "auction.declaration_missing"
        raise Invalid(code, fields=dict.fromkeys(missing, code))
    firm = db.session.get_one(Organisation, actor.organisation)
    if not firm.is_verified:
        raise Refused("auction.not_verified")
    known = standing(
        actor, auction.id, seller_id=auction.seller_id, parent_id=auction.parent_id, key=""
    )
    if known.participant_id is not None:
        raise Refused("auction.applied_already")
    obstacle = known.obstacle(actor, auction.seller_id)
    if obstacle and obstacle != "auction.not_admitted":  # before a deposit is paid in vain
        raise Refused(obstacle)
    rank, ground = _priority(auction, firm.id)
    participant = Participant(
        auction=auction,
        organisation=firm,
        user_id=actor.user_id,
        rank=rank,
        ground=ground,
        backup=backup,
        rules_hash=auction.rules_hash,
        declarations=dict.fromkeys(DECLARATIONS, True),
    )
    db.session.add(participant)
    events.record(participant, "participant.apply", by=actor)
    return participant


def _priority(auction: Auction, organisation_id: int) -> tuple[int, str]:
    """A right of first refusal exercised inside the bidding, as recorded at the review."""
    if auction.rules.priority is not PriorityMode.INSIDE:
        return 0, ""
    found = db.session.scalar(
        select(PriorityHolder)
        .where(
            PriorityHolder.auction_id == auction.id,
            PriorityHolder.holder_id == organisation_id,
        )
        .order_by(PriorityHolder.rank)
    )
    return (found.rank, str(found.ground)) if found else (0, "")


def qualify(actor: Actor, participant: Participant) -> None:
    """Staff find the application in order: the deposit is asked for, or the bidder admitted at once."""
    require(actor, policy.operate, participant)
    _lock(participant)
    advance(participant, "qualify", by=actor)
    participant.qualified_by_id = actor.user_id
    if participant.auction.rules.deposit:
        deposits.expect(actor, participant)
    else:
        admit(participant)


def refuse(actor: Actor, participant: Participant, *, because: str) -> None:
    """Staff turn an application down, and say why."""
    require(actor, policy.operate, participant)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    _lock(participant)
    advance(participant, "refuse", by=actor, because=because.strip())


def leave(actor: Actor, participant: Participant) -> None:
    """Take the application back while it runs; a deposit goes back. Whoever has bid stays (bids bind)."""
    require(actor, policy.leave, participant)
    _lock(participant)
    auction = participant.auction
    mine = door.state_of(auction).bidders.get(participant.code or "")
    if mine is not None and mine.seq is not None:  # a bid, a quote, an envelope or a purchase
        raise Refused("auction.bid_binds")
    if auction.state not in RUNNING | {Phase.PUBLISHED}:
        raise Refused("auction.over")
    if deposits.is_held(participant) and priority_rights.may_step_in(participant):
        raise Refused("auction.priority_open")
    advance(participant, "leave", by=actor)
    deposits.give_back(participant, because="left")


def admit(participant: Participant) -> None:
    """Give the pseudonym and let the bidder in. An auction that is over by then gives the deposit back."""
    _lock(participant)
    auction = participant.auction
    participant.code = participant.code or _new_code(auction, participant.organisation_id)
    advance(participant, "admit", by=SYSTEM)
    command = Command("admit", participant.code, {"rank": participant.rank})
    if not door.execute(SYSTEM, auction.id, command).accepted:
        deposits.give_back(participant, because="too_late")


def on_excluded(auction: Auction, event: Event, _by: Actor) -> None:
    """Who no longer counts gets the deposit back, unless a forfeit is decided."""
    participant = db.session.scalar(
        select(Participant).where(
            Participant.auction_id == auction.id, Participant.code == event.code
        )
    )
    if participant is not None:
        deposits.give_back(participant, because="excluded")


def _lock(participant: Participant) -> None:
    """The auction first: everybody takes the locks in this order."""
    lock(participant.auction)
    lock(participant)


def _new_code(auction: Auction, organisation_id: int) -> str:
    """Five letters of an HMAC under the auction's own key: not to be linked with another auction's."""
    hidden = sealing.unseal_values(auction.sealed_secrets)
    if "code_key" not in hidden:
        hidden["code_key"] = secrets.token_hex(32)
        auction.sealed_secrets = sealing.seal_values(hidden)
    taken = set(
        db.session.scalars(select(Participant.code).where(Participant.auction_id == auction.id))
    )
    for attempt in range(1000):
        said = f"{organisation_id}:{attempt}".encode()
        digest = hmac.new(bytes.fromhex(hidden["code_key"]), said, hashlib.sha256).digest()
        code = b32encode(digest).decode()[:CODE_LENGTH]
        if code not in taken:
            return code
    raise RuntimeError("no pseudonym is left")
