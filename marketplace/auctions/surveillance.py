"""Patterns among bidders that a person should look at. Pure; knows codes and tokens, no names.

A token stands for something two bidders may share (a legal representative, an address, a browser).
Whoever calls hashes it with a key that is thrown away, so a token says "the same" and nothing else.
Nothing here blocks a bid: the exchange's people judge.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

SELLER = "seller"  # stands among the codes where the seller is one of those who share
KINDS = ("representative", "address", "registration", "account", "people", "device", "network")
RAISES = 3  # bids that never led, before it is a pattern
NEAR = 2  # bids that ended just under a maximum that nobody could know
DRIVEN = 1_000  # basis points of the start: by so much must they have driven the price
LOST = 3  # auctions of one seller, none of them won


@dataclass(frozen=True)
class Traits:
    """What a bidder, or the seller, may share with others: kind → tokens."""

    code: str
    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """An accepted bid as the log shows it, and how near it came to the leader's maximum."""

    code: str
    before: int | None  # the price
    after: int
    leader: str
    short_of: int | None = None  # the leader's maximum less this bid's; none: it led
    increment: int = 0  # the least raise at that price


@dataclass(frozen=True)
class Record:
    """How a bidder fared in other auctions of the same seller."""

    code: str
    auctions: int
    bids: int
    wins: int


@dataclass(frozen=True)
class Finding:
    """What to look at: a kind of pattern, the codes in it, its figures."""

    kind: str
    codes: tuple[str, ...]
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same pattern between the same codes, whatever its figures."""
        return hashlib.sha256("\0".join((self.kind, *self.codes)).encode()).hexdigest()


def ties(traits: Sequence[Traits]) -> list[Finding]:
    """Bidders who share something; with the seller is a kind of its own."""
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for kind in KINDS:
        holders: dict[str, set[str]] = {}
        for one in traits:
            for token in one.tokens.get(kind, frozenset()):
                holders.setdefault(token, set()).add(one.code)
        for codes in holders.values():
            if len(codes) > 1:
                key = (kind, tuple(sorted(codes)))
                found[key] = found.get(key, 0) + 1
    known = {codes for kind, codes in found if kind == "device"}
    return [
        Finding(
            f"seller_{kind}" if SELLER in codes else f"same_{kind}",
            tuple(code for code in codes if code != SELLER),
            {"shared": count},
        )
        for (kind, codes), count in found.items()
        if not (kind == "network" and codes in known)  # one browser is on one network
    ]


def raises_only(steps: Sequence[Step], start: int) -> list[Finding]:
    """Bidders who drove the price and never led."""
    findings = []
    for code, own in _by_code(steps):
        led = any(step.leader == code for step in own)
        driven = sum(step.after - (step.before or step.after) for step in own)
        if not led and len(own) >= RAISES and driven * 10_000 >= start * DRIVEN:
            findings.append(
                Finding("raises_only", (code,), {"bids": len(own), "driven_minor": driven})
            )
    return findings


def just_below(steps: Sequence[Step]) -> list[Finding]:
    """Bids that stopped within one increment of a maximum that only its bidder and we knew."""
    findings = []
    for code, own in _by_code(steps):
        near = [s for s in own if s.short_of is not None and 0 <= s.short_of <= s.increment]
        if len(near) >= NEAR:
            leader = near[-1].leader
            findings.append(Finding("just_below", (code, leader), {"bids": len(near)}))
    return findings


def never_wins(records: Iterable[Record]) -> list[Finding]:
    """Bidders who bid in auction after auction of one seller and win none."""
    return [
        Finding("never_wins", (one.code,), {"auctions": one.auctions, "bids": one.bids})
        for one in records
        if one.auctions >= LOST and one.bids > 0 and one.wins == 0
    ]


def _by_code(steps: Sequence[Step]) -> Iterable[tuple[str, list[Step]]]:
    ordered = sorted(steps, key=lambda step: step.code)
    return [(code, list(own)) for code, own in groupby(ordered, key=lambda step: step.code)]
