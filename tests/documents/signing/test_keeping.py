"""Certificates at rest, who signs with which, and what a rotation or a revocation does."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from marketplace.core import clock
from marketplace.core import settings as trade
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.documents import papers, signing, typeset
from marketplace.documents.models import SigningEvidence
from marketplace.documents.signing import chain, keeping
from tests import factories as a
from tests.documents import papers_for_tests as facts
from tests.documents.signing import files

pytestmark = pytest.mark.usefixtures("app")


def _contract(organisation):
    return a.document(organisation_id=organisation.id), a.actor(organisation)


def test_a_person_signs_with_a_certificate_of_his_own_and_leaves_a_record():
    organisation = a.organisation()
    subject, by = _contract(organisation)
    sha256 = hashlib.sha256(files.draft()).hexdigest()
    means = signing.Means(password=True, second_factor=True, ip="203.0.113.7", user_agent="x" * 400)
    done = signing.sign(
        files.draft(), by=by, subject=subject, draft_sha256=sha256, place="seller", means=means
    )
    report = signing.verify(signing.seal(done.pdf))
    assert report.verdict == "good"
    [record] = db.session.query(SigningEvidence)
    first = report.signatures[0]
    assert (record.certificate_serial, record.on_behalf_of) == (first.serial, organisation.name)
    assert (record.document_sha256, record.ip, record.second_factor) == (
        sha256,
        "203.0.113.7",
        True,
    )
    assert record.signed_sha256 == hashlib.sha256(done.pdf).hexdigest()


def test_a_certificate_serves_until_the_name_or_the_issuer_changes():
    organisation = a.organisation()
    user = a.user()
    first = keeping.of_person(user, organisation).serial
    assert keeping.of_person(user, organisation).serial == first
    user.name = "改过的名字"
    second = keeping.of_person(user, organisation).serial
    keeping.rotate()
    third = keeping.of_person(user, organisation).serial
    assert len({first, second, third}) == 3


def test_what_was_signed_before_a_rotation_stays_good_and_what_is_revoked_does_not():
    before = signing.seal(files.draft())
    old = keeping.seal().serial
    keeping.rotate(with_root=True)
    assert keeping.seal().serial != old
    assert signing.verify(before).verdict == "good"
    keeping.revoke(old)
    assert signing.verify(before).verdict == "unknown"


def test_keys_lie_encrypted_and_open_under_their_secret_only(monkeypatch):
    [row] = [one for one in keeping.make() if one.role == "seal"]
    assert "ENCRYPTED" in row.locked_key
    monkeypatch.setattr(keeping, "_secret", lambda: b"another")
    with pytest.raises(Refused, match=r"signing\.key_locked"):
        keeping.seal()


def test_a_time_stamp_comes_with_what_validates_it_for_long(monkeypatch):
    monkeypatch.setattr(trade, "_current", [replace(trade.current(), signing_tsa_url="own")])
    stamped = signing.seal(files.draft())
    [found] = signing.verify(stamped).signatures
    assert (found.stamp_trusted, found.stamped_at is not None) == (True, True)
    assert b"/DSS" in stamped


def test_a_certificate_from_elsewhere_seals_where_it_is_set(monkeypatch, tmp_path):
    root = chain.issue(chain.ROOT, chain.Subject("持牌机构", "持牌机构"), clock.now())
    own = chain.issue(chain.SEAL, chain.Subject("粤知市", "粤知市"), clock.now(), root)
    file, roots = tmp_path / "seal.p12", tmp_path / "roots.pem"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"seal", own.key, own.certificate, [root.certificate], BestAvailableEncryption(b"pw")
        )
    )
    roots.write_text(root.pem())
    now = replace(trade.current(), signing_pkcs12=str(file), signing_pkcs12_password="pw")
    monkeypatch.setattr(trade, "_current", [now])
    sealed = signing.seal(files.draft())
    assert signing.verify(sealed).verdict == "unknown"
    monkeypatch.setattr(trade, "_current", [replace(now, signing_roots=str(roots))])
    [found] = signing.verify(sealed).signatures
    assert (found.verdict, found.trusted_by) == ("good", "configured")
    wrong = replace(now, signing_pkcs12_password="no")
    monkeypatch.setattr(trade, "_current", [wrong])
    with pytest.raises(Refused, match=r"signing\.certificate"):
        signing.seal(files.draft())


def test_the_block_on_the_page_speaks_chinese():
    block = papers.SignatureBlock("张三", "岭南理工大学", files.AT, "0f" * 20, "ab" * 32, 220, 84)
    assert typeset.print_paper(block).startswith(b"%PDF-")
    assert facts.SELLER.name == "岭南理工大学"
