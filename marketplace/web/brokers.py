"""The directory of brokers: who they are, what was checked, what they do and charge."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.mandates import queries
from marketplace.mandates.models import CredentialKind
from marketplace.organisations.models import Organisation
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import words

bp = Blueprint("brokers", __name__, url_prefix="/brokers")


@bp.get("")
def index() -> ResponseReturnValue:
    """Everybody with the capability; a licence that is over is not shown."""
    names = ("q", "kind", "city", "field", "sort")
    asked = {name: request.args.get(name, "") for name in names}
    found = queries.directory(
        text=asked["q"],
        kind=asked["kind"],
        city=asked["city"],
        field=asked["field"],
        sort=asked["sort"] or "name",
    )
    if request.args.get("format") in {"csv", "xlsx"}:
        rows = everything(found)
        return table_response(rows, _columns(rows), "brokers", request.args["format"])
    page = paginate(found)
    ids = [each.id for each in page.items]
    return render_template(
        "brokers/index.html",
        page=page,
        asked=asked,
        credentials=queries.standing_credentials(ids),
        profiles=queries.profiles(ids),
        cities=queries.cities(),
        kinds=[kind for kind in CredentialKind if kind is not CredentialKind.PRACTITIONER],
    )


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """One broker."""
    found = queries.broker(slug)
    credentials = queries.standing_credentials([found.id]).get(found.id, [])
    people = CredentialKind.PRACTITIONER
    return render_template(
        "brokers/show.html",
        broker=found,
        profile=queries.profiles([found.id]).get(found.id),
        licences=[each for each in credentials if each.kind is not people],
        practitioners=[each for each in credentials if each.kind is people],
    )


def _columns(rows: list[Organisation]) -> list[Column]:
    ids = [each.id for each in rows]
    credentials, profiles = queries.standing_credentials(ids), queries.profiles(ids)

    def kinds(one: Organisation) -> str:
        held = {each.kind.value for each in credentials.get(one.id, [])}
        return "；".join(words("enums", f"credential_kind.{kind}") for kind in sorted(held))

    return [
        (gettext("机构"), lambda one: one.name),
        (gettext("城市"), lambda one: one.city),
        (gettext("已核验资质"), kinds),
        (gettext("擅长领域"), lambda one: profiles[one.id].fields if one.id in profiles else ""),
        (gettext("收费标准"), lambda one: profiles[one.id].fees if one.id in profiles else ""),
    ]
