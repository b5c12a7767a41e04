"""Whole deals of our own, reasoned from the articles, through the engine and the command line."""

import io
import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from marketplace.core.errors import Invalid
from marketplace.rules import command, library
from marketplace.rules.engine import judge
from marketplace.rules.facts import FactError, Facts

HERE = Path(__file__).parent
WHOLE = library.load()
GIVEN = json.loads((HERE / "scenarios.json").read_text(encoding="utf-8"))


@cache
def worked():
    return yaml.safe_load((HERE / "worked_scenarios.yaml").read_text(encoding="utf-8"))


def facts_of(scenario):
    """What every case brings, and what is particular to this one."""
    common, own = worked()["common"], scenario["facts"]
    sheet = {
        record: {**common.get(record, {}), **own.get(record, {})}
        for record in {**common, **own}
        if record != "docs"
    }
    return {**sheet, "docs": [*common["docs"], *own.get("docs", [])]}


@pytest.mark.parametrize("scenario", worked()["scenarios"], ids=lambda one: one["id"])
def test_a_worked_case_is_judged_as_the_articles_have_it(scenario):
    found = judge(Facts.of(facts_of(scenario)), scenario["day"], WHOLE)

    expected = scenario["expect"]
    assert found.outcome == expected["outcome"]
    for name in ("hard_open", "duties", "info"):
        assert sorted(getattr(found, name)) == sorted(expected[name]), name
    assert sorted(found.satisfied) == sorted(expected["satisfied"] + worked()["always"])
    assert [one.rule for one in found.unknown] == expected["unknown"]


def test_the_day_decides_which_trademark_law_is_quoted():
    (mark,) = [one for one in worked()["scenarios"] if one["id"] == "W06"]

    articles = {
        day: judge(Facts.of(facts_of(mark)), day, WHOLE)
        .finding("tm-transfer-joint-application")
        .article
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    }

    assert articles[date(2026, 12, 31)].startswith("商标法（2019）第42条")
    assert articles[date(2027, 1, 1)].startswith("商标法（2026修订）第46条")


def _told(given, today=date(2026, 11, 22)):
    text = given if isinstance(given, str) else json.dumps(given, default=str)
    return command.judge_file(io.StringIO(text), today)


def test_the_command_judges_all_given_and_worked_cases_as_one_list():
    cases = [*GIVEN, *({"facts": facts_of(s), "on": s["day"]} for s in worked()["scenarios"])]

    found = _told(cases)

    expected = [one["expect"] for one in (*GIVEN, *worked()["scenarios"])]
    assert [one["outcome"] for one in found] == [one["outcome"] for one in expected]
    for name in ("hard_open", "duties", "info"):
        assert [sorted(one[name]) for one in found] == [sorted(one[name]) for one in expected]
    assert [one["on"] for one in found[len(GIVEN) :]] == [
        one["day"].isoformat() for one in worked()["scenarios"]
    ]


def test_a_case_may_be_bare_facts_and_the_day_is_todays_unless_it_is_given():
    sheet = GIVEN[0]["facts"]

    assert _told(sheet)["on"] == "2026-11-22"
    assert _told({**sheet, "on": "2027-01-01"})["on"] == "2027-01-01"
    assert _told({"facts": sheet, "on": None})["on"] == "2026-11-22"
    assert _told([]) == []


@pytest.mark.parametrize(
    ("given", "error", "code", "where"),
    [
        ("", Invalid, "facts.unreadable", ""),
        ("{", Invalid, "facts.unreadable", ""),
        ("[" * 100_000, Invalid, "facts.unreadable", ""),
        ("7", FactError, "fact.shape", "facts"),
        ([7], FactError, "fact.shape", "[0].facts"),
        ([GIVEN[0], {"deal": {"price": "much"}}], FactError, "fact.type", "[1].deal.price"),
        ({"deal": {"kind": "gift"}}, FactError, "fact.choice", "deal.kind"),
        ({"deal": {"colour": 1}}, FactError, "fact.field", "deal.colour"),
        ({"shop": {}}, FactError, "fact.record", "shop"),
        ({"deal": 5}, FactError, "fact.shape", "deal"),
        ({"docs": "valuation_report"}, FactError, "fact.shape", "docs"),
        ({"docs": ["Valuation Report!"]}, FactError, "fact.evidence", "docs.Valuation Report!"),
        ({"deal": {}, "on": "01.01.2027"}, Invalid, "facts.day", ""),
        ({"deal": {}, "on": "2027-02-30"}, Invalid, "facts.day", ""),
        ({"deal": {}, "on": 20270101}, Invalid, "facts.day", ""),
        ({"deal": {"price": 1e400}}, FactError, "fact.type", "deal.price"),
    ],
)
def test_bad_input_is_refused_by_name_and_place(given, error, code, where):
    with pytest.raises(error) as refused:
        _told(given)

    assert refused.value.code == code
    if where:
        assert refused.value.path == where
