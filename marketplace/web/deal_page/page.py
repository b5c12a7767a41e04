"""The page of a deal, put together for a party or for the exchange."""

from dataclasses import dataclass
from typing import Any

from marketplace.core import settings
from marketplace.core.policy import Actor
from marketplace.deals import checklist as lists
from marketplace.deals import facts, policy, progress, queries, registration, steps
from marketplace.deals.models import Deal, DealState
from marketplace.forms.deals import PaperCheckForm, ScanForm
from marketplace.payments import codes
from marketplace.trust import policy as rating_policy
from marketplace.trust.queries import ratings
from marketplace.web import recordal_words, trust_words, wording
from marketplace.web.deal_page.findings import (
    actors_of,
    answers_it,
    article_of,
    deadline_of,
    evidence_text,
    fact_label,
    fact_text,
    gloss_of,
    groups,
    status_text,
    title_of,
    tone,
    wants_report,
)
from marketplace.web.deal_page.heading import (
    family_of,
    is_overdue,
    mode_of,
    order,
    sides_text,
    stages,
)
from marketplace.web.deal_page.money import (
    brokerage_due,
    money_box,
    payment_shown,
    payment_state,
    payouts_shown,
    statement,
)
from marketplace.web.deal_page.publicity import publicity_box
from marketplace.web.deal_page.record import history, judged, papers, recordal_evidence
from marketplace.web.deal_page.schedule import rows_of
from marketplace.web.deal_page.stages import due_text, people_of, settled_text
from marketplace.web.recordal_words import tracker

S = DealState
UNSIGNED = frozenset({S.CHECKLIST, S.SIGNING})
SIGNED = frozenset({S.PAYMENT, S.RECORDAL})
DISPUTABLE = SIGNED | {S.SETTLEMENT}


@dataclass(frozen=True)
class May:
    """What this reader may do now: who (policy) and when (lifecycle) together."""

    answer: bool
    file: bool
    clear: bool
    notify: bool
    reopen: bool
    sign: bool
    cancel: bool
    ask_cancellation: bool
    answer_cancellation: bool
    withdraw_cancellation: bool
    decide_cancellation: bool
    see_payment: bool
    decide_evidence: bool
    record: bool
    release: bool
    dispute: bool


def may(actor: Actor, deal: Deal) -> May:
    """Work it out."""
    party = policy.agree_cancellation.allows(actor, deal)
    unsigned = deal.state is S.CHECKLIST
    asked_by = deal.cancel_requested_by_id if deal.state in SIGNED else None
    own_request = asked_by is not None and asked_by == actor.organisation_id
    signed = actor.organisation_id is not None and deal.signed_by(actor.organisation_id) is not None
    return May(
        answer=unsigned and policy.answer.allows(actor, deal),
        file=deal.state is not S.CANCELLED and policy.file_evidence.allows(actor, deal),
        clear=unsigned and not deal.by_notice and policy.clear.allows(actor, deal),
        notify=unsigned and deal.by_notice and policy.notify.allows(actor, deal),
        reopen=deal.state is S.SIGNING and policy.reopen.allows(actor, deal),
        sign=deal.state is S.SIGNING and policy.sign.allows(actor, deal) and not signed,
        cancel=deal.state in UNSIGNED and policy.cancel.allows(actor, deal),
        ask_cancellation=deal.state in SIGNED and party and asked_by is None,
        answer_cancellation=party and asked_by is not None and not own_request,
        withdraw_cancellation=party and own_request,
        decide_cancellation=asked_by is not None and policy.decide_cancellation.allows(actor, deal),
        see_payment=policy.see_payment.allows(actor, deal),
        decide_evidence=policy.decide_evidence.allows(actor, deal),
        record=deal.state is S.RECORDAL and policy.record.allows(actor, deal),
        release=deal.state is S.SETTLEMENT and policy.release.allows(actor, deal),
        dispute=deal.state in DISPUTABLE and policy.dispute.allows(actor, deal),
    )


def context(actor: Actor, deal: Deal, *, console: bool = False, **forms: Any) -> dict[str, Any]:
    """Everything the template shows."""
    checklist = lists.of(deal)
    step = progress.next_step(deal, actor, checklist)
    allowed = may(actor, deal)
    return {
        "deal": deal,
        "console": console,
        "may": allowed,
        "step": step,
        "step_owner": sides_text(step.who),
        "stages": stages(deal),
        "my_side": steps.side(deal, actor.organisation_id),
        "title": wording.own_title(deal.listing)[0],
        "mode": mode_of(deal),
        "family": family_of(deal),
        "term_rows": wording.term_rows(deal.terms),
        "checklist": checklist,
        "order": order(deal),
        "money_box": money_box(actor, deal),
        "groups": groups(deal, checklist),
        "answers": [(fact_label(q), fact_text(q), q) for q in checklist.questions],
        "mine_to_answer": [q for q in checklist.questions if answers_it(actor, deal, q)],
        "payment": payment_shown(actor, deal, may_see=allowed.see_payment),
        "payment_state": payment_state(deal),
        "brokerage_due": brokerage_due(actor, deal),
        "schedule_rows": rows_of(actor, deal),
        "escrow": settings.current(),
        "payouts": payouts_shown(actor, deal),
        "statement": statement(actor, deal),
        "dispute": queries.open_dispute(deal) if deal.state in DISPUTABLE else None,
        "recordal_wanted": facts.recordal_wanted(deal),
        "recordal_evidence": recordal_evidence(deal),
        "tracker": tracker(deal),
        "papers": papers(actor, deal),
        "on_paper": queries.paper_signing(deal),
        "may_sign_at_all": deal.state is S.SIGNING and policy.sign.allows(actor, deal),
        "scan_form": ScanForm(formdata=None),
        "paper_form": PaperCheckForm(formdata=None),
        "to_rate": [] if console else ratings.to_rate(actor, deal),
        "may_rate": rating_policy.rate.allows(actor, deal),
        "trust_criteria": trust_words.criteria(),
        "publicity": publicity_box(actor, deal, checklist),
        "taxes": registration.taxes_of(deal) if registration.is_technical(deal) else None,
        "history": history(actor, deal),
        "judged": judged(deal),
        "overdue": is_overdue(deal),
        "wording": wording,
        "dp": words_for_template() | {"may_file": allowed.file},
        **recordal_words.words_for_template(),
        **forms,
    }


def words_for_template() -> dict[str, Any]:
    """The functions by which the template says things."""
    return {
        "tone": tone,
        "status_text": status_text,
        "title_of": title_of,
        "gloss_of": gloss_of,
        "article_of": article_of,
        "actors_of": actors_of,
        "deadline_of": deadline_of,
        "evidence_text": evidence_text,
        "wants_report": wants_report,
        "code": codes.shown,
        "due_text": due_text,
        "settled_text": settled_text,
        "people_of": people_of,
    }
