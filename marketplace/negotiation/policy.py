"""Who may ask, and who may agree."""

from marketplace.core.policy import Actor, Permission, is_owner, is_signed_in, may_manage
from marketplace.listings.models import Listing
from marketplace.listings.policy import owns_listing
from marketplace.negotiation.models import Approval, Clause, Enquiry, Offer, TermSheet
from marketplace.organisations.models import Organisation


def may_write(actor: Actor, _: object) -> bool:
    """Your role in the organisation is more than viewer."""
    return actor.role in {"owner", "manager", "finance"}


def _stands_for(actor: Actor, listing: Listing, side: str, act: str) -> bool:
    """The mandate acted under is of this side, names the act, and is for these rights."""
    under = actor.under
    if under is None or under.side != side or act not in under.acts:
        return False
    if side == "sell":
        return under.principal_id == listing.seller_id and under.assets >= {
            asset.id for asset in listing.assets
        }
    kinds = {asset.kind.value for asset in listing.assets}
    return not under.kinds or kinds <= under.kinds


def holds_mandate_to_ask(actor: Actor, listing: Listing) -> bool:
    """You hold a buyer's mandate in force that lets you answer and ask for these rights."""
    return _stands_for(actor, listing, "buy", "answer")


def holds_mandate_to_offer(actor: Actor, listing: Listing) -> bool:
    """You hold a buyer's mandate in force that lets you negotiate about these rights."""
    return _stands_for(actor, listing, "buy", "negotiate")


def holds_mandate_to_answer(actor: Actor, enquiry: Enquiry) -> bool:
    """You hold a mandate in force of one of the two sides that lets you answer."""
    return _stands_for(actor, enquiry.listing, "sell", "answer") or (
        _is_principal(actor, enquiry.asker_id)
        and _stands_for(actor, enquiry.listing, "buy", "answer")
    )


def holds_mandate_to_negotiate(actor: Actor, offer: Offer) -> bool:
    """You hold a mandate in force of one of the two sides that lets you negotiate."""
    return _stands_for(actor, offer.listing, "sell", "negotiate") or (
        _is_principal(actor, offer.buyer_id)
        and _stands_for(actor, offer.listing, "buy", "negotiate")
    )


def holds_mandate_to_accept(actor: Actor, offer: Offer) -> bool:
    """You hold a mandate in force of one of the two sides that lets you accept within a limit."""
    return _stands_for(actor, offer.listing, "sell", "accept") or (
        _is_principal(actor, offer.buyer_id) and _stands_for(actor, offer.listing, "buy", "accept")
    )


def holds_mandate_to_take(actor: Actor, listing: Listing) -> bool:
    """You hold a buyer's mandate in force that lets you accept for these rights."""
    return _stands_for(actor, listing, "buy", "accept")


def holds_mandate_to_state(actor: Actor, listing: Listing) -> bool:
    """You hold the seller's mandate in force that lets you accept for these rights."""
    return _stands_for(actor, listing, "sell", "accept")


def holds_mandate_of_buyer(actor: Actor, offer: Offer) -> bool:
    """You hold the buyer's mandate in force that lets you negotiate."""
    return _is_principal(actor, offer.buyer_id) and _stands_for(
        actor, offer.listing, "buy", "negotiate"
    )


def is_not_party_oneself(actor: Actor, subject: Listing | Enquiry | Offer) -> bool:
    """Your own organisation is neither of the two sides: nobody deals with himself (art. 168)."""
    listing = subject if isinstance(subject, Listing) else subject.listing
    sides = {listing.seller_id}
    if isinstance(subject, Enquiry):
        sides.add(subject.asker_id)
    if isinstance(subject, Offer):
        sides.add(subject.buyer_id)
    return actor.organisation_id not in sides


def principal_is_acquirer(actor: Actor, subject: Listing | Offer) -> bool:
    """The buyer whom you act for has the capability of an acquirer."""
    if actor.under is None:
        return False
    sells = actor.under.side == "sell" and isinstance(subject, Offer)
    return sells or "acquirer" in actor.under.capabilities


def principal_is_not_seller(actor: Actor, listing: Listing) -> bool:
    """Whom you act for does not deal with itself."""
    return actor.under is not None and actor.under.principal_id != listing.seller_id


def acts_for_itself(actor: Actor, _: object) -> bool:
    """You act for your own organisation, not under a mandate."""
    return actor.under is None


def _is_principal(actor: Actor, organisation_id: int) -> bool:
    return actor.under is not None and actor.under.principal_id == organisation_id


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


_FOR_ANOTHER = (is_not_party_oneself, may_manage)


def is_of_approval(actor: Actor, approval: Approval) -> bool:
    """You act for the organisation whose approval is asked."""
    return actor.organisation_id is not None and actor.organisation_id == approval.organisation_id


def is_of_clause(actor: Actor, clause: Clause | Organisation) -> bool:
    """You act for the organisation whose clause it is."""
    owner = clause.id if isinstance(clause, Organisation) else clause.organisation_id
    return actor.organisation_id is not None and actor.organisation_id == owner


def is_of_organisation(actor: Actor, organisation: Organisation) -> bool:
    """You act for the organisation itself."""
    return actor.organisation_id is not None and actor.organisation_id == organisation.id


def is_of_sheet(actor: Actor, sheet: TermSheet) -> bool:
    """The term sheet is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == sheet.organisation_id


ask = Permission(
    "enquiry.ask",
    (
        (acts_for_itself, is_signed_in, may_write, is_not_seller),
        (holds_mandate_to_ask, principal_is_not_seller, *_FOR_ANOTHER),
    ),
)
_in_thread = (
    (acts_for_itself, is_enquiry_party, may_write),
    (holds_mandate_to_answer, *_FOR_ANOTHER),
)
post = Permission("enquiry.post", _in_thread)
close = Permission("enquiry.close", _in_thread)
reopen = Permission("enquiry.reopen", _in_thread)

make_offer = Permission(
    "offer.make",
    (
        (acts_for_itself, is_signed_in, may_manage, is_acquirer, is_not_seller),
        (
            holds_mandate_to_offer,
            principal_is_acquirer,
            principal_is_not_seller,
            *_FOR_ANOTHER,
        ),
    ),
)
counter = Permission(
    "offer.counter",
    (
        (acts_for_itself, is_offer_seller, may_manage),
        (acts_for_itself, is_offer_buyer, may_manage, is_acquirer),
        (holds_mandate_to_negotiate, principal_is_acquirer, *_FOR_ANOTHER),
    ),
)
accept = Permission(
    "offer.accept",
    (
        (acts_for_itself, is_offer_seller, may_manage),
        (acts_for_itself, is_offer_buyer, may_manage, is_acquirer),
        (holds_mandate_to_accept, principal_is_acquirer, *_FOR_ANOTHER),
    ),
)
decline = Permission(
    "offer.decline",
    (
        (acts_for_itself, is_offer_seller, may_manage),
        (acts_for_itself, is_offer_buyer, may_manage),
        (holds_mandate_to_negotiate, *_FOR_ANOTHER),
    ),
)
withdraw = Permission(
    "offer.withdraw",
    ((acts_for_itself, is_offer_buyer, may_manage), (holds_mandate_of_buyer, *_FOR_ANOTHER)),
)
note = Permission("offer.note", ((is_offer_seller, may_write), (is_offer_buyer, may_write)))
approve = Permission("approval.approve", ((is_of_approval, may_manage),))
keep_clauses = Permission("clause.keep", ((acts_for_itself, is_of_clause, may_manage),))
set_rule = Permission("rule.set", ((is_of_organisation, is_owner),))
state_standing = Permission(
    "standing_offer.state",
    (
        (acts_for_itself, owns_listing, may_manage),
        (holds_mandate_to_state, *_FOR_ANOTHER),
    ),
)
take = Permission(
    "standing_offer.take",
    (
        (acts_for_itself, is_signed_in, may_manage, is_acquirer, is_not_seller),
        (holds_mandate_to_take, principal_is_acquirer, principal_is_not_seller, *_FOR_ANOTHER),
    ),
)
keep_sheet = Permission("term_sheet.keep", ((acts_for_itself, is_signed_in, may_manage),))
change_sheet = Permission("term_sheet.change", ((acts_for_itself, is_of_sheet, may_manage),))
