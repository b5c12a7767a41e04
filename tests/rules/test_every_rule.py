"""Every rule where it applies and where it does not, where it is met and where it is not."""

import pytest

from marketplace.rules import library
from marketplace.rules.engine import judge
from marketplace.rules.facts import Facts
from tests.rules.cases import DAY, every_case

WHOLE = library.load()
BLANK = Facts.of({"ctx": {"seed18_foreign_scope": "all"}})


def _all_cases():
    for rule, cases in every_case().items():
        for number, case in enumerate(cases, start=1):
            yield pytest.param(case, id=f"{rule}-{number}-{case.expected[0]}")


@pytest.mark.parametrize("case", [*_all_cases()])
def test_a_rule_stands_on_these_facts_as_the_law_has_it(case):
    assert case.verdict(WHOLE.by_id[case.rule]) == case.expected


@pytest.mark.parametrize("rule", WHOLE.rules, ids=lambda rule: rule.id)
def test_there_is_a_case_for_every_way_in_which_a_rule_can_stand(rule):
    cases = every_case().get(rule.id, [])

    assert {case.expected[0] for case in cases} == {"applies", "no"} | (
        {"met"} if rule.ok else set()
    )
    held = {ground for case in cases for ground in case.expected[1]}
    assert held == {ground.id for ground in rule.grounds}


def test_every_case_belongs_to_a_rule_on_file():
    assert set(every_case()) == set(WHOLE.by_id)


@pytest.mark.parametrize("rule", WHOLE.rules, ids=lambda rule: rule.id)
def test_a_rule_with_no_fact_at_all_is_undecided_or_does_not_apply(rule):
    finding = judge(BLANK, DAY, WHOLE).finding(rule.id)

    assert finding is None or finding.missing
