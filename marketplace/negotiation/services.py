"""Verbs of the negotiation: ask and answer; offer, counter, accept, decline, withdraw, expire."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.deals import services as deals
from marketplace.deals import state_sale
from marketplace.deals.models import Deal
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings import gates
from marketplace.listings import queries as listings
from marketplace.listings import terms as agreed
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import Terms
from marketplace.mandates import services as mandates
from marketplace.negotiation import attaching, own_rule, policy, queries
from marketplace.negotiation.models import (
    ClauseSide,
    Enquiry,
    EnquiryMessage,
    EnquiryState,
    Offer,
    OfferState,
    OfferVersion,
)
from marketplace.organisations.models import Organisation

VALID_DAYS = 14
LONGEST_VALID_DAYS = 90
LONGEST_MESSAGE = 5000
ANSWERS_QUESTIONS = frozenset(
    {ListingState.PUBLISHED, ListingState.SUSPENDED, ListingState.RESERVED}
)
ON_OFFER = frozenset({ListingState.PUBLISHED, ListingState.SUSPENDED, ListingState.RESERVED})
AFTER_RESUMPTION = timedelta(days=3)  # at least, for an offer that waited


def own_key(by: Actor, key: str) -> str | None:
    """A form's key counts for its organisation only."""
    return f"{by.organisation}:{key}"[:64] if key else None


# ---- enquiries ---------------------------------------------------------------------------------


def ask(
    actor: Actor,
    listing: Listing,
    *,
    text: str,
    document: Document | None = None,
    key: str = "",
) -> Enquiry:
    """Ask the seller about a listing. An organisation has one thread a listing."""
    require(actor, policy.ask, listing)
    enquiry = queries.enquiry_about(actor, listing)
    if enquiry is None:
        if listing.state not in ANSWERS_QUESTIONS:
            raise WrongState("enquiry.listing_closed")
        _check_text(text)
        try:
            with db.session.begin_nested():
                enquiry = Enquiry(listing=listing, asker_id=actor.party)
                db.session.add(enquiry)
        except IntegrityError:  # a colleague asked at the same moment
            enquiry = queries.enquiry_about(actor, listing)
            if enquiry is None:
                raise
    post(actor, enquiry, text=text, document=document, key=key)
    return enquiry


def post(
    actor: Actor,
    enquiry: Enquiry,
    *,
    text: str,
    document: Document | None = None,
    key: str = "",
    and_close: bool = False,
) -> EnquiryMessage:
    """Write into a thread; a closed one opens again. The same key again is the same message."""
    require(actor, policy.post, enquiry)
    lock(enquiry)
    form_key = own_key(actor, key)
    sent = queries.message_by_key(form_key) if form_key else None
    if sent is not None:
        return sent
    _check_text(text)
    if document is not None and document.organisation_id != actor.organisation_id:
        raise Invalid(
            "enquiry.document_not_yours", fields={"document": "enquiry.document_not_yours"}
        )
    message = EnquiryMessage(
        enquiry=enquiry,
        organisation_id=actor.party,
        user_id=actor.user,
        under=_under(actor),
        text=text.strip(),
        document=document,
        key=form_key,
    )
    db.session.add(message)
    if document is not None:
        documents.share(actor, document, [enquiry.asker_id, enquiry.listing.seller_id])
    events.record(enquiry, "enquiry.post", by=actor, excerpt=text.strip()[:120])
    if enquiry.state is EnquiryState.CLOSED and not and_close:
        advance(enquiry, "reopen", by=actor)
    if enquiry.state is EnquiryState.OPEN and and_close:
        advance(enquiry, "close", by=actor)
    return message


def _check_text(text: str) -> None:
    if not text.strip():
        raise Invalid("enquiry.text_missing", fields={"text": "enquiry.text_missing"})
    if len(text) > LONGEST_MESSAGE:
        raise Invalid("enquiry.text_too_long", fields={"text": "enquiry.text_too_long"})


def close_enquiry(actor: Actor, enquiry: Enquiry) -> None:
    """Nothing more to say; a new message opens it again."""
    require(actor, policy.close, enquiry)
    advance(enquiry, "close", by=actor)


def reopen_enquiry(actor: Actor, enquiry: Enquiry) -> None:
    """There is more to say."""
    require(actor, policy.reopen, enquiry)
    advance(enquiry, "reopen", by=actor)


# ---- offers ------------------------------------------------------------------------------------


def make(
    actor: Actor,
    listing: Listing,
    *,
    terms: Terms,
    message: str = "",
    valid_days: int = VALID_DAYS,
    attachments: Sequence[Document] = (),
    key: str = "",
) -> Offer:
    """Offer firm terms for a listing, with files that belong to them. The same key again is the same offer."""
    require(actor, policy.make_offer, listing)
    lock(listing)  # nothing is offered on what a deal has just reserved
    form_key = own_key(actor, key)
    made = queries.offer_by_key(form_key) if form_key else None
    if made is not None:
        return made
    terms = agreed.normalised(terms)
    must_be_ready_to_buy(actor, listing)
    _check(terms, listing, message, valid_days)
    attaching.must_be_attachable(actor, attachments)
    must_be_possible(actor, listing, terms)
    own_rule.must_offer_alone(actor, terms, ClauseSide.BUY)
    offer = put(actor, listing, terms, message=message, valid_days=valid_days, key=form_key)
    attaching.attach(actor, offer, attachments)
    return offer


def put(
    by: Actor,
    listing: Listing,
    terms: Terms,
    *,
    message: str = "",
    valid_days: int = 0,
    key: str | None = None,
) -> Offer:
    """The offer itself; callers have proved that it may be made."""
    offer = Offer(
        reference=next_reference("O"),
        listing=listing,
        buyer_id=by.party,
        expires_at=clock.now() + timedelta(days=valid_days),
        key=key,
    )
    db.session.add(offer)
    _put_version(by, offer, 1, terms, message)
    events.record(offer, "offer.make", by=by, price=terms.price, version=1)
    return offer


def must_be_ready_to_buy(by: Actor, listing: Listing) -> None:
    """The buyer is verified and has nothing on the table, and the listing takes offers."""
    if not db.session.get_one(Organisation, by.party).is_verified:
        raise NotAllowed("offer.make", needs=["buyer_is_verified"])
    must_take_offers(listing)
    standing = queries.open_offer_of(by.party, listing)
    if standing is not None:
        raise Refused("offer.already_open", reference=standing.reference)


def must_be_possible(by: Actor, listing: Listing, terms: Terms) -> None:
    """The registers leave the buyer what is offered; a broker keeps to the mandate."""
    _must_be_free(listing, terms, by.party)
    _must_be_within(by, listing, terms, by.party)


def counter(
    actor: Actor,
    offer: Offer,
    *,
    version: int,
    terms: Terms,
    message: str = "",
    valid_days: int = VALID_DAYS,
    attachments: Sequence[Document] | None = None,
    approved: bool = False,
) -> None:
    """Answer the version one has read with other terms; the time to answer starts again.

    `attachments`: the files of the new version, of which those on the table may be some; none named
    keeps those on the table. `approved`: a colleague has agreed to it, as callers have proved
    (negotiation.within).
    """
    require(actor, policy.counter, offer)
    terms = agreed.normalised(terms)
    lock(offer)
    last = offer.versions[-1]
    if last.number == version + 1 and _same(last, actor, terms, message):
        return  # the same form twice
    papers = last.papers if attachments is None else attachments
    must_be_answerable(
        actor, offer, terms, papers, version=version, message=message, days=valid_days
    )
    if not approved:
        own_rule.must_offer_alone(actor, terms, side_of(actor, offer))
    action = "counter" if _by_seller(actor, offer) else "counter_back"
    advance(offer, action, by=actor, because=message[:500], price=terms.price, version=version + 1)
    _put_version(actor, offer, version + 1, terms, message)
    attaching.attach(actor, offer, papers)
    offer.expires_at = clock.now() + timedelta(days=valid_days)


def must_be_answerable(
    by: Actor,
    offer: Offer,
    terms: Terms,
    papers: Sequence[Document],
    *,
    version: int,
    message: str,
    days: int,
) -> None:
    """The version shown, one's own turn, in time, and other terms or files that are possible."""
    last = offer.versions[-1]
    _must_be_shown(offer, version)
    offer.lifecycle.target(offer.state, "counter" if _by_seller(by, offer) else "counter_back")
    _must_be_open(offer)
    _check(terms, offer.listing, message, days)
    attaching.must_be_attachable(by, papers, known=last.papers)
    if not agreed.differences(last.terms, terms) and set(papers) == set(last.papers):
        raise Invalid("offer.unchanged", fields={"price": "offer.unchanged"})
    _must_be_free(offer.listing, terms, offer.buyer_id)
    _must_be_within(by, offer.listing, terms, offer.buyer_id)


def accept(actor: Actor, offer: Offer, *, version: int, because: str = "") -> Deal:
    """Accept the version one has read: a deal opens, and its rivals lapse where it excludes them.

    The listing's row is locked first, then the offer's, so of two acceptances on one listing
    exactly one wins; the other finds the listing reserved. Above the amount of the organisation's
    own rule, or off its standard clauses, it takes an owner or a colleague's approval
    (negotiation.within).
    """
    require(actor, policy.accept, offer)
    return _accept(actor, offer, version=version, because=because, approved=False)


def accept_approved(by: Actor, offer: Offer, *, version: int) -> Deal:
    """The acceptance that a colleague has just approved; callers have proved the approval."""
    require(by, policy.accept, offer)
    return _accept(by, offer, version=version, because="", approved=True)


def _accept(actor: Actor, offer: Offer, *, version: int, because: str, approved: bool) -> Deal:
    listing = offer.listing
    lock(listing)
    lock(offer)
    _must_be_shown(offer, version)
    if offer.state is OfferState.ACCEPTED and offer.deal is not None:
        return offer.deal  # the same form twice
    must_be_acceptable(actor, offer, version=version)
    if not approved:
        own_rule.must_accept_alone(actor, offer.terms, side_of(actor, offer))
    terms = offer.terms
    if actor.under is not None:
        mandates.must_be_within(actor, terms.price)
    return close(actor, offer, accepting=actor, because=because)


def close(
    by: Actor,
    offer: Offer,
    *,
    accepting: Actor,
    because: str = "",
    statement: str = "",
    **facts: str,
) -> Deal:
    """The version on the table is agreed: a deal opens and rivals lapse where it excludes them.

    `statement`: numbers of the open-licence statements that it is taken under. Callers hold the
    listing's row and have proved both wills; `accepting` is who accepts (the system, for the owner
    of a standing offer), `facts` go into the record.
    """
    listing, terms = offer.listing, offer.terms
    _must_be_clear(listing, offer.buyer_id)
    state_sale.must_be_open_to(listing, terms)
    if terms.excludes_others and listings.in_the_way(listing.assets, but=listing):
        raise Refused("offer.rights_elsewhere")
    advance(
        offer,
        "accept",
        by=accepting,
        because=because,
        version=offer.version,
        price=terms.price,
        **facts,
    )
    if terms.excludes_others:
        for rival in queries.open_rivals(offer):
            advance(rival, "lapse", by=SYSTEM, reason="another_accepted")
    deal = deals.open_deal(
        by,
        listing,
        buyer_id=offer.buyer_id,
        terms=terms,
        statement=statement,
        annexes=offer.versions[-1].papers,
    )
    db.session.flush()
    offer.deal_id = deal.id
    return deal


def must_be_acceptable(by: Actor, offer: Offer, *, version: int) -> None:
    """The version shown, one's own turn, in time, and still on offer."""
    _must_be_shown(offer, version)
    offer.lifecycle.target(offer.state, "accept")
    if offer.awaits != by.party:
        raise Refused("offer.not_your_turn")
    _must_be_open(offer)


def decline(actor: Actor, offer: Offer, *, because: str = "") -> None:
    """Say no: the seller at any time, the buyer to a counter-offer."""
    require(actor, policy.decline, offer)
    lock(offer)
    if offer.state is OfferState.SENT and not _by_seller(actor, offer):
        raise Refused("offer.not_your_turn")
    advance(offer, "decline", by=actor, because=because.strip())


def withdraw(actor: Actor, offer: Offer, *, because: str = "") -> None:
    """The buyer takes the offer back before it is accepted."""
    require(actor, policy.withdraw, offer)
    advance(offer, "withdraw", by=actor, because=because.strip())


def side_of(by: Actor, offer: Offer) -> ClauseSide:
    """As which side the person negotiates."""
    return ClauseSide.SELL if _by_seller(by, offer) else ClauseSide.BUY


def _by_seller(actor: Actor, offer: Offer) -> bool:
    return actor.party == offer.listing.seller_id


def _must_be_shown(offer: Offer, version: int) -> None:
    """Nobody agrees to what they have not seen."""
    if offer.version != version:
        raise Refused("offer.changed", version=offer.version)


def _must_be_open(offer: Offer) -> None:
    """In time, and on something that is on offer. While it is suspended no time runs."""
    suspended = offer.listing.state is ListingState.SUSPENDED
    if offer.expires_at <= clock.now() and not suspended:
        raise WrongState("offer.too_late")
    must_take_offers(offer.listing)


def must_take_offers(listing: Listing) -> None:
    """It is public, confirmed in time and not suspended."""
    if listing.state is ListingState.SUSPENDED:
        raise WrongState("offer.listing_suspended", needs=["listing.published"])
    if not listing.takes_offers:
        raise WrongState("offer.listing_closed", needs=["listing.published"])


def _check(terms: Terms, listing: Listing, message: str, valid_days: int) -> None:
    wrong = agreed.problems(terms, firm=True)
    if terms.kind is not listing.terms.kind:
        wrong["kind"] = "offer.other_kind"
    if not 1 <= valid_days <= LONGEST_VALID_DAYS:
        wrong["valid_days"] = "offer.valid_days_out_of_range"
    if len(message) > LONGEST_MESSAGE:
        wrong["message"] = "enquiry.text_too_long"
    if wrong:
        raise Invalid("offer.incomplete", fields=wrong)


def _must_be_free(listing: Listing, terms: Terms, buyer_id: int) -> None:
    """The registers leave what is offered; who must agree may still be asked."""
    buyer = db.session.get_one(Organisation, buyer_id)
    gates.must_be_possible(gates.answers(listing.assets, terms, to=buyer))


def _must_be_within(actor: Actor, listing: Listing, terms: Terms, buyer_id: int) -> None:
    """A broker's terms keep the limit of the mandate, where it has one, and no hidden interest."""
    if actor.under is None:
        return
    if actor.under.limit is not None:
        mandates.must_be_within(actor, terms.price)
    _must_be_clear(listing, buyer_id)


def _must_be_clear(listing: Listing, buyer_id: int) -> None:
    mandates.must_be_clear(
        listing_reference=listing.reference,
        seller_id=listing.seller_id,
        buyer_id=buyer_id,
        asset_ids=[asset.id for asset in listing.assets],
        kinds={asset.kind.value for asset in listing.assets},
    )


def _under(actor: Actor) -> str:
    return "" if actor.under is None else actor.under.reference


def _put_version(by: Actor, offer: Offer, number: int, terms: Terms, message: str) -> None:
    offer.versions.append(
        OfferVersion(
            number=number,
            organisation_id=by.party,
            user_id=by.user,
            under=_under(by),
            terms_data=events.plain(terms.to_json()),
            message=message.strip(),
        )
    )
    db.session.flush()


def _same(last: OfferVersion, actor: Actor, terms: Terms, message: str) -> bool:
    return (
        last.organisation_id == actor.party
        and last.terms == terms
        and last.message == message.strip()
    )
