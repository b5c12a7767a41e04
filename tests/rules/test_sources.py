"""Every fact comes from somewhere, and what the exchange says of itself is all there."""

from marketplace.compliance import exchange
from marketplace.core.words import knows
from marketplace.rules import library
from marketplace.rules.facts import FIELDS, Facts
from marketplace.rules.markdown import facts_markdown
from marketplace.rules.sources import FOLLOWS, ORIGINS, STATED, Source, asked_first


def test_every_fact_has_one_source():
    assert set(ORIGINS) == set(FIELDS)


def test_the_exchange_answers_for_itself_and_is_asked_nothing():
    known = exchange.facts(individuals=False, holders=1)

    said = set(Facts.of(known).values)
    assert said == {path for path in FIELDS if path.startswith(("plat.", "ctx."))} - {
        "plat.complaint_measures_taken"  # of a right, once a complaint is on record
    }
    assert not [path for path in said if ORIGINS[path].is_asked]
    assert set(exchange.SETTINGS) <= set(FIELDS)


def test_an_owner_states_facts_of_the_right_alone():
    assert {path.split(".")[0] for path in STATED} == {"asset", "tech"}
    assert all(ORIGINS[path].is_asked for path in STATED)


def test_a_question_that_follows_another_waits_for_it():
    assert asked_first({"deal.broker", "broker.service"}) == {"deal.broker"}
    assert asked_first({"broker.service"}) == {"broker.service"}
    assert {path for after in FOLLOWS.values() for path in after} <= set(FIELDS)


def test_everything_that_people_are_asked_is_asked_in_plain_words():
    asked = {path for path, one in ORIGINS.items() if one.is_asked and one.source in {
        Source.PROVENANCE, Source.QUESTION}}  # fmt: skip
    of_later_issues = {"open_licence", "pledge", "auction", "share_pledge"}
    now = set(FIELDS["deal.kind"].choices) - of_later_issues
    reached = {
        path
        for rule in library.load().rules
        for path in rule.when.fact_paths
        if any(f"'{kind}'" in rule.when.source for kind in now)
        or "deal.kind" not in rule.when.source
    }
    silent = {path for path in asked & reached if not knows("enums", f"ask.{path}")}
    # what the law presumes is asked only of whoever wants to rely on it
    assert silent <= {path for path in FIELDS if FIELDS[path].presumed is not None} | {
        "deal.buyer_qualification_set"  # at a property exchange alone
    }


def test_the_table_of_facts_names_each_once():
    for locale in ("zh_Hans", "en"):
        page = facts_markdown(locale)
        assert [path for path in FIELDS if page.count(f"`{path}`") != 1] == []
        assert "fact_source" not in page
        assert "rules_page" not in page
