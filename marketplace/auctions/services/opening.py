"""Sealed bids: the opening key in three parts, envelopes that it alone reads, the opening by two.

The private key exists in one place at one time twice: when it is made, to be split at once, and when two of
the three keepers have handed in their parts after the end. ADR 0027.
"""

from itertools import combinations
from typing import Any

import structlog

from marketplace.auctions import envelopes, policy
from marketplace.auctions import policy_opening as keepers
from marketplace.auctions.engine.rules import LARGEST, Format
from marketplace.auctions.engine.state import Command, Event, Phase
from marketplace.auctions.models import Auction, Envelope, KeyShare, Participant, ShareHolder
from marketplace.auctions.queries import opening as queries
from marketplace.auctions.queries.priority import participation_of
from marketplace.auctions.services import door, sealing, tendering
from marketplace.auctions.sharing import BadShare, Share, join, split
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.policy import SYSTEM, Actor, require

NEEDED = 2
log = structlog.get_logger()


# ---- the key -------------------------------------------------------------------------------------


def make_keys(auction: Auction) -> str:
    """Make an auction's opening key and its three parts; the public half, for the rules.

    Called once, when the rules are about to be frozen. The parts wait under the exchange's own key
    until their keepers fetch them.
    """
    if queries.shares_of(auction):
        raise WrongState("auction_key_share.made")
    private, public = envelopes.new_key()
    for kind, share in zip(ShareHolder, split(private), strict=True):
        db.session.add(
            KeyShare(
                auction=auction,
                number=share.number,
                kind=kind,
                organisation_id=auction.seller_id if kind is ShareHolder.SELLER else None,
                digest=share.digest(auction.reference),
                kept=sealing.seal(share.phrase().encode()),
            )
        )
    db.session.flush()
    return public


def fetch(actor: Actor, share: KeyShare) -> str:
    """The part as a phrase to write down, shown this once; from then on only its digest is here."""
    require(actor, keepers.fetch_share, share)
    lock(share)
    if share.kept is None:
        raise WrongState("auction_key_share.fetched")
    phrase = sealing.unseal(share.kept).decode()
    share.kept = None
    share.fetched_at = clock.now()
    share.fetched_by_id = actor.user
    events.record(share, "auction_key_share.fetch", by=actor)
    return phrase


def hand_in(actor: Actor, share: KeyShare, *, phrase: str = "") -> None:
    """Give a part for the opening, after the end; one never fetched is released without a phrase.

    With the second part the envelopes are opened. A false part is found out by its digest (F-18).
    """
    require(actor, keepers.hand_in_share, share)
    auction = share.auction
    lock(auction)
    lock(share)
    if auction.state is not Phase.OPENING:
        raise WrongState("auction_key_share.too_early")
    if share.handed_in_at is not None:
        raise WrongState("auction_key_share.handed_in")
    if any(one.handed_in_by_id == actor.user for one in queries.shares_of(auction)):
        raise Refused("auction_key_share.two_people")
    if share.kept is not None and not phrase.strip():
        phrase = sealing.unseal(share.kept).decode()
    _must_be_true(share, phrase)
    share.handed_in = sealing.seal(phrase.encode())
    share.handed_in_at = clock.now()
    share.handed_in_by_id = actor.user
    share.kept = None
    events.record(share, "auction_key_share.hand_in", by=actor)
    _open_if_two(auction)


def _must_be_true(share: KeyShare, phrase: str) -> None:
    try:
        true = Share.read(phrase).digest(share.auction.reference) == share.digest
    except BadShare:
        true = False
    if not true:
        log.warning("false part of an opening key", share=share.id)
        raise Invalid("auction_key_share.false", fields={"phrase": "auction_key_share.false"})


# ---- envelopes -----------------------------------------------------------------------------------


def submit(actor: Actor, reference: str, amount: Any, key: str, answers: Any = None) -> door.Reply:
    """Seal an amount, of a tender the answers too, and hand it in; a later envelope takes its place.

    The same key again gets the same answer, whatever the amount: nothing is kept to compare it with.
    """
    require(actor, policy.take_part)
    auction = db.session.query(Auction).filter_by(reference=reference).one_or_none()
    if auction is None or auction.rules.opening_key is None:
        raise WrongState("auction_envelope.not_sealed")
    known = queries.answer(auction, actor, key)
    if known is not None:
        return door.Reply(known.status, known.receipt, replayed=True)
    if type(amount) is not int or not 0 < amount <= LARGEST or amount % auction.rules.tick:
        raise Invalid("auction_envelope.amount", fields={"amount": "auction_envelope.amount"})
    bidder = participation_of(auction, actor.organisation)
    code = (bidder.code if bidder else None) or ""
    sealed = envelopes.seal(auction.rules.opening_key, reference, code, amount)
    arguments = {"ciphertext": sealed.ciphertext, "commitment": sealed.commitment}
    if auction.format is not Format.TENDER:
        return door.execute(actor, reference, Command("envelope", None, arguments), key=key)
    terms = tendering.sealed(auction, code, answers)
    arguments["terms"] = terms.commitment
    reply = door.execute(actor, reference, Command("envelope", None, arguments), key=key)
    if reply.accepted:
        tendering.keep(auction, code, terms)
    return reply


def keep_envelope(auction: Auction, event: Event, _by: Actor) -> None:
    """Reaction: the envelope that counts from now on (I-17)."""
    bidder = db.session.query(Participant).filter_by(auction_id=auction.id, code=event.code).one()
    db.session.query(Envelope).filter_by(
        auction_id=auction.id, participant_id=bidder.id, active=True
    ).update({"active": False})
    db.session.add(
        Envelope(
            auction=auction,
            participant=bidder,
            ciphertext=str(event.public["ciphertext"]).encode(),
            commitment=str(event.public["commitment"]),
            seq=auction.seq,
        )
    )
    db.session.flush()


# ---- the opening ---------------------------------------------------------------------------------


def _open_if_two(auction: Auction) -> None:
    parts = [
        Share.read(sealing.unseal(one.handed_in).decode())
        for one in queries.shares_of(auction)
        if one.handed_in is not None
    ]
    if len(parts) < NEEDED:
        return
    private = _key_of(auction, parts)
    tendering.open_terms(auction, private)
    reply = door.execute(
        SYSTEM,
        auction.id,
        Command("open_envelopes", None, {"plaintexts": _read(auction, private)}),
    )
    if reply.refusal == "auction.not_scored":
        return  # the prices wait for the points; open_scored() comes back
    if reply.refusal is not None:
        raise Refused(reply.refusal, **reply.body.get("facts", {}))
    for one in queries.shares_of(auction):
        one.handed_in = one.kept = None  # the key is not needed, and not kept, any more


def open_scored(auction: Auction, _event: Event | None = None, _by: Actor = SYSTEM) -> None:
    """Reaction to the scores: the price envelopes may be opened if two parts are in."""
    _open_if_two(auction)


def _key_of(auction: Auction, parts: list[Share]) -> int:
    """The key of two parts that fit the public one; a third that does not fit is of no harm."""
    for pair in combinations(parts, NEEDED):
        private = join(pair)
        if private < 2**256 and envelopes.public_of(private) == auction.rules.opening_key:
            return private
    raise Refused("auction_key_share.no_key")


def _read(auction: Auction, private: int) -> list[dict[str, Any]]:
    """Every envelope that opens; one that does not is void, it alone."""
    found = []
    for envelope, code in queries.active(auction):
        try:
            said = envelopes.unseal(private, auction.reference, code, envelope.ciphertext.decode())
        except envelopes.Unreadable:
            envelope.failed = True
            log.warning("an envelope could not be opened", auction=auction.id, seq=envelope.seq)
        else:
            found.append(said)
    return found
