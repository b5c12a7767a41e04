"""The operators' page of the log: who did what, when and why."""

from datetime import UTC, datetime

import pytest

from marketplace.core import clock, events
from marketplace.core.db import transaction
from marketplace.core.policy import Actor
from tests import factories as a


@pytest.fixture
def operator(sign_in):
    """An operator, in a log with two firms' doings on two days."""
    for name, day in (("甲公司", 3), ("乙公司", 5)):
        firm = a.organisation(name=name)
        by = Actor(a.member(firm, "owner", a.user(name=f"{name}的人")).user_id, firm.id)
        with clock.freeze(datetime(2026, 6, day, 18, tzinfo=UTC)), transaction():
            events.record(firm, "organisation.revise", by=by, because=f"{name}改名")
    return sign_in(a.exchange(), "owner")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"甲公司改名", "乙公司改名"}),
        ("kind=organisation", {"甲公司改名", "乙公司改名"}),
        ("kind=organ", set()),
        ("who=甲公司的", {"甲公司改名"}),
        ("who=乙公", {"乙公司改名"}),
        ("who=%25", set()),
        ("since=2026-06-05", {"乙公司改名"}),  # 18:00 UTC is the next day in Guangdong
        ("until=2026-06-04", {"甲公司改名"}),
        ("since=2026-06-04&until=2026-06-04", {"甲公司改名"}),
        ("since=nonsense", {"甲公司改名", "乙公司改名"}),
    ],
)
def test_operators_narrow_the_log_by_kind_person_firm_and_day(operator, query, found):
    page = operator.get(f"/console/audit?{query}").text
    table = operator.get(f"/console/audit?{query}&format=csv").text

    assert {text for text in ("甲公司改名", "乙公司改名") if text in page} == found
    assert {text for text in ("甲公司改名", "乙公司改名") if text in table} == found


def test_the_exported_log_names_people_and_keeps_formulas_from_running(operator):
    with transaction():
        events.record(
            a.organisation(), "organisation.close", by=Actor(a.user().id, None), because="=1+1"
        )

    rows = operator.get("/console/audit?kind=organisation&format=csv").text

    assert "甲公司的人" in rows
    assert "'=1+1" in rows
    assert operator.get("/console/audit?format=xlsx").status_code == 200
