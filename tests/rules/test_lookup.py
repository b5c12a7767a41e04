"""Finding rules, and telling what changes between two days."""

from datetime import date

from marketplace.rules import changes, citations, library, lookup
from marketplace.rules.lookup import Wanted

WHOLE = library.load()
EVE, NEW_YEAR = date(2026, 12, 31), date(2027, 1, 1)


def _ids(**wanted):
    return [hit.rule.id for hit in lookup.search(Wanted(**wanted))]


def test_words_are_sought_in_titles_texts_and_both_languages():
    assert "tm-similar-marks-together" in _ids(words="近似 一并转让")
    assert "tm-similar-marks-together" in _ids(words="Similar MARKS")
    assert _ids(words="tm-similar-marks-together") == ["tm-similar-marks-together"]
    assert _ids(words="近似 质押登记") == []
    assert [hit.rule.id for hit in lookup.search(Wanted(words="近似商標"), "zh_Hant")] == [
        hit.rule.id for hit in lookup.search(Wanted(words="近似商标"), "zh_Hans")
    ]


def test_filters_are_joined_and_a_value_that_does_not_exist_finds_nothing():
    hard = lookup.search(Wanted(gate="hard", stage="signing", actor="co_owners"))

    assert hard
    assert {(hit.rule.gate, hit.rule.stage) for hit in hard} == {("hard", "signing")}
    assert all("co_owners" in hit.rule.actors for hit in hard)
    assert _ids(gate="nonsense") == []


def test_a_kind_leaves_out_the_rules_that_cannot_apply_to_it():
    of_marks, of_patents = set(_ids(asset_kind="trademark")), set(_ids(asset_kind="invention"))

    assert "tm-expired" in of_marks - of_patents
    assert "patent-frozen" in of_patents - of_marks
    assert "pledged-no-transfer-or-licence" in of_marks & of_patents
    assert "patent-pledge-refusal" not in _ids(asset_kind="invention", deal_kind="transfer")


def test_a_day_chooses_the_rules_in_force_and_their_text():
    before, after = (
        {hit.rule.id: hit.text.article for hit in lookup.search(Wanted(law="商标法", on=day))}
        for day in (EVE, NEW_YEAR)
    )

    assert before["tm-similar-marks-together"].startswith("商标法（2019）第42条")
    assert after["tm-similar-marks-together"].startswith("商标法（2026修订）第46条")
    assert _ids(on=date(1980, 1, 1)) == []


def test_every_article_names_a_law_that_can_be_looked_up():
    nameless = [
        text.article for r in WHOLE.rules for text in r.texts if not citations.laws(text.article)
    ]

    assert nameless == []
    assert citations.laws("商标法（2019）第42条第2款；商标法实施条例第31条第2款") == (
        "商标法",
        "商标法实施条例",
    )
    assert citations.articles("商标法（2019）第42条第1款、第4款；民法典第444条") == {
        ("商标法", "42"),
        ("民法典", "444"),
    }


def test_related_rules_are_those_asked_about_and_those_of_the_same_articles():
    autonomy = WHOLE.by_id["univ-valuation-autonomy"]

    found = [rule.id for rule in lookup.related(autonomy, WHOLE)]

    assert found[0] == "seed18-valuation-state"
    assert autonomy.id not in found
    assert len(found) == len(set(found))


def test_new_year_rewords_the_trademark_rules_and_nothing_else():
    changed = changes.between(WHOLE, EVE, NEW_YEAR)

    assert changed
    assert {change.kind for change in changed} == {changes.ChangeKind.AMENDED}
    assert all("商标法（2026修订）" in change.after.article for change in changed)
    assert all("article" in change.parts for change in changed)


def test_a_rule_begins_on_its_day_and_the_other_way_round_it_is_gone():
    day = date(2024, 1, 20)
    started = {c.rule.id: c.kind for c in changes.between(WHOLE, date(2024, 1, 19), day)}
    gone = {c.rule.id: c.kind for c in changes.between(WHOLE, day, date(2024, 1, 19))}

    assert "new" in started.values()
    assert {rule for rule, kind in started.items() if kind == "new"} == {
        rule for rule, kind in gone.items() if kind == "gone"
    }
    assert changes.between(WHOLE, day, day) == []


def test_nothing_changes_between_two_neighbouring_days_of_change():
    known = changes.days(WHOLE)

    assert NEW_YEAR in known
    assert known == sorted(set(known))
    assert changes.between(WHOLE, date(2026, 10, 16), EVE) == []


def test_what_went_and_what_came_is_marked():
    marks = [(mark.kind, mark.text) for mark in changes.marks("第42条第2款", "第46条第2款")]

    assert marks == [("", "第"), ("del", "42"), ("ins", "46"), ("", "条第2款")]
