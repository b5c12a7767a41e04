"""A broker's board: every matter at the stage that the records show, none moved by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, DealState
from marketplace.listings.models import Listing, ListingAsset
from marketplace.mandates import queries as mandates
from marketplace.mandates.models import Commission, Introduction, Mandate, Side
from marketplace.negotiation.models import OPEN, Enquiry, Offer
from marketplace.organisations.models import Organisation


class Stage(StrEnum):
    """How far it is."""

    LEAD = "lead"
    INTRODUCED = "introduced"
    NEGOTIATING = "negotiating"
    DEAL = "deal"
    CLOSED = "closed"


@dataclass(frozen=True)
class Card:
    """A matter: whose mandate, with whom, about which listing; `note` is the broker's own."""

    stage: Stage
    mandate: str
    listing: str
    title: str
    party: Organisation
    record: str  # the reference of the offer or deal, where there is one
    introduction_id: int | None = None
    note: str = ""


def board(actor: Actor) -> dict[Stage, list[Card]]:
    """The cards of the actor's organisation by stage, the furthest stage of each matter only."""
    held = mandates.held(actor)
    cards: dict[tuple[str, str, int], Card] = {}
    for each in (
        *_leads(held),
        *_introduced(actor),
        *_negotiating(held),
        *_deals(actor),
    ):
        key = (each.mandate, each.listing, each.party.id)
        before = cards.get(key)
        if before is not None and before.introduction_id is not None:
            each = _with_note(each, before)  # noqa: PLW2901 -- the note goes with the matter
        cards[key] = each
    found: dict[Stage, list[Card]] = {stage: [] for stage in Stage}
    for card in cards.values():
        found[card.stage].append(card)
    return found


def _with_note(card: Card, before: Card) -> Card:
    return Card(
        card.stage, card.mandate, card.listing, card.title, card.party, card.record,
        before.introduction_id, before.note,
    )  # fmt: skip


def in_scope(mandate: Mandate, listing: Listing) -> bool:
    """The listing is one that the mandate is for."""
    if mandate.side is Side.SELL:
        rights = {item.asset_id for item in mandate.items}
        return listing.seller_id == mandate.principal_id and rights >= {
            item.asset_id for item in listing.items
        }
    kinds = {asset.kind.value for asset in listing.assets}
    return not mandate.kinds or kinds <= set(mandate.kinds)


def enquiries_under(mandate: Mandate) -> list[Enquiry]:
    """The threads that the broker may follow."""
    side = (
        Listing.seller_id == mandate.principal_id
        if mandate.side is Side.SELL
        else Enquiry.asker_id == mandate.principal_id
    )
    rows = db.session.scalars(
        select(Enquiry)
        .join(Enquiry.listing)
        .where(side)
        .options(
            joinedload(Enquiry.asker),
            joinedload(Enquiry.listing).selectinload(Listing.items).joinedload(ListingAsset.asset),
        )
        .order_by(Enquiry.id.desc())
    )
    return [row for row in rows if in_scope(mandate, row.listing)]


def offers_under(mandate: Mandate) -> list[Offer]:
    """The offers that the broker may follow, in whatever state."""
    side = (
        Listing.seller_id == mandate.principal_id
        if mandate.side is Side.SELL
        else Offer.buyer_id == mandate.principal_id
    )
    rows = db.session.scalars(
        select(Offer)
        .join(Offer.listing)
        .where(side)
        .options(
            joinedload(Offer.buyer),
            selectinload(Offer.versions),
            joinedload(Offer.listing).selectinload(Listing.items).joinedload(ListingAsset.asset),
        )
        .order_by(Offer.id.desc())
    )
    return [row for row in rows if in_scope(mandate, row.listing)]


def _other(mandate: Mandate, seller: Organisation, buyer: Organisation) -> Organisation:
    return buyer if mandate.side is Side.SELL else seller


def _leads(held: Iterable[Mandate]) -> list[Card]:
    return [
        Card(
            Stage.LEAD,
            mandate.reference,
            each.listing.reference,
            each.listing.title,
            _other(mandate, each.listing.seller, each.asker),
            "",
        )
        for mandate in held
        for each in enquiries_under(mandate)
    ]


def _introduced(actor: Actor) -> list[Card]:
    own = mandates.introductions(actor).where(Mandate.broker_id == actor.organisation)
    rows: list[Introduction] = list(db.session.scalars(own))
    titles = _titles(row.listing_reference for row in rows)
    return [
        Card(
            Stage.INTRODUCED,
            row.mandate.reference,
            row.listing_reference,
            titles.get(row.listing_reference, ""),
            row.party,
            "",
            row.id,
            row.note,
        )
        for row in rows
    ]


def _negotiating(held: Iterable[Mandate]) -> list[Card]:
    return [
        Card(
            Stage.NEGOTIATING,
            mandate.reference,
            each.listing.reference,
            each.listing.title,
            _other(mandate, each.listing.seller, each.buyer),
            each.reference,
        )
        for mandate in held
        for each in offers_under(mandate)
        if each.state in OPEN
    ]


def _deals(actor: Actor) -> list[Card]:
    claims: list[Commission] = list(
        db.session.scalars(
            mandates.commissions(actor).where(Mandate.broker_id == actor.organisation)
        )
    )
    rows = db.session.scalars(
        select(Deal)
        .where(Deal.reference.in_([claim.deal_reference for claim in claims]))
        .options(joinedload(Deal.listing))
    )
    deals = {deal.reference: deal for deal in rows}
    return [
        Card(
            Stage.CLOSED if deals[claim.deal_reference].state is DealState.CLOSED else Stage.DEAL,
            claim.mandate.reference,
            deals[claim.deal_reference].listing.reference,
            deals[claim.deal_reference].listing.title,
            claim.counterparty,
            claim.deal_reference,
        )
        for claim in claims
        if claim.deal_reference in deals
        and deals[claim.deal_reference].state is not DealState.CANCELLED
    ]


def _titles(references: Iterable[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Listing.reference, Listing.title).where(Listing.reference.in_(set(references)))
    )
    return {row.reference: row.title for row in rows}
