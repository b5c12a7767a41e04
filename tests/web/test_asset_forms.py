"""The form of each kind of right: what it asks, what it refuses, what it works out."""

import pytest

from marketplace.assets import queries
from marketplace.assets.models import AssetKind
from marketplace.core.db import db
from tests import factories as a

TYPED = {"title": "一项权利", "status": "in_force", "place": "广东省|深圳市", "owners": "甲公司"}
KINDS = {
    "invention": (
        {"jurisdiction": "CN", "application_number": "ZL 2020 1 1068945.9",
         "publications": "CN112230768A, CN112230768B", "classes": "G06F 16/33；A61B5/00",
         "filing_date": "2020-09-30", "grant_date": "2022-01-04"},
        ("CN202011068945.9", "2040-09-29"),
    ),
    "design": (
        {"jurisdiction": "CN", "application_number": "202230481835.9", "classes": "07-02",
         "filing_date": "2022-07-26", "grant_date": "2022-11-01"},
        ("CN202230481835.9", "2037-07-25"),
    ),
    "trademark": (
        {"jurisdiction": "CN", "registration_number": "第1234567号", "classes": "9，42",
         "grant_date": "2001-03-07", "last_day": "2031-03-06"},
        ("1234567", "2031-03-06"),
    ),
    "software": (
        {"registration_number": "2024SR0345678", "work_kind": "V2.1",
         "creation_date": "2023-05-01", "first_publication_date": "2023-06-01"},
        ("2024SR0345678", "2073-12-31"),
    ),
    "copyright": (
        {"registration_number": "粤作登字-2024-F-00012345", "owned_by_person": "y",
         "author_death_date": "2001-02-03"},
        ("粤作登字-2024-F-00012345", "2051-12-31"),
    ),
    "plant_variety": (
        {"registration_number": "CNA20191000123", "woody": "y", "filing_date": "2019-01-01",
         "grant_date": "2025-07-01"},
        ("CNA20191000123", "2050-06-30"),
    ),
    "ic_layout": (
        {"registration_number": "BS.10500001.9", "filing_date": "2018-06-01",
         "first_publication_date": "2017-06-01", "creation_date": "2016-01-01"},
        ("BS.10500001.9", "2027-05-31"),
    ),
    "collective_mark": (
        {"jurisdiction": "CN", "registration_number": "7654321", "classes": "30",
         "grant_date": "2012-03-07", "last_day": "2032-03-06"},
        ("7654321", "2032-03-06"),
    ),
    "data_right": (
        {"registration_number": "2024 0944 0000 09901", "grant_date": "2024-09-20",
         "last_day": "2027-09-19"},
        ("20240944000009901", "2027-09-19"),
    ),
    "gi_product": (
        {"registration_number": "国家质检总局公告2006年第117号", "grant_date": "2006-08-31"},
        ("2006年第117号", None),
    ),
    "defence_patent": (
        {"application_number": "CN201910990001.8", "filing_date": "2019-03-11",
         "grant_date": "2021-08-03"},
        ("CN201910990001.8", "2039-03-10"),
    ),
    "trade_secret": ({"creation_date": "2020-01-01"}, ("", None)),
}  # fmt: skip


def only(keeper):
    [right] = db.session.scalars(queries.mine(a.actor(keeper))).unique().all()
    return right


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_of_every_kind_is_recorded_shown_and_saved_again_unchanged(sign_in, kind):
    keeper = a.organisation()
    browser = sign_in(keeper)
    typed, (number, last_day) = KINDS[kind]
    made = browser.post("/workbench/assets/new", data=TYPED | {"kind": kind} | typed)
    assert made.status_code == 303
    right = only(keeper)
    assert (right.kind.value, right.application_number or right.registration_number or "") == (
        kind,
        number,
    )
    assert (right.last_day and right.last_day.isoformat()) == last_day
    assert browser.get(made.headers["Location"]).status_code == 200
    edit = f"/workbench/assets/{right.reference}/edit"
    assert browser.get(edit).status_code == 200
    before = right.numbers[0].number, right.last_day, right.status
    assert browser.post(edit, data=TYPED | typed).status_code == 303
    db.session.expire_all()
    right = only(keeper)
    assert (right.numbers[0].number, right.last_day, right.status) == before


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("invention", {"application_number": "CN202011068945.8"}, "application_number"),
        ("invention", {"application_number": "CN202230481835.9"}, "application_number"),
        ("invention", {"application_number": "CN202011068945.9", "publications": "CN1"},
         "publications"),
        ("invention", {"application_number": "CN202011068945.9", "classes": "何"}, "classes"),
        ("invention", {"application_number": "CN202011068945.9", "filing_date": "2199-01-01"},
         "filing_date"),
        ("invention", {"application_number": "CN202011068945.9", "filing_date": "2020-09-30",
                       "grant_date": "2019-01-01"}, "grant_date"),
        ("invention", {"application_number": "CN202011068945.9", "filing_date": "2020-09-30",
                       "fee_paid_through": "21"}, "fee_paid_through"),
        ("utility_model", {"application_number": "CN202011068945.9"}, "application_number"),
        ("trademark", {"registration_number": ""}, "registration_number"),
        ("trademark", {"registration_number": "1234567", "classes": "46"}, "classes"),
        ("software", {"registration_number": "2024SR1"}, "registration_number"),
        ("copyright", {"registration_number": "12"}, "registration_number"),
        ("plant_variety", {"registration_number": "CNA1"}, "registration_number"),
        ("ic_layout", {"registration_number": "BS.10500001.1"}, "registration_number"),
        ("data_right", {"registration_number": "20241344000009901"}, "registration_number"),
        ("gi_product", {"registration_number": "AGI1"}, "registration_number"),
        ("trade_secret", {"owners": "甲 | 60%\n乙 | 30%"}, "owners"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_said_beside_its_field_and_nothing_typed_is_lost(
    sign_in, kind, typed, field
):
    data = TYPED | {"kind": kind, "jurisdiction": "CN", "abstract": "很长的说明"} | typed
    page = sign_in(a.organisation()).post("/workbench/assets/new", data=data)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert "很长的说明" in page.text
    assert "一项权利" in page.text


@pytest.mark.parametrize("kind", list(AssetKind))
def test_each_form_asks_what_its_kind_has(sign_in, kind):
    page = sign_in(a.organisation()).get(f"/workbench/assets/new?kind={kind.value}").text
    assert ('name="classes"' in page) == (
        kind
        in {
            "invention",
            "utility_model",
            "design",
            "patent_application",
            "trademark",
            "collective_mark",
            "certification_mark",
        }
    )
    assert ('name="woody"' in page) == (kind == "plant_variety")
    assert ('name="author_death_date"' in page) == (kind in {"copyright", "software"})
    assert ('name="fee_paid_through"' in page) == (kind in {"invention", "utility_model", "design"})


def test_a_number_corrected_by_hand_is_the_number(sign_in):
    keeper = a.organisation()
    browser = sign_in(keeper)
    typed = TYPED | {"kind": "invention", "jurisdiction": "CN"}
    browser.post("/workbench/assets/new", data=typed | {"application_number": "CN202011068945.9"})
    right = only(keeper)
    edit = f"/workbench/assets/{right.reference}/edit"
    browser.post(edit, data=typed | {"application_number": "CN202010988506.3"})
    db.session.expire_all()
    assert {n.number for n in only(keeper).numbers} == {"CN202010988506.3", "ZL202010988506.3"}


def test_a_number_of_another_right_is_refused_beside_its_field(sign_in):
    keeper = a.organisation()
    browser = sign_in(keeper)
    typed = TYPED | {"kind": "invention", "jurisdiction": "CN"}
    for number in ("CN202011068945.9", "CN202010988506.3"):
        browser.post("/workbench/assets/new", data=typed | {"application_number": number})
    rights = db.session.scalars(queries.mine(a.actor(keeper))).unique().all()
    page = browser.post(
        f"/workbench/assets/{rights[0].reference}/edit",
        data=typed | {"application_number": rights[1].application_number},
    )
    assert page.status_code == 422
    assert 'id="application_number-error"' in page.text


def test_owners_changed_after_the_verification_have_to_be_verified_again(sign_in):
    keeper = a.organisation()
    right = a.asset(keeper=keeper)
    typed = TYPED | {"jurisdiction": "CN", "application_number": right.application_number or ""}
    typed["application_number"] = typed["application_number"] or "CN202011068945.9"
    page = sign_in(keeper).post(
        f"/workbench/assets/{right.reference}/edit", data=typed | {"owners": "别的公司"}
    )
    assert page.status_code == 303
    db.session.expire_all()
    assert right.title_verification is None
