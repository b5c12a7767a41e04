"""The page where anybody checks the signatures of a PDF."""

import io

from cryptography import x509

from marketplace.deals.models import DealState
from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.documents.signing import keeping
from tests import factories as a
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


def test_a_contract_is_signed_on_paper_from_the_pages(sign_in):
    deal, _ = journey.to(DealState.SIGNING)
    seller, desk = sign_in(deal.seller), sign_in(a.exchange(), "owner")
    page = f"/workbench/deals/{deal.reference}"
    assert "改为纸质签署" in seller.get(page).text
    seller.post(f"{page}/paper")
    assert "提交扫描件" in seller.get(page).text
    scan = {"scan": (io.BytesIO(files.draft()), "scan.pdf")}
    assert seller.post(f"{page}/paper/scan", data=scan).status_code == 303
    assert deal.reference in desk.get("/console/evidence").text
    there = f"/console/deals/{deal.reference}"
    assert "确认纸质签署" in desk.get(there).text
    desk.post(f"{there}/paper", data={"seller": "张三", "buyer": "李四"})
    assert deal.state is DealState.PAYMENT
