"""Signatures in the file: intact and trusted, in either order, and broken by a single byte."""

import hashlib
import io
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from marketplace.documents import signing
from marketplace.documents.signing import chain, keeping, pades, verifying
from tests import databases
from tests.auctions.live.loops import in_a_loop
from tests.documents.signing import files


@pytest.fixture(autouse=True)
def at_that_time(monkeypatch):
    """The verifier knows the root of the file for tests, and it is the day after the signing."""
    own = files.certificates()
    monkeypatch.setattr(keeping, "roots", lambda: (own.root.certificate,))
    monkeypatch.setattr(keeping, "issuers", lambda: (own.issuer.certificate,))
    monkeypatch.setattr(keeping, "further_roots", lambda: ())
    monkeypatch.setattr(keeping, "revoked", dict)
    monkeypatch.setattr(verifying.clock, "now", lambda: files.AT)


def test_an_executed_contract_is_good_and_names_who_signed():
    report = signing.verify(files.executed())
    assert (report.verdict, report.problem, report.covered) == ("good", "", True)
    assert [(s.place, s.signer, s.organisation) for s in report.signatures] == [
        ("seller", "张三", "岭南理工大学"),
        ("buyer", "李四", "深圳比格能源有限公司"),
        ("exchange", "电子印章", "粤知市"),
    ]
    assert [s.changes for s in report.signatures] == ["signatures", "signatures", "none"]
    assert {(s.intact, s.trusted_by, s.claimed_at) for s in report.signatures} == {
        (True, "exchange", files.AT)
    }


def test_the_order_of_the_parties_does_not_matter():
    other = files.sealed(files.signed(files.signed(files.draft(), "buyer"), "seller"))
    report = signing.verify(other)
    assert (report.verdict, [s.place for s in report.signatures]) == (
        "good",
        ["buyer", "seller", "exchange"],
    )


def test_signing_and_verifying_work_where_a_loop_is_running():
    async def within():
        return signing.verify(files.sealed(files.signed(files.draft(), "buyer")))

    assert in_a_loop(within()).verdict == "good"


def test_the_draft_that_was_seen_is_the_beginning_of_the_signed_file():
    draft = files.draft()
    assert files.executed().startswith(draft)
    report = signing.verify(files.executed())
    assert hashlib.sha256(draft).hexdigest() in report.revisions
    another = hashlib.sha256(files.draft(bilingual=True)).hexdigest()
    assert another not in report.revisions


def test_signatures_of_one_draft_are_not_good_under_another():
    draft, other = files.draft(), files.draft(bilingual=True)
    transplanted = other + files.executed()[len(draft) :]
    assert signing.verify(transplanted).verdict in {"broken", "none"}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_fails(place, bit):
    content = bytearray(files.executed())
    content[int(place * len(content))] ^= 1 << bit
    assert signing.verify(bytes(content)).verdict != "good"


def test_one_changed_bit_in_the_structure_of_a_signature_fails():
    """Where no signature covers a byte: lengths, versions, the certificates that came along."""
    content = files.executed()
    [*_, last] = PdfFileReader(io.BytesIO(content)).embedded_regular_signatures
    _, start, end, _ = (int(number) for number in last.byte_range)
    for byte in (1, 2, 3, 5, 20, 32, 40, 500, 900, 1300):
        digit = start + 1 + 2 * byte + 1
        other = b"%X" % (int(content[digit : digit + 1], 16) ^ 1)
        changed = content[:digit] + other + content[digit + 1 :]
        assert digit < end
        assert signing.verify(changed).verdict != "good", byte


def test_what_is_added_after_the_seal_is_told():
    assert signing.verify(files.executed() + b"\n% more").verdict == "broken"
    once_more = pades.append(
        files.executed(), files.certificates().buyer, field="late", at=files.AT
    )
    report = signing.verify(once_more)
    assert report.verdict == "broken"
    assert [s.place for s in report.signatures if not s.allowed] == ["exchange"]


def test_a_signer_whom_nobody_vouches_for_is_intact_and_unknown():
    stranger = chain.issue(chain.PERSON, chain.Subject("王五", "他处"), files.AT)
    report = signing.verify(files.signed(files.draft(), "seller", stranger))
    [found] = report.signatures
    assert (report.verdict, found.verdict, found.intact) == ("unknown", "unknown", True)


@pytest.mark.parametrize(
    ("content", "problem", "verdict"),
    [
        (b"%PDF-1.7\nnothing", "unreadable", "broken"),
        (b"", "unreadable", "broken"),
        (files.draft(), "", "none"),
    ],
)
def test_files_without_signatures_or_sense_are_told(content, problem, verdict):
    report = signing.verify(content)
    assert (report.problem, report.verdict) == (problem, verdict)


def test_poppler_agrees(tmp_path):
    program = shutil.which("pdfsig")
    if program is None:
        databases.absent("pdfsig (poppler-utils) is not installed")
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(files.executed())
    changed = bytearray(files.executed())
    changed[2000] ^= 1
    bad.write_bytes(bytes(changed))

    def says(path):
        ran = subprocess.run([program, path], capture_output=True, text=True, check=False)
        return ran.stdout.count("Signature is Valid"), ran.stdout.count("Digest Mismatch")

    assert says(good) == (3, 0)
    assert says(bad)[0] == 0


def test_the_box_of_a_signature_is_where_the_paper_has_it():
    seller, buyer = (pades.box_of(files.draft(), place) for place in ("seller", "buyer"))
    assert seller.page == buyer.page
    assert seller.corners[2] <= buyer.corners[0]
    assert seller.size == pytest.approx(buyer.size)
    nowhere = pades.box_of(files.draft(), "nobody")
    assert nowhere.corners in pades.FOOT.values()
