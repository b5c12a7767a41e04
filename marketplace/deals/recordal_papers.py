"""What is handed in for an entry: data sheet, power of attorney, list of enclosures, as one pack.

The forms of the offices are not reproduced: the sheet holds what is to be carried over into them.
"""

import csv
import io
import json
import zipfile
from typing import Any

from marketplace.assets.models import MARKS, Asset
from marketplace.assets.printed import application_number
from marketplace.core import clock, settings
from marketplace.core.policy import Actor
from marketplace.core.words import say
from marketplace.deals import facts, procedures, registration
from marketplace.deals.models import Deal, Recordal
from marketplace.deals.procedures import Procedure
from marketplace.documents import papers, storage, typeset
from marketplace.documents.letterhead import site
from marketplace.documents.papers import Row, Section
from marketplace.listings import fee_standard
from marketplace.listings.terms import DealKind
from marketplace.rules.library import load

NOTE = (
    "本表是资料表，不是主管机关的正式表格：请把各栏内容转录到主管机关的表格或网上系统后提交。"
    " This is a data sheet, not the office's own form: carry its content over into that form."
)


def source_of(procedure: Procedure) -> tuple[str, str]:
    """The article behind a procedure as it stands today, in Chinese and English."""
    rule = load().by_id.get(procedure.rule)
    text = rule.text_on(clock.today()) if rule else None
    if text is not None:
        return text.article, text.article
    said = procedure.article
    return (said.zh, said.en) if said else ("合同约定", "By the contract")


def sheet(recordal: Recordal) -> papers.Form:
    """The data sheet of an entry, filled in from the registers, the parties and the contract."""
    deal, procedure = recordal.deal, procedures.by_id()[recordal.procedure]
    sections = [
        Section("办理事项 Matter", _matter(recordal, procedure)),
        *_rights([recordal.asset] if recordal.asset else deal.assets),
        *_parties(deal),
        Section("合同 Contract", _contract(deal)),
    ]
    return _form(
        recordal,
        f"{procedure.name.zh}资料表",
        f"{procedure.name.en}: data sheet",
        sections,
        [NOTE],
        signatures=True,
    )


def power(recordal: Recordal) -> papers.Form:
    """What a power of attorney for the filing has to say; the agency is filled in by hand."""
    deal, procedure = recordal.deal, procedures.by_id()[recordal.procedure]
    client = deal.seller if recordal.side == "seller" else deal.buyer
    rights = [recordal.asset] if recordal.asset else deal.assets
    rows = [
        Row("委托事项", "Matter", f"{procedure.name.zh}\n{procedure.name.en}"),
        Row("权利号码", "Numbers", "\n".join(asset.number for asset in rights)),
        Row("受托机构（手填）", "Agency (by hand)", "　"),
        Row("代理人（手填）", "Agent (by hand)", "　"),
        Row(
            "委托权限",
            "Powers",
            "代为提交申请、缴纳官费、接收通知和答复补正；不含转委托。",
        ),
    ]
    sections = [
        Section("委托人 Principal", registration.party_rows(registration.party_of(client))),
        Section("委托 Power", rows),
    ]
    return _form(
        recordal,
        "代理委托书资料",
        "Particulars of a power of attorney",
        sections,
        [NOTE],
        signatures=False,
    )


def cover(recordal: Recordal) -> papers.Form:
    """What the pack holds, who hands it in where, by when and for how much."""
    procedure = procedures.by_id()[recordal.procedure]
    rows = [
        Row(f"{position}", "", f"☐ {paper.zh}\n{paper.en}")
        for position, paper in enumerate(procedure.papers, 1)
    ]
    sections = [
        Section("办理事项 Matter", _matter(recordal, procedure)),
        Section("材料清单 Enclosures", rows),
    ]
    return _form(recordal, "登记备案材料", "Recordal pack", sections, [NOTE], signatures=False)


def pack(actor: Actor, recordal: Recordal) -> bytes:
    """The pack as a ZIP: the same bytes for the same entry on the same day."""
    deal = recordal.deal
    moment = (deal.signed_at or clock.now()).astimezone(clock.BEIJING)
    stamp = (moment.year, moment.month, moment.day, 0, 0, 0)
    contract = registration.contract_file(actor, deal)
    said = json.dumps(data(recordal), ensure_ascii=False, indent=2, sort_keys=True)
    files = {
        "00-封面-cover.pdf": typeset.print_paper(cover(recordal)),
        "01-资料表-data-sheet.pdf": typeset.print_paper(sheet(recordal)),
        **({"02-合同-contract.pdf": contract} if contract else {}),
        **_notice(deal),
        "03-委托书资料-power-of-attorney.pdf": typeset.print_paper(power(recordal)),
        "04-材料清单-enclosures.csv": _enclosures(recordal),
        "05-data.json": said.encode(),
    }
    if recordal.procedure == "technology_contract":
        form = registration.form(deal, registration.data(deal))
        files["06-技术合同认定登记申请表.pdf"] = typeset.print_paper(form)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _notice(deal: Deal) -> dict[str, bytes]:
    if deal.notice is None:
        return {}
    return {"02-通知书-notice.pdf": storage.read(deal.notice.document.sha256)}


def data(recordal: Recordal) -> dict[str, Any]:
    """What the sheet says, for machines: its sections, label by label."""
    form = sheet(recordal)
    return {
        "reference": recordal.reference,
        "deal": recordal.deal.reference,
        "procedure": recordal.procedure,
        "sections": [
            {"heading": part.heading, "rows": [[r.label, r.label_en, r.value] for r in part.rows]}
            for part in form.sections
        ],
    }


def _form(
    recordal: Recordal,
    title: str,
    title_en: str,
    sections: list[Section],
    notes: list[str],
    *,
    signatures: bool,
) -> papers.Form:
    return papers.Form(
        number=recordal.reference,
        drawn_at=recordal.deal.signed_at or clock.now(),
        site=site(),
        title=title,
        title_en=title_en,
        sections=sections,
        notes=notes,
        signatures=signatures,
        demo=settings.current().demo,
    )


def _matter(recordal: Recordal, procedure: Procedure) -> list[Row]:
    fee = procedure.fee
    said = (
        "以主管机关现行标准为准"
        if fee is None
        else f"{registration.amount_text(fee.amount) if fee.amount else '不收费'}\n"
        f"{fee.source.zh}（自 {fee.since.isoformat()}）"
    )
    effect = f"recordal_effect.{procedure.effect}"
    return [
        Row("事项", "Procedure", f"{procedure.name.zh}\n{procedure.name.en}"),
        Row("主管机关", "Office", f"{procedure.office.zh}\n{procedure.office.en}"),
        Row("效力", "Effect", f"{say('enums', effect)}\n{say('enums', effect, 'en')}"),
        Row("依据", "Source", source_of(procedure)[0]),
        Row("提交期限", "File by", recordal.due_on.isoformat() if recordal.due_on else "–"),
        Row("官费", "Office fee", said),
        Row(
            "办理方",
            "Filed by",
            f"{say('enums', f'deal_side.{recordal.side}')}　"
            f"{say('enums', f'deal_side.{recordal.side}', 'en')}",
        ),
    ]


def _rights(assets: list[Asset]) -> list[Section]:
    return [Section("权利 Right", _right(asset)) for asset in assets]


def _right(asset: Asset) -> list[Row]:
    kind = f"asset_kind.{asset.kind.value}"
    rows = [
        Row("种类", "Kind", f"{say('enums', kind)}　{say('enums', kind, 'en')}"),
        Row("名称", "Title", "\n".join(filter(None, [asset.title, asset.title_en]))),
        Row("号码", "Number", asset.number or "–"),
        Row("申请号", "Application number", application_number(asset) or "–"),
        Row("申请日", "Filed on", _day(asset.filing_date)),
        Row("授权日", "Granted on", _day(asset.grant_date)),
        Row("权利人", "Owners", "、".join(owner.name for owner in asset.owners) or "–"),
    ]
    if asset.kind in MARKS:
        classes = "、".join(one.symbol for one in asset.classes if one.scheme == "nice")
        rows.append(Row("国际分类", "Nice classes", classes or "–"))
        rows.append(Row("商品或服务", "Goods and services", asset.goods or "–"))
    return rows


def _parties(deal: Deal) -> list[Section]:
    licence = deal.terms.kind is DealKind.LICENCE
    giving = "许可方 Licensor" if licence else "转让方（变更前权利人） Assignor, owner before"
    taking = "被许可方 Licensee" if licence else "受让方（变更后权利人） Assignee, owner after"
    return [
        Section(giving, registration.party_rows(registration.party_of(deal.seller))),
        Section(taking, registration.party_rows(registration.party_of(deal.buyer))),
    ]


def _contract(deal: Deal) -> list[Row]:
    terms, signed = deal.terms, deal.signed_at
    since = _day(signed.astimezone(clock.BEIJING) if signed else None)
    rows = [
        Row("合同编号", "Number", deal.reference),
        Row("生效日期", "Taken from", since)
        if deal.by_notice
        else Row("签订日期", "Signed on", since),
        Row("价款", "Price", registration.amount_text(deal.price)),
        Row("合同文件指纹", "Hash of the contract", deal.contract.sha256 if deal.contract else "–"),
    ]
    if deal.notice is not None:
        rows += [
            Row("开放许可声明公告号", "Published statement", deal.statement),
            Row("许可使用费标准", "Fee as published", fee_standard.said(terms)),
            Row("书面通知时间", "Notice given at", papers.moment(deal.notice.created_at)["zh"]),
            Row("通知书文件指纹", "Hash of the notice", deal.notice.document.sha256),
            Row("付清日期", "Paid in full on", _day(deal.notice.paid_on)),
        ]
    if terms.kind is not DealKind.LICENCE:
        return rows
    grant = f"grant.{terms.rule_kind}"
    until = [facts.licence_end(deal, asset) for asset in deal.assets]
    places = "、".join(say("enums", f"territory.{code}") for code in terms.territory)
    return [
        *rows,
        Row("许可种类", "Kind of licence", f"{say('enums', grant)}　{say('enums', grant, 'en')}"),
        Row("许可地域", "Territory", places),
        Row("许可期限至", "Until", _day(min((day for day in until if day), default=None))),
        Row("使用领域", "Field", terms.field or "不限 any"),
        Row("可否再许可", "Sublicence", "可以 yes" if terms.sublicence else "不可以 no"),
    ]


def _enclosures(recordal: Recordal) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["序号", "材料", "Paper", "备妥"])
    for position, paper in enumerate(procedures.by_id()[recordal.procedure].papers, 1):
        writer.writerow([position, paper.zh, paper.en, ""])
    writer.writerow([])
    on_file = registration.enclosures(recordal.deal)
    return b"\xef\xbb\xbf" + text.getvalue().encode() + on_file.removeprefix(b"\xef\xbb\xbf")


def _day(day: Any) -> str:
    return day.strftime("%Y-%m-%d") if day else "–"
