"""The table of recordals: whole for all that is traded, sourced, and counted by the law."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets.models import NEVER_DEALT_IN, AssetKind
from marketplace.core import working_days
from marketplace.core.words import knows
from marketplace.deals import procedures
from marketplace.listings.terms import DealKind, Grant
from marketplace.rules.library import load

TRADED = sorted(set(AssetKind) - NEVER_DEALT_IN)
ACTS = [
    frozenset({"transfer"}),
    frozenset({"equity"}),
    *(frozenset({"licence", grant.value}) for grant in Grant),
]


def ids(acts, kind):
    return [one.id for one in procedures.of_right(acts, kind)]


@pytest.mark.parametrize("kind", TRADED)
@pytest.mark.parametrize("acts", ACTS, ids=lambda acts: "-".join(sorted(acts)))
def test_everything_that_is_traded_has_exactly_one_entry_that_the_release_waits_for(acts, kind):
    assert {one.value for one in DealKind} & acts
    required = [one for one in procedures.of_right(acts, kind) if one.required]
    assert len(required) == 1
    assert required[0].evidence


@pytest.mark.parametrize("row", procedures.table(), ids=lambda row: row.id)
def test_every_row_is_whole(row):
    assert row.effect in procedures.EFFECTS
    assert knows("enums", f"recordal_effect.{row.effect}")
    assert (row.begins in {"signing", "recordal"}, row.side in {"seller", "buyer"}) == (True, True)
    assert {kind.value for kind in AssetKind} >= row.kinds
    assert [name for name in row.evidence if not knows("enums", f"evidence.{name}")] == []
    assert all(said.zh and said.en for said in (row.name, row.office, *row.papers))
    assert row.rule or row.article or row.effect == "contractual"


@pytest.mark.parametrize("row", procedures.table(), ids=lambda row: row.id)
def test_a_row_and_its_rule_say_the_same(row):
    if not row.rule:
        return
    rule = load().by_id[row.rule]
    if rule.deadline is not None and rule.deadline.after == "signing":
        assert (row.months, row.days) == (rule.deadline.months, rule.deadline.days)
    assert not row.together or row.together in load().by_id


@pytest.mark.parametrize(
    ("acts", "kinds", "wanted"),
    [
        ({"transfer"}, ["invention", "design"], [("cnipa_transfer_registration",)]),
        ({"transfer"}, ["trademark"], [("tm_transfer_approval",)]),
        ({"transfer"}, ["plant_variety"], [("pv_transfer_registration",)]),
        ({"transfer"}, ["ic_layout"], [("ic_register_copy",)]),
        ({"transfer"}, ["software"], [("delivery_receipt", "contract_registration")]),
        ({"licence", "sole"}, ["utility_model"], [("licence_recordal",)]),
        ({"licence", "sole"}, ["patent_application"], [("delivery_receipt", "contract_registration")]),
        ({"licence", "exclusive"}, ["collective_mark"], [("tm_licence_recordal",)]),
        (
            {"equity"},
            ["patent_application", "trade_secret"],
            [
                ("cnipa_transfer_registration",),
                ("delivery_receipt", "contract_registration"),
                ("title_registered_to_company",),
            ],
        ),
        ({"equity"}, ["software"], [("delivery_receipt", "contract_registration")]),
    ],
)  # fmt: skip
def test_what_proves_the_recordal(acts, kinds, wanted):
    assert procedures.wanted(acts, kinds) == wanted


def test_a_voluntary_registration_is_offered_for_what_excludes_others_only():
    assert "software_contract" in ids({"licence", "exclusive"}, "software")
    assert "software_contract" not in ids({"licence", "non_exclusive"}, "software")


def test_the_licence_of_a_patent_has_three_months_and_a_holiday_gives_way():
    licence = procedures.by_id()["patent_licence"]
    assert licence.legal_period(date(2026, 3, 10)) == date(2026, 6, 10)
    # 1 October 2026 opens the holiday of the National Day, worked again from the 8th
    assert licence.legal_period(date(2026, 7, 1)) == date(2026, 10, 8)
    assert licence.legal_period(date(2025, 11, 30)) == date(2026, 2, 28)  # a weekend that is worked


def test_a_year_without_calendar_gives_the_plain_day():
    licence = procedures.by_id()["patent_licence"]
    assert licence.legal_period(date(2089, 12, 20)) == date(2090, 3, 20)


def test_a_fee_has_its_source_and_its_day():
    fees = [row.fee for row in procedures.table() if row.fee]
    assert fees
    assert all(fee.source.zh and fee.since <= date(2026, 11, 26) for fee in fees)


@given(st.dates(date(2024, 1, 1), date(2026, 8, 1)))
def test_a_period_ends_on_a_working_day_and_never_early(start):
    export = procedures.by_id()["technology_export"]
    end = export.legal_period(start)
    assert end is not None
    assert working_days.is_working(end)
    assert end >= start + timedelta(days=60)


@given(st.dates(date(2024, 1, 1), date(2026, 10, 1)))
def test_a_supplement_has_a_month(noticed):
    due = procedures.supplement_due(noticed)
    assert working_days.is_working(due)
    assert timedelta(days=28) <= due - noticed <= timedelta(days=42)
