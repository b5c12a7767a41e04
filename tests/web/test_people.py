"""The pages of people and organisations, as a browser sees them."""

import io
import re
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core import clock, signing
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.policy import Actor
from marketplace.notifications import services as notifications
from marketplace.notifications.models import Mail
from marketplace.organisations import passwords, queries, tokens
from marketplace.organisations.models import (
    CapabilityGrant,
    GrantState,
    Invitation,
    Organisation,
    OrganisationKind,
    User,
)
from marketplace.organisations.services import second_factors
from tests import factories as a
from tests.conftest import at_most
from tests.documents import samples

PASSWORD = "correct horse battery"


@pytest.fixture
def person(app: Flask) -> User:  # noqa: ARG001 -- it needs the database
    return a.user(email="owner@example.org", password_hash=passwords.hashed(PASSWORD))


def post(client: FlaskClient, path: str, **fields):
    return client.post(path, data=fields)


def log_in(client: FlaskClient, email: str = "owner@example.org", password: str = PASSWORD):
    return post(client, "/sign-in", email=email, password=password)


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def signing_up(client: FlaskClient, **over):
    fields = {"name": "陈晓", "email": "new@example.org", "password": PASSWORD, "agree": "y"} | over
    return client.post("/sign-up", data=fields, follow_redirects=True)


# ---- signing up ------------------------------------------------------------------------------


def test_signing_up_answers_the_same_for_a_new_and_a_known_address(client, person):
    new = text(signing_up(client))
    known = text(signing_up(client.application.test_client(), email=person.email))

    assert "new@example.org" in new
    assert new.replace("new@example.org", "*") == known.replace(person.email, "*")
    assert queries.user_by_email("new@example.org").confirmed_at is None
    assert passwords.matches(person, PASSWORD)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "请填写姓名。"),
        ("email", "no address", "这不是有效的邮箱地址"),
        ("password", "short", "密码至少需要 10 个字符。"),
        ("password", "1234567890", "这个密码太常见"),
        ("password", "new@example.org", "密码不能包含您的邮箱地址。"),
        ("agree", "", "请阅读并同意交易规则和隐私说明。"),
    ],
)
def test_what_is_wrong_in_signing_up_is_said_beside_the_field_and_nothing_is_lost(
    client, field, value, said
):
    answer = signing_up(client, **{field: value})

    assert answer.status_code == 422
    assert text(answer).count(said) == 2  # in the summary and beside the field
    if field not in {"name", "password"}:
        assert 'value="陈晓"' in answer.get_data(as_text=True)
    assert queries.user_by_email("new@example.org") is None


def test_html_in_a_name_stays_text(client):
    signing_up(client, name="<script>alert(1)</script>")
    user = queries.user_by_email("new@example.org")
    with transaction():
        user.password_hash = passwords.hashed(PASSWORD)
    log_in(client, user.email)

    page = client.get("/account").get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_confirmation_link_asks_and_a_button_confirms(client):
    signing_up(client)
    user = queries.user_by_email("new@example.org")
    link = f"/confirm/{tokens.confirmation(user)}"

    assert client.get(link).status_code == 200
    assert queries.user_by_email("new@example.org").confirmed_at is None  # a mail scanner's visit
    assert client.post(link).status_code == 303
    assert queries.user_by_email("new@example.org").confirmed_at is not None
    assert client.get(link + "x").status_code == 410


def test_someone_unconfirmed_signs_in_looks_and_is_told_what_to_do(client):
    signing_up(client)
    log_in(client, "new@example.org")

    assert "邮箱尚未确认" in text(client.get("/account/organisations"))
    answer = founding(client)
    assert answer.status_code == 403
    assert "请先确认您的邮箱" in text(answer)


def mailed(*addresses: str) -> list[str]:
    """What the worker writes to these addresses for everything that has happened."""
    with transaction():
        for event in db.session.scalars(select(Event).order_by(Event.id)):
            notifications.tell(event)
    letters = select(Mail.body).where(Mail.address.in_(addresses)).order_by(Mail.id)
    return list(db.session.scalars(letters))


def link_in(letter: str) -> str:
    return re.search(r"https?://[^/]+(/\S+)", letter).group(1)


def test_the_mail_of_signing_up_carries_the_link_that_confirms(client):
    signing_up(client)
    [letter] = mailed("new@example.org")

    assert client.post(link_in(letter)).status_code == 303
    assert queries.user_by_email("new@example.org").confirmed_at is not None


def test_the_owner_of_a_known_address_is_told_and_the_stranger_is_not(client, person):
    signing_up(client, email=person.email)

    [letter] = mailed(person.email)
    assert "/confirm/" not in letter
    assert "/reset" in letter


def test_the_mail_of_a_reset_carries_the_link_that_sets_a_password(client, person):
    post(client, "/reset", email=person.email)
    post(client, "/reset", email="nobody@example.org")
    [letter] = mailed(person.email, "nobody@example.org")

    assert post(client, link_in(letter), password="another long secret").status_code == 303
    assert len(mailed(person.email)) == 2  # and a word that the password was reset


def test_asking_for_the_confirmation_again_mails_it_again(client):
    signing_up(client)
    client.post("/confirm")

    assert len({link_in(letter) for letter in mailed("new@example.org")}) >= 1
    assert len(mailed("new@example.org")) == 2


def test_the_mail_of_an_invitation_carries_the_link_that_joins(client, person, sign_in):
    owner = sign_in(a.organisation(name="甲公司"), "owner")
    post(owner, "/workbench/organisation/invitations", email=person.email, role="viewer")
    [letter] = mailed(person.email)
    log_in(client)

    assert client.post(link_in(letter)).status_code == 303
    assert "甲公司" in text(client.get("/workbench/organisation"))


# ---- signing in ------------------------------------------------------------------------------


@pytest.mark.usefixtures("person")
def test_signing_in_leads_where_one_wanted_to_go_but_never_off_the_site(client):
    wanted = client.get("/account/security")
    assert wanted.location == "/sign-in?next=/account/security"
    assert log_in_at(client, wanted.location).location == "/account/security"

    for bad in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
    ]:
        other = client.application.test_client()
        assert log_in_at(other, f"/sign-in?next={bad}").location == "/account/organisations"


def log_in_at(client: FlaskClient, path: str):
    return post(client, path, email="owner@example.org", password=PASSWORD)


@pytest.mark.usefixtures("person")
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client):
    wrong, unknown = log_in(client, password="wrong password"), log_in(client, "nobody@example.org")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "邮箱或密码不正确。" in text(wrong)
    assert text(wrong) == text(unknown)


def test_an_unknown_address_costs_as_much_work_as_a_known_one(client, person, monkeypatch):
    seen = []
    real = passwords._hasher.verify
    counting = type("Counting", (), {"verify": lambda _, h, p: seen.append(h) or real(h, p)})()
    monkeypatch.setattr(passwords, "_hasher", counting)
    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_nobodys_hash", lambda: person.password_hash)

    log_in(client, password="wrong password")
    log_in(client, "nobody@example.org")

    assert len(seen) == 2


def test_guessing_locks_out_the_guesser_not_the_owner(client, person):
    thief = client.application.test_client()
    for _ in range(5):
        log_in(thief, password="a wrong guess")
    refused = log_in(thief)  # even the right one
    assert refused.status_code == 429
    assert "尝试过于频繁" in text(refused)

    at_home = {"REMOTE_ADDR": "203.0.113.9"}
    answer = client.post(
        "/sign-in", data={"email": person.email, "password": PASSWORD}, environ_base=at_home
    )

    assert answer.status_code == 303


@pytest.mark.usefixtures("person")
def test_a_browser_that_has_signed_in_before_is_not_slowed_by_its_neighbours(client):
    assert log_in(client).status_code == 303
    client.post("/sign-out")
    for _ in range(5):
        log_in(client.application.test_client(), password="a wrong guess")

    assert log_in(client).status_code == 303


@pytest.mark.usefixtures("person")
def test_a_session_from_before_signing_in_does_not_become_signed_in(client):
    with client.session_transaction() as session:
        session["planted"] = "by an attacker"

    log_in(client)

    with client.session_transaction() as session:
        assert "planted" not in session


@pytest.mark.usefixtures("person")
def test_signing_out_ends_the_session_even_for_a_copied_cookie(client):
    log_in(client)
    with client.session_transaction() as session:
        stolen = dict(session)
    client.post("/sign-out")

    thief = client.application.test_client()
    with thief.session_transaction() as session:
        session.update(stolen)

    assert thief.get("/account").status_code == 303


def test_a_revoked_browser_is_out_and_the_present_one_stays(client, person):
    there = client.application.test_client()
    log_in(there)
    log_in(client)
    [old] = [s for s in person_sign_ins(person) if s.id != newest(person)]

    page = text(client.get("/account/sessions"))
    assert "这台设备" in page
    client.post(f"/account/sessions/{old.id}/revoke")

    assert there.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def person_sign_ins(person: User):
    return queries.sign_ins(Actor(person.id, None))


def newest(person: User) -> int:
    return max(s.id for s in person_sign_ins(person))


def test_nobody_revokes_the_browser_of_another(client, person, sign_in):
    log_in(client)
    [row] = person_sign_ins(person)

    assert sign_in(a.organisation()).post(f"/account/sessions/{row.id}/revoke").status_code == 404
    assert client.get("/account").status_code == 200


def test_a_closed_account_cannot_sign_in_and_is_not_told_apart(client, person):
    with transaction():
        person.closed_at = clock.now()

    assert "邮箱或密码不正确。" in text(log_in(client))


def test_an_old_hash_is_renewed_at_the_next_sign_in(client, person):
    with transaction():
        person.password_hash = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(
            PASSWORD
        )

    log_in(client)

    assert "m=19456,t=2,p=1" in queries.user_by_email(person.email).password_hash


# ---- the second factor -----------------------------------------------------------------------


def test_setting_up_the_second_factor_and_signing_in_with_it(client, person):
    log_in(client)
    page = client.get("/account/security/second-factor").get_data(as_text=True)
    assert "<svg viewBox" in page
    assert "style=" not in page
    secret = signing.unseal(queries.user_by_email(person.email).totp_secret)
    wrong = post(client, "/account/security/second-factor", code="000000")
    assert wrong.status_code == 422

    shown = post(client, "/account/security/second-factor", code=pyotp.TOTP(secret).now())
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", shown.get_data(as_text=True))
    assert len(codes) == 10
    client.post("/sign-out")

    assert log_in(client).location == "/sign-in/code"
    assert client.get("/account").status_code == 303  # the password alone opens nothing
    assert post(client, "/sign-in/code", code="123").status_code == 422
    assert post(client, "/sign-in/code", code=codes[0]).status_code == 303
    assert "还剩 9 个" in text(client.get("/account"))
    client.post("/sign-out")
    log_in(client)
    assert post(client, "/sign-in/code", code=codes[0]).status_code == 422


def test_a_code_seen_by_another_is_worthless(client, person):
    code = with_second_factor(person)
    thief = client.application.test_client()
    log_in(client)
    log_in(thief)

    assert post(client, "/sign-in/code", code=code).status_code == 303
    assert post(thief, "/sign-in/code", code=code).status_code == 422


def with_second_factor(person: User) -> str:
    """Turn it on; the next code."""
    with transaction():
        second_factors.prepare(Actor(person.id, None), person)
        totp = pyotp.TOTP(signing.unseal(person.totp_secret))
        second_factors.enable(
            Actor(person.id, None), person, totp.at(clock.now() - timedelta(seconds=30))
        )
    return totp.at(clock.now())


def test_a_password_changed_between_the_steps_ends_the_attempt(client, person):
    code = with_second_factor(person)
    log_in(client)
    with transaction():
        person.password_changed_at = clock.now()

    assert post(client, "/sign-in/code", code=code).location == "/sign-in"


def test_turning_it_off_and_new_codes_need_the_password(client, person):
    code = with_second_factor(person)
    log_in(client)
    post(client, "/sign-in/code", code=code)

    for path in ["/account/security/second-factor/off", "/account/security/recovery-codes"]:
        assert "密码不正确。" in text(post(client, path, current="wrong"))
    assert post(client, "/account/security/recovery-codes", current=PASSWORD).status_code == 200
    assert post(client, "/account/security/second-factor/off", current=PASSWORD).status_code == 303
    assert not queries.user_by_email(person.email).has_second_factor


# ---- a new password --------------------------------------------------------------------------


def test_asking_for_a_reset_answers_the_same_for_every_address(client, person):
    known = text(post(client, "/reset", email=person.email))
    unknown = text(post(client, "/reset", email="nobody@example.org"))

    assert known.replace(person.email, "*") == unknown.replace("nobody@example.org", "*")


def test_a_reset_link_sets_the_password_once(client, person):
    elsewhere = client.application.test_client()
    log_in(elsewhere)
    link = f"/reset/{tokens.reset(person)}"

    weak = post(client, link, password="short")
    assert (weak.status_code, "密码至少需要" in text(weak)) == (422, True)
    assert post(client, link, password="another long secret").status_code == 303
    assert post(client, link, password="the thief's long one").status_code == 410

    assert elsewhere.get("/account").status_code == 303
    assert log_in(client).status_code == 422
    assert log_in(client, password="another long secret").status_code == 303


@pytest.mark.usefixtures("person")
def test_changing_the_password_needs_the_old_one_and_keeps_this_browser(client):
    elsewhere = client.application.test_client()
    log_in(elsewhere)
    log_in(client)

    wrong = post(client, "/account/security/password", current="x", password="a new long secret")
    assert "密码不正确。" in text(wrong)
    right = post(
        client, "/account/security/password", current=PASSWORD, password="a new long secret"
    )

    assert right.status_code == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


# ---- the demonstration -----------------------------------------------------------------------


def test_the_demonstration_offers_a_sign_in_a_person_and_production_none(app, client, monkeypatch):
    member = a.member(a.organisation(), "owner", a.user(email="holder@demo.example", name="演示者"))
    assert "演示者" not in text(client.get("/sign-in"))
    assert post(client, "/sign-in/demo", user_id=member.user_id).status_code == 404

    monkeypatch.setitem(app.config, "DEMO", True)
    outsider = a.user()
    assert "演示者" in text(client.get("/sign-in"))
    assert post(client, "/sign-in/demo", user_id=outsider.id).status_code == 404
    assert post(client, "/sign-in/demo", user_id=member.user_id).status_code == 303
    assert client.get("/account").status_code == 200


# ---- organisations ---------------------------------------------------------------------------


def founding(client: FlaskClient, **over):
    fields = {
        "name": "岭南光电公司", "kind": "enterprise", "region": "CN", "uscc": a.uscc(),
        "province": "广东省", "city": "广州",
    } | over  # fmt: skip
    return client.post("/account/organisations/new", data=fields)


@pytest.mark.usefixtures("person")
def test_founding_an_organisation_and_acting_for_it(client):
    log_in(client)
    assert client.get("/workbench/organisation").location == "/account/organisations"

    assert founding(client).status_code == 303

    page = text(client.get("/workbench/organisation"))
    assert "岭南光电公司" in page
    assert "广州市" in page


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"uscc": ""}, "内地机构须填写统一社会信用代码。"),
        ({"uscc": "123"}, "统一社会信用代码应为 18 位。"),
        ({"uscc": "914401010000000100"}, "校验位不对"),
        ({"city": "长沙"}, "广东省没有这个地市"),
        ({"region": "HK", "uscc": ""}, "请填写当地登记号码。"),
        ({"website": "javascript:alert(1)"}, "网址须以 http:// 或 https:// 开头。"),
        ({"name": ""}, "请填写机构名称。"),
    ],
)
def test_a_wrong_organisation_is_refused_beside_the_field(client, over, said):
    log_in(client)
    answer = founding(client, **over)

    assert answer.status_code == 422
    assert said in text(answer)
    assert db.session.query(Organisation).count() == 0


@pytest.mark.usefixtures("person")
def test_a_taken_credit_code_says_to_ask_for_an_invitation(client):
    log_in(client)
    taken = a.organisation(uscc=a.uscc())

    assert "请联系其所有者邀请您加入" in text(founding(client, uscc=taken.uscc))


def test_switching_organisations_keeps_to_ones_own(client, person):
    ours, second = a.organisation(name="甲公司"), a.organisation(name="乙公司")
    a.member(ours, "owner", person)
    a.member(second, "viewer", person)
    strangers = a.organisation()
    log_in(client)

    assert (
        post(client, "/act-for", organisation_id=second.id, next="/account").location == "/account"
    )
    assert "乙公司" in text(client.get("/workbench/organisation"))
    assert post(client, "/act-for", organisation_id=strangers.id).status_code == 404
    assert post(client, "/act-for", organisation_id="x").status_code == 400


def test_inviting_by_mail_and_accepting_with_the_right_address_only(client, person, sign_in):
    firm = a.organisation(name="甲公司")
    owner = sign_in(firm, "owner")
    sent = post(owner, "/workbench/organisation/invitations", email=person.email, role="manager")
    assert sent.status_code == 303
    assert person.email in text(owner.get("/workbench/organisation/members"))
    link = f"/invitations/{tokens.invitation(db.session.query(Invitation).one())}"

    assert "登录并接受" in text(client.get(link))
    stranger = sign_in(a.organisation())
    assert "请退出后用受邀邮箱登录" in text(stranger.get(link))
    refused = stranger.post(link)
    assert (refused.status_code, "邀请须发给您本人的邮箱" in text(refused)) == (403, True)

    log_in(client)
    assert client.post(link).status_code == 303
    assert "甲公司" in text(client.get("/workbench/organisation"))
    assert client.post(link).status_code in {403, 409}


def test_an_invited_stranger_signs_up_and_is_in(client):
    firm = a.organisation(name="甲公司")
    token = tokens.invitation(a.invitation(firm, "guest@example.org"))

    assert 'value="guest@example.org"' in client.get(f"/sign-up?invitation={token}").get_data(
        as_text=True
    )
    client.post(
        f"/sign-up?invitation={token}",
        data={"name": "客人", "email": "guest@example.org", "password": PASSWORD, "agree": "y"},
    )
    log_in(client, "guest@example.org")

    assert "甲公司" in text(client.get("/workbench/organisation"))


def test_a_wrong_role_is_refused_with_what_is_needed(sign_in):
    firm = a.organisation()
    viewer = sign_in(firm, "viewer")
    membership = a.member(firm, "manager")

    page = text(viewer.get("/workbench/organisation/members"))
    assert "邀请成员" not in page
    answer = post(viewer, f"/workbench/organisation/members/{membership.id}/role", role="owner")
    assert answer.status_code == 403
    assert "须为机构的所有者" in text(answer)


def test_the_last_owner_is_told_why_not(sign_in):
    firm = a.organisation()
    owner = sign_in(firm, "owner")
    [membership] = queries.members_of(firm.id)

    answer = owner.post(f"/workbench/organisation/members/{membership.id}/remove")

    assert answer.status_code == 409
    assert "机构至少要有一位所有者" in text(answer)


def test_another_firms_numbers_in_the_address_are_not_found(sign_in):
    ours, theirs = a.organisation(), a.organisation()
    owner, membership, invitation = sign_in(ours, "owner"), a.member(theirs), a.invitation(theirs)

    paths = [
        f"/workbench/organisation/members/{membership.id}/remove",
        f"/workbench/organisation/members/{membership.id}/role",
        f"/workbench/organisation/invitations/{invitation.id}/withdraw",
        f"/account/organisations/{membership.id}/leave",
    ]
    assert [post(owner, path, role="viewer").status_code for path in paths] == [404] * 4


def test_the_account_for_payments_needs_the_password(client, person):
    a.member(a.organisation(), "owner", person)
    log_in(client)
    fields = {"bank": "广州银行", "account": "6222 0000 1111"}

    wrong = post(client, "/workbench/organisation/bank", current="x", **fields)
    assert "密码不正确。" in text(wrong)
    assert (
        post(client, "/workbench/organisation/bank", current=PASSWORD, **fields).status_code == 303
    )
    assert "6222 0000 1111" in text(client.get("/workbench/organisation"))


# ---- capabilities ----------------------------------------------------------------------------


def applying(client: FlaskClient, capability: str = "holder", *files: tuple[bytes, str]):
    return client.post(
        f"/workbench/organisation/capabilities/{capability}",
        data={
            "statement": "我们持有专利。",
            "documents": [(io.BytesIO(content), name) for content, name in files],
        },
        content_type="multipart/form-data",
    )


def test_a_capability_is_asked_for_with_documents_and_decided_in_the_console(sign_in):
    firm = a.organisation("broker", name="甲公司", verified_at=None)
    manager, operator = sign_in(firm), sign_in(a.exchange(), "manager")
    assert "请至少上传一份证明材料" in text(applying(manager))
    assert db.session.query(CapabilityGrant).filter_by(state=GrantState.REQUESTED).count() == 0

    assert applying(manager, "holder", (samples.pdf(), "执照.pdf")).status_code == 303
    assert "待审核" in text(manager.get("/workbench/organisation/capabilities"))
    assert "甲公司" in text(operator.get("/console/capabilities"))
    [application] = db.session.query(CapabilityGrant).filter_by(state=GrantState.REQUESTED)
    path = f"/console/capabilities/{application.id}"
    page = text(operator.get(path))
    assert "执照.pdf" in page

    unreasoned = post(operator, f"{path}/refuse", because="")
    assert (unreasoned.status_code, "请写明理由。" in text(unreasoned)) == (422, True)
    post(operator, f"{path}/refuse", because="执照已过期")
    assert "执照已过期" in text(manager.get("/workbench/organisation/capabilities"))
    applying(manager, "holder", (samples.png(), "新执照.png"))
    assert post(operator, f"{path}/grant", because="").status_code == 303
    assert post(operator, f"{path}/grant", because="").status_code == 409
    assert "身份已核验" in text(manager.get(f"/organisations/{firm.slug}"))


def test_a_file_that_is_not_what_it_says_is_refused_beside_the_field(sign_in):
    answer = applying(sign_in(a.organisation("broker")), "holder", (b"<script>", "执照.pdf"))

    assert answer.status_code == 422
    assert db.session.query(CapabilityGrant).filter_by(state=GrantState.REQUESTED).count() == 0


def test_nobody_asks_to_be_the_exchange_or_something_unknown(sign_in):
    owner = sign_in(a.organisation(), "owner")

    assert [
        owner.get(f"/workbench/organisation/capabilities/{c}").status_code
        for c in ("operator", "x")
    ] == [404, 404]


# ---- the console -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/console/users", "/console/organisations", "/console/capabilities"]
)
def test_the_console_is_not_there_for_others(client, sign_in, path):
    assert client.get(path).status_code == 303
    assert sign_in(a.organisation(), "owner").get(path).status_code == 404
    assert sign_in(a.exchange(), "viewer").get(path).status_code == 404


def test_operators_find_export_and_close_people(sign_in):
    operator = sign_in(a.exchange(), "owner")
    user = a.user(name="=cmd()", email="formula@example.org")
    a.user(name="别人")

    listed = text(operator.get("/console/users?q=formula"))
    assert ("formula@example.org" in listed, "别人" in listed) == (True, False)
    exported = operator.get("/console/users?q=formula&export=csv").get_data(as_text=True)
    assert "'=cmd()" in exported
    assert operator.get("/console/users?export=xlsx").status_code == 200
    assert "没有符合条件的用户" in text(operator.get("/console/users?q=nobody-like-this"))
    assert post(operator, f"/console/users/{user.id}/close", because="").status_code == 422
    assert post(operator, f"/console/users/{user.id}/close", because="冒用").status_code == 303
    assert "冒用" in text(operator.get(f"/console/users/{user.id}"))


def test_operators_correct_and_close_organisations(sign_in):
    operator = sign_in(a.exchange(), "owner")
    firm = a.organisation(uscc=a.uscc())
    path = f"/console/organisations/{firm.id}"
    correction = {"name": "更名公司", "kind": "enterprise", "region": "CN", "uscc": firm.uscc}

    assert post(operator, f"{path}/identity", **correction).status_code == 422
    assert post(operator, f"{path}/identity", because="执照更名", **correction).status_code == 303
    assert "执照更名" in text(operator.get(path))
    assert post(operator, f"{path}/close", because="注销").status_code == 303
    assert operator.get(f"/organisations/{firm.slug}").status_code == 404
    for query in ["?q=更名", "?state=closed", "?filter=enterprise&sort=-name", "?export=csv"]:
        assert "更名公司" in operator.get(f"/console/organisations{query}").get_data(as_text=True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_public_page_shows_what_is_on_offer_in_as_many_statements(client, count):
    firm = a.organisation(about="第一段。\n第二段。", uscc=a.uscc())
    for _ in range(count):
        a.listing(a.asset(keeper=firm), seller=firm)
    a.listing()  # another firm's
    slug = firm.slug
    db.session.expunge_all()

    with at_most(14):
        page = client.get(f"/organisations/{slug}")

    assert page.get_data(as_text=True).count('class="panel listing-small"') == count
    assert "身份已核验" in text(page)


PAGES = [
    "/account", "/account/security", "/account/security/second-factor", "/account/sessions",
    "/account/organisations", "/account/organisations/new", "/workbench/organisation",
    "/workbench/organisation/edit", "/workbench/organisation/identity",
    "/workbench/organisation/bank", "/workbench/organisation/members",
    "/workbench/organisation/capabilities",
    "/workbench/organisation/capabilities/holder", "/console/capabilities", "/console/users",
    "/console/organisations",
]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh-CN", "zh-HK", "en"])
def test_every_page_answers_in_every_language_without_inline_code(sign_in, lang):
    firm = a.exchange()
    browser = sign_in(firm, "owner")
    a.invitation(firm)

    for path in [*PAGES, f"/organisations/{firm.slug}"]:
        answer = browser.get(f"{path}?lang={lang}")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200, path
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<script(?! type=\"module\" src)", page), path
        assert "%(" not in page, path


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-up", "/reset", "/confirm/x", "/reset/x", "/invitations/x"]
)
def test_every_page_for_visitors_answers(client, path):
    assert client.get(path).status_code in {200, 410}


@pytest.mark.usefixtures("person")
def test_every_kind_of_body_can_be_founded(client):
    log_in(client)
    for kind in OrganisationKind:
        number = "" if kind is OrganisationKind.INDIVIDUAL else a.uscc()
        assert founding(client, kind=kind.value, uscc=number, name=f"机构{kind}").status_code == 303


def test_signing_up_by_an_invitation_leads_straight_in(client):
    firm = a.organisation(name="甲公司")
    invited = a.invitation(firm, "new@example.org")

    answer = client.post(
        f"/sign-up?invitation={tokens.invitation(invited)}",
        data={"name": "陈晓", "email": "new@example.org", "password": PASSWORD, "agree": "y"},
        follow_redirects=True,
    )

    assert "您已加入“甲公司”" in text(answer)
    assert client.get("/workbench/organisation").status_code == 200


def test_the_pages_that_one_agrees_to_are_linked_beside_the_box(client):
    page = client.get("/sign-up").text

    for path in ("/help/terms", "/help/privacy"):
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200


def test_nobody_leaves_in_the_name_of_another(sign_in):
    firm = a.organisation()
    other = a.member(firm, "viewer")

    answer = sign_in(firm, "owner").post(f"/account/organisations/{other.id}/leave")

    assert answer.status_code == 404
    assert db.session.get(type(other), other.id) is not None


def test_a_role_that_does_not_exist_is_refused_aloud(sign_in):
    firm = a.organisation()
    other = a.member(firm, "viewer")

    answer = sign_in(firm, "owner").post(
        f"/workbench/organisation/members/{other.id}/role", data={"role": "emperor"}
    )

    assert (answer.status_code, "没有这个角色" in answer.text) == (422, True)
