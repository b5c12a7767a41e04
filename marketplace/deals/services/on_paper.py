"""Signing on paper instead: print, sign by hand or seal, file the scan; the exchange checks it."""

from collections.abc import Mapping

from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, queries, steps
from marketplace.deals.models import Deal, PaperSigning, PaperState
from marketplace.deals.services.following import follow
from marketplace.deals.services.preparing import must_be_free, must_be_lawful
from marketplace.deals.services.signing import conclude
from marketplace.documents import storage
from marketplace.documents.models import Document
from marketplace.documents.signing import evidence

LONGEST = 80


def ask_for_paper(actor: Actor, deal: Deal, *, reason: str = "") -> PaperSigning:
    """Sign the contract as it now stands by hand. Electronic signing waits until that is withdrawn."""
    require(actor, policy.sign, deal)
    lock(deal)
    deal.lifecycle.target(deal.state, "sign")
    known = queries.paper_signing(deal)
    if known is not None:
        return known
    if deal.contract is None:
        raise Refused("deal.contract_changed")
    asked = PaperSigning(
        deal=deal,
        contract_sha256=deal.contract.sha256,
        asked_by_id=actor.organisation,
        reason=reason.strip(),
        state=PaperState.ASKED,
    )
    db.session.add(asked)
    db.session.flush()
    events.record(deal, "paper_signing.ask", by=actor, sha256=asked.contract_sha256)
    follow(deal, by=actor)
    return asked


def file_scan(actor: Actor, deal: Deal, *, scan: Document) -> None:
    """File the scan of the signed paper: one with all signatures, or one of each party's."""
    require(actor, policy.sign, deal)
    asked = _asked(deal)
    if steps.side(deal, actor.organisation) == "seller":
        asked.seller_scan = scan
    else:
        asked.buyer_scan = scan
    advance(asked, "file_scan", by=actor, sha256=scan.sha256)
    follow(deal, by=actor)


def withdraw_paper(actor: Actor, deal: Deal) -> None:
    """Back to signing on the platform."""
    require(actor, policy.sign, deal)
    advance(_asked(deal), "withdraw", by=actor)
    follow(deal, by=actor)


def send_back_scan(actor: Actor, deal: Deal, *, because: str) -> None:
    """The scans do not show what they should; the parties file others."""
    require(actor, policy.check_paper, deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    asked = _asked(deal)
    asked.note = because.strip()
    asked.checked_by_id = actor.user
    advance(asked, "send_back", by=actor, because=asked.note)
    follow(deal, by=actor)


def accept_paper(
    actor: Actor, deal: Deal, *, signers: Mapping[str, str], executed: Document
) -> None:
    """The paper bears both signatures and is the draft: the contract is signed.

    `signers`: who signed by hand for the seller and for the buyer; `executed`: the scan that counts.
    The rules are judged again on the day, as for a signature on the platform.
    """
    require(actor, policy.check_paper, deal)
    asked = _asked(deal)
    names = {side: (signers.get(side) or "").strip()[:LONGEST] for side in ("seller", "buyer")}
    missing = {side: "deal.signer_name" for side, name in names.items() if not name}
    if missing:
        raise Invalid("deal.signer_name", fields=missing)
    if executed not in {asked.seller_scan, asked.buyer_scan}:
        raise Refused("deal.no_scan")
    must_be_lawful(deal, "signing")
    must_be_free(deal)
    asked.checked_by_id = actor.user
    advance(asked, "accept", by=actor, sha256=executed.sha256, **names)
    for side, party in (("seller", deal.seller), ("buyer", deal.buyer)):
        evidence.on_paper(
            deal,
            place=side,
            signer=names[side],
            party=party,
            draft_sha256=asked.contract_sha256,
            scan_sha256=executed.sha256,
        )
    conclude(deal, storage.read(executed.sha256), by=actor, scan=executed)


def _asked(deal: Deal) -> PaperSigning:
    lock(deal)
    asked = queries.paper_signing(deal)
    if asked is None:
        raise Refused("deal.not_on_paper")
    deal.lifecycle.target(deal.state, "sign")
    lock(asked)
    return asked
