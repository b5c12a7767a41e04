"""What a reader asks and gets."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.search import executor, synonyms
from marketplace.search.analysis import parse
from marketplace.search.document import FACETS, SearchDocument, freshness, term_band
from marketplace.search.index import SearchIndex
from marketplace.search.queries import Query, search, suggest
from tests.search.examples import TODAY, ask, document, found, ids, many


def test_every_word_is_required(indexed):
    index = indexed("动力电池热管理系统", "动力电池回收装置", "热管理芯片")
    assert found(index, "动力电池 热管理") == [1]


def test_a_traditional_query_finds_simplified_text_and_the_other_way(indexed):
    index = indexed("动力电池热管理系统", "腦機接口輪椅")
    assert found(index, "動力電池熱管理") == [1]
    assert found(index, "脑机接口 轮椅") == [2]


def test_full_width_finds_half_width(indexed):
    index = indexed("基于SSMVEP的轮椅", "别的东西")
    assert found(index, "ＳＳＭＶＥＰ") == [1]


def test_english_finds_english_whatever_the_number(indexed):
    index = indexed(
        document(1, "电池", title_en="Battery cooling plates", abstract_en="A plate for cells"),
        document(2, "轮椅", title_en="Wheelchairs"),
    )
    assert found(index, "batteries plate") == [1]
    assert found(index, "wheelchair") == [2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("battrey", "battery"), ("baterry", "battery"), ("wheelchare", "wheelchair")],
)
def test_a_slip_of_the_keyboard_is_forgiven_and_said(indexed, typed, meant):
    index = indexed(document(1, "甲", title_en="Battery wheelchairs"), document(2, "乙"))
    results = ask(index, typed)
    assert [hit.id for hit in results.hits] == [1]
    assert results.corrected == {typed: meant}


def test_a_known_word_is_never_corrected(indexed):
    index = indexed(document(1, title_en="cells"), document(2, title_en="bells"))
    assert found(index, "bell") == [2]


def test_a_short_word_is_not_guessed_at(indexed):
    index = indexed(document(1, title_en="car"))
    assert ask(index, "cat").total == 0


def test_a_word_inside_other_words_is_found_by_its_characters(indexed):
    index = indexed("一种锂电池", "一种钠电池")
    assert found(index, "锂") == [1]


def test_a_name_that_no_dictionary_knows_is_found(indexed):
    index = indexed(
        document(1, "传感", owners=("深圳睿瀚医疗科技有限公司",)), "睿智家居", "瀚海科技"
    )
    assert found(index, "睿瀚") == [1]


def test_where_nothing_has_all_words_the_most_are_the_answer_and_it_is_said(indexed):
    index = indexed("动力电池热管理系统", "电池回收", "轮椅")
    results = ask(index, "电池 热管理 量子纠缠")
    assert [hit.id for hit in results.hits][:1] == [1]
    assert results.relaxed
    assert 3 not in [hit.id for hit in results.hits]


def test_an_answer_with_all_words_is_not_called_relaxed(indexed):
    assert not ask(indexed("动力电池"), "电池").relaxed


def test_a_quoted_phrase_must_stand_together(indexed):
    index = indexed(
        document(1, "甲", abstract_en="fast charging of cells"),
        document(2, "乙", abstract_en="charging that is fast"),
        document(3, "动力电池的管理"),
        document(4, "电池管理与动力"),
    )
    assert found(index, '"fast charging"') == [1]
    assert found(index, "“电池管理”") == [4]


def test_a_quotation_may_begin_within_a_word(indexed):
    index = indexed(document(1, "甲", abstract="用于动力电池热管理系统的装置"), "力学 电池")
    results = ask(index, "“力电池热管理系”")
    assert ([hit.id for hit in results.hits], results.relaxed) == ([1], False)


def test_a_title_typed_whole_comes_first(indexed):
    index = indexed(
        document(1, "电池电池电池", abstract="电池 电池 电池 管理 系统 一种"),
        document(2, "一种电池管理系统及其方法", abstract="电池管理系统" * 20),
        document(3, "一种电池管理系统"),
    )
    assert found(index, "一种电池管理系统")[0] == 3
    assert found(index, "一種電池管理系統。")[0] == 3


def test_an_exact_mark_comes_before_longer_ones(indexed):
    index = indexed("企查查网络", "企查查企查查企查查", "企查查")
    assert found(index, "企查查")[0] == 3


def test_the_owner_and_the_reference_find_a_listing(indexed):
    index = indexed(document(1, "甲", owners=("燕山大学",)), document(2, "乙"))
    assert found(index, "燕山大学") == [1]
    assert found(index, "L-00002") == [2]


def test_no_text_is_everything_newest_first(indexed):
    documents = many(30)
    newest = sorted(documents, key=lambda one: -one.published_at.timestamp())
    assert found(indexed(*documents)) == [one.id for one in newest]


@pytest.mark.parametrize(
    "text", ["???", "，。！？", "\x00\x01\x02", "\ud800", "“”", "''''", "-- ;", "\u200b"]
)
def test_signs_without_words_find_nothing(indexed, text):
    assert ask(indexed("电池"), text).total == 0


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000,
        "电池" * 5_000,
        "电 " * 5_000,
        "“" * 10_000,
        "1 " * 5_000,
        "\x00" * 10_000,
        "".join(chr(0x4E00 + i) for i in range(10_000)),
        "cn 1," * 2_000,
        "zlcn." * 2_000,
    ],
)
def test_ten_thousand_characters_are_answered_at_once(indexed, text):
    index = indexed(*many(200))
    started = time.perf_counter()
    ask(index, text)
    assert time.perf_counter() - started < 0.5


def test_query_language_of_the_engine_has_no_power(indexed):
    index = indexed("电池", "轮椅")
    for text in ("title:电池 OR *", "* OR *", "NOT 轮椅", "abstract:[a TO z]", "(((", "^~?*"):
        ask(index, text)
    assert ask(index, "*").total == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=80))
def test_any_text_is_answered(lasting, text):
    results = ask(lasting, text)
    assert 0 <= results.total <= 120
    suggest(lasting, text)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    index = SearchIndex(tmp_path_factory.mktemp("lasting"))
    index.rebuild(many(120))
    yield index
    index.close()


# Facets


def test_counts_are_the_counts_of_what_is_found(indexed):
    documents = many(80)
    results = ask(indexed(*documents), "电池")
    having = [one for one in documents if "电池" in one.title + one.abstract]
    assert results.total == len(having)
    for facet in FACETS:
        assert dict(results.facets[facet]) == counted(having, facet), facet


def counted(documents: list[SearchDocument], facet: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in documents:
        for value in values(one, facet):
            counts[value] = counts.get(value, 0) + 1
    return counts


def values(one: SearchDocument, facet: str) -> tuple[str, ...]:
    of_the_day = {
        "term_band": (term_band(one.expires_on, TODAY),),
        "freshness": (freshness(one.checked_on, TODAY, fresh=90, stale=180),),
        "valued": ("yes" if one.valued else "no",),
    }
    return of_the_day.get(facet) or one.facets()[facet]


SELECTIONS = [
    {"city": ["广州市"]},
    {"city": ["广州市", "深圳市"], "kind": ["invention"]},
    {"deal_mode": ["licence", "equity"], "price_band": ["negotiable"], "pledged": ["no"]},
    {"term_band": ["expired", "under_3y"], "industry": ["C"]},
    {"freshness": ["green", "red"], "kind": ["invention"]},
    {"city": ["月球"]},
    {"class": ["H01M"], "verified": ["yes"], "valued": ["no"], "owner_kind": ["firm"]},
]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_values_of_one_facet_are_alternatives_and_facets_narrow_each_other(indexed, selection):
    documents = many(150)
    results = ask(indexed(*documents), filters=selection, per_page=1000)

    def fits(one: SearchDocument, without: str = "") -> bool:
        return all(
            name == without or set(values(one, name)) & set(chosen)
            for name, chosen in selection.items()
        )

    assert {hit.id for hit in results.hits} == ids([one for one in documents if fits(one)])
    for facet in FACETS:
        expected = counted([one for one in documents if fits(one, without=facet)], facet)
        for chosen in selection.get(facet, ()):
            expected.setdefault(chosen, 0)
        assert dict(results.facets[facet]) == expected, facet


def test_bands_are_listed_from_low_to_high_and_other_values_by_frequency(indexed):
    facets = ask(indexed(*many(80))).facets
    bands = [*executor.BANDS["price_band"]]
    listed = [band for band, _ in facets["price_band"]]
    assert listed == sorted(listed, key=bands.index)
    counts = [count for _, count in facets["city"]]
    assert counts == sorted(counts, reverse=True)


def test_an_unknown_value_of_a_band_finds_nothing(indexed):
    results = ask(indexed("电池"), filters={"price_band": ["cheap"]})
    assert results.total == 0


def test_the_price_range_includes_its_bounds_and_leaves_out_negotiable(indexed):
    index = indexed(
        document(1, "甲", price_minor=100), document(2, "乙", price_minor=200), document(3, "丙")
    )
    assert set(found(index, price_from=100, price_to=200)) == {1, 2}
    assert found(index, price_from=101) == [2]
    assert found(index, price_to=199) == [1]


def test_an_unknown_facet_or_order_is_refused(indexed):
    index = indexed("电池")
    with pytest.raises(Invalid, match=r"search\.unknown_facet"):
        ask(index, filters={"colour": ["red"]})
    with pytest.raises(Invalid, match=r"search\.unknown_sort"):
        ask(index, sort="shoe size")


# Order and pages


@pytest.mark.parametrize("sort", ["newest", "price_up", "price_down", "expiry", "updated"])
def test_sorted_as_asked(indexed, sort):
    documents = many(60)
    by_id = {one.id: one for one in documents}
    last = 10**18

    def rank(one: SearchDocument) -> float:
        if sort == "newest":
            return -one.published_at.timestamp()
        if sort == "updated":
            return -one.updated_at.timestamp()
        if sort == "expiry":
            left = (one.expires_on - TODAY).days
            return left if left >= 0 else last
        if one.price_minor is None:
            return last
        return one.price_minor if sort == "price_up" else -one.price_minor

    ranks = [rank(by_id[number]) for number in found(indexed(*documents), sort=sort)]
    assert ranks == sorted(ranks)
    assert len(ranks) == 60


@pytest.mark.parametrize("sort", ["relevance", "newest", "price_up"])
def test_pages_neither_repeat_nor_lose(indexed, sort):
    index = indexed(*many(95))
    whole = found(index, "电池", sort=sort)
    pages = [found(index, "电池", sort=sort, page=page, per_page=7) for page in range(1, 30)]
    assert [one for page in pages for one in page] == whole
    assert len(whole) == len(set(whole)) > 14


def test_a_page_beyond_the_last_is_empty_and_the_total_stays(indexed):
    results = ask(indexed(*many(10)), page=99)
    assert (results.hits, results.total, results.page_count) == ((), 10, 1)


def test_the_day_comes_from_the_clock_if_not_given(indexed):
    assert search(indexed("电池"), Query(text="电池")).total == 1


def test_an_empty_index_answers(indexed):
    index = indexed()
    results = ask(index, "电池")
    assert (results.total, results.hits) == (0, ())
    assert suggest(index, "电") == []


# Suggestions


def test_suggestions_begin_with_what_is_typed(indexed):
    index = indexed(
        document(1, "动力电池热管理系统", owners=("珠江电池大学",)),
        document(2, "电池回收装置", numbers=("CN112244877A",)),
    )
    found = [(one.kind, one.text) for one in suggest(index, "電池")]
    titles = [text for kind, text in found if kind == "title"]
    assert titles == ["电池回收装置", "动力电池热管理系统"]
    assert ("owner", "珠江电池大学") in found
    assert [one.text for one in suggest(index, "CN11224")] == ["112244877"]


def test_a_deleted_listing_is_not_suggested(indexed):
    index = indexed("电池回收装置", "轮椅")
    index.apply(deletes=[1])
    assert [one for one in suggest(index, "电池回收装") if one.kind == "title"] == []


def test_suggestions_answer_any_text(indexed):
    index = indexed("电池")
    for text in ("", " ", "\x00", "???", "a" * 10_000, "电" * 10_000):
        suggest(index, text)


@pytest.mark.parametrize("typed", ["动力电迟", "动力店池", "动力电机池", "動力電驰"])
def test_a_slip_in_a_chinese_word_finds_what_was_meant_and_offers_it(indexed, typed):
    index = indexed("一种动力电池热管理装置", "一种动力总成", "一种轮椅", "光电检测装置")
    results = ask(index, typed)
    assert results.relaxed
    assert results.hits[0].id == 1
    assert results.meant == "动力电池"


def test_nothing_is_offered_where_the_words_are_right(indexed):
    index = indexed("一种动力电池热管理装置", "轮椅")
    assert ask(index, "动力电池 轮椅").meant == ""
    assert ask(index, "动力电池").meant == ""


@pytest.mark.parametrize("typed", ["batt", "wheelch", "sanit equip"])
def test_the_beginning_of_an_english_word_is_enough(indexed, typed):
    index = indexed(
        document(1, "甲", title_en="Battery for wheelchairs and sanitary equipment"),
        document(2, "乙", title_en="Wash basin"),
    )
    assert found(index, typed) == [1]


def test_the_beginning_of_a_number_is_enough(indexed):
    index = indexed(document(1, "甲", numbers=("CN112244877A",)), document(2, "乙"))
    assert found(index, "1122448") == [1]


def test_another_form_of_an_english_word_is_found_where_nothing_has_the_word_itself(indexed):
    index = indexed(document(1, "甲", title_en="Charger for boats"), document(2, title_en="charge"))
    assert found(index, "charging boat") == [1]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("battery", [1]),
        ("蓄电池", [1]),
        ("robot vision", []),
        ("drone", [3, 2]),
        ("无人机", [2, 3]),
    ],
)
def test_words_of_one_meaning_find_each_other_in_both_languages(indexed, typed, wanted):
    index = indexed("一种电池", "一种无人机", document(3, "丙", title_en="Landing gear of a drone"))
    assert found(index, typed) == wanted


def test_the_word_itself_comes_before_its_synonym(indexed):
    index = indexed("一种马达", "一种电机", "电机与马达")
    assert found(index, "马达")[-1] == 2


@pytest.mark.parametrize("known", [line for line in synonyms._LINES.split("\n") if line])
def test_every_line_of_synonyms_can_be_asked_in_some_word(known):
    assert any(synonyms.others(parse(word).words[0].text) for word in known.split(";"))
