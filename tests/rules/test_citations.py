"""Citations of Chinese law in English."""

import re

import pytest

from marketplace.rules import citations, library

HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("民法典第444条第2款末句", "Civil Code art. 444(2), last sentence"),
        ("民法典第440条第5项、第7项", "Civil Code art. 440 item 5, item 7"),
        ("公司法（2023修订）第48条第2款", "Company Law (rev. 2023) art. 48(2)"),
        ("专利法实施细则（2010）第14条", "Implementing Rules of the Patent Law (2010) art. 14"),
        ("财企〔2006〕109号第一条（四）（五）", "MOF, [2006] No. 109 art. 1(4)(5)"),
        (
            "《广东省知识产权战略纲要》第18条（情形三）",
            "Guangdong IP Strategy Outline art. 18 (case 3)",
        ),
        ("专利审查指南第五部分第十一章3.1", "Patent Examination Guidelines part 5 ch. 11 3.1"),
    ],
)
def test_a_citation_is_read_in_english(chinese, english):
    assert citations.english(chinese) == english


def test_every_citation_of_the_catalogue_is_known():
    rules = library.load().rules
    left = {
        text.article
        for rule in rules
        for text in rule.texts
        if HAN.search(citations.english(text.article))
    }

    assert left == set()
