"""Checking the signatures in a PDF. Open to everybody; the file is looked at and not kept."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography import x509
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from marketplace.core.errors import Invalid, Refused
from marketplace.documents import signing, sniff
from marketplace.documents.signing import chain, evidence, keeping
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import FileCheckForm
from marketplace.web.limits import limiter
from marketplace.web.presentation import locale_code

bp = Blueprint("signatures", __name__)
LARGEST = 20 << 20


@bp.route("/signatures", methods=["GET", "POST"])
@limiter.limit("20 per minute")
def verify() -> ResponseReturnValue:
    """Who signed a PDF, when, whether it is intact, and whether it is a contract on record here."""
    form = FileCheckForm()
    report, document, status = None, None, 200
    if form.validate_on_submit():
        try:
            content = _content(form.document.data)
            report = signing.verify(content)
            document = evidence.known([report.sha256, *report.revisions])
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
    elif form.is_submitted():
        status = 422
    page = render_template(
        "signatures/verify.html",
        form=form,
        report=report,
        known=document,
        roots=[(_name(one), chain.fingerprint(one)) for one in keeping.roots()],
    )
    return page, status


@bp.get("/signatures/root.pem")
@limiter.limit("60 per minute")
def root() -> Response:
    """The roots of this exchange, for other programs that check signatures."""
    content = "".join(chain.pem_of(one) for one in keeping.roots())
    response = Response(content, mimetype="application/x-pem-file")
    response.headers["Content-Disposition"] = "attachment; filename=root.pem"
    return response


@bp.get("/signatures/<serial>.crl")
@limiter.limit("60 per minute")
def revoked(serial: str) -> Response:
    """What one of the exchange's authorities has revoked (RFC 5280, section 5)."""
    return Response(keeping.list_by(serial), mimetype="application/pkix-crl")


def _content(upload: Any) -> bytes:
    """The bytes of what was uploaded: a PDF by its content, and not too large."""
    content = bytes(upload.stream.read(LARGEST + 1))
    if len(content) > LARGEST:
        raise Invalid("document.too_large", limit="20 MB")
    with NamedTemporaryFile(suffix=".pdf") as kept:
        kept.write(content)
        kept.flush()
        name = upload.filename or "document.pdf"
        sniff.inspect(Path(kept.name), name, allowed={sniff.Kind.PDF})
    return content


def _name(certificate: x509.Certificate) -> str:
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)
