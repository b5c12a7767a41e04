"""From the opening to the draft: answers, evidence, the contract drawn up, and drawn up again."""

from datetime import date
from typing import Any

from marketplace.compliance import services as compliance
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.words import knows
from marketplace.deals import checklist, facts, papers, policy, steps
from marketplace.deals.models import Deal, DealState, Evidence, EvidenceState
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.documents import queries as contracts
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.documents.models import Document
from marketplace.rules import demands
from marketplace.rules.facts import FIELDS


def answer(actor: Actor, deal: Deal, record: str, field: str, value: Any) -> None:
    """State a fact that only a party knows; None takes the answer back.

    The seller speaks for the right and its owner, the buyer for itself, either for the deal.
    A value of the wrong type or outside the choices is a FactError beside `record.field`.
    """
    require(actor, policy.answer, deal)
    lock(deal)
    _must_stand(deal, {DealState.CHECKLIST}, "deal.answer")
    path = f"{record}.{field}"
    if path not in FIELDS or record in demands.SETTINGS:
        raise Invalid("deal.no_such_question", fields={path: "deal.no_such_question"})
    side = checklist.answers_for(record)
    if side and not actor.is_operator and steps.side(deal, actor.organisation_id) != side:
        raise Invalid("deal.not_yours_to_answer", fields={path: "deal.not_yours_to_answer"})
    accepted = None if value is None else FIELDS[path].accept(value)
    answers = {name: dict(content) for name, content in (deal.facts or {}).items()}
    if answers.get(record, {}).get(field) == accepted:
        return
    given = answers.setdefault(record, {})
    given.pop(field, None)
    if accepted is not None:
        given[field] = accepted
    deal.facts = answers
    events.record(deal, "deal.answer", by=actor, path=path, value=accepted)


def file_evidence(
    actor: Actor,
    deal: Deal,
    *,
    name: str,
    document: Document,
    issuer: str,
    issued_on: date,
    number: str = "",
) -> Evidence:
    """File a paper that settles a rule, or proves the recordal. Both parties may read it.

    The same paper under the same name twice is one.
    """
    require(actor, policy.file_evidence, deal)
    lock(deal)
    _must_stand(deal, set(DealState) - {DealState.CANCELLED}, "deal.file_evidence")
    wrong = {}
    if not knows("enums", f"evidence.{name}"):
        wrong["name"] = "evidence.name"
    if not issuer.strip():
        wrong["issuer"] = "evidence.issuer"
    if issued_on > clock.today():
        wrong["issued_on"] = "evidence.future"
    if wrong:
        raise Invalid("evidence.incomplete", fields=wrong)
    for known in deal.evidence:
        if (known.name, known.document_id, known.state) == (
            name,
            document.id,
            EvidenceState.FILED,
        ):
            return known
    documents.attach(actor, document, deal)
    documents.share(actor, document, [deal.seller_id, deal.buyer_id])
    evidence = Evidence(
        deal=deal,
        name=name,
        document=document,
        issuer=issuer.strip()[:200],
        issued_on=issued_on,
        number=number.strip()[:80],
        filed_by_id=actor.organisation_id,
    )
    db.session.add(evidence)
    events.record(evidence, "evidence.file", by=actor, name=name, deal=deal.reference)
    return evidence


def withdraw_evidence(actor: Actor, evidence: Evidence, *, because: str = "") -> None:
    """Take back a paper that nobody has looked at yet."""
    require(actor, policy.withdraw_evidence, evidence)
    advance(evidence, "withdraw", by=actor, because=because, name=evidence.name)


def confirm_evidence(actor: Actor, evidence: Evidence, *, because: str = "") -> None:
    """The exchange saw the paper and it is what it says."""
    require(actor, policy.decide_evidence, evidence)
    lock(evidence.deal)
    _decide(actor, evidence, "confirm", because)


def refuse_evidence(actor: Actor, evidence: Evidence, *, because: str) -> None:
    """The paper does not prove what it should; the reason is told."""
    require(actor, policy.decide_evidence, evidence)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    _decide(actor, evidence, "refuse", because)


def _decide(actor: Actor, evidence: Evidence, action: str, because: str) -> None:
    must_be_impartial(actor, evidence.deal)
    advance(evidence, action, by=actor, because=because, name=evidence.name)
    evidence.decided_by_id, evidence.decided_at = actor.user_id, clock.now()
    evidence.reason = because.strip()
    db.session.flush()


def clear(actor: Actor, deal: Deal, *, bilingual: bool = False) -> None:
    """The checklist is done: the rules are judged and kept, the contract is drawn up for signing.

    Raises Unlawful with the rules that stand in the way.
    """
    require(actor, policy.clear, deal)
    lock(deal)
    deal.lifecycle.target(deal.state, "clear")
    must_be_lawful(deal, "signing")
    deal.bilingual = bilingual
    now = clock.now()
    version = 1 + len(contracts.of(SYSTEM, deal, purpose="contract"))
    draft = papers.contract(deal, drawn_at=now)
    deal.contract_data = draft.data()
    deal.contract = documents.keep(
        actor,
        typeset.print_paper(draft),
        f"{deal.reference}-v{version}.pdf",
        purpose="contract",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
    advance(deal, "clear", by=actor, sha256=deal.contract.sha256, version=version)
    deal.due_at = steps.deadline(DealState.SIGNING, now)


def reopen(actor: Actor, deal: Deal, *, because: str) -> None:
    """Back to the checklist before both have signed: the draft and its signatures are void."""
    require(actor, policy.reopen, deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    advance(deal, "reopen", by=actor, because=because)
    deal.contract, deal.contract_data = None, {}
    deal.due_at = steps.deadline(DealState.CHECKLIST, clock.now())


def must_be_lawful(deal: Deal, stage: str) -> None:
    """The third gate: every right of the deal before the rules of the stage, as of today."""
    sheets = facts.sheets(deal)
    compliance.must_pass(
        deal,
        stage=stage,
        facts=[sheet for _, sheet in sheets],
        parts=[asset.reference for asset, _ in sheets],
    )


def _must_stand(deal: Deal, states: set[DealState], code: str) -> None:
    if deal.state not in states:
        raise WrongState(code, needs=[f"deal.{state.value}" for state in sorted(states)])
