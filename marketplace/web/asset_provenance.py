"""What the owner states of a right: where it comes from, what hangs over it. Asked once."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries, services
from marketplace.assets.models import Asset
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import require
from marketplace.forms.absorb import absorb
from marketplace.forms.facts import answers, facts_form, in_groups, name_of
from marketplace.listings import asking
from marketplace.organisations import queries as organisations
from marketplace.rules.demands import Question
from marketplace.rules.facts import FIELDS
from marketplace.web.deal_page.findings import value_text
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("asset_provenance", __name__, url_prefix="/workbench/assets")


@bp.route("/<reference>/provenance", methods=["GET", "POST"])
@sign_in_required
def edit(reference: str) -> ResponseReturnValue:
    """Every question about the right on one page; what is answered can be changed."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    require(actor, policy.state_facts, asset)
    asked = asking.of_right(asset) + (_of_operators(asset) if actor.is_operator else [])
    form = facts_form(asked)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                asset = queries.get(actor, reference)
                given = {field.path: value for field, value in answers(form, asked)}
                services.state(actor, asset, given)
        except Refused as refusal:
            refusal.fields = {name_of(k): v for k, v in refusal.fields.items()}
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("陈述已保存，挂牌和交易将直接采用。"), "ok")
            return redirect(url_for("assets.show", reference=reference, _anchor="provenance"), 303)
    elif form.is_submitted():
        status = 422
    groups = in_groups(form, asked)
    page = render_template("assets/provenance.html", asset=asset, form=form, groups=groups)
    return page, status


def _of_operators(asset: Asset) -> list[Question]:
    """What the exchange itself knows: complaints, and what was done about them."""
    said = asset.stated or {}
    return [
        Question(FIELDS[path], said.get(path, {}).get("value"), "exchange", required=False)
        for path in sorted(services.BY_OPERATORS)
    ]


def stated(asset: Asset) -> list[dict[str, Any]]:
    """The statements for the page of the right: what, who said so, when."""
    said = asset.stated or {}
    names = organisations.names_of(one["for"] for one in said.values() if one["for"])
    return [
        {
            "label": words("enums", f"fact.{path}"),
            "text": value_text(FIELDS[path], said[path]["value"]),
            "who": names.get(said[path].get("for"), ""),
            "on": said[path]["on"],
        }
        for path in FIELDS
        if path in said
    ]
