"""The papers of compliance as the printer wants them: a notice, an opinion."""

from collections.abc import Mapping
from typing import Any

from marketplace.compliance.models import Filing, Notice
from marketplace.core import clock, settings
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.documents import amounts, papers
from marketplace.documents.letterhead import site


def both(code: str) -> str:
    """The words of a code, Chinese and English."""
    return f"{say('enums', code, 'zh_Hans')}　{say('enums', code, 'en')}"


def amount(value: Mapping[str, Any] | None) -> str:
    """An amount of a frozen content, in figures and capitals."""
    if not value or not value["minor"]:
        return "–"
    money = Money(value["currency"], value["minor"])
    return f"{money.currency} {amounts.figures(money)}\n{amounts.capitals(money)}"


def notice(found: Notice) -> papers.Form:
    """A published notice, as it was frozen."""
    said = found.content
    unit = "日 days" if said["period_unit"] == "calendar" else "个工作日 working days"
    rows = [
        papers.Row("公示单位", "Published by", said["publisher"]),
        papers.Row("标的", "Subject", _both(said["title"], said["title_en"])),
        papers.Row("交易方式", "Kind of deal", both(f"deal_mode.{said['mode']}")),
        papers.Row("定价方式", "How the price was formed", both(f"price_formed.{said['formed']}")),
        papers.Row(
            "价格" if found.kind != "state_sale" else "转让底价", "Price", amount(said["price"])
        ),
    ]
    if said.get("valuation"):
        rows.append(papers.Row("评估值", "Valuation", amount(said["valuation"])))
    period = [
        papers.Row("公示期", "Period", f"{said['period_days']} {unit}"),
        papers.Row("自", "From", said["starts_on"]),
        papers.Row("至（含当日）", "To, inclusive", said["ends_on"]),
    ]
    if said["posted_inside"]:
        period.append(papers.Row("本单位内公示地点", "Posted inside at", said["posted_inside"]))
    if said["corrects"]:
        period.append(papers.Row("更正", "Corrects", f"{said['corrects']}：{said['correction']}"))
    return papers.Form(
        number=found.reference,
        drawn_at=found.published_at or clock.now(),
        site=site(),
        title=say("enums", f"notice_kind.{found.kind.value}"),
        title_en=say("enums", f"notice_kind.{found.kind.value}", "en"),
        sections=[
            papers.Section("公示内容 Content", rows),
            papers.Section("权利 Rights", [_right(one) for one in said["rights"]]),
            papers.Section("期限与异议 Period and objections", period),
        ],
        notes=[
            "任何人可在公示期内提出异议：在公示页面填写，附材料；异议人身份不公开。异议处理完毕前，交易不得签约。",
            f"核验地址：{settings.current().site_url}/notices/{found.reference}",
        ],
        sha256=found.sha256,
        demo=settings.current().demo,
    )


def opinion(found: Filing) -> papers.Form:
    """What the authority said of a filing."""
    rows = [
        papers.Row("申报单位", "Filed by", found.organisation.name),
        papers.Row("事项", "Matter", both(f"filing_kind.{found.kind.value}")),
        papers.Row("标的", "Subject", found.title),
        papers.Row("出具机关", "Issued by", found.issuer),
        papers.Row("文号", "Number", found.number),
        papers.Row("意见", "Opinion", both(f"filing_opinion.{found.opinion}")),
        papers.Row("理由", "Reasons", found.opinion_text),
    ]
    if found.conditions:
        rows.append(papers.Row("条件", "Conditions", found.conditions))
    return papers.Form(
        number=found.reference,
        drawn_at=found.concluded_at or clock.now(),
        site=site(),
        title="主管部门意见",
        title_en="Opinion of the authority",
        sections=[papers.Section("", rows)],
        notes=["本意见不涉及交易价格；价格由当事人依法确定。"],
        sha256=found.sha256,
        demo=settings.current().demo,
    )


def _right(one: Mapping[str, Any]) -> papers.Row:
    value = _both(one["title"], one["title_en"])
    owners = "、".join(one["owners"])
    return papers.Row(
        say("enums", f"asset_kind.{one['kind']}"),
        say("enums", f"asset_kind.{one['kind']}", "en"),
        "\n".join(filter(None, [value, one["number"], owners])),
    )


def _both(zh: str, en: str) -> str:
    return f"{zh}\n{en}" if en and en != zh else zh
