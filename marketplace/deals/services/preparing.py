"""From the opening to the draft: answers, evidence, the contract drawn up, and drawn up again."""

from typing import Any

from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets.models import Asset
from marketplace.compliance import services as compliance
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, Unlawful, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.words import say
from marketplace.deals import bundles, checklist, facts, papers, policy, queries, steps
from marketplace.deals.models import Deal, DealState
from marketplace.deals.services.following import follow
from marketplace.documents import clauses, typeset
from marketplace.documents import queries as contracts
from marketplace.documents import services as documents
from marketplace.listings import gates
from marketplace.listings.terms import DealKind
from marketplace.rules.facts import FIELDS
from marketplace.rules.sources import ORIGINS, kept_with_right


def answer(actor: Actor, deal: Deal, record: str, field: str, value: Any) -> None:
    """State a fact that only a party knows; None takes the answer back.

    Who speaks for it stands in rules.sources. What the owner says of a right is kept with the
    right, for its next deal too. A value of the wrong type or outside the choices is a FactError
    beside `record.field`.
    """
    require(actor, policy.answer, deal)
    lock(deal)
    must_stand(deal, {DealState.CHECKLIST}, "deal.answer")
    path = f"{record}.{field}"
    if path not in FIELDS or not ORIGINS[path].is_asked:
        raise Invalid("deal.no_such_question", fields={path: "deal.no_such_question"})
    side = checklist.answers_for(path)
    if side and not actor.is_operator and steps.side(deal, actor.organisation_id) != side:
        raise Invalid("deal.not_yours_to_answer", fields={path: "deal.not_yours_to_answer"})
    accepted = None if value is None else FIELDS[path].accept(value)
    if kept_with_right(path):
        changed = assets.state_of_all(actor, deal.assets, path, accepted)
        # what was once kept with the deal speaks no more
        changed |= (changed or accepted is None) and _state_of_deal(deal, record, field, None)
    else:
        changed = _state_of_deal(deal, record, field, accepted)
    if changed:
        deal.judged_on = None  # a page of answers is followed once, by `follow`
        events.record(deal, "deal.answer", by=actor, path=path, value=accepted)


def _state_of_deal(deal: Deal, record: str, field: str, value: Any) -> bool:
    answers = {name: dict(content) for name, content in (deal.facts or {}).items()}
    if answers.get(record, {}).get(field) == value:
        return False
    given = answers.setdefault(record, {})
    given.pop(field, None)
    if value is not None:
        given[field] = value
    deal.facts = answers
    return True


def clear(actor: Actor, deal: Deal, *, bilingual: bool = False) -> None:
    """The checklist is done: the rules are judged and kept, the contract is drawn up for signing.

    Raises Unlawful with the rules that stand in the way.
    """
    require(actor, policy.clear, deal)
    lock(deal)
    deal.lifecycle.target(deal.state, "clear")
    if deal.by_notice:
        raise Refused("deal.by_notice")
    must_be_lawful(deal, "signing")
    must_be_free(deal)
    deal.bilingual = bilingual
    now = clock.now()
    version = 1 + len(contracts.of(SYSTEM, deal, purpose="contract"))
    draft = papers.contract(deal, drawn_at=now)
    deal.contract_data = draft.data()
    lacking = clauses.missing(deal.contract_data)
    if lacking:
        raise Refused("deal.clauses_missing", clauses=_named(lacking))
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
    follow(deal, by=actor)


def _named(lacking: list[clauses.Clause]) -> str:
    """Clauses with their articles, for people."""
    said = [
        f"{say('enums', f'clause.{one.code}')} {say('enums', f'clause.{one.code}', 'en')}"
        f"（{one.article}）"
        for one in lacking
    ]
    return "、".join(said)


def reopen(actor: Actor, deal: Deal, *, because: str) -> None:
    """Back to the checklist before both have signed: the draft and its signatures are void."""
    require(actor, policy.reopen, deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    advance(deal, "reopen", by=actor, because=because)
    deal.contract, deal.contract_data = None, {}
    deal.due_at = steps.deadline(DealState.CHECKLIST, clock.now())
    follow(deal, by=actor)


def must_be_lawful(deal: Deal, stage: str) -> None:
    """The third gate: every right of the deal before the rules of the stage, as of today.

    At the signing nothing may be undecided, not even a duty: `missing` of the refusal names the
    facts (checklist.answers_for says who has them).
    """
    sheets = facts.sheets(deal)
    compliance.must_pass(
        deal,
        stage=stage,
        facts=[sheet for _, sheet in sheets],
        parts=[asset.reference for asset, _ in sheets],
    )
    found = checklist.of(deal) if stage == "signing" else None
    missing = found and [*(q.path for q in found.open_questions), *found.gaps]
    if missing:
        raise Unlawful("deal.questions_open", missing=sorted(missing))


def must_be_free(deal: Deal) -> None:
    """The registers leave what was agreed, no signed deal is in its way, all have agreed to it.

    The rights' rows are held until the end: of two deals at once the second sees the first.
    """
    ids = sorted(asset.id for asset in deal.assets)
    db.session.execute(
        select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update(key_share=True)
    )
    others = [d for d in queries.open_about(ids) if d.state in bundles.BOUND and d is not deal]
    for other in others:
        if other.terms.kind is not DealKind.LICENCE:
            raise Refused("deal.right_taken", reference=other.reference)
    gates.must_be_possible(bundles.answers(deal, others), agreed=True)


def must_stand(deal: Deal, states: set[DealState], code: str) -> None:
    """The deal is at one of these steps, or WrongState."""
    if deal.state not in states:
        raise WrongState(code, needs=[f"deal.{state.value}" for state in sorted(states)])
