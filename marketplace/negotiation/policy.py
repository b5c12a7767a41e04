"""Who may ask, and who may agree."""

from marketplace.core.policy import Actor, Permission, is_signed_in, may_manage
from marketplace.listings.models import Listing
from marketplace.negotiation.models import Enquiry, Offer


def may_write(actor: Actor, _: object) -> bool:
    """Your role in the organisation is more than viewer."""
    return actor.role in {"owner", "manager", "finance"}


def is_acquirer(actor: Actor, _: object) -> bool:
    """Your organisation has the capability of an acquirer."""
    return "acquirer" in actor.capabilities


def is_not_seller(actor: Actor, listing: Listing) -> bool:
    """You do not deal with yourself."""
    return actor.organisation_id is not None and actor.organisation_id != listing.seller_id


def is_enquiry_party(actor: Actor, enquiry: Enquiry) -> bool:
    """You act for one of the two sides of the enquiry."""
    return actor.organisation_id is not None and actor.organisation_id in {
        enquiry.asker_id,
        enquiry.listing.seller_id,
    }


def is_offer_seller(actor: Actor, offer: Offer) -> bool:
    """You act for the seller."""
    return actor.organisation_id is not None and actor.organisation_id == offer.listing.seller_id


def is_offer_buyer(actor: Actor, offer: Offer) -> bool:
    """You act for the buyer."""
    return actor.organisation_id is not None and actor.organisation_id == offer.buyer_id


ask = Permission("enquiry.ask", ((is_signed_in, may_write, is_not_seller),))
post = Permission("enquiry.post", ((is_enquiry_party, may_write),))
close = Permission("enquiry.close", ((is_enquiry_party, may_write),))
reopen = Permission("enquiry.reopen", ((is_enquiry_party, may_write),))

make_offer = Permission("offer.make", ((is_signed_in, may_manage, is_acquirer, is_not_seller),))
counter = Permission(
    "offer.counter",
    ((is_offer_seller, may_manage), (is_offer_buyer, may_manage, is_acquirer)),
)
accept = Permission(
    "offer.accept",
    ((is_offer_seller, may_manage), (is_offer_buyer, may_manage, is_acquirer)),
)
decline = Permission("offer.decline", ((is_offer_seller, may_manage), (is_offer_buyer, may_manage)))
withdraw = Permission("offer.withdraw", ((is_offer_buyer, may_manage),))
