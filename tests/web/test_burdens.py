"""Burdens and consents on their pages: declared, asked, answered, decided."""

from datetime import timedelta

import pytest

from marketplace.assets import services
from marketplace.assets.bundle import Act, Wish
from marketplace.assets.models import AssetOwner, Burden, Consent, Licence
from marketplace.core import clock
from marketplace.core.db import db, transaction
from tests import factories as a


@pytest.fixture
def shared(app):  # noqa: ARG001 -- for its context
    """A right of two organisations."""
    right, other = a.asset(), a.organisation()
    db.session.add(AssetOwner(asset=right, name=other.name, organisation_id=other.id, position=1))
    db.session.commit()
    return right, other


def test_a_licence_is_declared_by_form_and_confirmed_at_the_desk(sign_in, shared):
    right, _ = shared
    keeper = sign_in(right.keeper)
    form = f"/workbench/assets/{right.reference}/licences/new"
    assert keeper.get(form).status_code == 200
    said = {
        "licensee_name": "甲公司", "grant": "sole", "territory": ["GD"], "elsewhere": "us, DE",
        "field": "C39, C40", "starts_on": clock.today().isoformat(), "ends_on": "",
    }  # fmt: skip
    wrong = keeper.post(form, data=said | {"elsewhere": "XX"})
    assert (wrong.status_code, 'id="territory-error"' in wrong.text) == (422, True)
    assert keeper.post(form, data=said).status_code == 303
    [made] = db.session.query(Licence)
    assert (made.territory, made.field) == ("DE,GD,US", "C39,C40")
    desk = sign_in(a.exchange(), "owner")
    assert "甲公司" in desk.get("/console/licences").text
    address = f"/console/licences/{made.id}"
    assert desk.post(address, data={"decision": "refuse", "because": ""}).status_code == 422
    assert desk.post(address, data={"decision": "confirm", "because": ""}).status_code == 303
    db.session.refresh(made)
    assert made.state.value == "registered"
    assert (
        desk.post(
            address, data={"decision": "end", "ended_on": clock.today().isoformat(), "because": ""}
        ).status_code
        == 303
    )
    db.session.refresh(made)
    assert made.state.value == "ended"
    assert "甲公司" in keeper.get(f"/workbench/assets/{right.reference}/burdens").text


@pytest.mark.parametrize("kind", ["freeze", "dispute", "coownership", "priority_right"])
def test_each_burden_has_its_own_form(sign_in, shared, kind):
    right, _ = shared
    keeper = sign_in(right.keeper)
    form = f"/workbench/assets/{right.reference}/burdens/new/{kind}"
    assert keeper.get(form).status_code == 200
    said = {
        "kind": kind, "holder_name": "某方", "starts_on": clock.today().isoformat(),
        "suspended": "y", "priority": "inventor", "deeds": ["transfer"],
    }  # fmt: skip
    assert keeper.post(form, data=said).status_code == 303
    [made] = db.session.query(Burden)
    assert (made.kind.value, made.suspended) == (kind, kind == "dispute")
    assert keeper.get(f"/workbench/burdens/{made.id}").status_code == 200
    assert keeper.get(f"/workbench/assets/{right.reference}/burdens/new/pledge").status_code == 404


def test_a_party_reads_what_is_asked_of_it_and_answers(sign_in, shared):
    right, other = shared
    keeper, partner = sign_in(right.keeper), sign_in(other)
    form = f"/workbench/assets/{right.reference}/consents/new"
    until = (clock.today() + timedelta(days=30)).isoformat()
    said = {"deed": "exclusive", "territory": ["CN"], "until": until, "message": "请答复"}
    assert keeper.post(form, data=said).status_code == 303
    assert keeper.post(form, data=said).status_code == 422  # asked already
    [asked] = db.session.query(Consent)
    assert right.title in partner.get("/workbench/consents").text
    address = f"/workbench/consents/{asked.id}"
    assert "请答复" in partner.get(address).text
    assert keeper.post(address, data={"decision": "give"}).status_code == 403
    assert partner.post(address, data={"decision": "refuse", "because": ""}).status_code == 422
    assert partner.post(address, data={"decision": "give", "because": "同意"}).status_code == 303
    db.session.refresh(asked)
    assert (asked.state.value, asked.answer) == ("given", "同意")
    assert sign_in(a.organisation()).get(address).status_code == 404


def test_consents_are_listed_filtered_and_downloaded(sign_in, shared):
    right, _ = shared
    keeper = a.actor(right.keeper)
    with transaction():
        services.ask_consents(keeper, right, Wish(Act.TRANSFER))
    browser = sign_in(right.keeper)
    mine = "/workbench/consents?side=mine"
    assert right.title in browser.get(mine).text
    assert right.title not in browser.get(f"{mine}&state=given").text
    assert right.reference in browser.get(f"{mine}&format=csv").text
    desk = sign_in(a.exchange(), "owner")
    assert right.reference in desk.get("/console/consents?state=all&format=csv").text
