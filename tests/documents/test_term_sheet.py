"""The finer points of the terms stand in the contract, and what is not said stays standard."""

from datetime import date
from functools import cache

import pytest

from marketplace.core.money import yuan
from marketplace.documents import papers, typeset
from marketplace.listings.termsheet import (
    CapPer,
    Forum,
    Improvements,
    Language,
    Lapse,
    Milestone,
    Tier,
    Warranty,
)
from tests.documents import papers_for_tests as a
from tests.documents.papers_for_tests import Terms
from tests.documents.reading import read

ROYALTY = {"royalty_bps": 350, "royalty_base": "net_sales"}


def licence(**finer):
    return Terms(kind="licence", grant="sole", **ROYALTY, finer=finer)


@cache
def standard():
    return read(a.contract(licence()))


@pytest.mark.parametrize(
    ("finer", "zh", "en"),
    [
        (
            {"tiers": (Tier(yuan(10_000_000), 250),)},
            "超过人民币10,000,000.00元",
            "2.5%ofthepartoftheyearlybaseabove",
        ),
        ({"cap": yuan(900_000), "cap_per": CapPer.YEAR}, "每一合同年度以人民币900,000", "foreachcontractyear"),
        (
            {"milestones": (Milestone("首件下线", yuan(30_000), date(2028, 1, 31)),)},
            "最迟于2028年1月31日", "by31January2028",
        ),
        ({"audit_times": 2}, "每年不超过2次", "Upto2timesayear"),
        ({"free_months": 6, "free_then_days": 45}, "先使用后付费", "Usefirst,paylater"),
        ({"late_interest_bps": 3}, "按未付款项的万分之三", "0.03percentoftheamountdue"),
        ({"sublicence_never": True}, "不得许可任何第三人", "anythirdpartytousetheRights."),
        ({"non_use_months": 12}, "连续12个月未实施", "12consecutivemonths"),
        (
            {"improvements": Improvements.GRANT_BACK, "improvement_terms": "按年另付"},
            "下列对价：按年另付", "followingconsideration",
        ),
        ({"improvements": Improvements.SHARED}, "双方均可使用", "maybeusedbyboth"),
        ({"documents": "图纸三册"}, "图纸三册", "Thematerialsare"),
        ({"place": "广州现场"}, "广州现场", "Placeandmanner"),
        ({"acceptance": "良率九成"}, "良率九成", "Standardandmethodofacceptance"),
        ({"inspection_days": 21}, "收到资料之日起21日内验收", "within21daysofreceipt"),
        ({"warranties": tuple(Warranty)}, "甲方特别保证：标的权利在签署之日有效", "speciallywarrants"),
        ({"confidentiality_years": 5}, "合同终止后5年", "5yearsafteritends"),
        ({"lapse": Lapse.PROPORTION}, "尚未履行的期间占许可期限", "inproportiontothepart"),
        ({"lapse": Lapse.TERMINATE}, "尚未到期的款项不再支付", "PartyBmayterminate;sumsnotyetdue"),
        ({"forum": Forum.SCIA}, "提交深圳国际仲裁院", "ShenzhenCourtofInternationalArbitration"),
        ({"forum": Forum.SELLER}, "向甲方住所地", "domicileofPartyA"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_was_agreed_is_printed_in_both_languages(finer, zh, en):
    assert zh in read(a.contract(licence(**finer)))
    assert zh not in standard()
    assert en in read(a.contract(licence(**finer), bilingual=True))


def test_of_two_languages_one_or_both_prevail():
    words = read(a.contract(licence(language=Language.EQUAL), bilingual=True))
    assert "两种文本具有同等" in words  # the number of the clause may stand within the sentence
    assert "以中文为准" not in words


def test_arbitration_leaves_no_court():
    words = read(a.contract(licence(forum=Forum.GZAC)))
    assert "人民法院起诉" not in words
    assert "裁决是终局的" in words


def test_after_free_use_the_time_to_pay_runs_from_its_end():
    words = read(a.contract(licence(free_months=6)))
    assert "自免费使用期满之日起30日内" in words


def test_nothing_said_is_nothing_but_the_standard():
    assert papers.terms(Terms())["finer"] == {
        **dict.fromkeys(papers.FINER), "warranties": [], "cap": None, "tiers": [], "milestones": [],
        "guarantee": "", "first_share": "100%", "instalments": [],
    }  # fmt: skip
    assert typeset.print_paper(a.contract(Terms()))
