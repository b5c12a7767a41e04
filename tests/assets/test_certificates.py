"""Free-to-deal certificates: what they say, and that nobody can change what they said."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets import bundle, certificate, services
from marketplace.assets.bundle import Act, Grant, Wish
from marketplace.assets.models import CertificateState
from marketplace.assets.queries import certificates
from marketplace.assets.scopes import Scope
from marketplace.core import clock
from marketplace.core.errors import Invalid, NotAllowed, WrongState
from marketplace.documents import storage
from tests import factories as a

DAYS = st.dates(date(2026, 1, 1), date(2040, 1, 1))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=3), PLAIN, max_size=4))
def test_the_same_content_has_the_same_bytes_in_whatever_order_it_was_made(content):
    other_way = dict(reversed(list(content.items())))
    said = certificate.canonical(content)
    assert certificate.canonical(other_way) == said
    assert json.loads(said) == content


@given(
    st.sampled_from(list(Grant)), st.frozensets(st.sampled_from(["CN", "HK", "US", "-GD"]), min_size=1),
    st.frozensets(st.sampled_from(["C39", "A", "-C391", "电池"])), DAYS, st.none() | DAYS, st.booleans(),
)  # fmt: skip
def test_a_kept_wish_is_the_wish(grant, territory, fields, starts, ends, sublicence):
    wish = Wish(Act.LICENCE, grant, Scope(territory, fields, starts, ends), sublicence)
    assert certificate.wish_from(bundle.wish_as_dict(wish)) == wish


@pytest.fixture
def right(app):  # noqa: ARG001 -- for its context
    return a.asset(keeper=a.organisation())


def issued(right, **more):
    return services.issue_certificate(a.actor(right.keeper), right, **more)


def content_of(found):
    return json.loads(storage.read(found.sha256))


def test_it_says_what_the_register_and_the_bundle_say(right):
    pledge = a.pledge(right)
    said = content_of(issued(right))
    [burden] = said["burdens"]
    assert (burden["holder"], burden["number"], burden["state"]) == (
        pledge.lender_name,
        pledge.register_number,
        "registered",
    )
    asked = {each["wish"].get("grant", each["wish"]["act"]): each for each in said["can_be_done"]}
    assert {name: each["verdict"] for name, each in asked.items()} == {
        "transfer": "with_consent", "exclusive": "with_consent", "sole": "with_consent",
        "non_exclusive": "with_consent", "equity": "with_consent", "pledge": "impossible",
        "open_licence": asked["open_licence"]["verdict"],
    }  # fmt: skip
    assert asked["transfer"]["consents"][0]["article"]


def test_both_files_are_kept_under_their_hashes(right):
    found = issued(right)
    assert storage.read(found.content.sha256) == certificate.canonical(content_of(found))
    assert storage.read(found.paper.sha256).startswith(b"%PDF")


def test_what_changes_in_the_register_afterwards_is_told(right):
    said = content_of(issued(right))
    assert certificate.changed(said, certificates.register_now(right)) == ()
    a.pledge(right)
    assert certificate.changed(said, certificates.register_now(right)) == ("burdens",)


def test_a_newer_one_of_the_same_question_supersedes_and_another_question_does_not(right):
    first = issued(right)
    asked = issued(right, wish=Wish(Act.PLEDGE))
    second = issued(right)
    assert (first.state, first.superseded_by) == (CertificateState.SUPERSEDED, second)
    assert (asked.state, asked.verdict) == (CertificateState.ISSUED, "possible")


def test_it_is_revoked_by_the_exchange_alone_with_a_reason_and_once(right):
    found, operator = issued(right), a.actor(a.exchange())
    with pytest.raises(NotAllowed):
        services.revoke_certificate(a.actor(right.keeper), found, because="x")
    with pytest.raises(Invalid):
        services.revoke_certificate(operator, found, because=" ")
    services.revoke_certificate(operator, found, because="登记簿有误")
    assert (found.state, found.reason) == (CertificateState.REVOKED, "登记簿有误")
    with pytest.raises(WrongState):
        services.revoke_certificate(operator, found, because="again")


def test_no_certificate_without_a_verified_title_nor_for_a_stranger(right):
    with pytest.raises(Invalid, match="unverified"):
        issued(a.asset(keeper=right.keeper, verified=False))
    with pytest.raises(NotAllowed):
        services.issue_certificate(a.actor(a.organisation()), right)


def test_it_is_old_after_thirty_days():
    today = clock.today()
    assert [certificate.is_old(today - timedelta(days=n), today) for n in (30, 31)] == [False, True]
