"""Kinds of rights: how long each lasts, what it costs, what can be done with it, and where."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from marketplace.assets import queries, terms
from marketplace.assets.models import NEVER_DEALT_IN, AssetKind
from marketplace.assets.terms import dated
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.web import covers, wording
from marketplace.web.help import BY_NAME, PAGES
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words

bp = Blueprint("kinds", __name__, url_prefix="/help/kinds")

# Numbers as people meet them: real forms, invented or long known ones.
NUMBERS: dict[AssetKind, tuple[str, ...]] = {
    AssetKind.INVENTION: ("ZL201110269715.3", "CN112244877B"),
    AssetKind.UTILITY_MODEL: ("ZL202020123456.8", "CN216139080U"),
    AssetKind.DESIGN: ("ZL201430009113.9", "CN306123456S"),
    AssetKind.PATENT_APPLICATION: ("CN202011068945.9", "PCT/CN2021/081234"),
    AssetKind.TRADEMARK: ("16435657", "G1234567"),
    AssetKind.COLLECTIVE_MARK: ("16435657",),
    AssetKind.CERTIFICATION_MARK: ("16435657",),
    AssetKind.COPYRIGHT: ("粤作登字-2024-F-00012345",),
    AssetKind.SOFTWARE: ("2024SR0345678",),
    AssetKind.PLANT_VARIETY: ("CNA20191000123", "20200123"),
    AssetKind.IC_LAYOUT: ("BS.10500001.9",),
    AssetKind.DATA_RIGHT: ("20240944000001234",),
    AssetKind.GI: ("AGI01234", "2006年第117号"),
}
TONES = {"yes": "b-ok", "qualified": "b-warn", "no": "b-bad"}


@dataclass(frozen=True)
class Dealing:
    """One thing that may be done, in words."""

    act: str
    possible: str
    tone: str
    office: str
    effect: str
    limit: str
    article: str
    note: str
    is_sure: bool


@bp.get("")
def index() -> ResponseReturnValue:
    """Every kind, and what can be done with it, in one table."""
    rows = [
        (kind.value, words("enums", f"asset_kind.{kind.value}"), _dealings(kind))
        for kind in AssetKind
    ]
    return render_template("help/kinds.html", rows=rows, this=BY_NAME["kinds"], pages=PAGES)


@bp.get("/<kind>")
def show(kind: str) -> ResponseReturnValue:
    """One kind: term, numbers, fees, what can be done with it."""
    if kind not in set(AssetKind):
        abort(404)
    right = AssetKind(kind)
    length = terms.length(kind, terms.TermFacts(), clock.today())
    return render_template(
        "help/kind.html",
        this=BY_NAME["kinds"],
        pages=PAGES,
        kind=right,
        name=words("enums", f"asset_kind.{kind}"),
        family=covers.family_of(kind, "H01L"),
        lengths=[_entry(e, "said") for e in dated.table("terms").get(kind, ())],
        is_unlimited=length is None or length.get("years") is None,
        numbers=NUMBERS.get(right, ()),
        fees=_annual(kind),
        renewal=_renewal() if kind in terms.MARKS else None,
        upkeep=[_entry(e) for e in dated.table("other_fees").get(kind, ())],
        dealings=_dealings(right),
        is_dealt_in=right not in NEVER_DEALT_IN,
        indications=queries.indications() if right is AssetKind.GI else [],
        wording=wording,
    )


def _dealings(kind: AssetKind) -> list[Dealing]:
    locale, today = locale_code(), clock.today()
    found = []
    for act in terms.ACTS:
        entry = terms.dealing(kind.value, act, today)
        found.append(
            Dealing(
                words("enums", f"dealing_act.{act}"),
                words("enums", f"dealing.{entry['possible']}"),
                TONES[entry["possible"]],
                entry.words("office").say(locale) if entry.get("office") else gettext("无须登记"),
                words("enums", f"dealing_effect.{entry['effect']}"),
                entry.words("limit").say(locale) if entry.get("limit") else "",
                entry.article.say(locale),
                entry.note.say(locale) if entry.note else "",
                entry.is_sure,
            )
        )
    return found


def _entry(entry: dated.Entry, name: str = "") -> dict[str, Any]:
    """An entry of a table in words, with its days and its source."""
    locale = locale_code()
    return {
        "said": entry.words(name).say(locale) if name else "",
        "persons": entry.words("said_of_persons").say(locale)
        if entry.get("said_of_persons")
        else "",
        "since": entry.since,
        "until": entry.until,
        "article": entry.article.say(locale),
        "note": entry.note.say(locale) if entry.note else "",
        "is_sure": entry.is_sure,
        "stands": entry.stands_on(clock.today()),
    }


def _annual(kind: str) -> dict[str, Any] | None:
    """The table of annual fees of a patent, its lateness and its reductions."""
    if kind not in terms.PATENTS:
        return None
    today = clock.today()
    entry = dated.on(dated.table("patent_fees")["annual"], today)
    bands, first = [], 1
    for last, fee in entry[kind]:
        bands.append((first, last, Money("CNY", fee * 100)))
        first = last + 1
    late = dated.on(dated.table("patent_fees")["late"], today)
    reduced = dated.on(dated.table("patent_fees")["reductions"], today)
    return {
        "bands": bands,
        "total": Money("CNY", sum(terms.annual_fee(kind, y) for y in range(1, first))),
        "about": _entry(entry),
        "late": [bps // 100 for bps in late["rates"]],
        "about_late": _entry(late),
        "one": reduced["one_owner"] // 100,
        "several": reduced["several_owners"] // 100,
        "years": reduced["years"],
        "about_reduced": _entry(reduced),
    }


def _renewal() -> dict[str, Any]:
    entry = dated.on(dated.table("other_fees")["mark_renewal"], clock.today())
    return {
        "fee": Money("CNY", entry["fee"] * 100),
        "late": Money("CNY", entry["late"] * 100),
        "about": _entry(entry),
    }
