"""The rule library: every rule on file with its texts, what it asks, and what changes when."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from marketplace.compliance import queries as compliance
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.deals import queries as deals
from marketplace.deals.models import OPEN, Deal
from marketplace.listings import queries as listings
from marketplace.rules import changes, citations, lookup
from marketplace.rules.facts import ASSET_KINDS, DEAL_KINDS, FIELDS
from marketplace.rules.library import Certainty, Gate, Rule, Stage, load
from marketplace.rules.lookup import Hit, Wanted
from marketplace.rules.sentences import Clause, in_words
from marketplace.web import incoming, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import PER_PAGE, Page
from marketplace.web.presentation import citation, locale_code, url_without, words
from marketplace.web.session import current_actor

bp = Blueprint("rules", __name__)

MOST_TOUCHED = 200
STATUS_TONES = {
    "open": "b-bad", "unknown": "b-plum", "duty": "b-warn", "satisfied": "b-ok", "info": "",
}  # fmt: skip
GATE_TONES = {Gate.HARD: "b-bad", Gate.DUTY: "b-warn", Gate.INFO: ""}


@bp.get("/rules")
def index() -> ResponseReturnValue:
    """All rules: search, filters, export; by default those in force today."""
    wanted = _wanted()
    found = lookup.search(wanted, locale_code())
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(found, _columns(), "rules", request.args["format"])
    today = clock.today()
    return render_template(
        "rules/index.html",
        page=_page(found),
        wanted=wanted,
        options=_options(),
        chips=_chips(wanted),
        today=today,
        figures=_figures(today),
        next_change=_next_change(today),
        tones=GATE_TONES,
        wording=wording,
        version=load().version,
    )


@bp.get("/rules/laws")
def laws() -> ResponseReturnValue:
    """The laws that rules rest on, each with its rules."""
    today = clock.today()
    by_law: dict[str, list[Hit]] = {}
    for hit in lookup.search(Wanted(on=today)):
        for law in citations.laws(hit.text.article):
            by_law.setdefault(law, []).append(hit)
    ordered = sorted(by_law.items(), key=lambda item: (-len(item[1]), item[0]))
    return render_template(
        "rules/laws.html", laws=ordered, today=today, tones=GATE_TONES, law_name=_law_name
    )


@bp.get("/rules/changes")
def between() -> ResponseReturnValue:
    """What is not the same on two days; by default today and the next day of a change."""
    catalogue, today = load(), clock.today()
    upcoming = _next_change(today)
    earlier = request.args.get("from", type=incoming.day) or today
    later = request.args.get("to", type=incoming.day) or upcoming or today
    return render_template(
        "rules/changes.html",
        earlier=earlier,
        later=later,
        today=today,
        upcoming=upcoming,
        changes=changes.between(catalogue, earlier, later),
        days=[
            (day, day - timedelta(days=1))
            for day in changes.days(catalogue)
            if day.year >= today.year - 1
        ],
        marks=changes.marks,
        tones=GATE_TONES,
    )


@bp.get("/rules/<rule_id>")
def show(rule_id: str) -> ResponseReturnValue:
    """One rule: its texts by date, its conditions in words, who must act, what it touches.

    `?version=` reads it as it stood in a catalogue that something was judged by.
    """
    today, version = clock.today(), request.args.get("version", "")[:80]
    catalogue = compliance.law(version) if version else load()
    rule = catalogue.by_id.get(rule_id) if catalogue else None
    if catalogue is None or rule is None:
        raise NotFound("rule.unknown")
    locale = locale_code()
    day = request.args.get("on", type=incoming.day) or today
    return render_template(
        "rules/show.html",
        rule=rule,
        section=next(part for part in catalogue.sections if rule in part.rules),
        day=day,
        today=today,
        text=rule.text_on(day) or rule.texts[-1],
        in_force=rule.in_force(day),
        conditions=_conditions(rule, locale),
        grounds=[(ground, in_words(ground.when, locale)) for ground in rule.grounds],
        facts=_facts(rule),
        settings=_settings(rule),
        related=[
            Hit(one, one.text_on(day) or one.texts[-1]) for one in lookup.related(rule, catalogue)
        ],
        title_of=_title_of,
        touched=_touched(rule),
        status_tones=STATUS_TONES,
        wording=wording,
        tones=GATE_TONES,
        version=catalogue.version,
        old_version=version if version and version != load().version else "",
    )


# ---- narrowing ---------------------------------------------------------------------------------


def _wanted() -> Wanted:
    """What the address asks for; a value that does not exist narrows to nothing."""
    given = {
        name: request.args.get(name, "").strip()[:80]
        for name in Wanted.__dataclass_fields__
        if name not in {"on", "words"}
    }
    day = request.args.get("on", type=incoming.day) or clock.today()
    on = None if request.args.get("on") == "any" else day
    return Wanted(words=request.args.get("q", "").strip()[:100], on=on, **given)


def _page(found: list[Hit]) -> Page:
    """The page that ?page= asks for, kept within what there is."""
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(max(request.args.get("page", 1, type=int) or 1, 1), pages)
    first = (number - 1) * PER_PAGE
    return Page(found[first : first + PER_PAGE], number, pages, len(found))


Options = dict[str, list[tuple[str, str]]]


def _options() -> Options:
    """The choices of each filter, with an empty one first."""
    rules = load().rules
    actors = dict.fromkeys(actor for rule in rules for actor in rule.actors)
    effects = dict.fromkeys(rule.effect for rule in rules)
    cited = {law for rule in rules for text in rule.texts for law in citations.laws(text.article)}
    said = {
        "stage": [(one.value, words("enums", f"rule_stage.{one}")) for one in Stage],
        "gate": [(one.value, words("enums", f"rule_gate.{one}")) for one in Gate],
        "certainty": [(one.value, words("enums", f"rule_certainty.{one}")) for one in Certainty],
        "actor": [(one, words("enums", f"rule_actor.{one}")) for one in actors],
        "effect": [(one, words("enums", f"rule_effect.{one}")) for one in effects],
        "asset_kind": [(one, words("enums", f"fact.asset.kind.{one}")) for one in ASSET_KINDS],
        "deal_kind": [(one, words("enums", f"fact.deal.kind.{one}")) for one in DEAL_KINDS],
        "law": sorted(((one, _law_name(one)) for one in cited), key=lambda pair: pair[1]),
    }
    return {name: [("", gettext("全部")), *choices] for name, choices in said.items()}


def _chips(wanted: Wanted) -> list[tuple[str, str]]:
    """The conditions in force and the address without each."""
    said = {name: dict(choices) for name, choices in _options().items()}
    chips = []
    for name, texts in said.items():
        value = getattr(wanted, name)
        if value:
            chips.append((texts.get(value, value), url_without(name, value)))
    return chips


def _law_name(law: str) -> str:
    return citations.law_name(law, locale_code())


@dataclass(frozen=True)
class Figures:
    """How many rules are in force on a day, and how many of them bind, or await a check."""

    in_force: int
    hard: int
    unconfirmed: int
    laws: int


def _figures(day: date) -> Figures:
    hits = lookup.search(Wanted(on=day))
    return Figures(
        in_force=len(hits),
        hard=sum(hit.rule.gate is Gate.HARD for hit in hits),
        unconfirmed=sum(hit.text.certainty is not Certainty.TEXT for hit in hits),
        laws=len({law for hit in hits for law in citations.laws(hit.text.article)}),
    )


def _next_change(today: date) -> date | None:
    return next((day for day in changes.days(load()) if day > today), None)


# ---- the reader's own ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Touched:
    """A deal or a listing of the reader on which the rule bears, and how it stands there."""

    url: str
    reference: str
    title: str
    status: str


def _touched(rule: Rule) -> list[Touched]:
    """The open deals and the listings of the organisation acted for, by their last judging."""
    actor = current_actor()
    if actor.organisation_id is None or actor.is_operator:
        return []
    open_deals = {
        deal.id: deal
        for deal in db.session.scalars(
            deals.visible_to(actor)
            .where(Deal.state.in_(OPEN))
            .options(joinedload(Deal.listing))
            .limit(MOST_TOUCHED)
        )
    }
    own = {one.id: one for one in db.session.scalars(listings.mine(actor).limit(MOST_TOUCHED))}
    by_deal = compliance.standing_for("deal", rule.id, open_deals)
    by_listing = compliance.standing_for("listing", rule.id, own)
    return [
        *(
            Touched(
                url_for("deals.show", reference=deal.reference, _anchor="checklist"),
                deal.reference,
                wording.own_title(deal.listing)[0],
                by_deal[key].status,
            )
            for key, deal in open_deals.items()
            if key in by_deal
        ),
        *(
            Touched(
                url_for("my_listings.show", reference=one.reference),
                one.reference,
                wording.own_title(one)[0],
                by_listing[key].status,
            )
            for key, one in own.items()
            if key in by_listing
        ),
    ]


# ---- a rule ------------------------------------------------------------------------------------


def _conditions(rule: Rule, locale: str) -> list[tuple[str, str, Clause, str]]:
    """When it applies and what meets it: heading, code, the words, the expression."""
    parts = [(gettext("何时适用"), "when", rule.when)]
    if rule.ok:
        parts.append((gettext("怎样算满足"), "ok", rule.ok))
    return [
        (heading, code, in_words(one, locale), _tidied(one.source)) for heading, code, one in parts
    ]


def _tidied(source: str) -> str:
    """The expression with its line breaks and without their idle indentation."""
    return "\n".join(line.strip() for line in source.strip().splitlines())


def _facts(rule: Rule) -> list[tuple[str, list[str]]]:
    """The facts that it asks for, by record."""
    paths = {path for predicate in rule.predicates for path in predicate.fact_paths}
    found: dict[str, list[str]] = {}
    for path, field in FIELDS.items():
        if path in paths and field.record != "ctx":
            record = words("enums", f"fact.{field.record}")
            found.setdefault(record, []).append(words("enums", field.label))
    return list(found.items())


def _settings(rule: Rule) -> list[tuple[str, str]]:
    """The settings that bear on it, with the value in force where nothing else is set."""
    paths = {path for predicate in rule.predicates for path in predicate.fact_paths}
    return [
        (words("enums", field.label), _default(path))
        for path, field in FIELDS.items()
        if path in paths and field.record == "ctx"
    ]


def _default(path: str) -> str:
    field = FIELDS[path]
    if field.choices and isinstance(field.presumed, str):
        return words("enums", field.choice_label(field.presumed))
    return f"{field.presumed:g}" if isinstance(field.presumed, float) else str(field.presumed)


def _title_of(rule_id: str) -> str:
    return load().by_id[rule_id].title.say(locale_code())


def _columns() -> list[Column]:
    locale = locale_code()
    return [
        (gettext("编号"), lambda hit: hit.rule.id),
        (gettext("规则"), lambda hit: hit.rule.title.say(locale)),
        (gettext("约束力"), lambda hit: words("enums", f"rule_gate.{hit.rule.gate}")),
        (gettext("阶段"), lambda hit: words("enums", f"rule_stage.{hit.rule.stage}")),
        (gettext("效果"), lambda hit: words("enums", f"rule_effect.{hit.rule.effect}")),
        (gettext("由谁办理"), lambda hit: wording.joined("rule_actor", hit.rule.actors)),
        (gettext("材料"), lambda hit: wording.joined("evidence", hit.rule.evidence)),
        (
            gettext("期限"),
            lambda hit: hit.rule.deadline.words.say(locale) if hit.rule.deadline else "",
        ),
        (gettext("依据"), lambda hit: citation(hit.text.article)),
        (gettext("条文"), lambda hit: hit.text.quote),
        (gettext("英文释义"), lambda hit: hit.text.gloss),
        (gettext("核对情况"), lambda hit: words("enums", f"rule_certainty.{hit.text.certainty}")),
        (gettext("施行日期"), lambda hit: hit.text.since),
        (gettext("失效日期"), lambda hit: hit.text.until),
    ]
