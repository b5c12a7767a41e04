"""The pack with which a technology contract is registered (技术合同认定登记): form, contract, data."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from marketplace.assets.printed import application_number
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock, events, settings
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.core.words import say
from marketplace.deals import facts, taxes
from marketplace.deals.models import Deal
from marketplace.documents import amounts, papers, storage, typeset
from marketplace.documents import queries as documents
from marketplace.documents.letterhead import site
from marketplace.documents.papers import TECHNICAL, Row, Section
from marketplace.listings.terms import DealKind
from marketplace.organisations.models import Organisation
from marketplace.rules import engine
from marketplace.rules.facts import Facts

RECOGNISED = "tech_contract_registration"
CONTRACT_KINDS = {  # by 民法典 part 3 chapter 20
    DealKind.TRANSFER: "技术转让合同",
    DealKind.LICENCE: "技术许可合同",
    DealKind.EQUITY: "技术转让合同（作价入股）",
}


@dataclass(frozen=True)
class Taxes:
    """Stamp duty and hints of a deal."""

    stamp: taxes.StampDuty | None
    hints: list[taxes.Hint]


def is_technical(deal: Deal) -> bool:
    """Whether its contract is one about technology."""
    return any(asset.kind.value in TECHNICAL for asset in deal.assets)


def taxes_of(deal: Deal) -> Taxes:
    """What the rules say of duty and reliefs; of a bundle, what bears on any of its rights."""
    today = clock.today()
    now: dict[str, engine.Finding] = {}
    then: dict[str, engine.Finding] = {}
    for _, sheet in facts.sheets(deal):
        known = Facts.of(sheet)
        for found, judged in (
            (now, engine.judge(known, today)),
            (then, engine.judge(known.having(RECOGNISED), today)),
        ):
            for finding in judged.findings:
                found.setdefault(finding.rule, finding)
    return Taxes(
        taxes.stamp_duty(deal.price, now.values()),
        taxes.hints(deal.price, now.values(), then.values()),
    )


def pack(actor: Actor, deal: Deal) -> bytes:
    """The pack as a ZIP: the same bytes for the same deal on the same day."""
    said = data(deal)
    moment = (deal.signed_at or clock.now()).astimezone(clock.BEIJING)
    stamp = (moment.year, moment.month, moment.day, 0, 0, 0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)

        put("01-技术合同认定登记申请表.pdf", typeset.print_paper(form(deal, said)))
        contract = contract_file(actor, deal)
        if contract is not None:
            put("02-技术合同.pdf", contract)
        put("03-材料清单.csv", enclosures(deal))
        text = json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True)
        put("04-data.json", text.encode())
    return out.getvalue()


def data(deal: Deal) -> dict[str, Any]:
    """What the form says, for machines."""
    found = taxes_of(deal)
    return {
        "reference": deal.reference,
        "draft": deal.signed_at is None,
        "contract_kind": CONTRACT_KINDS[deal.terms.kind],
        "title": deal.listing.title,
        "signed_on": deal.signed_at and deal.signed_at.astimezone(clock.BEIJING).date().isoformat(),
        "contract_sha256": deal.contract.sha256 if deal.contract else None,
        "seller": party_of(deal.seller),
        "buyer": party_of(deal.buyer),
        "price": events.plain(deal.price),
        "rights": [
            {
                "kind": asset.kind.value,
                "number": asset.number,
                "application_number": application_number(asset),
                "title": asset.title,
                "owners": [owner.name for owner in asset.owners],
            }
            for asset in deal.assets
        ],
        "stamp_duty": found.stamp
        and {
            "rule": found.stamp.rule,
            "basis_points": found.stamp.basis_points,
            "base": events.plain(found.stamp.base),
            "each_party": events.plain(found.stamp.each),
            "rounding": "half up to the fen",
            "certainty": found.stamp.finding.certainty.value,
        },
        "tax_hints": [
            {
                "rule": hint.finding.rule,
                "article": hint.finding.article,
                "certainty": hint.finding.certainty.value,
                "only_after_recognition": hint.after_recognition,
                "lacks_facts": list(hint.finding.missing),
                "amount": events.plain(hint.amount),
                "halved": events.plain(hint.halved),
            }
            for hint in found.hints
        ],
        "catalogue_note": "待核实 means: the article was not read in full",
    }


def form(deal: Deal, said: dict[str, Any]) -> papers.Form:
    """The application, filled in as far as the registers know."""
    found = taxes_of(deal)
    draft = "（草稿，签署后生成正式件）" if said["draft"] else ""
    rights = [
        Row(
            say("enums", f"asset_kind.{asset.kind.value}"),
            say("enums", f"asset_kind.{asset.kind.value}", "en"),
            f"{asset.title}\n{asset.number}",
        )
        for asset in deal.assets
    ]
    return papers.Form(
        number=deal.reference,
        drawn_at=deal.signed_at or clock.now(),
        site=site(),
        title="技术合同认定登记申请表",
        title_en="Application for recognition of a technology contract",
        sections=[
            Section(
                f"合同{draft}",
                [
                    Row("项目名称", "Project", deal.listing.title),
                    Row("合同类别", "Kind of contract", said["contract_kind"]),
                    Row("签订日期", "Signed on", said["signed_on"] or "–"),
                    Row("成交金额", "Price", amount_text(deal.price)),
                    Row("其中技术交易额", "Of it for technology", amount_text(deal.price)),
                    Row("合同文件指纹", "Hash of the contract", said["contract_sha256"] or "–"),
                ],
            ),
            Section("卖方（申请人） Seller", party_rows(said["seller"])),
            Section("买方 Buyer", party_rows(said["buyer"])),
            Section("技术与权利 Rights", rights),
            Section("印花税与税收提示 Stamp duty and reliefs", _tax_rows(found)),
        ],
        notes=[
            "由卖方在合同成立后向所在地技术合同登记机构申请；一份合同只能登记一次。",
            "税收提示只列规则库所载内容；标“待核实”的未读到原文，以主管机关解释为准。",
        ],
        signatures=True,
        demo=settings.current().demo,
    )


def _tax_rows(found: Taxes) -> list[Row]:
    rows = []
    if found.stamp:
        rows.append(
            Row(
                "印花税（每方各自的一份）",
                "Stamp duty, each party on its own copy",
                f"{amount_text(found.stamp.each)}\n价款 × 0.0{found.stamp.basis_points}%，四舍五入到分；"
                f"{found.stamp.finding.article}{_sure(found.stamp.finding)}",
            )
        )
    for hint in found.hints:
        parts = [f"{hint.finding.article}{_sure(hint.finding)}"]
        if hint.is_open:
            parts.insert(0, "是否适用尚待补充事实")
        if hint.after_recognition:
            parts.insert(0, "认定登记后适用")
        if hint.finding.rule == "tax-vat-six-percent" and hint.amount:
            parts.insert(0, f"{amount_text(hint.amount)}（价款不含税时）")
        if hint.finding.rule == taxes.INCOME_RULE and hint.amount and hint.halved is not None:
            parts.insert(
                0,
                f"全年技术转让所得 500 万元以内免征；本笔至多 {_plain(hint.amount)} 免征、"
                f"{_plain(hint.halved)} 减半（以价款计，所得另算成本）",
            )
        rows.append(Row(hint.finding.title.zh, hint.finding.title.en, "\n".join(parts)))
    return rows or [Row("税费", "Taxes", "规则库没有列明")]


def _sure(finding: engine.Finding) -> str:
    return "" if finding.confirmed else "（待核实）"


def _plain(money: Money) -> str:
    return f"{money.currency} {amounts.figures(money)}"


def amount_text(money: Money) -> str:
    """In figures and capitals; a dash for nothing."""
    if not money:
        return "–"
    return f"{_plain(money)}　{amounts.capitals(money)}"


def party_of(organisation: Organisation) -> dict[str, str]:
    """A party as its papers name it."""
    return {
        "name": organisation.name,
        "number": organisation.uscc or organisation.foreign_registration,
        "kind": say("enums", f"organisation_kind.{organisation.kind.value}"),
        "region": say("enums", f"region.{organisation.region.value}"),
        "address": organisation.address or f"{organisation.province}{organisation.city}",
        "representative": organisation.representative,
    }


def party_rows(party: dict[str, str]) -> list[Row]:
    """The lines of a form about a party."""
    labels = {
        "name": ("名称", "Name"),
        "number": ("统一社会信用代码或注册号", "Number"),
        "kind": ("机构类型", "Kind"),
        "region": ("所在地区", "Region"),
        "address": ("地址", "Address"),
        "representative": ("法定代表人", "Representative"),
    }
    return [Row(*labels[name], value or "–") for name, value in party.items()]


def enclosures(deal: Deal) -> bytes:
    """The papers on file with their hashes, as a table for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["材料", "出具单位", "出具日期", "编号", "状态", "SHA-256"])
    for one in deal.evidence:
        if one.state is not EvidenceState.WITHDRAWN:
            writer.writerow(
                [
                    say("enums", f"evidence.{one.name}"),
                    one.issuer,
                    one.issued_on.isoformat(),
                    one.number,
                    say("states", f"evidence.{one.state.value}"),
                    one.document.sha256,
                ]
            )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def contract_file(actor: Actor, deal: Deal) -> bytes | None:
    """The executed copy; before the signatures the draft."""
    executed = documents.of(actor, deal, purpose="contract_executed")
    found = executed[0] if executed else deal.contract
    if found is None:
        return None
    with storage.open_file(found.sha256) as file:
        return bytes(file.read())
