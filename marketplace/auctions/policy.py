"""Who may do what in an auction. Under the lock the door asks further (`queries.standing`)."""

from marketplace.auctions.models import Auction, Participant
from marketplace.core.policy import Actor, Permission, is_operator, is_signed_in, may_manage
from marketplace.listings.models import Listing


def is_auction_seller(actor: Actor, auction: Auction) -> bool:
    """You act for the seller of the auction."""
    return actor.organisation_id is not None and actor.organisation_id == auction.seller_id


def acts_for_a_firm(actor: Actor, _: object) -> bool:
    """You act for an organisation."""
    return actor.organisation_id is not None


def is_not_auction_seller(actor: Actor, auction: Auction) -> bool:
    """You do not act for the seller."""
    return actor.organisation_id is not None and actor.organisation_id != auction.seller_id


def is_acquirer(actor: Actor, _: object) -> bool:
    """Your organisation has the capability of an acquirer."""
    return "acquirer" in actor.capabilities


def is_participant(actor: Actor, participant: Participant) -> bool:
    """You act for the bidder."""
    return (
        actor.organisation_id is not None and actor.organisation_id == participant.organisation_id
    )


apply = Permission(
    "auction.apply", ((is_signed_in, may_manage, is_acquirer, is_not_auction_seller),)
)
leave = Permission("participant.leave", ((is_participant, may_manage),))
watch = Permission("auction.watch", ((is_signed_in,),))


def is_listing_seller(actor: Actor, listing: Listing) -> bool:
    """The listing is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == listing.seller_id


plan = Permission("auction.plan", ((is_listing_seller, may_manage),))
revise = Permission("auction.revise", ((is_auction_seller, may_manage),))


def is_not_authority(actor: Actor, _: object) -> bool:
    """You do not act for the authority: it changes no trade."""
    return not actor.is_regulator


take_part = Permission(
    "auction.take_part", ((is_signed_in, acts_for_a_firm, may_manage, is_not_authority),)
)
operate = Permission("auction.operate", ((is_operator,),))
take_back = Permission("auction.take_back", ((is_auction_seller, may_manage), (is_operator,)))

OF_BIDDERS = frozenset(
    {"bid", "buy_now", "accept", "envelope", "accept_fallback", "refuse_fallback"}
)
BY_COMMAND = {
    **dict.fromkeys(OF_BIDDERS, take_part),
    "withdraw": take_back,
}  # every other command is the staff's or the clock's


def for_command(kind: str) -> Permission:
    """What a command of that kind needs."""
    return BY_COMMAND.get(kind, operate)
