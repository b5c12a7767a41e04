"""Commissions: they arise by a deal, are divided among co-brokers, and are paid by its release."""

from collections.abc import Collection, Mapping, Sequence

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.mandates import commission as reckoning
from marketplace.mandates import policy, queries
from marketplace.mandates.models import (
    Commission,
    CommissionState,
    Contribution,
    Mandate,
    Payer,
    Side,
)

MOST = 12  # co-brokers of one claim


def deal_opened(
    by: Actor,
    *,
    deal_reference: str,
    listing_reference: str,
    seller_id: int,
    buyer_id: int,
    price: Money,
    asset_ids: Collection[int],
    kinds: Collection[str],
) -> list[Commission]:
    """Claims of the brokers whose mandates the deal falls under; both sides are told.

    In force, a mandate earns by an introduction, by the broker's own act in it, or because it is
    exclusive; in its tail by an introduction made before the end. Answers for `deals`.
    """
    found = []
    for mandate in queries.for_trade(
        seller_id=seller_id, buyer_id=buyer_id, asset_ids=asset_ids, kinds=kinds
    ):
        other = buyer_id if mandate.side is Side.SELL else seller_id
        introduced = queries.introduction_of(mandate, other, listing_reference)
        if introduced is not None and not introduced.counts:
            introduced = None
        acted = by.under is not None and by.under.reference == mandate.reference
        earned = mandate.is_in_force and (mandate.exclusive or acted)
        if introduced is None and not earned:
            continue
        fee = reckoning.fee(price, mandate.fee_table)
        if not fee.net:
            continue
        claim = Commission(
            mandate=mandate,
            introduction=None if earned else introduced,  # what bears the claim
            deal_reference=deal_reference,
            counterparty_id=other,
            payer_id=_payer(mandate, seller_id, buyer_id),
            net_minor=fee.net.minor,
            vat_minor=fee.vat.minor,
            currency=price.currency,
        )
        db.session.add(claim)
        events.record(claim, "commission.arise", by=by, deal=deal_reference, amount=fee.gross)
        found.append(claim)
    return found


def _payer(mandate: Mandate, seller_id: int, buyer_id: int) -> int:
    return seller_id if mandate.payer is Payer.SELLER else buyer_id


def deal_ended(by: Actor, deal_reference: str, *, because: str) -> None:
    """The deal came to nothing: no fee is due.

    The mandate says so; where no contract came about, so does 民法典 art. 964. Answers for `deals`.
    """
    for claim in queries.claims_on(deal_reference):
        if claim.state is CommissionState.ARISEN:
            advance(claim, "void", by=by, because=because)


def propose_split(
    actor: Actor, claim: Commission, contributions: Sequence[tuple[int, int, str]]
) -> None:
    """The lead broker says who did what: organisation, basis points, work. The rest must agree."""
    require(actor, policy.propose_split, claim)
    lock(claim)
    if claim.state is not CommissionState.ARISEN:
        raise WrongState("commission.propose", needs=["commission.arisen"])
    if any(
        one.agreed_at and one.organisation_id != actor.organisation for one in claim.contributions
    ):
        raise Refused("commission.agreed_already")
    parts = [(who, bps) for who, bps, _ in contributions]
    if len({who for who, _ in parts}) != len(parts) or len(parts) > MOST:
        raise Invalid("commission.twice", fields={"shares": "commission.twice"})
    if any(bps <= 0 for _, bps in parts) or sum(bps for _, bps in parts) != reckoning.WHOLE:
        raise Invalid("commission.not_whole", fields={"shares": "commission.not_whole"})
    if any(queries.broker_by_id(who) is None for who, _ in parts):
        raise Invalid("mandate.not_a_broker", fields={"shares": "mandate.not_a_broker"})
    if actor.organisation not in {who for who, _ in parts}:
        raise Invalid("commission.lead_missing", fields={"shares": "commission.lead_missing"})
    claim.contributions.clear()
    db.session.flush()  # the old lines go before the new ones come: one line a broker
    claim.contributions = [
        Contribution(
            organisation_id=who,
            bps=bps,
            work=work.strip()[:500],
            agreed_at=clock.now() if who == actor.organisation else None,
        )
        for who, bps, work in contributions
    ]
    events.record(claim, "commission.propose", by=actor, parts=parts)


def agree_split(actor: Actor, claim: Commission) -> None:
    """A co-broker agrees to the contributions as they stand."""
    require(actor, policy.agree_split, claim)
    lock(claim)
    for one in claim.contributions:
        if one.organisation_id == actor.organisation and one.agreed_at is None:
            one.agreed_at = clock.now()
            events.record(claim, "commission.agree", by=actor, bps=one.bps)


def paid(by: Actor, deal_reference: str, amounts: Mapping[int, Money]) -> None:
    """A release has paid so much of each claim; with the whole of it the claim has ended. For `deals`."""
    for claim in queries.claims_on(deal_reference):
        amount = amounts.get(claim.id)
        if claim.state is not CommissionState.ARISEN or not amount:
            continue
        claim.paid_minor += amount.minor
        claim.paid_at = clock.now()
        if claim.open:
            events.record(claim, "commission.part", by=by, amount=amount)
        _end_if_nothing_is_open(by, claim)


def fallen_away(by: Actor, claim: Commission, amount: Money) -> None:
    """So much of a claim falls on a part of the price that nobody pays any more. For `deals`.

    The mandate's fee is a part of what the principal comes by: of a waived line no fee is due.
    """
    if claim.state is not CommissionState.ARISEN or not amount or claim.fallen_minor:
        return
    claim.fallen_minor = min(amount, claim.open).minor
    events.record(claim, "commission.fall", by=by, amount=claim.fallen)
    _end_if_nothing_is_open(by, claim)


def _end_if_nothing_is_open(by: Actor, claim: Commission) -> None:
    if not claim.open:
        advance(claim, "pay" if claim.paid_minor else "void", by=by, amount=claim.paid)
