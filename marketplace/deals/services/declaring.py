"""Verbs of filings about deals: opened from a rule, submitted, concluded into evidence."""

from collections.abc import Mapping

from marketplace.compliance import policy, prints
from marketplace.compliance.models import Filing, FilingKind, Opinion
from marketplace.compliance.services import filings as desk
from marketplace.core import clock
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, filings
from marketplace.deals.models import Deal, DealState
from marketplace.deals.policy import answer as may_work
from marketplace.deals.services.following import follow
from marketplace.deals.services.preparing import answer
from marketplace.deals.services.recording import put_on_record
from marketplace.documents import services as documents
from marketplace.documents import typeset


def open_filing(actor: Actor, deal: Deal, rule: str) -> Filing:
    """Begin the filing that a rule asks of this deal, prefilled from it."""
    require(actor, may_work, deal)
    if deal.state is DealState.CANCELLED:
        raise Refused("filing.no_rule")
    for one in filings.wanted(deal, checklist.of(deal).items):
        if one.finding.rule == rule:
            by = filings.filer(deal, one.finding, actor.organisation_id)
            return desk.open_filing(actor, deal, filings.matter(deal, one.finding, by))
    raise Refused("filing.no_rule")


def open_export_check(actor: Actor, deal: Deal) -> Filing:
    """Begin the seller's own check of its technology against the export catalogues."""
    desk.may_file(actor, deal.seller)
    if deal.state is not DealState.CHECKLIST:
        raise Refused("filing.no_rule")
    return desk.open_filing(actor, deal, filings.export_matter(deal, deal.seller))


def submit_filing(
    actor: Actor, filing: Filing, *, statement: str, answers: Mapping[str, bool | None]
) -> None:
    """Lay it before the authority; a self-check also answers the rules' questions on technology."""
    require(actor, policy.submit_filing, filing)
    if filing.kind is not FilingKind.EXPORT_CHECK:
        desk.submit(actor, filing, statement=statement)
        return
    given = {name: answers.get(name) for name in filings.EXPORT_QUESTIONS}
    open_questions = [name for name, value in given.items() if value is None]
    if open_questions:
        raise Invalid("filing.incomplete", fields=dict.fromkeys(open_questions, "filing.answers"))
    decided = {name: bool(value) for name, value in given.items()}
    desk.submit(actor, filing, statement=statement, answers=decided)
    deal = deal_of(filing)
    for field, value in filings.export_facts(decided).items():
        answer(actor, deal, "tech", field, value)
    follow(deal, by=actor)


def conclude_filing(
    actor: Actor,
    filing: Filing,
    *,
    opinion: Opinion,
    text: str,
    conditions: str = "",
    issuer: str,
    number: str = "",
) -> None:
    """Give the authority's opinion; a favourable one becomes the rule's evidence in the deal.

    It changes nothing else of the deal: no price, no term, no state.
    """
    require(actor, policy.handle_filing, filing)
    deal = deal_of(filing)
    if actor.organisation_id in {deal.seller_id, deal.buyer_id}:
        raise NotAllowed("filing.handle", needs=["is_another_s_filing"])
    lock(deal)
    desk.conclude(
        actor, filing, opinion=opinion, text=text, conditions=conditions, issuer=issuer,
        number=number,
    )  # fmt: skip
    paper = documents.keep(
        actor,
        typeset.print_paper(prints.opinion(filing)),
        f"{filing.reference}.pdf",
        purpose="opinion",
        subject=filing,
        readers=[filing.organisation_id],
        organisation_id=filing.organisation_id,
    )
    filing.document = paper
    if not filing.is_favourable:
        return
    for name in filing.evidence:
        put_on_record(
            deal,
            name,
            document=paper,
            issuer=filing.issuer,
            issued_on=clock.today(),
            number=filing.number,
        )
    follow(deal, by=actor)


def deal_of(filing: Filing) -> Deal:
    """The deal that a filing is about."""
    return db.session.get_one(Deal, filing.subject_id)
