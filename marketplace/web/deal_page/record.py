"""The papers of a deal and everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.compliance import queries as compliance
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import facts, procedures, queries
from marketplace.deals.models import Deal, DealState, Evidence
from marketplace.documents import queries as documents
from marketplace.documents.models import Document
from marketplace.negotiation import queries as negotiation
from marketplace.rules import changes, library
from marketplace.rules.facts import FIELDS
from marketplace.web.deal_page.findings import rule_title, value_text
from marketplace.web.locale import gettext
from marketplace.web.presentation import (
    locale_code,
    money,
    org_name,
    words,
)

S = DealState


def recordal_evidence(deal: Deal) -> list[Evidence]:
    """What was filed to prove the recordal."""
    wanted = {name for group in facts.recordal_wanted(deal) for name in group}
    return [e for e in deal.evidence if e.name in wanted and e.state is not EvidenceState.WITHDRAWN]


PAPERS = ("certificate", "contract_executed", "contract", "licence_notice")


def papers(actor: Actor, deal: Deal) -> list[tuple[str, Document, bool]]:
    """The deal's own papers, newest first: name, file, whether it is void."""
    named = {
        "contract": gettext("合同文本"),
        "contract_executed": gettext("专利开放许可确认书")
        if deal.by_notice
        else gettext("合同签署本（附签名记录）"),
        "licence_notice": gettext("取得专利开放许可通知书"),
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


ICONS = {
    "deal": "handshake",
    "evidence": "file-check",
    "recordal": "stamp",
    "task": "list-checks",
    "waiver": "signature",
    "payment": "banknote",
    "payout": "banknote",
    "dispute": "gavel",
    "document": "file-text",
    "listing": "tag",
    "offer": "messages-square",
}
GOOD = {"deal.sign", "deal.sign_without_payment", "deal.fund", "deal.record", "deal.close"} | {
    "evidence.confirm",
    "recordal.record",
    "task.do",
    "waiver.confirm",
    "payment.receive",
    "deal.clear",
    "deal.notify",
    "deal.notify_without_payment",
    "deal.take_effect",
}
BAD = {"deal.cancel", "deal.rescind", "evidence.refuse", "deal.overdue", "deal.reopen"} | {
    "deal.undo",
    "dispute.raise",
    "deal.request_cancellation",
    "deal.oppose_cancellation",
    "task.overdue",
    "recordal.refuse",
    "recordal.overdue",
    "waiver.refuse",
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


def _detail(  # noqa: PLR0911 -- one line a kind
    kind: str, given: Mapping[str, Any], actor: Actor, deal: Deal
) -> str:
    match kind:
        case "document.store":
            return str(given.get("filename", ""))
        case "deal.answer":
            return _answer_text(str(given.get("path", "")), given.get("value"))
        case "deal.sign_one":
            return gettext("文件指纹 %(hash)s…", hash=str(given.get("sha256", ""))[:16])
        case "deal.overdue":
            return words("states", f"deal.{given['step']}")
    if kind.startswith(("task.", "waiver.")):
        rules = given.get("rules") or [given.get("rule", "")]
        return gettext("、").join(rule_title(str(rule)) for rule in rules)
    if kind.startswith("evidence."):
        return words("enums", f"evidence.{given['name']}") if given.get("name") else ""
    if kind.startswith("recordal."):
        row = procedures.by_id().get(str(given.get("procedure", "")))
        return row.name.say(locale_code()) if row else ""
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
    said = value_text(FIELDS[path], value) if path in FIELDS else ""
    return gettext("%(label)s：%(value)s", label=label, value=said or gettext("已收回"))


def _sees_payouts(actor: Actor, deal: Deal) -> bool:
    """What the seller is paid is not the buyer's business, and a refund not the seller's."""
    if actor.is_operator:
        return True
    payee = deal.buyer_id if deal.state is S.CANCELLED else deal.seller_id
    return actor.organisation_id == payee


@dataclass(frozen=True)
class Judged:
    """By which law the deal was last judged, and whether the law is still the same."""

    on: date
    version: str
    same_law: bool


def judged(deal: Deal) -> Judged | None:
    """For the foot of the checklist; the comparison itself has its own page."""
    kept = compliance.last(deal)
    if not kept:
        return None
    last = max(kept.values(), key=lambda one: one.id)
    law = library.load()
    same = last.catalogue_version == law.version and not changes.between(
        law, last.judged_on, clock.today()
    )
    return Judged(last.judged_on, last.catalogue_version, same)
