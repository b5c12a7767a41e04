"""Reading enquiries and offers: only the two sides see them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from marketplace.assets.models import Asset
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal
from marketplace.documents.models import Document
from marketplace.listings.models import Listing, ListingAsset
from marketplace.listings.terms import IN_ORDER, DealKind
from marketplace.negotiation.models import (
    OPEN,
    AcceptanceRule,
    Approval,
    ApprovalState,
    Clause,
    ClauseSide,
    ClauseState,
    ClauseVersion,
    Enquiry,
    EnquiryMessage,
    EnquiryState,
    Offer,
    OfferAttachment,
    OfferNote,
    OfferState,
    OfferVersion,
    StandingOffer,
    StandingState,
    TermSheet,
)
from marketplace.negotiation.positions import Position
from marketplace.organisations.models import Organisation


class Side(StrEnum):
    """From which side one looks."""

    RECEIVED = "received"  # as the seller
    SENT = "sent"  # as the one who asks or buys


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# ---- enquiries ---------------------------------------------------------------------------------


def enquiries_of(actor: Actor, side: Side | None = None) -> Select[tuple[Enquiry]]:
    """The threads of the actor's organisation."""
    me = actor.party
    mine = {
        Side.RECEIVED: Listing.seller_id == me,
        Side.SENT: Enquiry.asker_id == me,
        None: or_(Listing.seller_id == me, Enquiry.asker_id == me),
    }[side]
    return select(Enquiry).join(Enquiry.listing).where(mine)


def get_enquiry(actor: Actor, enquiry_id: int) -> Enquiry:
    """One thread with its messages; others' threads are not there."""
    found = db.session.scalar(
        enquiries_of(actor)
        .options(
            contains_eager(Enquiry.listing).joinedload(Listing.seller),
            joinedload(Enquiry.asker),
            selectinload(Enquiry.messages).joinedload(EnquiryMessage.user),
            selectinload(Enquiry.messages).joinedload(EnquiryMessage.organisation),
            selectinload(Enquiry.messages).joinedload(EnquiryMessage.document),
        )
        .where(Enquiry.id == enquiry_id)
    )
    if found is None:
        raise NotFound("enquiry")
    return found


ENQUIRY_SORTS: Mapping[str, Any] = {"listing": Listing.title, "asker": Organisation.name}


def enquiries(
    actor: Actor,
    side: Side,
    *,
    state: EnquiryState | None = None,
    text: str = "",
    sort: str = "-changed",
) -> Select[tuple[Enquiry]]:
    """A list of threads, the latest message first."""
    last = (
        select(func.max(EnquiryMessage.id))
        .where(EnquiryMessage.enquiry_id == Enquiry.id)
        .correlate(Enquiry)
        .scalar_subquery()
    )
    found = enquiries_of(actor, side).join(Enquiry.asker)
    if state:
        found = found.where(Enquiry.state == state)
    if text.strip():
        like = f"%{_escaped(text.strip()[:200])}%"
        found = found.where(
            or_(
                Listing.title.ilike(like, escape="\\"),
                Listing.reference == text.strip().upper(),
                Organisation.name.ilike(like, escape="\\"),
            )
        )
    key = ENQUIRY_SORTS.get(sort.removeprefix("-"), last)
    order = key.desc() if sort.startswith("-") else key.asc()
    return found.order_by(order, Enquiry.id.desc()).options(
        contains_eager(Enquiry.listing).joinedload(Listing.seller),
        contains_eager(Enquiry.asker),
        selectinload(Enquiry.messages).joinedload(EnquiryMessage.organisation),
    )


def enquiry_about(actor: Actor, listing: Listing) -> Enquiry | None:
    """The organisation's own thread on a listing."""
    if actor.organisation_id is None:
        return None
    return db.session.scalar(
        select(Enquiry).where(Enquiry.listing_id == listing.id, Enquiry.asker_id == actor.party)
    )


def message_by_key(key: str) -> EnquiryMessage | None:
    """The message that a form sent already."""
    return db.session.scalar(select(EnquiryMessage).where(EnquiryMessage.key == key))


# ---- offers ------------------------------------------------------------------------------------


def offers_of(actor: Actor, side: Side | None = None) -> Select[tuple[Offer]]:
    """The offers that the actor's organisation received or sent."""
    me = actor.party
    mine = {
        Side.RECEIVED: Listing.seller_id == me,
        Side.SENT: Offer.buyer_id == me,
        None: or_(Listing.seller_id == me, Offer.buyer_id == me),
    }[side]
    return select(Offer).join(Offer.listing).where(mine)


def get(actor: Actor, reference: str) -> Offer:
    """One offer with all its versions; others' offers are not there."""
    found = db.session.scalar(
        offers_of(actor)
        .options(
            contains_eager(Offer.listing).joinedload(Listing.seller),
            joinedload(Offer.buyer),
            joinedload(Offer.deal),
            selectinload(Offer.versions).joinedload(OfferVersion.user),
            selectinload(Offer.versions).joinedload(OfferVersion.organisation),
            selectinload(Offer.versions)
            .selectinload(OfferVersion.attachments)
            .joinedload(OfferAttachment.document),
        )
        .where(Offer.reference == reference.strip().upper()[:20])
    )
    if found is None:
        raise NotFound("offer")
    return found


OFFER_SORTS: Mapping[str, Any] = {
    "expires": Offer.expires_at,
    "reference": Offer.reference,
    "listing": Listing.title,
    "buyer": Organisation.name,
}


def offers(
    actor: Actor,
    side: Side,
    *,
    state: OfferState | None = None,
    text: str = "",
    mine_to_answer: bool = False,
    sort: str = "-changed",
) -> Select[tuple[Offer]]:
    """A list of offers, the latest version first."""
    last = (
        select(func.max(OfferVersion.id))
        .where(OfferVersion.offer_id == Offer.id)
        .correlate(Offer)
        .scalar_subquery()
    )
    found = offers_of(actor, side).join(Offer.buyer)
    if state:
        found = found.where(Offer.state == state)
    if mine_to_answer:
        waiting = OfferState.SENT if side is Side.RECEIVED else OfferState.COUNTERED
        found = found.where(Offer.state == waiting)
    if text.strip():
        like = f"%{_escaped(text.strip()[:200])}%"
        found = found.where(
            or_(
                Listing.title.ilike(like, escape="\\"),
                Listing.reference == text.strip().upper(),
                Offer.reference == text.strip().upper(),
                Organisation.name.ilike(like, escape="\\"),
            )
        )
    key = OFFER_SORTS.get(sort.removeprefix("-"), last)
    order = key.desc() if sort.startswith("-") else key.asc()
    return found.order_by(order, Offer.id.desc()).options(
        contains_eager(Offer.listing).joinedload(Listing.seller),
        contains_eager(Offer.buyer),
        selectinload(Offer.versions),
        joinedload(Offer.deal),
    )


def on_listing(actor: Actor, listing: Listing) -> list[Offer]:
    """The offers on a listing that the actor may see, the latest first."""
    if actor.organisation_id is None:
        return []
    return list(
        db.session.scalars(
            offers_of(actor)
            .where(Offer.listing_id == listing.id)
            .options(
                contains_eager(Offer.listing),
                joinedload(Offer.buyer),
                selectinload(Offer.versions),
            )
            .order_by(Offer.id.desc())
        )
    )


def asked_about(actor: Actor, listing: Listing) -> list[Enquiry]:
    """The threads on a listing that the actor may see, the latest first."""
    if actor.organisation_id is None:
        return []
    return list(
        db.session.scalars(
            enquiries_of(actor)
            .where(Enquiry.listing_id == listing.id)
            .options(
                contains_eager(Enquiry.listing),
                joinedload(Enquiry.asker),
                selectinload(Enquiry.messages).joinedload(EnquiryMessage.organisation),
            )
            .order_by(Enquiry.id.desc())
        )
    )


def open_offer_of(buyer_id: int | None, listing: Listing) -> Offer | None:
    """The buyer's offer on a listing that is still on the table."""
    if buyer_id is None:
        return None
    return db.session.scalar(
        select(Offer)
        .where(Offer.listing_id == listing.id, Offer.buyer_id == buyer_id, Offer.state.in_(OPEN))
        .order_by(Offer.id.desc())
        .limit(1)
    )


def standing_about(asset: Asset) -> list[StandingOffer]:
    """What stands for everyone on listings of a right; for callers that follow its register."""
    rows = (
        select(StandingOffer)
        .join(StandingOffer.listing)
        .where(
            StandingOffer.state == StandingState.STANDING,
            Listing.items.any(ListingAsset.asset_id == asset.id),
        )
        .order_by(StandingOffer.id)
    )
    return list(db.session.scalars(rows))


def standing_on(listing: Listing) -> StandingOffer | None:
    """The owner's offer to everyone that stands, whether or not it can be taken just now."""
    return db.session.scalar(
        select(StandingOffer)
        .where(
            StandingOffer.listing_id == listing.id, StandingOffer.state == StandingState.STANDING
        )
        .order_by(StandingOffer.id.desc())
        .limit(1)
    )


def offer_behind(deal: Deal) -> Offer | None:
    """The offer that a deal came from; for callers that may see the deal."""
    return db.session.scalar(select(Offer).where(Offer.deal_id == deal.id))


def offer_by_key(key: str) -> Offer | None:
    """The offer that a form made already."""
    return db.session.scalar(select(Offer).where(Offer.key == key))


def open_rivals(offer: Offer) -> list[Offer]:
    """Other open offers on the same listing, in the order of their numbers."""
    return list(
        db.session.scalars(
            select(Offer)
            .where(
                Offer.listing_id == offer.listing_id,
                Offer.id != offer.id,
                Offer.state.in_(OPEN),
            )
            .order_by(Offer.id)
        )
    )


def count(rows: Select[Any]) -> int:
    """How many there are, for a tab."""
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


# ---- inside one organisation -------------------------------------------------------------------


def notes(actor: Actor, offer: Offer) -> list[OfferNote]:
    """What the actor's own organisation wrote down about an offer, the latest first."""
    return list(
        db.session.scalars(
            select(OfferNote)
            .where(OfferNote.offer_id == offer.id, OfferNote.organisation_id == actor.organisation)
            .options(joinedload(OfferNote.user))
            .order_by(OfferNote.id.desc())
        )
    )


def note_by_key(key: str) -> OfferNote | None:
    """The note that a form wrote already."""
    return db.session.scalar(select(OfferNote).where(OfferNote.key == key))


def rule_of(organisation_id: int) -> AcceptanceRule | None:
    """The organisation's rule on acceptances; for callers that act for it."""
    return db.session.scalar(
        select(AcceptanceRule).where(AcceptanceRule.organisation_id == organisation_id)
    )


def clauses(
    actor: Actor,
    *,
    kind: DealKind | None = None,
    side: ClauseSide | None = None,
    state: ClauseState | None = ClauseState.KEPT,
) -> list[Clause]:
    """The standard clauses of the actor's own organisation, in the order of the contract."""
    found = _clauses(actor.organisation)
    if kind is not None:
        found = found.where(Clause.kind == kind)
    if side is not None:
        found = found.where(Clause.side == side)
    if state is not None:
        found = found.where(Clause.state == state)
    kinds, sides = list(DealKind), list(ClauseSide)
    return sorted(
        db.session.scalars(found),
        key=lambda one: (kinds.index(one.kind), sides.index(one.side), IN_ORDER.index(one.term)),
    )


def _clauses(organisation_id: int) -> Select[tuple[Clause]]:
    return (
        select(Clause)
        .where(Clause.organisation_id == organisation_id)
        .options(selectinload(Clause.versions).joinedload(ClauseVersion.user))
    )


def get_clause(actor: Actor, clause_id: int) -> Clause:
    """One clause of the actor's own organisation with its history; others' clauses are not there."""
    found = db.session.scalar(_clauses(actor.organisation).where(Clause.id == clause_id))
    if found is None:
        raise NotFound("clause")
    return found


def clause_about(
    organisation_id: int, kind: DealKind, side: ClauseSide, term: str
) -> Clause | None:
    """The clause about a term, kept or retired; for callers that act for the organisation."""
    return db.session.scalar(
        _clauses(organisation_id).where(
            Clause.kind == kind, Clause.side == side, Clause.term == term
        )
    )


def positions(organisation_id: int, kind: DealKind, side: ClauseSide) -> list[Position]:
    """What the organisation holds to; for callers that act for it."""
    found = _clauses(organisation_id).where(
        Clause.kind == kind, Clause.side == side, Clause.state == ClauseState.KEPT
    )
    return [clause.position for clause in db.session.scalars(found)]


def approval_asked(
    organisation_id: int, offer: Offer, version: int, *, to_counter: bool = False
) -> Approval | None:
    """The open request to accept a version, or to answer it with other terms."""
    return db.session.scalar(
        select(Approval).where(
            Approval.offer_id == offer.id,
            Approval.organisation_id == organisation_id,
            Approval.version == version,
            Approval.turn > 0 if to_counter else Approval.turn == 0,
            Approval.state == ApprovalState.ASKED,
        )
    )


def approvals(actor: Actor, offer: Offer) -> list[Approval]:
    """What the actor's own colleagues asked about an offer, the latest first."""
    return list(
        db.session.scalars(
            select(Approval)
            .where(Approval.offer_id == offer.id, Approval.organisation_id == actor.organisation)
            .options(joinedload(Approval.asked_by), joinedload(Approval.decided_by))
            .order_by(Approval.id.desc())
        )
    )


def papers_of(approval: Approval) -> list[Document]:
    """The files that are to go out with a counter-offer, in their order."""
    found = [db.session.get(Document, number) for number in approval.files or ()]
    return [one for one in found if one is not None]


def get_approval(actor: Actor, offer: Offer, approval_id: int) -> Approval:
    """One request of the actor's own organisation; others' requests are not there."""
    found = next((one for one in approvals(actor, offer) if one.id == approval_id), None)
    if found is None:
        raise NotFound("approval")
    return found


# ---- term sheets -------------------------------------------------------------------------------


def sheets_of(actor: Actor, *, put_away: bool = False) -> Select[tuple[TermSheet]]:
    """What the actor's own organisation keeps, by name; or what it has put away."""
    gone = TermSheet.put_away_at.is_not(None)
    return (
        select(TermSheet)
        .where(TermSheet.organisation_id == actor.organisation, gone if put_away else ~gone)
        .options(joinedload(TermSheet.changed_by))
        .order_by(TermSheet.name, TermSheet.id)
    )


def sheets(
    actor: Actor, *, kind: str = "", text: str = "", put_away: bool = False
) -> Select[tuple[TermSheet]]:
    """A list of them, of a kind of deal and with a word in name or note."""
    found = sheets_of(actor, put_away=put_away)
    if kind:
        found = found.where(TermSheet.terms_data["kind"].as_string() == kind)
    if text.strip():
        like = f"%{_escaped(text.strip()[:200])}%"
        found = found.where(
            or_(TermSheet.name.ilike(like, escape="\\"), TermSheet.note.ilike(like, escape="\\"))
        )
    return found


def get_sheet(actor: Actor, sheet_id: int) -> TermSheet:
    """One of the actor's own organisation, put away or not; others' are not there."""
    found = db.session.get(TermSheet, sheet_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("term_sheet")
    return found


def sheet_named(organisation_id: int, name: str) -> TermSheet | None:
    """The organisation's term sheet of that name."""
    return db.session.scalar(
        select(TermSheet).where(
            TermSheet.organisation_id == organisation_id, TermSheet.name == name
        )
    )
