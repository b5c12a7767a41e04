"""The page where anybody checks the signatures of a PDF."""

import io

from cryptography import x509

from marketplace.deals.models import DealState
from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.documents.signing import keeping
from tests.deals import journey
from tests.documents.signing import files


def _checked(client, content, name="contract.pdf"):
    return client.post("/signatures", data={"document": (io.BytesIO(content), name)})


def test_an_executed_contract_is_recognised_and_a_changed_one_is_not(client):
    deal, who = journey.to(DealState.PAYMENT)
    [executed] = documents.of(who.buyer, deal, purpose="contract_executed")
    content = storage.read(executed.sha256)
    said = _checked(client, content).text
    assert "每个签名都完整、可信" in said
    assert "与平台记录的文件完全一致" in said
    assert executed.filename in said
    changed = bytearray(content)
    changed[1500] ^= 1
    assert "无效" in _checked(client, bytes(changed)).text


def test_a_draft_has_no_signature_and_a_stranger_is_not_vouched_for(client):
    assert "没有电子签名" in _checked(client, files.draft()).text
    assert "不在可信名单中" in _checked(client, files.executed()).text


def test_only_a_pdf_is_looked_at(client):
    assert client.post("/signatures", data={}).status_code == 422
    assert _checked(client, b"a text", "note.txt").status_code == 422
    assert _checked(client, b"\x89PNG\r\n\x1a\n", "contract.pdf").status_code == 422
    assert client.get("/signatures").status_code == 200


def test_roots_and_lists_of_revoked_certificates_are_public(client):
    issuer = next(one for one in keeping.make() if one.role == "issuer")
    seal = keeping.seal()
    [root] = x509.load_pem_x509_certificates(client.get("/signatures/root.pem").data)
    seal.above[0].verify_directly_issued_by(root)
    keeping.revoke(seal.serial)
    answer = client.get(f"/signatures/{issuer.serial}.crl")
    revoked = x509.load_der_x509_crl(answer.data)
    assert [one.serial_number for one in revoked] == [seal.certificate.serial_number]
    assert client.get("/signatures/00.crl").status_code == 404
