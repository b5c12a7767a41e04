"""Surveillance: what the records say of bidders, turned into tokens, patterns, alerts.

Names, addresses and browsers are hashed with a key that lives for one look only; rules and alerts know
codes and figures. An alert blocks nothing: the exchange's people judge it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from marketplace.auctions import policy_control as policy
from marketplace.auctions import surveillance
from marketplace.auctions.engine.increments import increment
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import Alert, Auction
from marketplace.auctions.queries import alerts as queries
from marketplace.auctions.services import door
from marketplace.auctions.surveillance import SELLER, Finding, Record, Step, Traits
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require

UNIT = slice(8, 17)  # of a 统一社会信用代码: the body that is registered (GB 11714)


def look(auction_id: int) -> int:
    """Look at an auction; how many alerts are new. A pattern is told once."""
    auction = db.session.get_one(Auction, auction_id)
    known = queries.known_fingerprints(auction)
    fresh = {one.fingerprint: one for one in findings(auction) if one.fingerprint not in known}
    for fingerprint, one in fresh.items():
        db.session.add(
            Alert(
                auction=auction,
                kind=one.kind,
                codes=list(one.codes),
                facts=dict(one.facts),
                fingerprint=fingerprint,
            )
        )
    return len(fresh)


def findings(auction: Auction) -> list[Finding]:
    """Every pattern there is now."""
    codes = queries.bidders(auction)
    if not codes:
        return []
    steps = _steps(auction) if auction.format is Format.ENGLISH else []
    return [
        *surveillance.ties(_traits(codes | {auction.seller_id: SELLER})),
        *surveillance.raises_only(steps, auction.rules.start),
        *surveillance.just_below(steps),
        *surveillance.never_wins(_records(auction, codes)),
    ]


def dismiss(actor: Actor, alert: Alert, *, reason: str) -> None:
    """Say why it means nothing; it stays on record."""
    require(actor, policy.dismiss_alert, alert)
    if not reason.strip():
        raise Invalid(
            "auction_order.reason_missing", fields={"because": "auction_order.reason_missing"}
        )
    alert.reason = reason.strip()[:500]
    alert.decided_by_id = actor.user
    alert.decided_at = clock.now()
    advance(alert, "dismiss", by=actor, because=alert.reason)


def _traits(codes: dict[int, str]) -> list[Traits]:
    """What bidders and seller may share, each thing as a token."""
    key = secrets.token_bytes(32)
    held: dict[int, dict[str, set[str]]] = {one: {} for one in codes}

    def note(organisation_id: int, kind: str, *parts: object) -> None:
        plain = "\0".join("".join(str(part).split()).casefold() for part in parts)
        if plain.strip("\0"):
            token = hmac.new(key, f"{kind}\0{plain}".encode(), hashlib.sha256).hexdigest()
            held[organisation_id].setdefault(kind, set()).add(token)

    for one in queries.organisations(codes):
        note(one.id, "representative", one.representative)
        note(one.id, "address", one.address and f"{one.province}{one.city}{one.address}")
        note(one.id, "registration", (one.uscc or "")[UNIT] or one.foreign_registration)
        note(one.id, "account", one.bank_account)
    for organisation_id, user_id in queries.people(codes):
        note(organisation_id, "people", user_id)
    for organisation_id, browser, network in queries.browsers(codes):
        if browser and network:
            note(organisation_id, "device", browser, network)
        note(organisation_id, "network", network)
    return [
        Traits(codes[one], {kind: frozenset(tokens) for kind, tokens in kinds.items()})
        for one, kinds in held.items()
    ]


def _steps(auction: Auction) -> list[Step]:
    """The bids with how near each came to the leader's maximum; for the rules only."""
    rules = auction.rules
    steps: list[Step] = []
    maxima: dict[str, int] = {}
    price: int | None = None
    for event in door.log_of(auction.id):
        if event.kind != "bid":
            continue
        code, leader, after = event.code or "", event.public["leader"], event.public["price"]
        maximum = event.private.get("maximum") or after
        maxima[code] = max(maximum, maxima.get(code, 0))
        behind = None if leader == code else maxima.get(leader, maximum) - maximum
        steps.append(Step(code, price, after, leader, behind, increment(after, rules, 0)))
        price = after
    return steps


def _records(auction: Auction, codes: dict[int, str]) -> Iterable[Record]:
    wins = queries.past_wins(auction, codes)
    return [
        Record(codes[one], auctions, bids, wins.get(one, 0))
        for one, auctions, bids in queries.past_bids(auction, codes)
    ]
