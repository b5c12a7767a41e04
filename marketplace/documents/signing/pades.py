"""One more signature under a PDF, as an increment: what was there stays to the last byte."""

import hashlib
import io
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko import stamp as stamps
from pyhanko.pdf_utils import layout
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from marketplace.core.errors import Refused
from marketplace.documents.signing.chain import Identity

Result = TypeVar("Result")
ANCHOR = "#sign-"  # a paper's link that marks the box of a signature ends in this and the place
FOOT = {"left": (68, 8, 288, 58), "right": (307, 8, 527, 58)}


class CannotSign(Refused):
    """A file that takes no further signature: damaged, locked, encrypted."""


@dataclass(frozen=True)
class Stamp:
    """What a signature says of itself, and shows on the page: a PDF of the box's own size."""

    page: bytes = b""
    reason: str = ""
    name: str = ""


NOTHING = Stamp()
MIDDLE = layout.AxisAlignment.ALIGN_MID
FILLING = layout.SimpleBoxLayoutRule(MIDDLE, MIDDLE, layout.Margins(0, 0, 0, 0))  # to the edges


@dataclass(frozen=True)
class Box:
    """Where on the paper: the page's index, and left, bottom, right, top in points."""

    page: int
    corners: tuple[float, float, float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        left, bottom, right, top = self.corners
        return right - left, top - bottom


@dataclass(frozen=True)
class Trust:
    """What long-term validation needs: roots, and fresh lists of what was revoked."""

    roots: tuple[x509.Certificate, ...]
    lists: tuple[bytes, ...] = ()
    between: tuple[x509.Certificate, ...] = ()


def box_of(pdf: bytes, place: str) -> Box:
    """The box that the paper's template marked, or the foot of the last page."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        pages = int(reader.root["/Pages"]["/Count"])
        for index in range(pages):
            page = _page(reader, index)
            for annotation in page.get("/Annots", ()):
                link = annotation.get_object()
                if _target(link).endswith(f"{ANCHOR}{place}"):
                    left, bottom, right, top = (float(each) for each in link["/Rect"])
                    return Box(index, (left, bottom, right, top))
    except (PdfError, KeyError, ValueError, TypeError) as error:
        raise CannotSign("signing.unreadable") from error
    side = "left" if place in {"seller", "principal", "party_a"} else "right"
    return Box(pages - 1, FOOT[side])


def _page(reader: PdfFileReader, index: int) -> Any:
    reference, _ = reader.find_page_for_modification(index)  # type: ignore[no-untyped-call]
    return reference.get_object()


def _target(link: Any) -> str:
    action = link.get("/A")
    return str(action.get("/URI", "")) if action is not None else ""


def append(
    pdf: bytes,
    identity: Identity,
    *,
    field: str,
    at: datetime,
    box: Box | None = None,
    stamp: Stamp = NOTHING,
    last: bool = False,
    trust: Trust | None = None,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """The file with a signature more (PAdES B-B, B-T with a timestamper, B-LT with `trust` too).

    `last` locks every field and forbids any change but a renewal of time stamps (FieldMDP and the
    DocMDP level 1 of a signature field lock, ISO 32000-2, 12.7.5.5).
    """
    signer = signers.SimpleSigner(
        signing_cert=asn1(identity.certificate),
        signing_key=asn1_key(identity),
        cert_registry=store_of(identity),
    )
    spec: dict[str, Any] = {}
    if last:
        spec = {
            "field_mdp_spec": fields.FieldMDPSpec(fields.FieldMDPAction.ALL),
            "doc_mdp_update_value": fields.MDPPerm.NO_CHANGES,
        }
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        reason=stamp.reason or None,
        name=stamp.name or None,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES if last else fields.MDPPerm.FILL_FORMS,
        embed_validation_info=trust is not None,
        validation_context=_context(trust, identity, at) if trust else None,
    )
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        fields.append_signature_field(
            writer,
            fields.SigFieldSpec(
                field,
                on_page=box.page if box else 0,
                box=box.corners if box else None,  # type: ignore[arg-type]
                **spec,
            ),
        )
        with tempfile.NamedTemporaryFile(suffix=".pdf") as shown:
            style = None
            if stamp.page and box is not None:
                shown.write(stamp.page)
                shown.flush()
                style = stamps.StaticStampStyle.from_pdf_file(
                    shown.name, border_width=0, background_layout=FILLING
                )
            made = _Signer(meta, signer=signer, timestamper=timestamper, stamp_style=style, at=at)
            return bytes(outside_loops(lambda: made.sign_pdf(writer)).getvalue())
    except TimestampRequestError as error:
        raise Refused("signing.timestamp") from error
    except (PdfError, SigningError, ValueError) as error:
        raise CannotSign("signing.unreadable") from error


class _Signer(signers.PdfSigner):
    """Signs at the platform's time, which in tests and in the demonstration is not the machine's."""

    def __init__(self, *args: Any, at: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        """The session, dated."""
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def outside_loops(work: Callable[[], Result]) -> Result:
    """What the work gives, done in a thread of its own.

    pyHanko starts a loop, which a thread that has one running (an asynchronous server, a test with a
    browser) forbids.
    """
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(work).result()


def _context(trust: Trust, identity: Identity, at: datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1(one) for one in trust.roots],
        other_certs=[asn1(one) for one in (*identity.above, *trust.between)],
        crls=[asn1_crl.CertificateList.load(one) for one in trust.lists],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=at,
        best_signature_time=at,
    )


def store_of(identity: Identity) -> SimpleCertificateStore:
    """The certificate and those above it, to go into the file."""
    found = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    found.register_multiple([asn1(one) for one in (identity.certificate, *identity.above)])
    return found


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The certificate as pyHanko has it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def asn1_key(identity: Identity) -> asn1_keys.PrivateKeyInfo:
    """The key as pyHanko has it."""
    plain = identity.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1_keys.PrivateKeyInfo.load(plain)


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()
