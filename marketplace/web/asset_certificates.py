"""Free-to-deal certificates of the organisation: issued, listed, exported."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import services
from marketplace.assets.bundle import Verdict
from marketplace.assets.models import CertificateState
from marketplace.assets.queries import certificates
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid
from marketplace.forms.wishes import WishForm
from marketplace.payments import codes
from marketplace.web import asset_frame, free_to_deal, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import public_url, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_certificates", __name__, url_prefix="/workbench")
EXPORT_ROWS = 5_000


@bp.get("/certificates")
@sign_in_required
def index() -> ResponseReturnValue:
    """The organisation's certificates, narrowed, paged, exported."""
    asked = {name: request.args.get(name, "")[:200].strip() for name in ("q", "state", "verdict")}
    rows = certificates.certificates(
        current_actor(), state=asked["state"], verdict=asked["verdict"], text=asked["q"]
    )
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique().all()
        return table_response(found, columns(), "certificates", form)
    return render_template(
        "assets/certificates.html",
        page=paginate(rows),
        asked=asked,
        states=choices()["state"],
        verdicts=choices()["verdict"],
        told=free_to_deal,
        wording=wording,
    )


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the lists are narrowed by."""
    return {
        "state": [(s.value, words("states", f"free_to_deal.{s.value}")) for s in CertificateState],
        "verdict": [(v.value, words("enums", f"bundle_verdict.{v.value}")) for v in Verdict],
    }


def columns() -> list[Column]:
    """Of the exported table."""
    return [
        (gettext("核验编码"), lambda c: codes.shown(c.code)),
        (gettext("资产"), lambda c: c.asset.reference),
        (gettext("号码"), lambda c: c.asset.number),
        (gettext("名称"), lambda c: c.asset.title),
        (gettext("机构"), lambda c: c.organisation.name),
        (gettext("事项"), free_to_deal.about),
        (
            gettext("结论"),
            lambda c: words("enums", f"bundle_verdict.{c.verdict}") if c.verdict else "",
        ),
        (gettext("所载日期"), lambda c: c.as_of),
        (gettext("状态"), lambda c: words("states", f"free_to_deal.{c.state.value}")),
        (gettext("理由"), lambda c: c.reason),
        (gettext("内容指纹"), lambda c: c.sha256),
        (gettext("核验地址"), lambda c: public_url(f"/certificates/{c.code}")),
    ]


@bp.post("/assets/<reference>/certificates")
@sign_in_required
def issue(reference: str) -> ResponseReturnValue:
    """Issue one: of all that can be done or, with the wizard's fields, of one wish besides."""
    asset = asset_frame.readable(reference)
    form = WishForm(request.form)
    wish = form.wish() if form.validate() else None
    if form.errors or (request.form.get("act") and wish is None):
        raise Invalid("free_to_deal.wish")
    with transaction():
        asset = asset_frame.readable(reference)
        made = services.issue_certificate(current_actor(), asset, wish=wish)
        code = made.code
    flash(gettext("证明已出具。把编码或文件交给对方，任何人都可以核验。"), "ok")
    return redirect(url_for("certificates.verify", code=code), 303)
