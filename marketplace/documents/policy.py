"""Who may put files down, and who may let others read them."""

from marketplace.core.policy import Actor, Permission, is_operator, is_signed_in
from marketplace.documents.models import Document


def may_upload(actor: Actor, _: object) -> bool:
    """Your role in the organisation is more than viewer."""
    return actor.role in {"owner", "manager", "finance"}


def holds_document(actor: Actor, document: Document) -> bool:
    """The document belongs to your organisation."""
    return actor.organisation_id is not None and actor.organisation_id == document.organisation_id


store = Permission("document.store", ((is_signed_in, may_upload), (is_operator,)))
share = Permission("document.share", ((holds_document, may_upload), (is_operator,)))
