import subprocess
import sys
from datetime import date

import pytest

from marketplace.core import words
from marketplace.rules import library
from marketplace.rules.engine import EXEMPT
from marketplace.rules.library import Deadline, Gate, Words, catalogue_of
from marketplace.rules.markdown import catalogue_markdown
from marketplace.rules.predicates import Situation, compiled
from tests.rules.cases import PLAIN

WHOLE = library.load()
RULES = WHOLE.rules
PREDICATES = [(rule.id, predicate) for rule in RULES for predicate in rule.predicates]


@pytest.mark.parametrize(("rule", "predicate"), PREDICATES, ids=[one[0] for one in PREDICATES])
def test_a_predicate_compiles_and_names_only_what_exists(rule, predicate):
    assert predicate.program is not None
    assert predicate.strangers() == [], rule
    known = WHOLE.by_id
    for helper, other in predicate.helpers:
        assert known[other].effect == EXEMPT if helper == "exempt" else known[other].grounds


def test_a_predicate_with_an_unknown_fact_is_found_out():
    assert compiled("asset.pleged && unheard.of").strangers() == ["asset.pleged", "unheard"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete_and_has_words(rule):
    assert rule.texts[0].since <= rule.since
    assert all(text.article and text.quote and text.gloss for text in rule.texts)
    for code in (
        *(f"rule_actor.{actor}" for actor in rule.actors),
        *(f"rule_actor.{actor}" for actor in (rule.waiver.by if rule.waiver else ())),
        *(f"evidence.{name}" for name in rule.evidence),
        f"rule_effect.{rule.effect}",
        f"rule_gate.{rule.gate}",
        f"rule_stage.{rule.stage}",
    ):
        assert words.knows("enums", code), code
    if rule.ok:
        asked = set(rule.ok.evidence)
        assert asked <= set(rule.evidence), "evidence that meets a rule is named by it"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_texts_of_a_rule_follow_one_another_without_a_gap(rule):
    ends = [text.until for text in rule.texts]

    assert ends[:-1] == [text.since for text in rule.texts[1:]]
    assert ends[-1] == rule.until


def test_an_exemption_asks_about_no_exemption():
    asking = [r.id for r in RULES if r.effect == EXEMPT and (r.when.helpers or r.gate is Gate.HARD)]

    assert asking == []


def test_the_version_tells_edition_and_content():
    edition, digest = library.catalogue_version().split("+")

    assert date.fromisoformat(edition) <= date(2100, 1, 1)
    assert len(digest) == 12


def _file(**changes):
    rule = {
        "id": "r",
        "title": {"zh": "规则", "en": "Rule"},
        "since": date(2020, 1, 1),
        "stage": "signing",
        "gate": "hard",
        "effect": "block",
        "actor": ["seller"],
        "when": "asset.pledged",
        "article": "a",
        "quote": "q",
        "gloss": "g",
        "certainty": "text",
    }
    return {
        "edition": date(2026, 1, 1),
        "title": {"zh": "节", "en": "Section"},
        "rules": [{**rule, **changes}],
    }


def test_a_changed_rule_is_another_version():
    assert catalogue_of([_file()]).version == catalogue_of([_file()]).version
    assert catalogue_of([_file()]).version != catalogue_of([_file(gloss="other")]).version


def test_the_site_applies_every_rule_on_file():
    asked = {other for rules in library.load().references.values() for other in rules}

    assert len(library.load().rules) == 172
    assert asked <= set(library.load().by_id)


def test_a_rule_given_twice_is_refused():
    with pytest.raises(ValueError, match="given twice"):
        catalogue_of([_file(), _file()])


@pytest.mark.parametrize(
    ("deadline", "start", "due"),
    [
        ({"months": 3}, date(2026, 11, 22), date(2027, 2, 22)),
        ({"months": 3}, date(2026, 11, 30), date(2027, 2, 28)),
        ({"months": 1}, date(2027, 12, 31), date(2028, 1, 31)),
        ({"days": 60}, date(2026, 11, 22), date(2027, 1, 21)),
        ({"days": 10, "working": True}, date(2026, 11, 22), date(2026, 12, 4)),
        ({"days": 15, "after": "signing_before"}, date(2026, 11, 22), None),
        ({}, date(2026, 11, 22), None),
    ],
)
def test_a_deadline_is_counted_by_the_calendar(deadline, start, due):
    assert Deadline(Words("", ""), **deadline).due_on(start) == due


UNDECIDED = [
    ("asset.pledged && deal.kind == 'transfer'", None, {"asset.pledged"}),
    ("deal.kind == 'loan' && asset.pledged", False, set()),
    ("asset.pledged && deal.kind == 'loan'", False, set()),
    ("asset.pledged || deal.kind == 'transfer'", True, set()),
    ("(asset.pledged || asset.frozen) && asset.kind == 'invention'", None, {"asset.pledged"}),
    ("!(asset.pledged && asset.frozen)", True, set()),
    ("!(asset.pledged || asset.frozen)", None, {"asset.pledged"}),
    ("!asset.pledged && !asset.open_licensed", None, {"asset.pledged", "asset.open_licensed"}),
    ("has(asset.pledged) || asset.frozen", False, set()),
    ("deal.price >= (asset.pledged ? 1 : 2)", None, {"asset.pledged"}),
    ("asset.kind == 'a && b' || asset.pledged", None, {"asset.pledged"}),
    ("'title_document' in docs && deal.price > 0.5 * val.value", None, {"val.value"}),
]


@pytest.mark.parametrize(("source", "holds", "missing"), UNDECIDED)
def test_a_predicate_has_three_values_and_names_what_could_still_matter(source, holds, missing):
    lacking = dict.fromkeys(("asset.pledged", "asset.open_licensed", "val.value"))
    situation = Situation(PLAIN.updated(lacking))

    verdict = compiled(source).decide(situation)

    assert (verdict.holds, verdict.missing) == (holds, missing)


def test_the_page_of_the_catalogue_shows_every_rule_in_either_language():
    for locale in ("zh_Hans", "en"):
        page = catalogue_markdown(locale)
        assert [rule.id for rule in RULES if f"`{rule.id}`" not in page] == []
        assert "rule_stage" not in page
        assert "rules_page" not in page
        assert "evidence.title" not in page


def test_the_page_dates_both_texts_of_a_renumbered_article():
    page = catalogue_markdown("en")

    assert "商标法（2019）第42条第2款；商标法实施条例第31条第2款** (2019-11-01 – 2026-12-31" in page
    assert "商标法（2026修订）第46条第2款** (2027-01-01" in page


def test_the_engine_loads_without_flask_and_database():
    code = (
        "import sys, marketplace.rules.demands, marketplace.rules.command\n"
        "bad = {'flask', 'sqlalchemy', 'flask_sqlalchemy', 'wtforms'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")


def test_no_absolute_bar_can_be_waived_and_every_waiver_names_its_law():
    waivable = [rule for rule in RULES if rule.waiver]

    assert waivable
    for rule in waivable:
        assert rule.ok is not None, f"{rule.id} is an absolute bar"
        assert rule.gate is not Gate.INFO
        assert rule.waiver.by
        assert "第" in rule.waiver.basis or "：" in rule.waiver.basis
