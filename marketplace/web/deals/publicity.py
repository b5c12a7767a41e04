"""Notices drawn up from a deal, and the pack for registering its contract."""

import io

from flask import flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue

from marketplace.compliance.models import NoticeKind
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import queries, registration
from marketplace.deals import services as deals
from marketplace.web.deals.shared import bp, refused_text
from marketplace.web.session import current_actor, sign_in_required


@bp.post("/<reference>/notices/<any(agreed_price, result):notice_kind>")
@sign_in_required
def draft_notice(reference: str, notice_kind: str) -> ResponseReturnValue:
    """Draw a notice up from the deal; its page shows it before it is published."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    try:
        with transaction():
            number = deals.draft_notice(actor, deal, NoticeKind(notice_kind)).reference
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
        return redirect(url_for("deals.show", reference=reference, _anchor="publicity"), 303)
    return redirect(url_for("notices.show", reference=number), 303)


@bp.get("/<reference>/registration-pack")
@sign_in_required
def registration_pack(reference: str) -> ResponseReturnValue:
    """The form, the contract and the list of papers in one ZIP."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    if not registration.is_technical(deal):
        raise NotFound("deal.unknown")
    return send_file(
        io.BytesIO(registration.pack(actor, deal)),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{deal.reference}-registration.zip",
    )
