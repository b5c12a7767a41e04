"""Free-to-deal certificates at the exchange: found again, revoked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import services
from marketplace.assets.queries import certificates
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import DecisionForm
from marketplace.payments import codes
from marketplace.web import asset_certificates, free_to_deal, history, wording
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_certificates", __name__, url_prefix="/console")
bp.before_request(operators_only)


@bp.get("/certificates")
def index() -> ResponseReturnValue:
    """Every certificate, newest first."""
    asked = {name: request.args.get(name, "")[:200].strip() for name in ("q", "state", "verdict")}
    rows = certificates.all_certificates(
        current_actor(), state=asked["state"], verdict=asked["verdict"], text=asked["q"]
    )
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(asset_certificates.EXPORT_ROWS)).unique().all()
        return table_response(found, asset_certificates.columns(), "certificates", form)
    return render_template(
        "console/certificates/index.html",
        page=paginate(rows),
        asked=asked,
        states=asset_certificates.choices()["state"],
        verdicts=asset_certificates.choices()["verdict"],
        told=free_to_deal,
        wording=wording,
    )


@bp.route("/certificates/<code>", methods=["GET", "POST"])
def revoke(code: str) -> ResponseReturnValue:
    """One certificate; revoked with a reason that everybody can read."""
    actor, form = current_actor(), DecisionForm()
    if form.is_submitted():
        try:
            with transaction():
                found = certificates.certificate_to_revoke(actor, code)
                services.revoke_certificate(actor, found, because=form.because.data or "")
            flash(gettext("证明已撤销，凭编码核验的人会看到理由。"), "ok")
            return redirect(url_for("console_certificates.revoke", code=code), 303)
        except Refused as refusal:
            if not refusal.fields:
                raise
            absorb(form, refusal, locale_code())
    found = certificates.certificate_to_revoke(actor, code)
    page = render_template(
        "console/certificates/revoke.html",
        found=found,
        form=form,
        code=codes.shown(found.code),
        notices=free_to_deal.notices(found, free_to_deal.content_of(found)),
        told=free_to_deal,
        events=history.entries(found),
    )
    return page, 422 if form.errors else 200
