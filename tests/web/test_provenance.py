"""The owner states where a right comes from, once; the exchange records complaints."""

import pytest

from marketplace.assets.models import Asset, AssetKind
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.deals import facts
from marketplace.organisations.models import OrganisationKind
from marketplace.rules import engine
from marketplace.rules.facts import Facts
from marketplace.valuation.models import ValuationReport
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")


def page_of(right):
    return f"/workbench/assets/{right.reference}/provenance"


def text(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def stated(right):
    db.session.expire_all()
    return db.session.get_one(Asset, right.id).stated


def test_each_kind_of_right_is_asked_what_concerns_it(sign_in):
    patent = a.asset()
    mark = a.asset(keeper=patent.keeper, kind=AssetKind.TRADEMARK)
    browser = sign_in(patent.keeper)

    of_patent, of_mark = text(browser.get(page_of(patent))), text(browser.get(page_of(mark)))

    assert "asset__service_work" in of_patent
    assert "tech__catalogue" in of_patent
    assert "asset__similar_marks_left_out" not in of_patent
    assert "asset__similar_marks_left_out" in of_mark
    assert "asset__service_work" not in of_mark
    assert "asset__complaint_received" not in of_patent
    assert "/rules/defence-or-secret-patent" in of_patent  # the rule behind the question


def test_a_part_is_kept_with_name_and_day_and_an_answer_can_be_taken_back(sign_in):
    right = a.asset()
    browser = sign_in(right.keeper)

    browser.post(page_of(right), data={"asset__state_secret": "no", "asset__service_work": "yes"})
    said = stated(right)
    assert {path: one["value"] for path, one in said.items()} == {
        "asset.state_secret": False,
        "asset.service_work": True,
    }
    assert said["asset.state_secret"]["on"] == clock.today().isoformat()
    shown = text(browser.get(f"/workbench/assets/{right.reference}"))
    assert right.keeper.name in shown.partition('id="provenance"')[2].partition("</section>")[0]

    browser.post(page_of(right), data={"asset__state_secret": "", "asset__service_work": "yes"})
    assert set(stated(right)) == {"asset.service_work"}


def test_strangers_state_nothing(sign_in):
    right = a.asset()
    assert sign_in(a.organisation()).get(page_of(right)).status_code == 404
    assert sign_in(right.keeper, "viewer").get(page_of(right)).status_code == 403


def test_a_complaint_on_record_asks_the_exchange_for_measures(sign_in):
    deal, _ = journey.opened()
    right = deal.assets[0]
    operator = sign_in(a.exchange(), "owner")
    assert "asset__complaint_received" in text(operator.get(page_of(right)))

    operator.post(page_of(right), data={"asset__complaint_received": "yes"})

    db.session.expire_all()
    [(_, sheet)] = facts.sheets(deal)
    found = engine.judge(Facts.of(sheet), clock.today()).finding("plat-ip-complaint")
    assert found.status is engine.Status.DUTY
    operator.post(
        page_of(right),
        data={"asset__complaint_received": "yes", "plat__complaint_measures_taken": "yes"},
    )
    db.session.expire_all()
    [(_, sheet)] = facts.sheets(deal)
    found = engine.judge(Facts.of(sheet), clock.today()).finding("plat-ip-complaint")
    assert found.status is engine.Status.SATISFIED


def test_the_identity_of_an_organisation_says_what_the_rules_ask(sign_in):
    firm = a.organisation(
        kind=OrganisationKind.SOE, state_owned=True, verified_at=None, uscc=a.uscc()
    )
    browser = sign_in(firm, "owner")
    given = {"name": firm.name, "kind": "soe", "region": "CN", "uscc": firm.uscc}

    browser.post("/workbench/organisation/identity", data={**given, "above_scale": "yes"})

    db.session.expire_all()
    assert (firm.above_scale, firm.central, firm.inventor_reward_rule) == (True, None, None)
    browser.post(
        "/workbench/organisation/identity",
        data={**given, "kind": "enterprise", "above_scale": "yes", "inventor_reward_rule": "no"},
    )
    db.session.expire_all()
    assert (firm.above_scale, firm.inventor_reward_rule) == (None, False)


def test_a_report_says_how_it_was_made_and_where_it_was_filed():
    right = a.asset()
    report = a.valuation(right, method="income", single_method_reason="", filing="approved")
    listing = a.listing(right)
    deal, _ = journey.opened(listing)

    [(_, sheet)] = facts.sheets(deal)

    assert (sheet["val"]["methods"], sheet["val"]["single_method_reason"]) == (1, False)
    assert (sheet["val"]["filed"], sheet["val"]["approved"]) == (False, True)
    found = engine.judge(Facts.of(sheet), clock.today()).finding("val-report-two-methods")
    assert found.status is engine.Status.DUTY
    db.session.get_one(ValuationReport, report.id).single_method_reason = "没有可比交易。"
    db.session.commit()
    [(_, sheet)] = facts.sheets(deal)
    found = engine.judge(Facts.of(sheet), clock.today()).finding("val-report-two-methods")
    assert found.status is engine.Status.SATISFIED
