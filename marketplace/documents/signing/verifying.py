"""What the signatures in a PDF are worth: who, when, intact, trusted, and what came after them."""

import binascii
import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from marketplace.core import clock
from marketplace.documents.signing import keeping, pades

MOST_SIGNATURES = 30
MOST_REVISIONS = 60
WHOLE = {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}
Certificates = tuple[x509.Certificate, ...]
END = re.compile(rb"%%EOF(\r\n|\n|\r)?")
CHANGES = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "renewals",
    ModificationLevel.FORM_FILLING: "signatures",
    ModificationLevel.ANNOTATIONS: "annotations",
    ModificationLevel.OTHER: "other",
}


@dataclass(frozen=True)
class Found:
    """A signature as the file has it.

    `changes`: what was appended after it (none, renewals, signatures, annotations, other);
    `allowed`: whether that was allowed; `trusted_by`: exchange, configured or nobody ("").
    """

    place: str
    signer: str
    organisation: str
    issuer: str
    serial: str
    claimed_at: datetime | None
    stamped_at: datetime | None
    stamp_trusted: bool
    intact: bool
    covers_all: bool
    changes: str
    allowed: bool
    locks: bool
    trusted_by: str

    @property
    def is_good(self) -> bool:
        """Intact, nothing done after it that was not allowed, by somebody whom we trust."""
        return self.intact and self.allowed and bool(self.trusted_by)

    @property
    def verdict(self) -> str:
        """good, unknown (intact, but nobody here knows the signer) or broken."""
        if self.intact and self.allowed:
            return "good" if self.trusted_by else "unknown"
        return "broken"


@dataclass(frozen=True)
class Report:
    """A file and its signatures; `revisions` are the hashes of what it was before each addition."""

    sha256: str
    signatures: tuple[Found, ...] = ()
    revisions: tuple[str, ...] = ()
    problem: str = ""  # unreadable, locked, too_many
    covered: bool = field(default=False)  # the last signature covers the whole file

    @property
    def verdict(self) -> str:
        """good, unknown, broken, or none where there is no signature."""
        if self.problem:
            return "broken"
        if not self.signatures:
            return "none"
        verdicts = {each.verdict for each in self.signatures}
        if "broken" in verdicts or not self.covered:
            return "broken"
        return "unknown" if "unknown" in verdicts else "good"


def verify(pdf: bytes) -> Report:
    """Judge every signature of a PDF. Nothing is fetched from anywhere; broken files are reported."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        if reader.encrypted:
            return Report(sha256, problem="locked")
        embedded = list(reader.embedded_regular_signatures)
        if len(embedded) > MOST_SIGNATURES:
            return Report(sha256, problem="too_many")
        own, others = keeping.roots(), keeping.further_roots()
        found = tuple(_judged(pdf, each, own, others) for each in embedded)
        stamps = list(reader.embedded_timestamp_signatures)
        covered = any(
            each.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
            for each in (*embedded, *stamps)
        )
    except Exception:  # noqa: BLE001 -- a file from anywhere: whatever it trips over, it is not good
        return Report(sha256, revisions=_revisions(pdf), problem="unreadable")
    return Report(sha256, found, _revisions(pdf), covered=covered)


def _judged(
    pdf: bytes, each: EmbeddedPdfSignature, own: Certificates, others: Certificates
) -> Found:
    status = _status(each, (*own, *others), None)
    stamp = status.timestamp_validity
    stamped = bool(stamp and stamp.intact and stamp.valid)
    stamped_at = stamp.timestamp if stamp is not None and stamped else None
    trusted_at = stamped_at if stamp is not None and stamp.trusted else None
    if trusted_at is not None and not status.trusted:  # it ran out, but was good at that time
        status = _status(each, (*own, *others), trusted_at)
    trusted_by = _trusted_by(status, own, trusted_at)
    subject = each.signer_cert.subject.native
    level = status.modification_level
    return Found(
        place=each.field_name or "",
        signer=str(subject.get("common_name", "")),
        organisation=str(subject.get("organization_name", "")),
        issuer=str(each.signer_cert.issuer.native.get("common_name", "")),
        serial=f"{each.signer_cert.serial_number:040x}",
        claimed_at=status.signer_reported_dt,
        stamped_at=stamped_at,
        stamp_trusted=trusted_at is not None,
        intact=bool(status.intact and status.valid)
        and _is_as_written(pdf, each)
        and (trusted_by != "exchange" or _is_spelled_as_ours(each, status)),
        covers_all=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        changes=CHANGES.get(level, "other") if level is not None else "other",
        allowed=bool(status.docmdp_ok) and status.coverage in WHOLE and (stamp is None or stamped),
        locks=each.docmdp_level is not None,
        trusted_by=trusted_by,
    )


def _is_spelled_as_ours(each: EmbeddedPdfSignature, status: PdfSignatureStatus) -> bool:
    """No signature covers the structure it lies in (RFC 5652, 5.1): ours is always spelled alike.

    Its certificates are the path to our root and no other; without this a changed copy of one that
    we know would go unseen, since we use our own.
    """
    path = status.validation_path
    known = {one.sha256 for one in path} if path is not None else set()
    data, signer = each.signed_data, each.signer_info
    return (
        data["version"].native == signer["version"].native == "v1"
        and [one.dump() for one in data["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and signer["digest_algorithm"]["parameters"].native is None
        and data["encap_content_info"]["content_type"].native == "data"
        and all(one.chosen.sha256 in known for one in data["certificates"])
    )


def _trusted_by(status: PdfSignatureStatus, own: Certificates, trusted_at: datetime | None) -> str:
    """Whose root vouches for the signer, unless a certificate of ours on the way was revoked."""
    path = status.validation_path
    if not status.trusted or path is None:
        return ""
    revoked = keeping.revoked()
    days = [revoked[one.sha256] for one in path if one.sha256 in revoked]
    if any(trusted_at is None or trusted_at >= day for day in days):
        return ""
    return (
        "exchange" if path.first.sha256 in {pades.asn1(one).sha256 for one in own} else "configured"
    )


def _status(
    each: EmbeddedPdfSignature, roots: Certificates, moment: datetime | None
) -> PdfSignatureStatus:
    context = ValidationContext(
        trust_roots=[pades.asn1(one) for one in roots],
        other_certs=[pades.asn1(one) for one in keeping.issuers()],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=moment or clock.now(),
    )
    return pades.outside_loops(lambda: validate_pdf_signature(each, context))


def _is_as_written(pdf: bytes, each: EmbeddedPdfSignature) -> bool:
    """No signature covers the place where it stands: there must be nothing else in it.

    That is one string of hexadecimal digits of one case, the structure and zeros after it.
    """
    numbers = [int(number) for number in each.byte_range]
    if len(numbers) != 4 or numbers[0] != 0:
        return False
    gap = pdf[numbers[1] : numbers[2]]
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        return False
    digits = gap[1:-1]
    if digits not in {digits.lower(), digits.upper()}:
        return False
    content = binascii.unhexlify(digits)
    structure = _der(content)
    info = cms.ContentInfo.load(structure)
    parts = info["content_type"].dump() + info["content"].dump()
    return structure.endswith(parts) and not content[len(structure) :].strip(b"\0")


def _der(content: bytes) -> bytes:
    """The first structure of it."""
    if content[1] < 0x80:
        return content[: 2 + content[1]]
    size = content[1] & 0x7F
    return content[: 2 + size + int.from_bytes(content[2 : 2 + size], "big")]


def _revisions(pdf: bytes) -> tuple[str, ...]:
    """The hashes of every beginning of the file that could have been a file by itself."""
    found: list[str] = []
    running, done = hashlib.sha256(), 0
    for match in list(END.finditer(pdf))[:MOST_REVISIONS]:
        bare = match.start() + len(b"%%EOF")
        for end in sorted({bare, match.end()}):
            running.update(pdf[done:end])
            done = end
            found.append(running.copy().hexdigest())
    return tuple(dict.fromkeys(found))
