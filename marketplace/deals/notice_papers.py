"""The papers of an open licence: the notice to the patentee, the confirmation that it stands."""

from datetime import datetime

from marketplace.assets.printed import party, right
from marketplace.core import clock, settings
from marketplace.core.policy import Actor
from marketplace.deals import facts
from marketplace.deals.models import Deal, LicenceNotice
from marketplace.deals.registration import party_of, party_rows
from marketplace.documents import papers
from marketplace.documents.agreements import OpenLicence
from marketplace.documents.letterhead import site
from marketplace.documents.papers import Row, Section
from marketplace.listings import fee_standard

ARTICLES = (
    "专利法第五十一条第一款；专利法实施细则第八十七条",
    "Patent Law, Art. 51 para. 1; Implementing Regulations, Art. 87",
)
NOTES = (
    "被许可人以本通知书面告知专利权人，按照公告的许可使用费支付方式、标准取得专利实施许可。",
    (
        "By this paper the licensee notifies the patentee in writing that it takes the licence on the "
        "terms of payment as published."
    ),
    "许可使用费付清之日许可生效；公告的费用没有首期付款的，本通知发出之日生效。",
    (
        "The licence stands from the day on which the fee is paid; where nothing is to be paid at the "
        "beginning, from the day of this notice."
    ),
)


def notice(deal: Deal, by: Actor, signer: str, *, given_at: datetime) -> papers.Form:
    """What the patentee is sent: who takes which licence, under which statement, for what fee."""
    taken = [
        Row("开放许可声明公告号", "Published statements", deal.statement),
        Row("专利号", "Patents", "\n".join(f"{a.number}　{a.title}" for a in deal.assets)),
        Row("许可使用费（公告标准）", "Fee as published", _fee(deal)),
        Row("依据", "Articles", "\n".join(ARTICLES)),
        Row("通知时间", "Given at", papers.moment(given_at)["zh"]),
        Row("通知人", "Given by", signer),
    ]
    if by.under is not None:
        taken.append(Row("委托合同", "Under the mandate", by.under.reference))
    return papers.Form(
        number=deal.reference,
        drawn_at=given_at,
        site=site(),
        title="取得专利开放许可通知书",
        title_en="Notice: Taking an Open Licence of a Patent",
        sections=[
            Section("取得的许可 Licence taken", taken),
            Section("专利权人 Patentee", party_rows(party_of(deal.seller))),
            Section("被许可人 Licensee", party_rows(party_of(deal.buyer))),
        ],
        notes=NOTES,
        demo=settings.current().demo,
    )


def confirmation(deal: Deal, given: LicenceNotice, *, drawn_at: datetime) -> OpenLicence:
    """That the licence stands: since when, by which notice, for which payment."""
    starts = (deal.signed_at or drawn_at).astimezone(clock.BEIJING).date()
    ends = [facts.licence_end(deal, asset) for asset in deal.assets]
    return OpenLicence(
        number=deal.reference,
        drawn_at=drawn_at,
        site=site(),
        first=party(deal.seller),
        second=party(deal.buyer),
        rights=[right(asset) for asset in deal.assets],
        declaration_number=deal.statement,
        fee_standard=fee_standard.said(deal.terms),
        fee_standard_en=fee_standard.said(deal.terms, "en"),
        starts_on=starts,
        ends_on=min((day for day in ends if day), default=None),
        noticed_at=given.created_at,
        notice_sha256=given.document.sha256,
        paid_on=given.paid_on,
        paid=deal.price if deal.goes_through_escrow else None,
        demo=settings.current().demo,
    )


def _fee(deal: Deal) -> str:
    return f"{fee_standard.said(deal.terms)}\n{fee_standard.said(deal.terms, 'en')}"
