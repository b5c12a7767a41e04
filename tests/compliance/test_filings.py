"""A filing goes to the desk and back; its outcome settles the rule that asked for it."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.compliance import queries as compliance
from marketplace.compliance.models import FilingState, Opinion
from marketplace.compliance.services import filings as desk
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.deals import checklist
from marketplace.deals import services as deals
from marketplace.organisations.models import OrganisationKind, Region
from tests import factories as a
from tests.deals import journey

RULE = "st-fiscal-result-abroad"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
S = FilingState


@pytest.fixture
def office(app):  # noqa: ARG001 -- the site has to run
    return a.actor(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT), "owner")


@pytest.fixture
def abroad(app):  # noqa: ARG001
    """A state-funded result on its way abroad."""
    with clock.freeze(NOW):
        deal, who = journey.opened(buyer=a.organisation(region=Region.FOREIGN))
        journey.answered(deal, who, asset__fiscal_funded=True)
    return deal, who


def opened(deal, who, rule=RULE):
    with clock.freeze(NOW), transaction():
        return deals.open_filing(who.seller, deal, rule)


def submitted(deal, who):
    filing = opened(deal, who)
    with clock.freeze(NOW), transaction():
        deals.submit_filing(who.seller, filing, statement="申请批准", answers={})
    return filing


def concluded(office, filing, opinion, **over):
    with clock.freeze(NOW), transaction():
        if filing.state is S.SUBMITTED:
            desk.receive(office, filing)
        deals.conclude_filing(
            office, filing, opinion=opinion,
            **{"text": "理由", "issuer": "项目管理机构", "number": "粤1号"} | over,
        )  # fmt: skip


def status(deal) -> str:
    [item] = [i for i in checklist.of(deal).items if i.finding.rule == RULE]
    return item.status.value


def test_a_favourable_opinion_becomes_evidence_and_settles_the_rule(abroad, office):
    deal, who = abroad
    assert status(deal) == "open"
    filing = submitted(deal, who)
    concluded(office, filing, Opinion.CONDITIONS, conditions="境内优先")

    assert status(deal) == "satisfied"
    assert [(e.name, e.issuer, e.number) for e in deal.evidence] == [
        ("project_agency_approval", "项目管理机构", "粤1号")
    ]
    [row] = [r for r in compliance.register(office) if r.rule == RULE]
    assert row.counts == {"satisfied": 1}


def test_an_objection_settles_nothing_and_another_filing_may_follow(abroad, office):
    deal, who = abroad
    first = submitted(deal, who)
    concluded(office, first, Opinion.OBJECTION)

    assert (status(deal), list(deal.evidence)) == ("open", [])
    assert opened(deal, who).reference != first.reference


def test_the_desk_asks_the_filer_answers_and_days_are_working_days(abroad, office):
    deal, who = abroad
    filing = submitted(deal, who)
    with clock.freeze(NOW), transaction():
        desk.receive(office, filing)
    assert filing.due_on.isoformat() == "2026-03-30"
    with clock.freeze(NOW), transaction():
        desk.ask(office, filing, text="资金来源？", due_on=clock.today() + timedelta(days=5))
    assert (filing.state, filing.due_on.isoformat()) == (S.QUESTIONED, "2026-03-07")
    with pytest.raises(Refused, match=r"filing\.conclude"):
        concluded(office, filing, Opinion.NO_OBJECTION)
    with clock.freeze(NOW), transaction():
        desk.answer(who.seller, filing, text="省级计划")
    assert [(m.is_question, m.text) for m in filing.messages] == [
        (True, "资金来源？"),
        (False, "省级计划"),
    ]


def test_conditions_are_named_and_reasons_given(abroad, office):
    filing = submitted(*abroad)
    for over, field in (({"conditions": ""}, "conditions"), ({"text": " "}, "text")):
        given = {"conditions": "境内优先"} | over
        with pytest.raises(Invalid) as refusal:
            concluded(office, filing, Opinion.CONDITIONS, **given)
        assert list(refusal.value.fields) == [field]


def test_the_self_check_answers_for_the_technology_and_the_strictest_counts(abroad):
    deal, who = abroad
    with transaction():
        check = deals.open_export_check(who.seller, deal)
    answers = {"prohibited": False, "restricted": True, "dual_use": None}
    with pytest.raises(Invalid), transaction():
        deals.submit_filing(who.seller, check, statement="已核对", answers=answers)
    with transaction():
        deals.submit_filing(
            who.seller, check, statement="已核对", answers=answers | {"dual_use": True}
        )
    stated = deal.assets[0].stated
    assert {p: stated[p]["value"] for p in ("tech.catalogue", "tech.dual_use")} == {
        "tech.catalogue": "restricted",
        "tech.dual_use": True,
    }
    assert stated["tech.catalogue"]["by"] == who.seller.user_id


def test_only_what_a_rule_asks_is_filed_by_its_party_and_seen_by_the_desk(abroad, office):
    deal, who = abroad
    with pytest.raises(Refused, match=r"filing\.no_rule"):
        opened(deal, who, "gov-disposal-approval")
    with pytest.raises(NotAllowed), transaction():
        deals.open_filing(who.buyer, deal, RULE)
    draft = opened(deal, who)
    for by in (office, who.buyer):
        with pytest.raises(NotFound):
            compliance.filing(by, draft.reference)
    filing = submitted(deal, who)
    assert compliance.filing(office, filing.reference) is filing
    for by in (who.seller, who.operator):
        with pytest.raises(NotAllowed):
            concluded(by, filing, Opinion.NO_OBJECTION)
