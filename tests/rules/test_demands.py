import io
import json
from datetime import date

import pytest

from marketplace.core.errors import Invalid
from marketplace.rules.command import judge_file
from marketplace.rules.demands import Demand, evidence_wanted, facts_missing, facts_needed
from marketplace.rules.engine import judge
from marketplace.rules.facts import FIELDS
from tests.rules.cases import DAY, PLAIN, UNIVERSITY, judged


def test_a_form_asks_for_what_could_leave_a_hard_rule_undecided():
    licence = [field.path for field in facts_needed("non_exclusive", "trademark", DAY)]

    assert "asset.pledged" in licence
    assert "asset.similar_marks_left_out" not in licence
    assert not [path for path in licence if path.startswith(("plat.", "ctx."))]


def test_the_more_is_known_the_less_is_asked():
    known = {"owner.kind": "enterprise", "cp.region": "CN"}

    everything = {field.path for field in facts_needed("transfer", "invention", DAY)}
    rest = {field.path for field in facts_needed("transfer", "invention", DAY, known)}

    assert rest < everything
    assert "owner.state_established" in everything - rest


@pytest.mark.parametrize("deal_kind", ["transfer", "exclusive", "non_exclusive", "equity"])
@pytest.mark.parametrize("asset_kind", ["invention", "design", "trademark", "software"])
def test_a_full_form_leaves_no_hard_rule_undecided(deal_kind, asset_kind):
    asked = facts_needed(deal_kind, asset_kind, DAY, {"deal.method": "negotiated"})
    answers = {field.path: PLAIN.get(field.path) for field in asked}

    assert [path for path, answer in answers.items() if answer is None] == []
    judgement = judge(PLAIN.updated({"deal.kind": deal_kind, "asset.kind": asset_kind}), DAY)
    assert facts_missing(judgement) == []


def test_missing_facts_are_listed_once_in_the_order_of_the_model():
    judgement = judged({"asset.status": None, "asset.pledged": None, "owner.kind": None})

    paths = [field.path for field in facts_missing(judgement)]

    assert paths == sorted(set(paths), key=list(FIELDS).index)
    assert {"asset.status", "asset.pledged", "owner.kind"} <= set(paths)


def test_a_document_is_asked_for_once_for_all_its_rules():
    judgement = judged({"deal.kind": "equity"})

    wanted = {demand.evidence: demand for demand in evidence_wanted(judgement)}

    assert wanted[("valuation_report",)] == Demand(
        ("valuation_report",),
        ("seed18-valuation-equity", "val-company-law-48"),
        ("seller", "buyer"),
        blocking=True,
    )
    assert not wanted[("stamp_duty_receipt",)].blocking


def test_either_of_two_documents_is_one_demand():
    abroad = {"cp.region": "HK", "asset.kind": "utility_model"}

    either = ("tech_export_licence", "tech_export_registration")

    assert either in [demand.evidence for demand in evidence_wanted(judged(abroad))]
    licensed = evidence_wanted(judged(abroad, "tech_export_licence"))
    assert either not in [demand.evidence for demand in licensed]


def test_what_is_on_file_is_not_asked_for_again():
    judgement = judged({**UNIVERSITY, "deal.notice_days": 7}, "internal_public_notice")

    assert "st-negotiated-price-public-notice" in judgement.hard_open
    asked = [name for demand in evidence_wanted(judgement) for name in demand.evidence]
    assert "internal_public_notice" not in asked


def _judged(case):
    return judge_file(io.StringIO(case if isinstance(case, str) else json.dumps(case)), DAY)


def test_the_command_answers_a_case_with_an_object_and_a_list_with_a_list():
    case = {"facts": PLAIN.as_dict(), "id": "S01"}

    one, many = _judged(case), _judged([case, case])

    assert many == [one, one]
    assert list(one)[:8] == [
        "outcome", "hard_open", "satisfied", "duties", "info", "grounds", "unknown", "findings",
    ]  # fmt: skip
    assert _judged(PLAIN.as_dict()) == one
    json.dumps(one)


def test_the_command_names_the_missing_fact():
    facts = PLAIN.updated({"asset.pledged": None}).as_dict()

    unknown = {one["rule"]: one["missing"] for one in _judged({"facts": facts})["unknown"]}
    assert unknown["pledged-no-transfer-or-licence"] == ["asset.pledged"]


def test_the_day_decides_the_text():
    facts = PLAIN.updated({"asset.kind": "trademark", "asset.similar_marks_left_out": True})

    articles = {
        on: next(
            finding["article"]
            for finding in _judged({"facts": facts.as_dict(), "on": on})["findings"]
            if finding["rule"] == "tm-similar-marks-together"
        )
        for on in ("2026-12-31", "2027-01-01")
    }

    assert "2019" in articles["2026-12-31"]
    assert "2026修订" in articles["2027-01-01"]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("{", "facts.unreadable"),
        ("[" * 100_000, "facts.unreadable"),
        ("7", "fact.shape"),
        ('{"facts": [], "on": null}', "fact.shape"),
        ('{"facts": {}, "on": "tomorrow"}', "facts.day"),
        ('{"facts": {}, "on": 20261122}', "facts.day"),
        ('{"facts": {}, "on": "20261122"}', "facts.day"),
        ('{"facts": {}, "on": "2026-W47"}', "facts.day"),
        ('{"facts": {"asset": {"pledged": "no"}}}', "fact.type"),
        ('{"facts": {"deal": {"price": NaN}}}', "fact.type"),
    ],
)
def test_a_case_that_cannot_be_judged_is_refused_with_a_code(case, code):
    with pytest.raises(Invalid) as refusal:
        _judged(case)

    assert refusal.value.code == code


def test_of_a_list_the_case_that_cannot_be_judged_is_named():
    good, bad = {"facts": {}}, {"facts": {"asset": {"pledged": "no"}}}

    with pytest.raises(Invalid) as refusal:
        _judged([good, bad])

    assert refusal.value.fields == {"[1].asset.pledged": "fact.type"}


def test_without_a_day_the_clock_decides():
    judged_today = judge_file(io.StringIO('{"facts": {}}'))

    assert date.fromisoformat(judged_today["on"]) >= DAY
