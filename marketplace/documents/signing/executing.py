"""The end of a signing: the exchange's seal, the file kept, and the record of it beside it."""

from collections.abc import Iterable

from marketplace.core.db import Record
from marketplace.core.policy import Actor
from marketplace.documents import services, typeset
from marketplace.documents.models import Document
from marketplace.documents.signing import evidence, signatures


def execute(
    by: Actor,
    subject: Record,
    pdf: bytes,
    *,
    number: str,
    draft_sha256: str,
    readers: Iterable[int],
) -> Document:
    """Seal a file that everybody has signed, keep it, and beside it the record of its signing.

    Callers have proved that all have signed `pdf`, whose beginning is the draft with this hash.
    """
    own = list(readers)
    executed = services.keep(
        by,
        signatures.seal(pdf),
        f"{number}-signed.pdf",
        purpose=evidence.EXECUTED,
        subject=subject,
        readers=own,
    )
    proof = evidence.paper(
        number,
        evidence.of(subject, document_sha256=draft_sha256),
        document=draft_sha256,
        executed=executed.sha256,
    )
    services.keep(
        by,
        signatures.seal(typeset.print_paper(proof)),
        f"{number}-evidence.pdf",
        purpose="signing_evidence",
        subject=subject,
        readers=own,
    )
    return executed
