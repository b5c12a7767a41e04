import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.rules import library
from marketplace.rules.engine import Outcome, Status, judge
from marketplace.rules.facts import FIELDS, Facts
from tests.rules.cases import DAY, PLAIN, UNIVERSITY, VALUED, judged

SCENARIOS = json.loads((Path(__file__).parent / "scenarios.json").read_text(encoding="utf-8"))
WHOLE = library.load()
PRESENT = frozenset(library.load().by_id)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_a_scenario_is_judged_as_the_specification_says(scenario):
    judgement = judge(Facts.of(scenario["facts"]), DAY, WHOLE)

    expected = scenario["expect"]
    for name in ("hard_open", "duties", "info", "grounds"):
        assert sorted(getattr(judgement, name)) == sorted(expected[name]), name
    assert judgement.outcome == expected["outcome"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_the_rules_of_the_site_say_the_same_as_far_as_they_go(scenario):
    judgement = judge(Facts.of(scenario["facts"]), DAY)

    for name in ("hard_open", "duties", "info"):
        present = sorted(rule for rule in scenario["expect"][name] if rule in PRESENT)
        assert sorted(getattr(judgement, name)) == present, name


def test_a_plain_sale_is_clear_and_leaves_its_duties():
    judgement = judged()

    assert judgement.is_clear
    assert judgement.unknown == ()
    assert judgement.duties == (
        "patent-transfer-written-and-registered",
        "tax-stamp-ip-transfer",
        "tax-vat-six-percent",
    )


BLOCKED = [
    ("pledged patent sold", {"asset.pledged": True}, "pledged-no-transfer-or-licence"),
    (
        "pledged patent under a plain licence",
        {"asset.pledged": True, "deal.kind": "non_exclusive"},
        "pledged-no-transfer-or-licence",
    ),
    (
        "pledged mark licensed",
        {"asset.kind": "trademark", "asset.pledged": True, "deal.kind": "exclusive"},
        "pledged-no-transfer-or-licence",
    ),
    (
        "pledged software sold",
        {"asset.kind": "software", "asset.pledged": True},
        "pledged-no-transfer-or-licence",
    ),
    ("contribution without a valuation", {"deal.kind": "equity"}, "seed18-valuation-equity"),
    ("contribution by company law", {"deal.kind": "equity"}, "val-company-law-48"),
    ("public body sells", {"owner.kind": "government"}, "seed18-valuation-government"),
    (
        "state-owned enterprise sells",
        {"owner.kind": "soe", "owner.state_owned": True},
        "seed18-valuation-state",
    ),
    (
        "public institution swaps",
        {"owner.kind": "public_institution", "owner.state_owned": True, "deal.kind": "swap"},
        "seed18-valuation-state",
    ),
    (
        "university sells what is not a research result",
        {**UNIVERSITY, "asset.is_st_result": False},
        "seed18-valuation-state",
    ),
    (
        "licence to a foreign firm",
        {"deal.kind": "exclusive", "cp.region": "foreign"},
        "seed18-valuation-foreign-licence",
    ),
    ("expired patent", {"asset.status": "expired"}, "patent-not-in-force"),
    ("cancelled mark", {"asset.kind": "trademark", "asset.status": "cancelled"}, "tm-expired"),
    (
        "expired copyright",
        {"asset.kind": "copyright", "asset.status": "expired"},
        "copyright-term-over",
    ),
    ("frozen patent", {"asset.frozen": True}, "patent-frozen"),
    ("patent in dispute", {"asset.ownership_dispute_suspended": True}, "patent-frozen"),
    ("frozen mark", {"asset.kind": "trademark", "asset.frozen": True}, "tm-frozen"),
    ("co-owned patent", {"asset.co_owned": True}, "patent-coowner-all-consent"),
    (
        "co-owned work",
        {"asset.kind": "copyright", "asset.co_owned": True},
        "copyright-coauthor-restricted-acts",
    ),
    (
        "agreed price of a university without notice",
        {**UNIVERSITY, "deal.notice_days": 15},
        "st-negotiated-price-public-notice",
    ),
    (
        "licence by word of mouth",
        {"deal.kind": "exclusive", "deal.written": False},
        "patent-licence-written-and-type",
    ),
    ("sale abroad without papers", {"cp.region": "HK"}, "patent-transfer-to-foreign"),
    (
        "prohibited technology abroad",
        {"cp.region": "foreign", "tech.catalogue": "prohibited"},
        "export-prohibited",
    ),
    (
        "mark without its similar marks",
        {"asset.kind": "trademark", "asset.similar_marks_left_out": True},
        "tm-similar-marks-together",
    ),
    ("seller unknown to the exchange", {"owner.identity_verified": False}, "plat-verify-merchants"),
    ("geographical indication", {"asset.kind": "gi_product"}, "gi-product-not-tradeable"),
]


@pytest.mark.parametrize(("changes", "rule"), [c[1:] for c in BLOCKED], ids=[c[0] for c in BLOCKED])
def test_the_law_blocks(changes, rule):
    judgement = judged(changes)

    assert rule in judgement.hard_open
    assert judgement.outcome is Outcome.BLOCKED


ALLOWED = [
    (
        "pledge with consent and routed price",
        {"asset.pledged": True, "deal.proceeds_routing": "prepay_debt"},
        ["pledgee_consent"],
        "pledged-no-transfer-or-licence",
    ),
    (
        "contribution with a valuation",
        {"deal.kind": "equity", **VALUED},
        ["valuation_report", "title_registered_to_company"],
        "seed18-valuation-equity",
    ),
    (
        "co-owners agree",
        {"asset.co_owned": True},
        ["all_coowner_consent"],
        "patent-coowner-all-consent",
    ),
    (
        "notice of fifteen days",
        {**UNIVERSITY, "deal.notice_days": 15},
        ["internal_public_notice", "inventor_preemption_notice"],
        "st-negotiated-price-public-notice",
    ),
    (
        "sale to Hong Kong with the certificate",
        {"cp.region": "HK"},
        ["tech_export_registration"],
        "patent-transfer-to-foreign",
    ),
]


@pytest.mark.parametrize(
    ("changes", "evidence", "rule"), [c[1:] for c in ALLOWED], ids=[c[0] for c in ALLOWED]
)
def test_evidence_satisfies(changes, evidence, rule):
    judgement = judged(changes, *evidence)

    assert rule in judgement.satisfied
    assert judgement.outcome is Outcome.ALLOWED


def test_a_valuation_may_be_a_year_old_and_not_a_day_more():
    contribution = {"deal.kind": "equity", **VALUED}

    for days, outcome in ((365, Outcome.ALLOWED), (366, Outcome.BLOCKED)):
        changes = {**contribution, "val.base_date_age_days": days}
        filed = ("valuation_report", "title_registered_to_company")
        assert judged(changes, *filed).outcome is outcome


def test_one_signature_on_a_valuation_is_not_enough():
    changes = {"deal.kind": "equity", **VALUED, "val.signers": 1}

    filed = ("valuation_report", "title_registered_to_company")
    assert judged(changes, *filed).hard_open == ("val-report-two-signers",)


def test_a_state_university_decides_itself_whether_to_value_a_result():
    judgement = judged({**UNIVERSITY, "deal.kind": "exclusive"})

    assert judgement.info == ("univ-valuation-autonomy", "st-income-retained")
    assert judgement.finding("seed18-valuation-state") is None


def test_a_university_that_contributes_equity_needs_a_valuation_all_the_same():
    assert "seed18-valuation-state" in judged({**UNIVERSITY, "deal.kind": "equity"}).hard_open


def test_the_scope_of_foreign_licences_is_a_setting():
    licence = {"deal.kind": "exclusive", "cp.region": "foreign"}
    rule = "seed18-valuation-foreign-licence"

    assert rule in judged(licence).hard_open
    assert judged({**licence, "ctx.seed18_foreign_scope": "state_only"}).finding(rule) is None


def test_the_days_of_notice_are_a_setting():
    changes = {**UNIVERSITY, "deal.notice_days": 20, "ctx.notice_days": 30}

    judgement = judged(changes, "internal_public_notice", "inventor_preemption_notice")

    assert judgement.hard_open == ("st-negotiated-price-public-notice",)


def test_an_unanswered_flag_leaves_its_rule_undecided_and_is_named():
    judgement = judged({"asset.pledged": None})

    assert judgement.outcome is Outcome.ALLOWED
    assert [(one.rule, one.missing) for one in judgement.unknown] == [
        ("pledged-no-transfer-or-licence", ("asset.pledged",))
    ]
    assert judgement.undecided_hard == judgement.unknown
    assert not judgement.is_clear


def test_what_is_known_can_settle_a_rule_that_lacks_a_fact():
    judgement = judged({"asset.pledged": None, "deal.kind": "loan"})

    assert judgement.finding("pledged-no-transfer-or-licence") is None


def test_a_requirement_known_to_apply_stops_the_deal_until_it_is_shown_to_be_met():
    judgement = judged({"deal.kind": "exclusive", "deal.written": None})

    finding = judgement.finding("patent-licence-written-and-type")
    assert (finding.status, finding.applies) == (Status.OPEN, True)
    assert finding.missing == ("deal.written",)
    assert judgement.outcome is Outcome.BLOCKED
    assert judgement.undecided_hard == (finding,)


def test_a_notice_to_which_no_objection_is_on_record_has_run():
    notice = ("internal_public_notice", "inventor_preemption_notice")
    posted = {**UNIVERSITY, "deal.notice_days": 15}

    assert judged({**posted, "deal.open_objection": None}, *notice).is_clear
    assert judged({**posted, "deal.open_objection": True}, *notice).hard_open == (
        "st-negotiated-price-public-notice",
    )


def test_an_undecided_exemption_names_the_fact_behind_it():
    judgement = judged({**UNIVERSITY, "asset.is_st_result": None})

    finding = judgement.finding("seed18-valuation-state")
    assert finding.status is Status.UNKNOWN
    assert finding.missing == ("asset.is_st_result",)


def test_a_duty_stays_a_task_until_it_is_shown_to_be_done():
    judgement = judged({"deal.contract_states_patent_particulars": None})

    assert "patent-contract-content" in judgement.duties
    assert [one.rule for one in judgement.unknown] == ["patent-contract-content"]
    assert judgement.is_clear


def test_silence_of_the_co_owners_is_no_agreement():
    changes = {"asset.co_owned": True, "deal.kind": "non_exclusive"}

    assert "patent-coowner-plain-licence-share-fee" in judged(changes).duties
    agreed = {**changes, "asset.coowner_agreement_allows": True}
    assert judged(agreed).finding("patent-coowner-plain-licence-share-fee") is None


def test_a_stage_asks_for_what_must_be_met_by_then():
    licence = PLAIN.updated({"deal.kind": "exclusive", "deal.written": False})

    listing, signing = judge(licence, DAY, stage="listing"), judge(licence, DAY, stage="signing")

    assert listing.hard_open == ()
    assert signing.hard_open == ("patent-licence-written-and-type",)
    assert signing.finding("patent-licence-record-3-months") is None
    assert judge(licence, DAY).finding("patent-licence-record-3-months")


def test_the_trademark_law_of_the_day_is_quoted():
    sale = {"asset.kind": "trademark", "asset.similar_marks_left_out": True}

    before, after = (
        judged(sale, on=day).finding("tm-similar-marks-together")
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    )

    assert before.article == "商标法（2019）第42条第2款；商标法实施条例第31条第2款"
    assert after.article == "商标法（2026修订）第46条第2款"
    assert (before.confirmed, after.confirmed) == (True, False)


def test_a_rule_binds_from_its_first_day():
    licence = {"deal.kind": "exclusive"}

    articles = [
        judged(licence, on=day).finding("patent-licence-record-3-months").article[:15]
        for day in (date(2024, 1, 19), date(2024, 1, 20))
    ]

    assert articles == ["专利法实施细则（2010）第1", "专利法实施细则（2023）第1"]
    assert judged(on=date(1990, 1, 1)).findings == ()


def test_a_finding_says_all_that_a_page_must_show():
    finding = judged({"asset.pledged": True}).finding("pledged-no-transfer-or-licence")

    assert finding.article == "民法典第444条第2款；专利法实施细则第86条（四）"
    assert finding.quote.startswith("知识产权中的财产权出质后")
    assert finding.actors == ("seller", "lender")
    assert finding.lacking_evidence == ("pledgee_consent",)
    assert finding.title.say("en") == "The pledgee must consent to a transfer or licence"


def test_findings_come_in_the_order_of_the_stages():
    stages = [finding.stage for finding in judged({"cp.region": "foreign"}).findings]

    assert stages == sorted(stages, key=list(library.Stage).index)


VALUES = {
    "flag": st.booleans(),
    "count": st.integers(-5, 400),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "day": st.dates(),
    "text": st.text(max_size=20),
}


def _value(path):
    field = FIELDS[path]
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "choices":
        return st.lists(st.sampled_from(field.choices), max_size=3)
    return VALUES[field.kind].filter(lambda value: value is not None)


EVIDENCE = sorted({name for rule in WHOLE.rules for name in rule.evidence})
SHEETS = st.builds(
    lambda known, docs: Facts.of({"docs": docs}).updated(known),
    st.fixed_dictionaries({}, optional={path: _value(path) for path in FIELDS}),
    st.sets(st.sampled_from(EVIDENCE), max_size=8),
)
DAYS = st.dates(date(2000, 1, 1), date(2035, 1, 1))


@given(facts=SHEETS, on=DAYS)
@settings(max_examples=150, deadline=None)
def test_any_sheet_is_judged_and_what_is_undecided_names_facts_that_are_missing(facts, on):
    judgement = judge(facts, on, WHOLE)

    for finding in judgement.findings:
        assert (finding.status is Status.UNKNOWN) <= bool(finding.missing)
        assert all(facts.lacks(path) for path in finding.missing)


@given(facts=SHEETS, dropped=st.sets(st.sampled_from(sorted(FIELDS))))
@example(
    facts=Facts.of({}).updated(
        {
            "deal.broker": True,
            "broker.service": "financing_guarantee",
            "broker.licence_verified": True,
        }
    ),
    dropped={"broker.licence_verified"},
)
@settings(max_examples=150, deadline=None)
def test_a_lost_fact_leaves_a_rule_decided_as_before_or_undecided(facts, dropped):
    presumed = {path for path in dropped if FIELDS[path].presumed is not None}
    lost = facts.updated(dict.fromkeys(dropped - presumed))

    before, after = judge(facts, DAY, WHOLE), judge(lost, DAY, WHOLE)

    for finding in after.findings:
        earlier = before.finding(finding.rule)
        ok = WHOLE.by_id[finding.rule].ok
        if finding.missing or (ok and "has(" in ok.source):  # it asks whether the fact is there
            continue
        assert earlier is not None, finding.rule
        assert earlier.status is finding.status, finding.rule
    decided = {one.rule for one in after.findings if not one.missing}
    for rule in set(after.hard_open) - set(before.hard_open):  # met before: open until shown again
        assert after.finding(rule).missing or "has(" in WHOLE.by_id[rule].ok.source, rule
    vanished = {one.rule for one in before.findings} - {one.rule for one in after.findings}
    vanished -= {one for one in vanished if "has(" in WHOLE.by_id[one].when.source}
    assert not vanished & decided
    assert not vanished, "a rule that applied cannot cease to apply for lack of a fact"


@given(facts=SHEETS, path=st.sampled_from(sorted(FIELDS)), chance=st.data())
@settings(max_examples=150, deadline=None)
def test_a_fact_changes_only_the_findings_of_rules_that_ask_about_it(facts, path, chance):
    changed = facts.updated({path: chance.draw(_value(path))})

    before, after = judge(facts, DAY, WHOLE), judge(changed, DAY, WHOLE)

    for rule in WHOLE.rules:
        if path not in _asked_by(rule):
            assert before.finding(rule.id) == after.finding(rule.id), rule.id


def _asked_by(rule):
    """The facts behind a rule, with those behind the rules that it asks about."""
    others = {WHOLE.by_id[other] for predicate in rule.predicates for _, other in predicate.helpers}
    predicates = [predicate for one in (rule, *others) for predicate in one.predicates]
    return {path for predicate in predicates for path in predicate.fact_paths}


@given(facts=SHEETS)
@settings(max_examples=50, deadline=None)
def test_answering_what_is_missing_decides_everything(facts):
    for _ in range(len(FIELDS)):
        missing = sorted({path for one in judge(facts, DAY, WHOLE).unknown for path in one.missing})
        if not missing:
            break
        facts = facts.updated({path: _an_answer(path) for path in missing})

    assert judge(facts, DAY, WHOLE).unknown == ()


def _an_answer(path):
    field = FIELDS[path]
    plain = {"flag": False, "count": 1, "number": 1.0, "day": "2030-01-01", "text": "x"}
    return {"choice": field.choices[:1] and field.choices[0], "choices": []}.get(
        field.kind, plain.get(field.kind)
    )


def test_a_waiver_settles_what_may_be_waived_and_stays_visible():
    facts = PLAIN.updated(
        {"asset.service_work": True, "asset.frozen": True, "owner.kind": "enterprise"}
    )
    found = judge(facts, DAY)
    assert {"service-inventor-preemption", "patent-frozen"} <= set(found.hard_open)

    waived = found.with_waivers({"service-inventor-preemption", "patent-frozen"})

    assert waived.waived == ("service-inventor-preemption",)
    assert waived.finding("service-inventor-preemption").status is Status.WAIVED
    assert "patent-frozen" in waived.hard_open, "an absolute bar is waived by nobody"
    assert set(waived.hard_open) == set(found.hard_open) - {"service-inventor-preemption"}
