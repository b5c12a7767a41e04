"""Judging a deal anew: the law of then is kept whole, and changes are put down to law or facts."""

import json
from datetime import UTC, datetime

import pytest

from marketplace.assets.models import AssetKind
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import CatalogueVersion, Judgement
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.deals import rejudging
from marketplace.deals.models import DealState
from marketplace.rules import library
from marketplace.rules.compare import Cause, What
from tests import factories as a
from tests.conftest import statements
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
THEN = datetime(2026, 12, 20, 2, tzinfo=UTC)
AFTER_NEW_YEAR = datetime(2027, 1, 5, 2, tzinfo=UTC)


def _mark():
    return a.listing(a.asset(kind=AssetKind.TRADEMARK))


def _found(one):
    return {each.rule: (each.what, each.cause) for each in one.comparison.differences}


def test_the_first_judging_keeps_the_rules_whole_and_later_ones_keep_them_no_second_time():
    journey.opened()
    journey.opened()

    kept = db.session.query(CatalogueVersion).one()
    assert kept.version == library.catalogue_version()
    assert kept.rules == len(library.load().rules)
    assert library.restored(kept.content).version == kept.version
    assert {one.catalogue_version for one in db.session.query(Judgement)} == {kept.version}


def test_a_deal_judged_before_new_year_is_told_what_new_year_changed():
    with clock.freeze(THEN):
        deal, _ = journey.opened(_mark())
    with clock.freeze(AFTER_NEW_YEAR):
        (one,) = rejudging.of(deal)

    changed = _found(one)
    assert one.repeats
    assert changed["tm-transfer-joint-application"] == (What.TEXT, Cause.LAW)
    assert {cause for rule, (_, cause) in changed.items() if rule.startswith("tm-")} == {Cause.LAW}


def test_an_answer_changes_what_the_facts_say_and_nothing_that_was_kept():
    with clock.freeze(THEN):
        deal, who = journey.opened()
        before = [(one.id, one.facts, one.findings) for one in compliance.of(deal)]
        (untouched,) = rejudging.of(deal)
        journey.answered(deal, who)
        (one,) = rejudging.of(deal)

    assert untouched.changes == 0
    assert one.changes
    assert {difference.cause for difference in one.comparison.differences} == {Cause.FACTS}
    assert [(one.id, one.facts, one.findings) for one in compliance.of(deal)] == before


def test_the_rules_of_an_older_version_are_read_from_where_they_were_kept(monkeypatch):
    old = library.load()
    with clock.freeze(THEN):
        deal, _ = journey.opened()
        # a later edition of the site drops a rule and words another anew
        files = json.loads(old.content)
        for file in files:
            file["rules"] = [r for r in file["rules"] if r["id"] != "plat-verify-title"]
            for rule in file["rules"]:
                if rule["id"] == "patent-transfer-written-and-registered":
                    rule["quote"] = "新的条文"
        newer = library.restored(json.dumps(files))
        monkeypatch.setattr(library, "load", lambda **_: newer)
        monkeypatch.setattr(rejudging, "load", lambda **_: newer)
        (one,) = rejudging.of(deal)

    assert one.kept.catalogue_version == old.version != newer.version
    assert one.repeats
    assert _found(one) == {
        "plat-verify-title": (What.GONE, Cause.LAW),
        "patent-transfer-written-and-registered": (What.TEXT, Cause.LAW),
    }


def test_without_the_law_of_then_only_the_old_findings_are_told():
    deal, _ = journey.opened()
    for judgement in compliance.of(deal):
        judgement.catalogue_version = "2020-01-01+000000000000"
    db.session.commit()

    (one,) = rejudging.of(deal)

    assert (one.comparison, one.repeats, one.changes) == (None, False, 0)


def test_all_open_deals_are_judged_anew_right_by_right_in_order():
    bundle = a.listing(a.asset(), a.asset())
    first, _ = journey.opened(bundle)
    closed, _ = journey.to(DealState.CLOSED)
    second, _ = journey.opened()

    found = list(rejudging.many(SYSTEM))

    assert [one.deal.reference for one in found] == [first.reference] * 2 + [second.reference]
    assert [one.deal.reference for one in rejudging.many(SYSTEM, [closed.reference])] == [
        closed.reference
    ]


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def invoke(*arguments):
        result = runner.invoke(args=["rules", "rejudge", *arguments])
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    return invoke


def test_the_command_writes_a_line_a_right_and_changes_nothing(run):
    with clock.freeze(THEN):
        deal, _ = journey.opened(_mark())
        with statements(lambda sql: sql.startswith(("INSERT", "UPDATE", "DELETE"))) as written:
            code, (line,) = run("--deal", deal.reference, "--on", "2027-01-01")

    assert (code, written) == (0, [])
    assert (line["deal"], line["judged_on"], line["on"]) == (
        deal.reference, "2026-12-20", "2027-01-01",
    )  # fmt: skip
    assert line["repeats"] is True
    changed = {one["rule"]: one for one in line["changes"]}
    joint = changed["tm-transfer-joint-application"]
    assert (joint["what"], joint["cause"]) == ("text", "law")
    assert "2026修订" in joint["after"]["article"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "rejudge.which"),
        (["--all", "--deal", "D-1"], "rejudge.which"),
        (["--deal", "D-404"], "deal.unknown"),
        (["--all", "--on", "tomorrow"], "facts.day"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_input(run, arguments, error):
    code, (line,) = run(*arguments)

    assert (code, line["error"]["code"]) == (1, error)
    assert line["error"]["message"]


def test_the_page_shows_a_party_what_the_law_of_another_day_changes(sign_in):
    with clock.freeze(THEN):
        deal, _ = journey.opened(_mark())
        page = sign_in(deal.seller, "owner")
        shown = page.get(f"/workbench/deals/{deal.reference}/law?on=2027-01-01").text
        foot = page.get(f"/workbench/deals/{deal.reference}").text
        today = page.get(f"/workbench/deals/{deal.reference}/law").text

    assert "因为法律变了" in shown
    assert 'href="/rules/tm-transfer-joint-application"' in shown
    assert "没有不同" in today
    assert library.catalogue_version() in foot
    assert f"/workbench/deals/{deal.reference}/law" in foot


def test_a_rule_shows_the_reader_its_own_deals_it_bears_on_and_nobody_else_s(sign_in, client):
    deal, _ = journey.opened()
    path = "/rules/plat-verify-title"

    own = sign_in(deal.buyer, "owner").get(path).text
    other = sign_in(a.organisation(), "owner").get(path).text

    assert deal.reference in own
    assert deal.reference not in other
    assert deal.reference not in client.get(path).text
