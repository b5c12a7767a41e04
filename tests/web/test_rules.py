"""The rule library as anybody reads it."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from marketplace.core import clock
from marketplace.rules import library
from tests.conftest import statements

DAY = datetime(2026, 11, 25, 2, tzinfo=UTC)
RULES = library.load().rules


@pytest.fixture(autouse=True)
def today():
    with clock.freeze(DAY):
        yield


def test_the_library_lists_the_rules_in_force_today_and_pages_through_them(client):
    seen = set()
    for page in range(1, 12):
        body = client.get(f"/rules?page={page}").text
        seen |= {rule.id for rule in RULES if f'href="/rules/{rule.id}"' in body}

    assert seen == {rule.id for rule in RULES if rule.in_force(date(2026, 11, 25))}


def test_words_and_filters_narrow_and_an_empty_answer_says_what_to_do(client):
    found = client.get("/rules?q=近似商标&gate=hard").text
    none = client.get("/rules?q=zzzz").text

    assert 'href="/rules/tm-similar-marks-together"' in found
    assert 'href="/rules/tm-confusing-transfer"' not in found
    assert "没有符合条件的规则" in none


def test_the_list_goes_out_as_a_table_with_the_same_rules(client):
    answer = client.get("/rules?law=商标法&format=csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="rules.csv"'
    assert [row[0] for row in rows[1:]] == [
        rule.id
        for rule in RULES
        if rule.in_force(date(2026, 11, 25))
        and "商标法（" in rule.text_on(date(2026, 11, 25)).article
    ]
    assert client.get("/rules?format=xlsx").data.startswith(b"PK")


def test_a_rule_shows_both_dated_texts_its_conditions_in_words_and_the_expression(client):
    chinese = client.get("/rules/tm-similar-marks-together").text
    english = client.get("/rules/tm-similar-marks-together", headers={"Accept-Language": "en"}).text

    assert "商标法（2019）第42条第2款" in chinese
    assert "商标法（2026修订）第46条第2款" in chinese
    assert "有近似商标未一并转让：是" in chinese
    assert "asset.similar_marks_left_out" in chinese
    assert "尚未施行" in chinese
    assert "待核实" in chinese
    assert "Similar marks are left out: yes" in english
    assert "Trademark Law (2019) art. 42(2)" in english
    assert "To be confirmed" in english


def test_every_rule_has_a_page_and_nothing_else_has(client):
    assert [r.id for r in RULES if client.get(f"/rules/{r.id}").status_code != 200] == []
    assert client.get("/rules/no-such-rule").status_code == 404


def test_the_page_of_changes_compares_today_with_the_next_change(client):
    body = client.get("/rules/changes").text
    same = client.get("/rules/changes?from=2026-11-01&to=2026-11-02").text
    odd = client.get("/rules/changes?from=soon&to=2026-13-45")

    assert "2027年1月1日" in body
    assert 'href="/rules/tm-similar-marks-together"' in body
    assert "<ins>" in body
    assert "这两个日期之间没有变化" in same
    assert odd.status_code == 200


def test_laws_lead_to_their_rules(client):
    body = client.get("/rules/laws").text

    assert 'href="/rules/tm-similar-marks-together"' in body
    assert "商标法" in body


def test_the_library_asks_the_database_nothing(client):
    with statements(lambda sql: sql.startswith("SELECT")) as asked:
        for path in ("/rules", "/rules/laws", "/rules/changes", "/rules/seed18-valuation-equity"):
            client.get(path)

    assert asked == []
