"""Old and new judgements side by side: what changed, and whether the law or the facts did it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules import library
from marketplace.rules.compare import Cause, Law, What, compare
from marketplace.rules.engine import judge
from marketplace.rules.facts import FactError, Facts
from tests.rules.cases import PLAIN

WHOLE = library.load()
EVE, NEW_YEAR = date(2026, 12, 31), date(2027, 1, 1)
MARK = PLAIN.updated({"asset.kind": "trademark"})
THEN, NOW = Law(WHOLE, EVE), Law(WHOLE, NEW_YEAR)


def _found(comparison):
    return {one.rule: (one.what, one.cause) for one in comparison.differences}


def test_nothing_changes_where_neither_law_nor_facts_do():
    assert compare(MARK, THEN, MARK, THEN).differences == ()


def test_new_year_changes_the_text_of_the_trademark_rules_because_of_the_law():
    found = _found(compare(MARK, THEN, MARK, NOW))

    assert found["tm-transfer-joint-application"] == (What.TEXT, Cause.LAW)
    assert set(found.values()) == {(What.TEXT, Cause.LAW)}
    assert all(rule.startswith("tm-") for rule in found)


def test_a_new_pledge_brings_its_rule_because_of_the_facts():
    pledged = MARK.updated({"asset.pledged": True})

    found = _found(compare(MARK, THEN, pledged, THEN))
    back = _found(compare(pledged, THEN, MARK, THEN))

    assert found == {"pledged-no-transfer-or-licence": (What.NEW, Cause.FACTS)}
    assert back == {"pledged-no-transfer-or-licence": (What.GONE, Cause.FACTS)}


def test_evidence_filed_meets_a_rule_and_law_and_facts_are_told_apart():
    owing = MARK.updated({"asset.pledged": True})
    consented = owing.having("pledgee_consent").updated({"deal.proceeds_routing": "deposit"})

    found = _found(compare(owing, THEN, consented, NOW))

    assert found["pledged-no-transfer-or-licence"] == (What.STATUS, Cause.FACTS)
    assert found["pledged-proceeds-to-pledgee"] == (What.NEW, Cause.FACTS)
    assert found["tm-transfer-joint-application"] == (What.TEXT, Cause.LAW)


def test_a_rule_that_is_new_and_met_by_new_facts_alone_is_put_down_to_both():
    law_then = library.catalogue_of([_file("asset.pledged", since=date(2027, 1, 1))])

    found = compare(
        MARK, Law(law_then, EVE), MARK.updated({"asset.pledged": True}), Law(law_then, NEW_YEAR)
    )

    assert _found(found) == {"r": (What.NEW, Cause.BOTH)}


def _file(when, **changes):
    rule = {
        "id": "r", "title": {"zh": "规则", "en": "Rule"}, "since": date(2020, 1, 1),
        "stage": "signing", "gate": "hard", "effect": "block", "actor": ["seller"], "when": when,
        "article": "a", "quote": "q", "gloss": "g", "certainty": "text",
    }  # fmt: skip
    return {
        "edition": date(2026, 1, 1),
        "title": {"zh": "节", "en": "Section"},
        "rules": [{**rule, **changes}],
    }


SHEETS = st.dictionaries(
    st.sampled_from(
        ["asset.pledged", "asset.co_owned", "asset.frozen", "asset.similar_marks_left_out"]
    ),
    st.one_of(st.none(), st.booleans()),
).map(MARK.updated)


@given(old=SHEETS, new=SHEETS)
@settings(max_examples=40, deadline=None)
def test_there_and_back_again_differs_in_the_same_rules(old, new):
    there, back = compare(old, THEN, new, NOW), compare(new, NOW, old, THEN)

    assert {one.rule for one in there.differences} == {one.rule for one in back.differences}
    assert there.before == back.after
    opposite = {What.NEW: What.GONE, What.GONE: What.NEW}
    assert {one.rule: opposite.get(one.what, one.what) for one in there.differences} == {
        one.rule: one.what for one in back.differences
    }


def test_a_kept_catalogue_is_restored_as_it_was_and_judges_the_same():
    law = library.load()
    again = library.restored(law.content)

    assert (again.version, again.content) == (law.version, law.content)
    assert judge(MARK, EVE, again).as_dict() == judge(MARK, EVE, law).as_dict()
    assert [rule.id for rule in again.rules] == [rule.id for rule in law.rules]
    assert [section.title for section in again.sections] == [s.title for s in law.sections]


def test_old_law_that_asks_for_a_fact_no_longer_known_is_undecided_not_broken():
    old = library.catalogue_of([_file("deal.kind == 'transfer' && asset.colour")])

    finding = judge(MARK, EVE, old).finding("r")

    assert (finding.status, finding.missing) == ("unknown", ("asset.colour",))


def test_kept_facts_that_the_model_gave_up_are_left_out():
    kept = {
        "asset": {"kind": "trademark", "colour": "red"},
        "shop": {"x": 1},
        "docs": ["nda_signed"],
    }

    assert Facts.kept(kept).as_dict() == {"asset": {"kind": "trademark"}, "docs": ["nda_signed"]}
    with pytest.raises(FactError):
        Facts.of(kept)
