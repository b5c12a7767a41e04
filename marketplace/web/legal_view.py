"""How a right stands and who held it, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.assets import policy
from marketplace.assets.legal_status.chain import Chain, Gap
from marketplace.assets.legal_status.codes import sign
from marketplace.assets.legal_status.replay import Status
from marketplace.assets.models import Asset, LegalEvent
from marketplace.assets.queries import legal
from marketplace.core.policy import Actor
from marketplace.documents import queries as documents
from marketplace.web import wording
from marketplace.web.export import Column
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, words


def freshness_badge(asset: Asset) -> tuple[str, str, str]:
    """A traffic light: when the right was last held against the register."""
    light = legal.freshness_of(asset)
    if asset.checked_on is None:
        return gettext("未与登记簿核对"), wording.LIGHTS[light], "triangle-alert"
    text = gettext("登记簿核对于 %(day)s", day=format_date(asset.checked_on))
    return text, wording.LIGHTS[light], "eye"


@dataclass(frozen=True)
class Line:
    """One event of the timeline."""

    event: LegalEvent
    sign: str
    what: str
    parties: str
    complaint: str  # why it does not fit, in words
    counts: bool
    paper: bool  # the reader may open its evidence
    may_withdraw: bool


def timeline(actor: Actor, asset: Asset, events: Sequence[LegalEvent], told: Status) -> list[Line]:
    """Every event, newest first, with its code, source, evidence and what does not fit."""
    complaints = {c.event.reference: c.code for c in told.contradictions}
    papers = [e.evidence_id for e in events if e.evidence_id]
    readable = documents.readable(actor, papers)
    may = policy.declare_event.allows(actor, asset)
    lines = []
    for event in events:
        code = complaints.get(f"{event.id:012}", "")
        lines.append(
            Line(
                event=event,
                sign=sign(event.code, asset.kind.value),
                what=words("enums", f"legal_event.{event.code}"),
                parties=parties(event.givers, event.takers),
                complaint=words("enums", f"legal_contradiction.{code}") if code else "",
                counts=legal.counts(event),
                paper=event.evidence_id in readable,
                may_withdraw=may and event.state.value == "declared",
            )
        )
    return lines


def parties(givers: Sequence[str], takers: Sequence[str]) -> str:
    """Who gave to whom."""
    one, other = "、".join(givers), "、".join(takers)
    return f"{one} → {other}" if one and other else one or other


def standing(asset: Asset, told: Status) -> dict[str, Any]:
    """The status in words: how, since when, by what, what comes next, what disturbs."""
    decided = asset.status.value
    why = words("enums", f"legal_event.{told.why.code}") if told.why else ""
    expected = told.expected
    return {
        "status": words("enums", f"legal_status.{decided}"),
        "since": told.since if told.state == decided else None,
        "why": why or (gettext("按保护期和缴费期限推算") if told.since else gettext("按资产资料")),
        "differs": words("enums", f"legal_status.{told.state}")
        if told.state and told.state != decided
        else "",
        "expected": words("enums", f"legal_event.{expected.code}") if expected else "",
        "by": expected.by if expected else None,
        "attacked": _numbers(told.attacked),
        "pledges": _numbers(told.pledges),
        "licences": _numbers(told.licences),
        "freezes": _numbers(told.freezes),
        "open_licence": told.open_licence.on if told.open_licence else None,
    }


def _numbers(happenings: Any) -> str:
    return "；".join(
        " ".join(filter(None, (format_date(h.on), h.number, "、".join(h.takers or h.givers))))
        for h in happenings
    )


def chain_rows(chain: Chain) -> list[dict[str, Any]]:
    """The links for a table: who, from when to when, by which act, what is missing."""
    return [
        {
            "holders": "、".join(link.holders) or gettext("不明"),
            "since": link.since,
            "until": link.until,
            "act": words("enums", f"legal_event.{link.by.code}") if link.by else "",
            "number": link.by.number if link.by else "",
            "gaps": [gap_words(gap) for gap in link.gaps],
        }
        for link in chain.links
    ]


def gap_words(gap: Gap) -> dict[str, str]:
    """What is missing, whom it is about, and what would close it."""
    said, known = "、".join(gap.said), "、".join(gap.known)
    about = ""
    if said and known:
        about = gettext("记录写的是 %(said)s，权属链上是 %(known)s。", said=said, known=known)
    elif said:
        about = gettext("记录写的是 %(said)s。", said=said)
    return {
        "what": words("enums", f"title_gap.{gap.code}"),
        "about": about,
        "cure": words("enums", f"title_gap_cure.{gap.code}"),
    }


def columns(asset: Asset) -> list[Column]:
    """The events of a right as a download."""
    return [
        (gettext("代码"), lambda e: sign(e.code, asset.kind.value)),
        (gettext("事件"), lambda e: words("enums", f"legal_event.{e.code}")),
        (gettext("发生日"), lambda e: e.happened_on),
        (gettext("公告日"), lambda e: e.published_on),
        (gettext("登记机关"), lambda e: e.office),
        (gettext("转出方"), lambda e: "；".join(e.givers)),
        (gettext("受让方"), lambda e: "；".join(e.takers)),
        (gettext("文号"), lambda e: e.number),
        (gettext("说明"), lambda e: e.text),
        (gettext("来源"), lambda e: words("enums", f"event_source.{e.source.value}")),
        (gettext("出处"), lambda e: e.source_reference),
        (gettext("状态"), lambda e: words("states", f"legal_event.{e.state.value}")),
    ]
