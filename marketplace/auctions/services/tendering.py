"""What a tender answers to each criterion: sealed beside its price, opened first, the price last.

The answers are under the same opening key as the price, bound apart from it. With two parts of the key
they are opened for the jury; the prices follow by themselves once the points are frozen (I-38).
"""

from collections.abc import Sequence
from typing import Any

import structlog

from marketplace.auctions import envelopes
from marketplace.auctions import policy_tender as policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import Auction, Award
from marketplace.auctions.queries import jury
from marketplace.auctions.queries import opening as queries
from marketplace.auctions.services import sealing
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.listings.terms import Promise

LONGEST = 2000  # characters of an answer
SPACES = "\n\t"
log = structlog.get_logger()


def sealed(auction: Auction, code: str, answers: Any) -> envelopes.Sealed:
    """The answers under the opening key: one to every criterion, readable text, not too long."""
    criteria = auction.rules.criteria
    given = [_clean(one) for one in answers] if isinstance(answers, list | tuple) else []
    wrong = {
        f"answer_{number}": refusal
        for number, one in enumerate(given, start=1)
        if (refusal := _problem(one))
    }
    if wrong or len(given) != len(criteria):
        raise Invalid("auction_tender.answers", fields=wrong)
    return envelopes.seal_terms(
        str(auction.rules.opening_key), auction.reference, code, [str(one) for one in given]
    )


def _clean(answer: Any) -> Any:
    return answer.replace("\r\n", "\n").strip() if isinstance(answer, str) else None


def _problem(answer: Any) -> str:
    if not isinstance(answer, str) or not answer:
        return "auction_tender.answer_missing"
    if len(answer) > LONGEST:
        return "auction_tender.answer_long"
    if not all(one.isprintable() or one in SPACES for one in answer):
        return "auction_tender.answer_unreadable"
    return ""


def keep(auction: Auction, code: str, terms: envelopes.Sealed) -> None:
    """Put the sealed answers into the envelope that counts now."""
    envelope = jury.envelope_of(auction, code)
    if envelope is not None:
        envelope.terms = terms.ciphertext.encode()
        envelope.terms_commitment = terms.commitment
        db.session.flush()


def open_terms(auction: Auction, private: int) -> None:
    """Open all answers, once; what does not open, or is not what was committed to, stays empty."""
    if auction.format is not Format.TENDER:
        return
    waiting = [row for row in queries.active(auction) if row[0].terms_opened is None]
    for envelope, code in waiting:
        try:
            answers: list[str] | None = envelopes.unseal_terms(
                private,
                auction.reference,
                code,
                (envelope.terms or b"").decode(),
                envelope.terms_commitment,
            )
        except envelopes.Unreadable:
            log.warning("answers could not be opened", auction=auction.id, seq=envelope.seq)
            answers = None
        envelope.terms_opened = sealing.seal_values({"answers": answers})
    if waiting:
        events.record(auction, "auction.open_terms", by=SYSTEM)


def are_open(auction: Auction) -> bool:
    """The jury may read."""
    rows = queries.active(auction)
    return bool(rows) and all(envelope.terms_opened is not None for envelope, _ in rows)


def answers_of(auction: Auction, codes: Sequence[str]) -> dict[str, list[str] | None]:
    """Code → answers, none where they could not be opened; in the order of the codes."""
    found = {
        code: sealing.unseal_values(envelope.terms_opened).get("answers")
        for envelope, code in queries.active(auction)
        if code in codes and envelope.terms_opened is not None
    }
    return {code: found[code] for code in sorted(found)}


def promises(auction: Auction, code: str | None) -> tuple[Promise, ...]:
    """The winner's answers as terms of the deal; none where it was no tender."""
    if auction.format is not Format.TENDER or code is None:
        return ()
    said = answers_of(auction, [code]).get(code) or []
    return tuple(
        Promise(criterion.name, criterion.name_en, text)
        for criterion, text in zip(auction.rules.criteria, said, strict=False)
    )


def promised(actor: Actor, award: Award) -> list[str]:
    """What the winner answered: it is part of what was sold. The losers' answers stay sealed."""
    require(actor, policy.read_winning, award)
    code = award.participant.code or ""
    return answers_of(award.auction, [code]).get(code) or []
