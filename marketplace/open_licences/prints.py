"""The statement and the letter that withdraws it, as they go to the office (专利法实施细则 art. 85)."""

from datetime import datetime

from marketplace.core import settings
from marketplace.core.words import say
from marketplace.deals.registration import party_of, party_rows
from marketplace.documents import papers
from marketplace.documents.letterhead import site
from marketplace.documents.papers import Row, Section
from marketplace.listings import fee_standard
from marketplace.open_licences.models import OpenStatement

NOTES = (
    "本件由专利权人提交国务院专利行政部门；各栏内容请转录到其规定的表格或网上系统。声明自公告之日起生效。",
    (
        "This goes to the national patent office: carry its content over into the office's own form. The "
        "statement takes effect when it is published."
    ),
    "就实用新型、外观设计专利提出声明的，另附专利权评价报告；专利权共有的，附全体共有人同意的书面声明；专利权已质押的，附质权人同意的书面声明。",
    (
        "With a utility model or design the evaluation report is enclosed; with a patent of several "
        "owners the consent of all; with a pledged one that of the pledgee."
    ),
)
WITHDRAWAL = (
    "撤回自公告之日起生效，不影响在先给予的开放许可的效力（专利法第五十条第二款）。",
    (
        "The withdrawal takes effect when it is published; licences given before remain in force "
        "(Patent Law, Art. 50 para. 2)."
    ),
)


def statement(found: OpenStatement, *, drawn_at: datetime) -> papers.Form:
    """What the law wants a statement to say: patent, owner, fee and payment, term, the rest."""
    terms = found.terms
    whole = "至专利权期限届满之日 to the end of the patent"
    months = f"自许可生效之日起 {terms.months} 个月　{terms.months} months from the taking"
    fee = [
        Row("许可使用费标准", "Fee", _both(found)),
        Row("支付方式", "Way of payment", found.payment_way or "–"),
        Row("计算依据和方式的简要说明", "How it was worked out", found.fee_basis or "–"),
        Row("许可期限", "Term", months if terms.months else whole),
        Row("其他需要明确的事项", "Other points", found.other or "–"),
    ]
    contact = [
        Row("联系人", "Contact", found.contact_name or "–"),
        Row("电话", "Telephone", found.contact_phone or "–"),
        Row("邮箱", "E-mail", found.contact_email or "–"),
        Row("通信地址", "Address", found.contact_address or "–"),
    ]
    return _form(
        found,
        "专利开放许可声明",
        "Open-Licence Statement",
        [
            Section("专利 Patent", _patent(found)),
            Section("专利权人 Patentee", party_rows(party_of(found.owner))),
            Section("许可条件 Licence", fee),
            Section("联系方式 Contact", contact),
        ],
        NOTES,
        drawn_at,
    )


def withdrawal(found: OpenStatement, *, drawn_at: datetime) -> papers.Form:
    """The letter to the office that withdraws a published statement."""
    rows = [
        Row("声明公告号", "Published as", found.number),
        Row("撤回理由", "Reason", found.because or "–"),
    ]
    return _form(
        found,
        "撤回专利开放许可声明",
        "Withdrawal of an Open-Licence Statement",
        [
            Section("专利 Patent", _patent(found)),
            Section("专利权人 Patentee", party_rows(party_of(found.owner))),
            Section("撤回 Withdrawal", rows),
        ],
        WITHDRAWAL,
        drawn_at,
    )


def _patent(found: OpenStatement) -> list[Row]:
    asset = found.asset
    kind = f"asset_kind.{asset.kind.value}"
    return [
        Row("专利号", "Patent number", asset.number),
        Row("名称", "Title", "\n".join(filter(None, [asset.title, asset.title_en]))),
        Row("种类", "Kind", f"{say('enums', kind)}　{say('enums', kind, 'en')}"),
        Row("专利权人", "Owners", "、".join(owner.name for owner in asset.owners) or "–"),
        Row("授权日", "Granted on", asset.grant_date.isoformat() if asset.grant_date else "–"),
        Row("保护期至", "Last day", asset.last_day.isoformat() if asset.last_day else "–"),
    ]


def _both(found: OpenStatement) -> str:
    return f"{fee_standard.said(found.terms)}\n{fee_standard.said(found.terms, 'en')}"


def _form(
    found: OpenStatement,
    title: str,
    title_en: str,
    sections: list[Section],
    notes: tuple[str, ...],
    drawn_at: datetime,
) -> papers.Form:
    return papers.Form(
        number=found.reference,
        drawn_at=drawn_at,
        site=site(),
        title=title,
        title_en=title_en,
        sections=sections,
        notes=notes,
        signatures=True,
        demo=settings.current().demo,
    )
