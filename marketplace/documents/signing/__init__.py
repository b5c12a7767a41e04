"""Signatures in the PDF itself (PAdES, ETSI EN 319 142-1), and how anybody checks them.

One door for whoever has a paper signed (contracts, mandates, secrecy agreements):

    from marketplace.documents import signing

    drawn = documents.keep(..., typeset.print_paper(paper), purpose="mandate")   # what is shown
    done = signing.sign(
        storage.read(drawn.sha256),           # or the file that the other side has signed already
        subject=mandate, draft_sha256=drawn.sha256, by=actor, place="principal",
        means=signing.Means(password=True, second_factor=True, ip="…", user_agent="…"),
    )
    done.pdf                                  # the draft with one more signature; done.evidence
    sealed = signing.seal(done.pdf)           # the exchange's seal: after it nothing may be added
    signing.execute(actor, mandate, done.pdf, …)  # sealed, and kept with the record of the signing

Signatures are appended, so the draft's bytes stay the first part of the file and whoever has the
draft's hash can find it there again (`verify(...).revisions`). The order of the parties does not
matter. `place` names the box on the paper: a template marks it by `sign-here(d, place, box)`;
without one the signature stands at the foot of the last page.

`verify(pdf)` reads any PDF; `evidence.paper(...)` prints the record of a signing.
"""

from marketplace.documents.signing.executing import execute
from marketplace.documents.signing.pades import CannotSign, Stamp
from marketplace.documents.signing.signatures import Done, Means, seal, sign
from marketplace.documents.signing.verifying import Found, Report, verify

__all__ = [
    "CannotSign",
    "Done",
    "Found",
    "Means",
    "Report",
    "Stamp",
    "execute",
    "seal",
    "sign",
    "verify",
]
