"""Who may offer rights, who reviews what is offered."""

from marketplace.core.policy import Actor, Permission, is_operator, is_signed_in, may_manage
from marketplace.listings.models import Listing


def owns_listing(actor: Actor, listing: Listing) -> bool:
    """You act for the organisation that lists."""
    return actor.organisation_id is not None and actor.organisation_id == listing.seller_id


def holds_mandate_to_list(actor: Actor, _: object) -> bool:
    """You hold a seller's mandate in force that lets you list."""
    return actor.under is not None and actor.under.side == "sell" and "list" in actor.under.acts


def principal_is_holder(actor: Actor, _: object) -> bool:
    """Whom you act for has the capability of a right holder."""
    return actor.under is not None and "holder" in actor.under.capabilities


def listing_is_mandated(actor: Actor, listing: Listing) -> bool:
    """The listing is your principal's, and its rights are all in the mandate."""
    under = actor.under
    return (
        under is not None
        and under.principal_id == listing.seller_id
        and under.assets >= {asset.id for asset in listing.assets}
    )


def is_holder(actor: Actor, _: object) -> bool:
    """Your organisation has the capability of a right holder."""
    return "holder" in actor.capabilities


def seller_is_verified(_: Actor, listing: Listing) -> bool:
    """The identity of the listing organisation was verified."""
    return listing.seller.is_verified


draft = Permission(
    "listing.draft",
    ((may_manage, is_holder), (holds_mandate_to_list, principal_is_holder, may_manage)),
)
revise = Permission(
    "listing.revise",
    ((owns_listing, may_manage), (holds_mandate_to_list, listing_is_mandated, may_manage)),
)
submit = Permission(
    "listing.submit",
    (
        (owns_listing, may_manage, is_holder, seller_is_verified),
        (
            holds_mandate_to_list,
            listing_is_mandated,
            principal_is_holder,
            may_manage,
            seller_is_verified,
        ),
    ),
)
take_back = Permission("listing.take_back", ((owns_listing, may_manage),))
withdraw = Permission("listing.withdraw", ((owns_listing, may_manage), (is_operator,)))
reconfirm = Permission("listing.reconfirm", ((owns_listing, may_manage),))
reprice = Permission("listing.reprice", ((owns_listing, may_manage, is_holder),))
copy = Permission("listing.copy", ((owns_listing, may_manage, is_holder),))
relist = Permission("listing.relist", ((owns_listing, may_manage, is_holder),))
review = Permission("listing.review", ((is_operator,),))
file_paper = Permission("listing.file_paper", ((owns_listing, may_manage), (is_operator,)))
decide_paper = Permission("listing.decide_paper", ((is_operator,),))
publish = Permission("listing.publish", ((is_operator,),))
return_ = Permission("listing.return", ((is_operator,),))
refuse = Permission("listing.refuse", ((is_operator,),))
claim = Permission("listing.claim", ((is_operator,),))
watch = Permission("listing.watch", ((is_signed_in,),))
save_search = Permission("saved_search.keep", ((is_signed_in,),))
