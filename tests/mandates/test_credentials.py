"""Licences and practitioners: checked by another, and over by the clock."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.documents.models import Document
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import CredentialKind
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")


def paper(of):
    return a.keep(
        Document(
            organisation_id=of.id,
            sha256="0" * 64,
            filename="许可证.pdf",
            media_type="application/pdf",
            size=1,
            purpose="broker_credential",
        )
    )


def filed(broker, kind=CredentialKind.PATENT_AGENCY, **over):
    with transaction():
        return mandates.file_credential(
            a.actor(broker), kind, **{"number": "44201", "document": paper(broker)} | over
        )


def names(**narrowed):
    return [each.name for each in db.session.scalars(queries.directory(**narrowed))]


def test_a_confirmed_licence_narrows_the_directory_until_it_lapses():
    broker = a.organisation("broker", name="粤智专利代理")
    a.organisation("broker", name="无证机构")
    made = filed(broker, valid_to=clock.today() + timedelta(days=10))
    assert names(kind="patent_agency") == []

    mandates.confirm(a.actor(a.exchange()), made)

    assert names(kind="patent_agency") == ["粤智专利代理"]
    with clock.freeze(clock.now() + timedelta(days=11)):
        assert (names(kind="patent_agency"), made.stands) == ([], False)


def test_who_has_lost_the_capability_is_no_longer_listed():
    assert names() == []
    a.organisation("broker", name="甲"), a.organisation("holder", name="乙")

    assert names() == ["甲"]


def test_a_firm_that_is_no_broker_files_nothing():
    with pytest.raises(NotAllowed):
        filed(a.organisation())


def test_an_operator_does_not_confirm_the_own_firm_s_credential():
    house = a.organisation("operator", "broker")
    made = filed(house)

    with pytest.raises(NotAllowed):
        mandates.confirm(a.actor(house), made)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"number": " "}, "number"),
        ({"kind": CredentialKind.PRACTITIONER}, "name"),
        ({"valid_to": clock.today() - timedelta(days=1)}, "valid_to"),
    ],
)
def test_an_incomplete_credential_is_refused_beside_its_field(over, field):
    with pytest.raises(Invalid) as refused:
        filed(a.organisation("broker"), **over)

    assert field in refused.value.fields


def test_what_was_refused_may_be_filed_again_and_what_waits_not():
    broker = a.organisation("broker")
    made = filed(broker)
    with pytest.raises(Refused, match=r"credential.known"):
        filed(broker)
    with transaction():
        mandates.refuse(a.actor(a.exchange()), made, because="证号不符")

    assert filed(broker).number == "44201"


def test_the_profile_is_found_by_its_field():
    broker = a.organisation("broker", name="甲", city="佛山市")
    a.organisation("broker", name="乙")
    mandates.describe(
        a.actor(broker), fields="电池材料", regions="佛山", languages="中文", fees="", text=""
    )

    assert (names(field="电池"), names(city="佛山市")) == (["甲"], ["甲"])
