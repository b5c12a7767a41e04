"""A free-to-deal certificate as anybody sees it who has its code: content, state, file check."""

import hashlib
import io
import json
from typing import Any

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from marketplace.assets import certificate, papers, policy
from marketplace.assets.bundle import Reason
from marketplace.assets.models import CertificateState, FreeToDealCertificate
from marketplace.assets.queries import certificates
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.documents import storage
from marketplace.documents.models import Document
from marketplace.forms.deals import FileCheckForm
from marketplace.payments import codes
from marketplace.web import bundle_words
from marketplace.web.bundle_words import Sentence
from marketplace.web.locale import gettext
from marketplace.web.possibilities import Told
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor

Notice = tuple[str, str]  # text, kind of ui.notice
SECTION = "certificate_section."


def page(found: FreeToDealCertificate) -> ResponseReturnValue:
    """The page behind the code; with a file, whether it is the one on record."""
    form = FileCheckForm()
    verdict, status = "", 200
    if form.validate_on_submit():
        verdict = _compared(found, form.document.data)
    elif form.is_submitted():
        status = 422
    content = content_of(found)
    actor = current_actor()
    rendered = render_template(
        "certificates/free_to_deal.html",
        found=found,
        content=content,
        paper=papers.free_to_deal(content, found.sha256),
        side="en" if locale_code() == "en" else "zh",
        notices=notices(found, content),
        asked=kept(content["asked"]) if content["asked"] else None,
        table=[kept(one) for one in content["can_be_done"]],
        form=form,
        verdict=verdict,
        code=codes.shown(found.code),
        may_revoke=policy.revoke_certificate.allows(actor)
        and found.state is not CertificateState.REVOKED,
        newer=found.superseded_by
        if found.superseded_by and policy.keeps_asset(actor, found.asset)
        else None,
    )
    return rendered, status


def content_of(found: FreeToDealCertificate) -> dict[str, Any]:
    """What it says, as it was kept."""
    said: dict[str, Any] = json.loads(storage.read(found.sha256))
    return said


def notices(found: FreeToDealCertificate, content: dict[str, Any]) -> list[Notice]:
    """Whether it can be relied on now; the gravest first."""
    told: list[Notice] = []
    if found.state is CertificateState.REVOKED:
        told.append(
            (gettext("本证明已撤销，不得再作为依据。理由：%(why)s", why=found.reason), "bad")
        )
    if found.state is CertificateState.SUPERSEDED:
        told.append((gettext("本证明已被同一事项的新证明取代，请向权利人索取新的。"), ""))
    changed = certificate.changed(content, certificates.register_now(found.asset))
    if changed:
        names = gettext("、").join(words("enums", SECTION + each) for each in changed)
        told.append((gettext("出具之后，登记的以下内容有变化：%(names)s。", names=names), ""))
    if certificate.is_old(found.as_of, clock.today()):
        days = (clock.today() - found.as_of).days
        told.append(
            (gettext("本证明已出具 %(days)s 天，超过 30 天不应再作为依据。", days=days), "")
        )
    if not told:
        told.append(
            (
                gettext("编码有效：本证明由交易所出具，此后登记没有变化。"),
                "ok",
            )
        )
    return told


def kept(one: dict[str, Any]) -> Told:
    """An answer of a certificate in the reader's words."""
    consents = certificate.reasons(one, "consents")

    def said(reasons: list[Reason]) -> list[Sentence]:
        return [bundle_words.reason(each) for each in reasons]

    return Told(
        bundle_words.wish_text(certificate.wish_from(one["wish"])),
        one["verdict"],
        said(certificate.reasons(one, "obstacles")),
        said([r for r in consents if not r.given]),
        said([r for r in consents if r.given]),
        said(certificate.reasons(one, "notices")),
        [],
        [],
    )


def _compared(found: FreeToDealCertificate, upload: Any) -> str:
    """Which of the two files it is, by its hash; the file is not kept."""
    digest = hashlib.file_digest(upload.stream, "sha256").hexdigest()
    files = {"paper": found.paper, "content": found.content}
    return next((name for name, f in files.items() if f and f.sha256 == digest), "different")


def download(document: Document | None) -> ResponseReturnValue:
    """One of the two files, for whoever has the code."""
    if document is None:
        raise NotFound("certificate.unknown")
    answer = send_file(
        io.BytesIO(storage.read(document.sha256)),
        mimetype=document.media_type,
        as_attachment=True,
        download_name=document.filename,
        etag=document.sha256,
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def shown_state(found: FreeToDealCertificate) -> tuple[str, str, str]:
    """Where it stands, for ui.badge: an old one is told from a fresh one."""
    if found.state is CertificateState.REVOKED:
        return words("states", "free_to_deal.revoked"), "b-bad", "x"
    if found.state is CertificateState.SUPERSEDED:
        return words("states", "free_to_deal.superseded"), "", "history"
    if certificate.is_old(found.as_of, clock.today()):
        return gettext("已过 30 天"), "b-warn", "clock"
    return words("states", "free_to_deal.issued"), "b-ok", "badge-check"


def about(found: FreeToDealCertificate) -> str:
    """What it answers: one wish, or everything."""
    if found.wish is None:
        return gettext("全部处分")
    return bundle_words.wish_text(certificate.wish_from(found.wish))
