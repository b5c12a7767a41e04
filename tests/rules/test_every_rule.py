"""No rule is dead: each can apply and can fail to, and what meets it can be there or not."""

import random
import re

import pytest

from marketplace.rules import library
from marketplace.rules.engine import judge, settle
from marketplace.rules.facts import FIELDS, Facts
from tests.rules.cases import DAY

WHOLE = library.load(everything=True)
BLANK = Facts.of({"ctx": {"seed18_foreign_scope": "all"}})


def _values(field, source):
    if field.kind == "flag":
        return [True, False]
    if field.kind == "choice":
        return [choice for choice in field.choices if f"'{choice}'" in source] + [
            field.choices[0],
            field.choices[-1],
        ]
    if field.kind == "choices":
        return [[], list(field.choices[:1])]
    if field.kind == "day":
        return ["2027-01-01", "2030-01-01"]
    if field.kind == "text":
        return ["", "text"]
    edges = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", source)} | {0.0, 15.0, 1e6}
    return [int(edge + step) for edge in sorted(edges) for step in (-1, 0, 1) if edge + step >= 0]


def _sheets(rule):
    """Sheets that answer all that the rule asks about, and all that those rules ask about."""
    asked = {rule}
    for predicate in rule.predicates:
        asked |= {WHOLE.by_id[other] for _, other in predicate.helpers}
    predicates = [predicate for one in asked for predicate in one.predicates]
    source = " ".join(predicate.source for predicate in predicates)
    paths = sorted({path for predicate in predicates for path in predicate.fact_paths})
    domains = {path: _values(FIELDS[path], source) for path in paths}
    evidence = sorted({name for predicate in predicates for name in predicate.evidence})
    chance = random.Random(rule.id)  # noqa: S311 -- a repeatable search
    for _ in range(4000):
        sheet = BLANK.updated({path: chance.choice(domains[path]) for path in paths})
        filed = chance.choice([0.0, 0.5, 1.0])
        yield sheet.having(*(name for name in evidence if chance.random() < filed))


@pytest.mark.parametrize("rule", WHOLE.rules, ids=lambda rule: rule.id)
def test_a_rule_can_apply_and_can_fail_to_and_can_be_met_and_not(rule):
    wanted = {"applies", "does not"} | ({"met", "not met"} if rule.ok else set())
    for sheet in _sheets(rule):
        situation, _ = settle(sheet, WHOLE.rules, WHOLE)
        applies = rule.when.decide(situation).holds
        wanted.discard({True: "applies", False: "does not"}.get(applies))
        if applies and rule.ok:
            wanted.discard({True: "met", False: "not met"}.get(rule.ok.decide(situation).holds))
        if not wanted:
            break

    assert wanted == set()


@pytest.mark.parametrize("rule", WHOLE.rules, ids=lambda rule: rule.id)
def test_a_rule_with_no_fact_at_all_is_undecided_or_does_not_apply(rule):
    finding = judge(BLANK, DAY, WHOLE).finding(rule.id)

    assert finding is None or finding.missing
