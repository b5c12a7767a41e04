import re
import shutil
import subprocess
from datetime import date

import pytest

from marketplace.core.money import Money, yuan
from marketplace.documents import papers, sniff, typeset
from marketplace.listings.terms import Promise
from tests import databases
from tests.documents import papers_for_tests as a
from tests.documents.papers_for_tests import Terms

LICENCE = Terms(
    kind="licence", grant="sole", territory=("CN", "HK"), field="动力电池热管理", months=60,
    royalty_bps=350, royalty_base="net_sales", minimum_royalty=yuan(50_000), support_days=20,
)  # fmt: skip
EQUITY = Terms(kind="equity", company="广州浸没科技有限公司", equity_bps=2000)


@pytest.fixture
def read():
    """The words of a PDF, without the spaces and breaks of its layout."""
    if not shutil.which("pdftotext"):
        databases.absent("pdftotext (poppler-utils) is not on this machine")

    def read(paper):
        command = ["pdftotext", "-layout", "-", "-"]
        printed = (
            typeset.render("contract.typ", paper)
            if isinstance(paper, dict)
            else typeset.print_paper(paper)
        )
        done = subprocess.run(command, input=printed, capture_output=True, check=True)
        return re.sub(r"\s+", "", done.stdout.decode())

    return read


@pytest.mark.parametrize(
    ("terms", "title"),
    [(Terms(), "专利权转让合同"), (LICENCE, "专利实施许可合同"), (EQUITY, "专利权作价出资合同")],
    ids=["transfer", "licence", "equity"],
)
@pytest.mark.parametrize("bilingual", [False, True])
def test_every_kind_of_contract_names_parties_rights_and_law(read, terms, title, bilingual):
    words = read(a.contract(terms, bilingual=bilingual))
    for expected in (
        title, "D-00000012", "岭南理工大学", "深圳比格能源有限公司", "12440000455859390X",
        "ZL202210876543.1", "液冷方法", "2042-07-21", "民法典", "签署", "第1页",
    ):  # fmt: skip
        assert expected in words
    assert ("Agreement" in words) is bilingual
    assert ("Coolingmethod" in words) is bilingual


def test_the_price_stands_in_figures_and_capitals_and_goes_into_escrow(read):
    words = read(a.contract(commission_bps=200))
    assert "人民币486,000.00元（大写：人民币肆拾捌万陆仟元整）" in words
    assert "6200123412341234" in words
    assert "费率为价款的2%" in words


def test_a_licence_says_how_exclusive_where_how_long_and_for_what(read):
    words = read(a.contract(LICENCE, bilingual=True))
    for expected in (
        "排他实施许可", "中国大陆、香港特别行政区", "动力电池热管理", "60个月", "3.5%",
        "50,000.00", "第八百六十七条", "solelicence", "mainlandChina,HongKongSAR",
    ):  # fmt: skip
        assert expected in words


@pytest.mark.parametrize(
    ("grant", "word", "others"),
    [
        ("exclusive", "独占许可，是指", ("排他许可，是指", "普通许可，是指")),
        ("sole", "排他许可，是指", ("独占许可，是指", "普通许可，是指")),
        ("non_exclusive", "普通许可，是指", ("独占许可，是指", "排他许可，是指")),
    ],
)
def test_each_grant_is_defined(read, grant, word, others):
    words = read(a.contract(Terms(kind="licence", grant=grant)))
    assert word in words
    assert not any(other in words for other in others)


def test_sublicences_are_allowed_or_not(read):
    allowed = read(a.contract(Terms(kind="licence", grant="exclusive", sublicence=True)))
    assert "可以在本条约定的范围内再许可第三人" in allowed
    assert "第八百六十七条" not in allowed


def test_an_equity_contribution_has_a_value_and_a_share_but_no_escrow(read):
    words = read(a.contract(EQUITY))
    assert "广州浸没科技有限公司" in words
    assert "20%的股权" in words
    assert "肆拾捌万陆仟元整" in words
    assert "6200123412341234" not in words


def test_a_licence_for_a_royalty_alone_has_no_escrow(read):
    terms = Terms(kind="licence", grant="exclusive", price=Money("CNY", 0), royalty_bps=100)
    words = read(a.contract(terms))
    assert "合同产品净销售额的1%" in words
    assert "监管账户" not in words


@pytest.mark.parametrize(
    ("kind", "title", "clause"),
    [
        ("trademark", "注册商标转让合同", "相同或者近似商标"),
        ("patent_application", "专利申请权转让合同", "转让的是专利申请权"),
        ("software", "著作权转让合同", "源程序"),
        ("trade_secret", "技术秘密转让合同", "技术"),
    ],
)
def test_each_kind_of_right_has_its_title_and_clauses(read, kind, title, clause):
    words = read(a.contract(rights=[papers.Right(kind, "12345678", "标的")]))
    assert title in words
    assert clause in words


def test_a_patent_is_stated_as_the_civil_code_asks(read):
    """民法典 art. 845(3): title, patentee, filing date, application number, patent number, term."""
    right = papers.Right(
        "invention", "ZL202210876543.1", "液冷方法", owners="岭南理工大学",
        last_day=date(2042, 7, 21), application_number="CN202210876543.1",
        filed_on=date(2022, 7, 22), granted_on=date(2024, 5, 14),
    )  # fmt: skip
    words = read(a.contract(rights=[right]))
    for expected in ("申请号CN202210876543.1", "申请日2022-07-22", "2024-05-14", "2042-07-21"):
        assert expected in words


def test_a_mark_is_stated_with_its_classes_and_goods(read):
    mark = papers.Right(
        "trademark", "99000132", "蒸有味", classes=["11", "21"], goods="蒸箱；#炊具"
    )
    words = read(a.contract(rights=[mark], bilingual=True))
    for expected in ("第11、21类", "Niceclass11,21", "核定使用商品/服务", "蒸箱；#炊具"):
        assert expected in words


def test_pledges_and_standing_licences_are_listed(read):
    burdens = [
        papers.Burden("ZL1", "pledge", "广州银行", "Y2026440001", date(2026, 1, 2)),
        papers.Burden(
            "ZL1",
            "non_exclusive",
            "佛山某厂",
            "X1",
            date(2025, 1, 1),
            date(2028, 1, 1),
            ("GD",),
            "灯具",
        ),
    ]
    words = read(a.contract(burdens=burdens, bilingual=True))
    for expected in (
        "除附表二所列和已在交易平台", "Y2026440001", "质押", "佛山某厂", "广东省", "灯具", "2028-01-01",
    ):  # fmt: skip
        assert expected in words
    assert "附表二" not in read(a.contract())


def test_money_goes_under_the_reference_code_and_within_the_days_of_the_site(read):
    words = read(a.contract(payment_days=7, application_days=20, recordal_days=90, release_days=4))
    for expected in (
        "7日内", "付款通知书所载的参考码", "成就后4日内拨付", "20日内共同向登记机关", "90日内未能完成",
    ):  # fmt: skip
        assert expected in words


def test_pledgees_who_agreed_are_named(read):
    assert "质权人（广州银行）已书面同意" in read(a.contract(consents=["广州银行"]))


def test_the_promises_of_a_tender_s_winner_are_obligations_under_the_contract(read):
    made = (Promise("实施计划", "Working plan", "两年内投产"), Promise("支持", "Support", "#驻场"))
    words = read(a.contract(Terms(promises=made)))
    assert "权重报价中的下列答复是本合同约定的义务" in words
    assert "实施计划：两年内投产" in words
    assert "支持：#驻场" in words
    assert "下列答复" not in read(a.contract())


def test_what_users_write_is_text_and_nothing_else(read):
    odd = '#strong[x] *粗* _斜_ $x^2$ <b>粗</b> \\ "引" @ref // 注 {{ 7*7 }} = 一'
    words = read(a.contract(Terms(notes=odd)))
    assert re.sub(r"\s+", "", odd) in words


def test_what_the_fonts_lack_is_spelt_out_and_what_directs_is_left_out(read):
    buyer = papers.Party("𠮷野\u202e家\u0007😀有限公司")
    assert "〔U+20BB7〕野家〔U+1F600〕有限公司" in read(a.contract(buyer=buyer))


@pytest.mark.parametrize(
    "paper", [a.contract(LICENCE), a.certificate(), a.payment()], ids=lambda p: p.template
)
def test_the_same_facts_give_the_same_file(paper):
    typeset._compiler.cache_clear()
    first = typeset.print_paper(paper)
    typeset._compiler.cache_clear()
    assert typeset.print_paper(paper) == first


def test_other_facts_give_another_file():
    assert typeset.print_paper(a.contract()) != typeset.print_paper(a.contract(payment_days=11))


def test_our_own_papers_pass_our_own_inspection(tmp_path):
    path = tmp_path / "contract"
    path.write_bytes(typeset.print_paper(a.contract()))
    assert sniff.inspect(path, "合同.pdf").kind is sniff.Kind.PDF


def test_papers_are_archival_and_dated_by_their_facts():
    printed = typeset.print_paper(a.contract())
    assert b"pdfaid:part" in printed
    assert b"2026-11-22T07:04:05" in printed


def test_a_certificate_fits_on_its_page_whatever_the_deal(read):
    words = read(a.certificate(rights=[a.RIGHT] * 40, proofs=a.certificate().proofs * 4, demo=True))
    for expected in ("交易完成凭证", "7KQF-2M9X-WD4R", "另有36项", "a1a1a1a1", "演示"):
        assert expected in words
    printed = typeset.print_paper(a.certificate(rights=[a.RIGHT] * 40))
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_a_certificate_can_keep_the_price_to_itself(read):
    assert "486,000" in read(a.certificate())
    assert "486,000" not in read(a.certificate(show_price=False))


def test_a_payment_instruction_has_what_the_bank_needs(read):
    words = read(a.payment())
    for expected in (
        "486,000.00", "肆拾捌万陆仟元整", "6200123412341234", "交易资金监管专户",
        "监管银行广州分行", "D-00000012", "2026年12月6日",
    ):  # fmt: skip
        assert expected in words


def test_rates_and_moments():
    assert [papers.percent(each) for each in (200, 350, 25, 10_000)] == [
        "2%",
        "3.5%",
        "0.25%",
        "100%",
    ]
    assert papers.moment(a.AT)["en"] == "22 November 2026, 15:04:05 (UTC+8)"
