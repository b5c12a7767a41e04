"""Conditions in plain words, read off the expression that is judged."""

import pytest

from marketplace.rules import library
from marketplace.rules.predicates import compiled
from marketplace.rules.sentences import in_words

RULES = library.load().rules


def _told(clause):
    if clause.joint == "statement":
        return clause.text
    return (clause.joint.value, *(_told(part) for part in clause.parts))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("asset.pledged", "Pledged: yes"),
        ("!asset.pledged", "Pledged: no"),
        ("deal.kind == 'equity'", "Kind of deal: Contribution as equity"),
        ("deal.kind != 'equity'", "Kind of deal: not Contribution as equity"),
        (
            "cp.region in ['HK', 'MO']",
            "Region of the counterparty: Hong Kong, China or Macao, China",
        ),
        ("!(deal.kind in ['loan'])", "Kind of deal: not Loan"),
        ("'valuation_report' in docs", "On file: Valuation report"),
        ("!('valuation_report' in docs)", "Not on file: Valuation report"),
        (
            "deal.licence_end > asset.expiry",
            "Last day of the licence: after Last day of protection",
        ),
        ("!(deal.price >= 2000000)", "Price: less than 2,000,000"),
        (
            "deal.bid_deposit > 0.3 * deal.floor_price",
            "Bid deposit: more than 30 % of: Floor price",
        ),
        ("!(asset.registration_no != '')", "Registration number: not stated"),
        (
            "plat.retention_years_valuation >= (val.statutory ? 30 : 15)",
            "Years of keeping valuations: at least 30 (Statutory valuation: yes), otherwise 15",
        ),
        (
            "asset.frozen && (asset.pledged || asset.co_owned) && deal.written",
            (
                "all",
                "Frozen by a court: yes",
                ("any", "Pledged: yes", "Co-owned: yes"),
                "Contract in writing: yes",
            ),
        ),
        (
            "!(asset.pledged && (asset.frozen || !asset.co_owned))",
            (
                "any",
                "Pledged: no",
                ("all", "Frozen by a court: no", "Co-owned: yes"),
            ),
        ),
    ],
)
def test_an_expression_is_said_in_words(expression, said):
    assert _told(in_words(compiled(expression), "en")) == said


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
def test_every_condition_on_file_is_said_in_words_and_none_is_only_copied(locale):
    copied = [
        (rule.id, one.text)
        for rule in RULES
        for predicate in rule.predicates
        for one in in_words(predicate, locale).statements
        if not one.read or "rule_says" in one.text or "fact." in one.text
    ]

    assert copied == []


def test_an_exemption_names_the_rule_that_exempts():
    statements = in_words(library.load().by_id["seed18-valuation-state"].when, "zh_Hans").statements

    assert [one.rule for one in statements if one.rule] == ["univ-valuation-autonomy"]
