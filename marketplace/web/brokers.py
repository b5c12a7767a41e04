"""The directory of brokers: who they are, what was checked, what they do and charge, how they stand."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.core import settings
from marketplace.mandates import queries
from marketplace.mandates.models import CredentialKind
from marketplace.trust.queries import grades, ratings, sanctions
from marketplace.trust.tables import published
from marketplace.web import trust_words
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate, paginate_list
from marketplace.web.presentation import words
from marketplace.web.trust_words import Standing

bp = Blueprint("brokers", __name__, url_prefix="/brokers")


@bp.get("")
def index() -> ResponseReturnValue:
    """Everybody with the capability; a licence that is over is not shown, nor who is suspended."""
    names = ("q", "kind", "city", "field", "sort", "grade")
    asked = {name: request.args.get(name, "") for name in names}
    found = queries.directory(
        text=asked["q"],
        kind=asked["kind"],
        city=asked["city"],
        field=asked["field"],
        sort="city" if asked["sort"] == "city" else "name",
    )
    standings = trust_words.narrowed(
        trust_words.standings(everything(found)), grade=asked["grade"], sort=asked["sort"]
    )
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(standings, _columns(standings), "brokers", request.args["format"])
    page = paginate_list(standings)
    ids = [each.broker.id for each in page.items]
    return render_template(
        "brokers/index.html",
        page=page,
        asked=asked,
        credentials=queries.standing_credentials(ids),
        profiles=queries.profiles(ids),
        cities=queries.cities(),
        kinds=[kind for kind in CredentialKind if kind is not CredentialKind.PRACTITIONER],
        trust=trust_words,
    )


@bp.get("/grading-rules")
def grading_rules() -> ResponseReturnValue:
    """How brokers are rated and graded (电子商务法 art. 39): the tables, what they rest on, the ways to object."""
    return render_template(
        "brokers/grading_rules.html",
        tables=published(),
        criteria=trust_words.criteria(),
        settings=settings.current(),
    )


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """One broker: checked credentials, grade with its items, ratings, performance."""
    found = queries.broker(slug)
    credentials = queries.standing_credentials([found.id]).get(found.id, [])
    people = [each for each in credentials if each.kind is CredentialKind.PRACTITIONER]
    [standing] = trust_words.standings([found])
    return render_template(
        "brokers/show.html",
        broker=found,
        profile=queries.profiles([found.id]).get(found.id),
        licences=[each for each in credentials if each not in people],
        practitioners=people,
        graded_people=grades.practitioner_grades(people),
        standing=standing,
        suspended=queries.is_suspended(found.id),
        measures=[each for each in sanctions.of([found.id]) if each.is_running],
        page=paginate(ratings.public_of(found.id), per_page=10),
        trust=trust_words,
    )


def _columns(rows: list[Standing]) -> list[Column]:
    ids = [each.broker.id for each in rows]
    credentials, profiles = queries.standing_credentials(ids), queries.profiles(ids)

    def kinds(one: Standing) -> str:
        held = {each.kind.value for each in credentials.get(one.broker.id, [])}
        return "；".join(words("enums", f"credential_kind.{kind}") for kind in sorted(held))

    def said(one: Standing, name: str) -> str:
        profile = profiles.get(one.broker.id)
        return getattr(profile, name) if profile else ""

    return [
        (gettext("机构"), lambda one: one.broker.name),
        (gettext("城市"), lambda one: one.broker.city),
        (gettext("等级"), lambda one: one.graded.grade.letter.value),
        (gettext("信用分"), lambda one: one.graded.grade.points),
        (gettext("评价均分"), lambda one: "" if one.mean is None else str(one.mean)),
        (gettext("评价数"), lambda one: one.scores.count if one.scores else 0),
        (gettext("完成交易"), lambda one: one.performance.deals),
        (gettext("已核验资质"), kinds),
        (gettext("擅长领域"), lambda one: said(one, "fields")),
        (gettext("收费标准"), lambda one: said(one, "fees")),
    ]
