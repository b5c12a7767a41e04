"""Files that belong to the terms of an offer: both sides read them, nobody else does."""

from collections.abc import Sequence

from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.negotiation.models import Offer, OfferAttachment

MOST = 10  # files of one version


def must_be_attachable(
    by: Actor, papers: Sequence[Document], *, known: Sequence[Document] = ()
) -> None:
    """At most ten, each one's own or on the table already (`known`)."""
    if len(papers) > MOST:
        raise Invalid("offer.too_many_files", fields={"files": "offer.too_many_files"})
    if any(one.organisation_id != by.organisation_id for one in papers if one not in known):
        raise Invalid("enquiry.document_not_yours", fields={"files": "enquiry.document_not_yours"})


def attach(by: Actor, offer: Offer, papers: Sequence[Document]) -> None:
    """Put files to the last version, in their order and each once; both sides may read them."""
    version = offer.versions[-1]
    for one in dict.fromkeys(papers):
        version.attachments.append(OfferAttachment(document=one))
        if one.organisation_id == by.organisation_id:
            documents.share(by, one, [offer.buyer_id, offer.listing.seller_id])
    db.session.flush()
