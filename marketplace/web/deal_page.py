"""The page of a deal, put together for a party or for the exchange."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core import clock, settings
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import checklist as lists
from marketplace.deals import facts, policy, progress, queries, steps
from marketplace.deals.checklist import Checklist, Item, Question
from marketplace.deals.models import Deal, DealState, Evidence, EvidenceState
from marketplace.documents import amounts
from marketplace.documents import queries as documents
from marketplace.documents.models import Document
from marketplace.listings.terms import DealKind
from marketplace.negotiation import queries as negotiation
from marketplace.payments import codes
from marketplace.payments import queries as payments
from marketplace.payments.models import Payment
from marketplace.rules.engine import Finding, Status
from marketplace.rules.facts import FIELDS, FactKind, Field
from marketplace.web import covers, wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import (
    basis_points,
    format_date,
    locale_code,
    money,
    org_name,
    words,
)

S = DealState
UNSIGNED = frozenset({S.CHECKLIST, S.SIGNING})
SIGNED = frozenset({S.PAYMENT, S.RECORDAL})
HOLDS_MONEY = frozenset({S.PAYMENT, S.RECORDAL, S.SETTLEMENT})
TONES = {
    Status.OPEN: "bad",
    Status.UNKNOWN: "wait",
    Status.DUTY: "warn",
    Status.SATISFIED: "ok",
    Status.INFO: "",
}


@dataclass(frozen=True)
class May:
    """What this reader may do now: who (policy) and when (lifecycle) together."""

    answer: bool
    file: bool
    clear: bool
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


def may(actor: Actor, deal: Deal) -> May:
    """Work it out."""
    party = policy.agree_cancellation.allows(actor, deal)
    asked_by = deal.cancel_requested_by_id if deal.state in SIGNED else None
    own_request = asked_by is not None and asked_by == actor.organisation_id
    signed = actor.organisation_id is not None and deal.signed_by(actor.organisation_id) is not None
    return May(
        answer=deal.state is S.CHECKLIST and policy.answer.allows(actor, deal),
        file=deal.state is not S.CANCELLED and policy.file_evidence.allows(actor, deal),
        clear=deal.state is S.CHECKLIST and policy.clear.allows(actor, deal),
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
        "payment": payment_shown(deal, allowed),
        "payment_state": payment_state(deal),
        "escrow": settings.current(),
        "payouts": payouts_shown(actor, deal),
        "recordal_wanted": facts.recordal_wanted(deal),
        "recordal_evidence": recordal_evidence(deal),
        "papers": papers(actor, deal),
        "history": history(actor, deal),
        "overdue": is_overdue(deal),
        "wording": wording,
        "dp": _words_for_template() | {"may_file": allowed.file},
        **forms,
    }


def _words_for_template() -> dict[str, Any]:
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
        "code": codes.shown,
    }


def is_overdue(deal: Deal) -> bool:
    """The step is past its deadline."""
    return deal.due_at is not None and deal.due_at < clock.now()


def mode_of(deal: Deal) -> str:
    """What kind of deal it is: transfer, exclusive licence, contribution."""
    return words("enums", f"deal_mode.{deal.terms.rule_kind}")


def family_of(deal: Deal) -> str:
    """Which cover stands for it."""
    if not deal.items:
        return "lattice"
    first = deal.assets[0]
    return covers.family_of(first.kind.value, wording.first_class(first))


def sides_text(sides: frozenset[str]) -> str:
    """Whose turn it is, in words."""
    if sides == steps.PARTIES:
        return words("enums", "deal_side.both")
    return gettext("、").join(words("enums", f"deal_side.{side}") for side in sorted(sides))


def stages(deal: Deal) -> list[tuple[str, str, str]]:
    """The steps of this deal for ui.timeline: done, now or to come."""
    order = steps.of(deal)
    here = order.index(deal.state) if deal.state in order else -1
    shown = []
    for place, state in enumerate(order):
        status = "done" if place < here or deal.state is S.CLOSED else ""
        note = ""
        if place == here and deal.state is not S.CLOSED:
            status = "now"
            note = gettext("%(day)s 前", day=format_date(deal.due_at)) if deal.due_at else ""
        shown.append((status, words("states", f"deal.{state.value}"), note))
    return shown


# ---- the checklist -----------------------------------------------------------------------------


def groups(deal: Deal, checklist: Checklist) -> list[tuple[str, str, list[Item], bool, bool]]:
    """The findings as people work on them: heading, explanation, items, do they stop, folded."""
    over = deal.state in {S.CLOSED, S.CANCELLED}
    return [
        (
            gettext("必须先办"),
            gettext("以下事项解决之前，法律不允许签署。"),
            [] if over else checklist.blocks,
            True,
            False,
        ),
        (
            gettext("交割前办理"),
            gettext("签署之后、结算之前须完成。"),
            [] if over else checklist.later,
            True,
            False,
        ),
        (
            gettext("法定义务"),
            gettext("不影响签署，但法律要求当事人办理。"),
            [] if deal.state is S.CANCELLED else checklist.duties,
            False,
            False,
        ),
        (gettext("已满足"), gettext("系统已按现行规则核对。"), checklist.done, False, True),
        (gettext("提示"), gettext("供双方了解。"), checklist.information, False, True),
    ]


def tone(item: Item) -> str:
    """How a finding looks; evidence that waits for the exchange is neither good nor bad."""
    if item.status in {Status.OPEN, Status.DUTY} and item.awaits_exchange:
        return "wait"
    if item.status is Status.OPEN and item.finding.missing:
        return TONES[Status.UNKNOWN]
    return TONES[item.status]


def status_text(item: Item) -> str:
    """Where a finding stands, in words."""
    if item.awaits_exchange and item.status in {Status.OPEN, Status.DUTY}:
        return gettext("材料待审核")
    if item.status is Status.OPEN and item.finding.missing:
        return gettext("待补充事实")
    return {
        Status.OPEN: gettext("未满足"),
        Status.UNKNOWN: gettext("待补充事实"),
        Status.DUTY: gettext("待办"),
        Status.SATISFIED: gettext("已满足"),
        Status.INFO: "",
    }[item.status]


def title_of(finding: Finding) -> str:
    """The rule's title in the reader's language."""
    return finding.title.say(locale_code())


def gloss_of(finding: Finding) -> str:
    """The gloss, for readers of English; the quotation speaks for itself in Chinese."""
    return finding.gloss if locale_code().startswith("en") else ""


def article_of(finding: Finding) -> str:
    """The article; a text that was not read in full says so."""
    if finding.confirmed:
        return finding.article
    return gettext("%(article)s（待核实）", article=finding.article)


def actors_of(finding: Finding) -> str:
    """Who must act."""
    return gettext("、").join(words("enums", f"rule_actor.{one}") for one in finding.actors)


def deadline_of(finding: Finding) -> str:
    """By when, in the words of the law."""
    return finding.deadline.words.say(locale_code()) if finding.deadline else ""


def evidence_text(names: Any) -> str:
    """Names of papers in words."""
    return gettext("、").join(words("enums", f"evidence.{name}") for name in names)


def fact_label(question: Question) -> str:
    """What is asked."""
    return words("enums", f"fact.{question.path}")


def fact_text(question: Question) -> str:
    """What was answered, in words."""
    return _value_text(question.field, question.value)


def _value_text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind is FactKind.FLAG:
        return gettext("是") if value else gettext("否")
    if field.kind is FactKind.CHOICE:
        return words("enums", f"fact.{field.path}.{value}")
    if field.kind is FactKind.CHOICES:
        chosen = [words("enums", f"fact.{field.path}.{one}") for one in value]
        return gettext("、").join(chosen) or gettext("无")
    return str(value)


def answers_it(actor: Actor, deal: Deal, question: Question) -> bool:
    """Whether this reader speaks for what is asked."""
    if actor.is_operator:
        return True
    return question.side in {"", steps.side(deal, actor.organisation_id)}


def names_to_file(deal: Deal, checklist: Checklist) -> list[str]:
    """The papers that the deal asks for now, then those the law mentions."""
    wanted = [name for item in checklist.blocks for name in item.to_file]
    if deal.state in {S.RECORDAL, S.SETTLEMENT, S.CLOSED}:
        wanted = [name for group in facts.recordal_wanted(deal) for name in group] + wanted
    for item in (*checklist.later, *checklist.duties, *checklist.information):
        wanted += item.to_file
    wanted += [name for group in facts.recordal_wanted(deal) for name in group]
    return list(dict.fromkeys(wanted))


# What a stage is about comes first on the page, then what led to it.
PARTS = ("certificate", "settlement", "recordal", "payment", "contract", "checklist")
FIRST = {
    S.CHECKLIST: "checklist",
    S.SIGNING: "contract",
    S.PAYMENT: "payment",
    S.RECORDAL: "recordal",
    S.SETTLEMENT: "settlement",
    S.CLOSED: "certificate",
    S.CANCELLED: "settlement",
}


def order(deal: Deal) -> list[str]:
    """The parts of the page: that of the stage, the terms, then the others, the latest first."""
    first = FIRST[deal.state]
    return [first, "terms", *(part for part in PARTS if part != first)]


# ---- money and papers --------------------------------------------------------------------------


@dataclass(frozen=True)
class MoneyBox:
    """The price at a glance: what is held, who gets what."""

    label: str
    notes: list[str]
    escrow: bool
    held: Money
    rows: list[tuple[str, str]]


def money_box(actor: Actor, deal: Deal) -> MoneyBox:
    """What this reader may know of the deal's money; the commission is the seller's business."""
    equity = deal.terms.kind is DealKind.EQUITY
    held = deal.in_escrow
    escrow = deal.goes_through_escrow and deal.state in HOLDS_MONEY
    rows = [(gettext("监管余额"), money(held))] if escrow else []
    if deal.state is S.PAYMENT:
        rows.append((gettext("尚欠"), money(deal.price - held)))
    if deal.commission_bps and (actor.is_operator or actor.organisation_id == deal.seller_id):
        rate = basis_points(deal.commission_bps)
        rows += [
            (gettext("佣金（%(rate)s，卖方承担）", rate=rate), money(deal.commission)),
            (gettext("卖方实收"), money(deal.price - deal.commission)),
        ]
    chinese = locale_code().startswith("zh")  # amounts in capitals are a Chinese custom
    notes = [mode_of(deal), amounts.capitals(deal.price) if deal.price and chinese else ""]
    if not deal.goes_through_escrow:
        notes.append(gettext("不经监管账户"))
    return MoneyBox(
        label=gettext("作价金额") if equity else gettext("成交价格"),
        notes=[note for note in notes if note],
        escrow=escrow,
        held=held,
        rows=rows,
    )


@dataclass(frozen=True)
class PaymentShown:
    """What a payer needs, and how far it has come."""

    payment: Payment
    reference: str
    capitals: str


def payment_shown(deal: Deal, allowed: May) -> PaymentShown | None:
    """The payment of the deal, for those who may see it."""
    found = payments.of(deal)
    if not found or not allowed.see_payment:
        return None
    payment = found[-1]
    return PaymentShown(payment, codes.shown(payment.reference), amounts.capitals(payment.amount))


def payment_state(deal: Deal) -> str:
    """How the payment stands, for everybody on the page."""
    found = payments.of(deal)
    return f"payment.{found[-1].state.value}" if found else ""


def payouts_shown(actor: Actor, deal: Deal) -> list[Any]:
    """The payouts that concern the reader: one's own; all for the exchange."""
    return [
        payout
        for payout in payments.payouts_of(deal)
        if actor.is_operator or payout.payee_id == actor.organisation_id
    ]


def recordal_evidence(deal: Deal) -> list[Evidence]:
    """What was filed to prove the recordal."""
    wanted = {name for group in facts.recordal_wanted(deal) for name in group}
    return [e for e in deal.evidence if e.name in wanted and e.state is not EvidenceState.WITHDRAWN]


PAPERS = ("certificate", "contract_executed", "contract")


def papers(actor: Actor, deal: Deal) -> list[tuple[str, Document, bool]]:
    """The deal's own papers, newest first: name, file, whether it is void."""
    named = {
        "contract": gettext("合同文本"),
        "contract_executed": gettext("合同签署本（附签名记录）"),
        "certificate": gettext("成交证明"),
    }
    return [
        (
            named[document.purpose],
            document,
            document.purpose == "contract" and document.id != deal.contract_id,
        )
        for document in documents.of(actor, deal)
        if document.purpose in PAPERS
    ]


# ---- the log -----------------------------------------------------------------------------------

ICONS = {
    "deal": "handshake",
    "evidence": "file-check",
    "payment": "banknote",
    "payout": "banknote",
    "document": "file-text",
    "listing": "tag",
    "offer": "messages-square",
}
GOOD = {"deal.sign", "deal.sign_without_payment", "deal.fund", "deal.record", "deal.close"} | {
    "evidence.confirm",
    "payment.receive",
    "deal.clear",
}
BAD = {"deal.cancel", "deal.rescind", "evidence.refuse", "deal.overdue", "deal.reopen"} | {
    "deal.request_cancellation",
    "deal.oppose_cancellation",
}


def history(actor: Actor, deal: Deal) -> list[dict[str, Any]]:
    """The log for ui.history, newest first."""
    offer = negotiation.offer_behind(deal)
    entries = queries.timeline(actor, deal, with_=[offer] if offer else [])
    return [
        {
            "text": _what(entry, actor, deal),
            "who": _who(entry),
            "at": entry.at,
            "because": entry.because,
            "tone": "ok" if entry.kind in GOOD else "bad" if entry.kind in BAD else "",
            "ic": ICONS.get(entry.kind.split(".", 1)[0], "circle-dot"),
        }
        for entry in reversed(entries)
    ]


def _who(entry: queries.Entry) -> str:
    if entry.by_system:
        return words("enums", "deal_side.system")
    person = entry.person.name if entry.person else ""
    side = words("enums", f"deal_side.{entry.side}")
    role = words("enums", f"role.{entry.role}") if entry.role else ""
    firm = org_name(entry.organisation) if entry.organisation else ""
    if role:
        return gettext(
            "%(person)s · %(firm)s（%(side)s，%(role)s）",
            person=person,
            firm=firm,
            side=side,
            role=role,
        )
    return gettext("%(person)s · %(firm)s（%(side)s）", person=person, firm=firm, side=side)


def _what(entry: queries.Entry, actor: Actor, deal: Deal) -> str:
    event = words("events", entry.kind)
    detail = _detail(entry.kind, entry.facts, actor, deal)
    return gettext("%(event)s：%(detail)s", event=event, detail=detail) if detail else event


def _detail(kind: str, given: Mapping[str, Any], actor: Actor, deal: Deal) -> str:
    match kind:
        case "document.store":
            return str(given.get("filename", ""))
        case "deal.answer":
            return _answer_text(str(given.get("path", "")), given.get("value"))
        case "deal.sign_one":
            return gettext("文件指纹 %(hash)s…", hash=str(given.get("sha256", ""))[:16])
        case "deal.overdue":
            return words("states", f"deal.{given['step']}")
    if kind.startswith("evidence."):
        return words("enums", f"evidence.{given['name']}") if given.get("name") else ""
    return _amount_text(kind, given, actor, deal)


def _amount_text(kind: str, given: Mapping[str, Any], actor: Actor, deal: Deal) -> str:
    """The money that an event names, for those whose business it is."""
    amount = given.get("applied" if kind == "payment.book" else "amount") or given.get("price")
    if not isinstance(amount, dict) or (
        kind.startswith("payout.") and not _sees_payouts(actor, deal)
    ):
        return ""
    return money(Money(amount["currency"], amount["minor"]))


def _answer_text(path: str, value: Any) -> str:
    """The fact and what was said of it; an answer taken back has no value."""
    label = words("enums", f"fact.{path}")
    said = _value_text(FIELDS[path], value) if path in FIELDS else ""
    return gettext("%(label)s：%(value)s", label=label, value=said or gettext("已收回"))


def _sees_payouts(actor: Actor, deal: Deal) -> bool:
    """What the seller is paid is not the buyer's business, and a refund not the seller's."""
    if actor.is_operator:
        return True
    payee = deal.buyer_id if deal.state is S.CANCELLED else deal.seller_id
    return actor.organisation_id == payee
