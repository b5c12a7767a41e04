from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from marketplace.core import words
from marketplace.rules.facts import FIELDS, FactError, Facts


def test_a_sheet_keeps_what_it_was_given_in_plain_values():
    given = {
        "asset": {"kind": "invention", "expiry": date(2041, 9, 5), "pledged": None},
        "deal": {"price": Decimal("1250.50"), "notice_days": 15},
        "val": None,
        "docs": {"title_document"},
    }

    facts = Facts.of(given)

    assert facts.as_dict() == {
        "asset": {"kind": "invention", "expiry": "2041-09-05"},
        "deal": {"notice_days": 15, "price": 1250.5},
        "docs": ["title_document"],
    }
    assert Facts.of(facts.as_dict()) == facts


WRONG = [
    ([], "fact.shape", "facts"),
    ({"asset": []}, "fact.shape", "asset"),
    ({"docs": "title_document"}, "fact.shape", "docs"),
    ({"docs": {"title_document": True}}, "fact.shape", "docs"),
    ({"docs": ["Title document"]}, "fact.evidence", "docs.Title document"),
    ({"docs": [1]}, "fact.evidence", "docs.1"),
    ({"assets": {}}, "fact.record", "assets"),
    ({"asset": {"pleged": True}}, "fact.field", "asset.pleged"),
    ({"asset": {"pledged": "yes"}}, "fact.type", "asset.pledged"),
    ({"asset": {"pledged": 1}}, "fact.type", "asset.pledged"),
    ({"asset": {"kind": "patent"}}, "fact.choice", "asset.kind"),
    ({"asset": {"kind": 3}}, "fact.type", "asset.kind"),
    ({"asset": {"expiry": "5 September"}}, "fact.type", "asset.expiry"),
    ({"asset": {"expiry": datetime(2041, 9, 5, tzinfo=UTC)}}, "fact.type", "asset.expiry"),
    ({"deal": {"notice_days": True}}, "fact.type", "deal.notice_days"),
    ({"deal": {"notice_days": 1.5}}, "fact.type", "deal.notice_days"),
    ({"deal": {"notice_days": 2**70}}, "fact.type", "deal.notice_days"),
    ({"deal": {"price": "12"}}, "fact.type", "deal.price"),
    ({"deal": {"price": float("nan")}}, "fact.type", "deal.price"),
    ({"deal": {"price": 10**400}}, "fact.type", "deal.price"),
    ({"deal": {"territory": "\ud800"}}, "fact.type", "deal.territory"),
    ({"deal": {"clause_flags": ["no_challenge", "other"]}}, "fact.choice", "deal.clause_flags"),
]


@pytest.mark.parametrize(("given", "code", "path"), WRONG)
def test_a_wrong_sheet_is_refused_with_its_path(given, code, path):
    with pytest.raises(FactError) as refusal:
        Facts.of(given)

    assert (refusal.value.code, refusal.value.path) == (code, path)
    said = words.say("refusals", code, "zh_Hans", **refusal.value.facts)
    assert path in said or code == "fact.evidence"


def test_facts_change_by_path():
    facts = Facts.of({"asset": {"pledged": True}}).updated({"asset.pledged": None, "deal.price": 5})

    assert facts.as_dict() == {"deal": {"price": 5.0}, "docs": []}
    with pytest.raises(FactError):
        facts.updated({"deal.prize": 5})


def test_silence_is_ignorance_unless_the_law_presumes():
    facts = Facts.of({})

    assert facts.lacks("asset.pledged")
    assert facts.get("asset.coowner_agreement_allows") is False
    assert facts.get("ctx.notice_days") == 15


def test_every_fact_and_choice_has_words():
    for field in FIELDS.values():
        assert words.knows("enums", field.label), field.label
        for choice in field.choices:
            assert words.knows("enums", field.choice_label(choice)), field.choice_label(choice)
