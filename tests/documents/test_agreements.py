"""Agreements beside the contract, and the clauses that the law wants in one."""

import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from marketplace.core.money import yuan
from marketplace.documents import agreements, clauses, papers, typeset
from marketplace.documents.signing import pades
from tests.documents import papers_for_tests as a

PATENT = papers.Right(
    "invention",
    "ZL202210876543.1",
    "液冷方法",
    owners="岭南理工大学",
    filed_on=date(2022, 7, 22),
    last_day=date(2042, 7, 21),
)
COMMON = {
    "number": "X-2026-1",
    "drawn_at": a.AT,
    "site": a.SITE,
    "first": a.SELLER,
    "second": a.BUYER,
}


def _all():
    return [
        agreements.Secrecy(**COMMON, subject="液冷方法", purpose="评估", penalty=yuan(100_000)),
        agreements.Mandate(
            **COMMON,
            side="sell",
            exclusive=True,
            scope=papers.Said("附表所列权利", "the rights in the Schedule"),
            acts=[papers.Said("挂牌", "list"), papers.Said("议价", "negotiate")],
            rights=[PATENT],
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            tiers=[agreements.FeeTier(300, yuan(1_000_000)), agreements.FeeTier(200)],
            minimum=yuan(5_000),
            vat_bps=600,
            payer=papers.Said("卖方", "the seller"),
            limit=yuan(240_000),
        ),
        agreements.PledgeConsent(
            **COMMON, act="transfer", counterparty="某公司", rights=[PATENT], register_number="Y1"
        ),
    ]


@pytest.mark.parametrize("paper", _all(), ids=lambda paper: type(paper).__name__)
def test_every_agreement_is_printed_with_a_box_for_each_party(paper):
    pdf = typeset.print_paper(paper)
    assert typeset.print_paper(paper) == pdf
    boxes = [pades.box_of(pdf, place) for place in paper.places]
    assert boxes[0].corners[2] <= boxes[1].corners[0]
    assert not {box.corners for box in boxes} & set(pades.FOOT.values())


@pytest.mark.parametrize("paid", [yuan(10_000), None])
def test_an_open_licence_has_no_box_to_sign_in(paid):
    paper = agreements.OpenLicence(
        **COMMON,
        rights=[PATENT],
        declaration_number="K1",
        fee_standard="每年一万元",
        fee_standard_en="CNY 10,000 a year",
        starts_on=date(2026, 1, 1),
        noticed_at=datetime(2026, 1, 1, 8, tzinfo=UTC),
        notice_sha256="ab" * 32,
        paid=paid,
        paid_on=date(2026, 1, 1) if paid else None,
    )
    pdf = typeset.print_paper(paper)
    assert typeset.print_paper(paper) == pdf
    assert {pades.box_of(pdf, place).corners for place in paper.places} <= set(pades.FOOT.values())


def _terms(**over):
    return a.contract(rights=[PATENT], terms=a.Terms(**over)).data()


def test_a_contract_with_everything_lacks_nothing():
    licence = {"kind": "licence", "grant": "exclusive", "royalty_bps": 300}
    assert clauses.missing(_terms()) == []
    assert clauses.missing(_terms(**licence, royalty_base="net_sales")) == []
    assert clauses.missing(_terms(kind="equity", equity_bps=1000)) == []


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"kind": "licence", "grant": None}, "grant"),
        ({"kind": "licence", "grant": "sole", "territory": ()}, "territory"),
        ({"royalty_bps": 300}, "royalty_base"),
        ({"kind": "equity", "price": None}, "contribution"),
    ],
)
def test_what_is_missing_is_named_with_its_article(terms, code):
    lacking = {clause.code: clause.article for clause in clauses.missing(_terms(**terms))}
    assert code in lacking
    assert all("法" in article or "民法典" in article for article in lacking.values())


def test_a_licence_of_a_patent_that_has_ended_lacks_its_term():
    ended = papers.Right(**{**vars(PATENT), "last_day": date(2026, 1, 1)})
    data = a.contract(rights=[ended], terms=a.Terms(kind="licence", grant="sole")).data()
    assert [clause.code for clause in clauses.missing(data)] == ["in_force"]


@given(st.sampled_from(["owners", "filed_on", "number", "last_day", "title"]))
def test_a_patent_without_one_of_its_facts_is_not_drawn_up(name):
    data = _terms()
    data["rights"][0][name] = None
    assert "patent_facts" in {clause.code for clause in clauses.missing(data)}


def test_a_contract_about_ten_pages_long_is_one_file():
    rights = [papers.Right(**{**vars(PATENT), "title": f"液冷方法（{n}）"}) for n in range(90)]
    pdf = typeset.print_paper(a.contract(rights=rights, bilingual=True))
    assert int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"]) >= 10


def test_of_a_foreign_patent_the_day_of_filing_may_stay_open():
    foreign = {"jurisdiction": "US", "filed_on": None, "last_day": None}
    data = a.contract(rights=[papers.Right(**{**vars(PATENT), **foreign})]).data()
    assert "patent_facts" not in {clause.code for clause in clauses.missing(data)}
