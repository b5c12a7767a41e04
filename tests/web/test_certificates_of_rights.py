"""Certificates through the browser's door: issued, verified by anybody, a changed byte refused."""

import io
import re

import pytest

from marketplace.assets import services
from marketplace.assets.queries import certificates
from marketplace.core.db import db
from marketplace.documents import storage
from tests import factories as a


@pytest.fixture
def right(app):  # noqa: ARG001 -- for its context
    return a.asset(keeper=a.organisation())


@pytest.fixture
def found(right):
    made = services.issue_certificate(a.actor(right.keeper), right)
    db.session.commit()
    return made


@pytest.fixture
def address(found):
    return f"/certificates/{found.code}"


def test_the_keeper_issues_one_and_finds_it_again(sign_in, right):
    browser = sign_in(right.keeper)
    done = browser.post(f"/workbench/assets/{right.reference}/certificates")
    assert done.status_code == 303
    [made] = certificates.certificates_of(right)
    for page in ("/workbench/certificates", f"/workbench/assets/{right.reference}/documents"):
        assert made.code in browser.get(page).text.replace("-", "")
    assert made.code in browser.get("/workbench/certificates?format=csv").text.replace("-", "")


@pytest.mark.parametrize("part", ["paper", "content"])
def test_the_true_file_verifies_and_a_changed_byte_does_not(client, found, address, part):
    true = client.get(f"{address}/{part}").data
    assert true == storage.read(getattr(found, part).sha256)
    changed = true[:-9] + bytes([true[-9] ^ 1]) + true[-8:]
    verdicts = []
    for content in (true, changed):
        answer = client.post(address, data={"document": (io.BytesIO(content), "file")})
        verdicts.append(("一致：这就是" in answer.text, "不一致：" in answer.text))
    assert verdicts == [(True, False), (False, True)]


def test_anybody_sees_whether_it_still_holds(client, found, address):
    assert "此后登记没有变化" in client.get(address).text
    a.pledge(found.asset)
    db.session.commit()
    assert "负担" in re.search(r"以下内容有变化：([^<]*)", client.get(address).text)[1]


def test_a_revoked_one_says_so_to_everybody(client, sign_in, found, address):
    operator = sign_in(a.exchange(), "owner")
    desk = f"/console/certificates/{found.code}"
    assert operator.post(desk, data={"because": ""}).status_code == 422
    assert operator.post(desk, data={"because": "登记簿副本系伪造"}).status_code == 303
    assert "登记簿副本系伪造" in client.get(address).text


def test_an_unknown_code_is_not_there(client):
    for path in ("", "/paper", "/content"):
        assert client.get(f"/certificates/ABCDEFGHJK{path}").status_code == 404
