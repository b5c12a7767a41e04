"""Every rule applies to every deal of the site, and nothing is undecided at the signing."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.assets.models import AssetKind
from marketplace.compliance import queries as compliance
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Unlawful
from marketplace.deals import checklist, facts
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.listings.terms import DealKind, Grant
from marketplace.organisations.models import OrganisationKind, Region
from marketplace.rules import engine
from marketplace.rules.facts import Facts
from marketplace.rules.library import Stage
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")

WAYS = {
    "transfer": {},
    "exclusive": {"kind": DealKind.LICENCE, "grant": Grant.EXCLUSIVE, "months": 12},
    "plain": {"kind": DealKind.LICENCE, "grant": Grant.NON_EXCLUSIVE, "months": 12,
              "sublicence": True},
    "equity": {"kind": DealKind.EQUITY, "company": "新设公司", "equity_bps": 2000},
}  # fmt: skip
CASES = [
    ("transfer", AssetKind.INVENTION, OrganisationKind.UNIVERSITY, Region.MAINLAND),
    ("transfer", AssetKind.TRADEMARK, OrganisationKind.ENTERPRISE, Region.FOREIGN),
    ("transfer", AssetKind.PATENT_APPLICATION, OrganisationKind.SOE, Region.MAINLAND),
    ("transfer", AssetKind.PLANT_VARIETY, OrganisationKind.PUBLIC_INSTITUTION, Region.MAINLAND),
    ("exclusive", AssetKind.SOFTWARE, OrganisationKind.ENTERPRISE, Region.HONG_KONG),
    ("exclusive", AssetKind.KNOW_HOW, OrganisationKind.SOE, Region.MAINLAND),
    ("plain", AssetKind.UTILITY_MODEL, OrganisationKind.INDIVIDUAL, Region.FOREIGN),
    ("plain", AssetKind.COPYRIGHT, OrganisationKind.GOVERNMENT, Region.MAINLAND),
    ("equity", AssetKind.DESIGN, OrganisationKind.ENTERPRISE, Region.MAINLAND),
    ("equity", AssetKind.IC_LAYOUT, OrganisationKind.SOE, Region.MAINLAND),
]


@pytest.mark.parametrize(("way", "kind", "owner", "region"), CASES)
def test_once_all_is_answered_no_rule_is_undecided(way, kind, owner, region):
    state = owner not in {OrganisationKind.ENTERPRISE, OrganisationKind.INDIVIDUAL}
    seller = a.organisation(kind=owner, state_owned=state)
    right = a.asset(keeper=seller, kind=kind)
    a.valuation(right, filing="filed")
    listing = a.listing(right, terms=a.terms(notes="另行约定。", **WAYS[way]))
    deal, who = journey.opened(listing, buyer=a.organisation(region=region))
    assert checklist.of(deal).open_questions

    journey.answered(deal, who)

    found = checklist.of(deal)
    assert (found.open_questions, found.gaps) == ([], ())
    [(_, sheet)] = facts.sheets(deal)
    undecided = engine.judge(Facts.of(sheet), clock.today()).unknown
    assert [one.rule for one in undecided if one.applies is None] == []
    assert {one.stage for one in undecided} <= {Stage.CLOSING, Stage.POST}


def test_the_contract_is_not_drawn_up_while_a_duty_is_undecided():
    deal, who = journey.opened()
    journey.answered(deal, who)
    with transaction():
        deals.answer(who.seller, deal, "deal", "wants_tax_relief", None)

    with pytest.raises(Unlawful) as refused, transaction():
        deals.clear(who.seller, deal)

    assert refused.value.code == "deal.questions_open"
    assert refused.value.facts["missing"] == ["deal.wants_tax_relief"]
    assert checklist.answers_for("deal.wants_tax_relief") == "seller"


def test_what_an_owner_said_of_a_right_is_not_asked_again():
    deal, who = journey.opened()
    journey.answered(deal, who)
    right = deal.assets[0]
    assert {one["for"] for one in right.stated.values()} == {deal.seller_id}
    journey.cancelled(deal, who)

    another, _ = journey.opened(deal.listing)

    asked = {q.path for q in checklist.of(another).questions if q.is_open}
    assert asked.isdisjoint(right.stated)
    assert "asset.state_secret" in right.stated


def test_free_text_in_the_terms_makes_the_parties_answer_for_it():
    plain, _ = journey.opened()
    noted, _ = journey.opened(a.listing(terms=a.terms(notes="卖方在同类产品上不再许可他人。")))

    def asked(deal):
        return {q.path for q in checklist.of(deal).questions}

    assert asked(noted) - asked(plain) == {"deal.clause_flags", "deal.earnest_money"}


def test_a_forbidden_clause_stops_the_deal():
    deal, who = journey.opened(a.listing(terms=a.terms(notes="买方不得质疑专利有效性。")))
    journey.answered(deal, who, deal__clause_flags=["no_challenge"])

    assert journey.refused(deal, who).needs == ("contract-no-technology-monopoly",)


def test_individuals_trade_after_separate_consent_alone():
    seller = a.organisation(kind=OrganisationKind.INDIVIDUAL)
    deal, who = journey.opened(a.listing(a.asset(keeper=seller)))
    journey.answered(deal, who)
    assert journey.refused(deal, who).needs == ("pipl-sensitive-or-abroad",)

    journey.proven(deal, who, "separate_consent")
    with transaction():
        deals.clear(who.seller, deal)
    assert deal.state is DealState.SIGNING


@pytest.mark.parametrize(
    ("last_day_of_the_old", "article"), [(True, "商标法（2019）"), (False, "商标法（2026修订）")]
)
def test_the_day_of_signing_decides_which_trademark_law_a_deal_is_judged_by(
    last_day_of_the_old, article
):
    signing = datetime(2026, 12, 31, 4, tzinfo=UTC)
    if not last_day_of_the_old:
        signing += timedelta(days=1)
    licence = a.terms(kind=DealKind.LICENCE, grant=Grant.SOLE, months=12)
    with clock.freeze(signing):
        deal, who = journey.opened(a.listing(a.asset(kind=AssetKind.TRADEMARK), terms=licence))
        names = ("quality_control_clause", "licensee_name_origin_marking_clause")
        journey.proven(deal, who, *names)
        journey.cleared(deal, who)
        journey.signed(deal, who)

    kept = compliance.of(deal)[0]
    said = {one["rule"]: one["article"] for one in kept.findings}
    assert deal.signed_at == signing
    assert said["tm-licence-quality-control"].startswith(article)
