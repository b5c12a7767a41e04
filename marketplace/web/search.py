"""Finding: results, suggestions, comparison, watch list, saved searches."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.assets import classes, industries, regions
from marketplace.assets.models import AssetKind
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.listings import queries as listings
from marketplace.listings import services
from marketplace.listings.models import Listing, ListingState
from marketplace.search import site
from marketplace.search.document import FACETS
from marketplace.search.executor import PRICE_EDGES, Figures
from marketplace.search.filters import PAGE_SIZES, address_of, query_from, ten_thousands
from marketplace.search.highlight import excerpt, highlight
from marketplace.search.index import SearchUnavailable
from marketplace.search.queries import SORTS, Query, Results, search, suggest
from marketplace.web import charts, possibilities, wording
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext, ngettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import (
    format_date,
    locale_code,
    money_short,
    number,
    org_name,
    price_figure,
    public_address,
    term,
    url_with,
    url_without,
    words,
)
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("search", __name__)

NO_INDEX = Results(0, (), {}, {}, (), False, 1, 20, 0.0)
OPEN_FACETS = frozenset({"kind", "deal_mode", "city"})
SHOWN = 8  # values of a facet before «more»
MOST_VALUES = 60
SEARCHED_FROM = 12  # values of a facet from which on they can be searched
MOST_DROPS = 6  # conditions that an empty page offers to drop
HINTS = 5
HINTS_FOR = 600  # seconds
MOST_COMPARED = 4
EXPORT_ROWS = 1000
ENUM_OF = {"kind": "asset_kind", "owner_kind": "organisation_kind"}


@bp.get("/search")
@limiter.limit("120 per minute")
def results() -> ResponseReturnValue:
    """The one search page: text, facets, sorting, paging, export."""
    query = query_from(_arguments())
    if request.args.get("format") in {"csv", "xlsx"}:
        return _export()
    found, shown = _found(query)
    away = found.figures is None
    actor = current_actor()
    watched = listings.watched_ids(actor, [each.id for each in shown])
    cards = [_card(each, query, found, watched) for each in shown]
    return render_template(
        "search/results.html",
        query=query,
        found=found,
        cards=cards,
        facets=_facets(query, found),
        prices=_prices(query, found),
        insights=_insights(found),
        chips=_chips(query),
        drops=[] if found.total or away else _drops(query),
        sorts=[(name, words("enums", f"search_sort.{name}")) for name in SORTS],
        sizes=PAGE_SIZES,
        address=address_of(query),
        compared=session.get("compared", []),
        corrected=list(found.corrected.items()),
        kept=_kept(query),
        away=away,
    )


def _found(query: Query) -> tuple[Results, list[Listing]]:
    """What the index finds; while it is being mended, what the database finds by name or number."""
    try:
        found = search(site.index(), query)
    except SearchUnavailable:
        page = paginate(
            listings.on_offer(current_actor(), text=query.text), per_page=query.per_page
        )
        return replace(
            NO_INDEX, total=page.total, page=page.number, per_page=query.per_page
        ), page.items
    return found, _loaded([hit.id for hit in found.hits])


def _arguments() -> dict[str, list[str]]:
    return {name: request.args.getlist(name) for name in request.args}


def _loaded(ids: list[Any]) -> list[Listing]:
    """The listings of the hits that the reader may see, in the order of the hits."""
    rows = db.session.scalars(listings.for_cards(current_actor(), ids)).unique()
    by_id = {each.id: each for each in rows}
    return [by_id[number] for number in ids if number in by_id]


def _card(listing: Listing, query: Query, found: Results, watched: set[int]) -> dict[str, Any]:
    card = wording.card(listing)
    corrected = [*found.corrected.values(), *found.also]
    title, language = wording.own_title(listing)
    summary, _ = wording.own_summary(listing)
    if query.text and not language:
        card["title_segments"] = highlight(title, query.text, corrected)
    if summary:
        card["abstract_segments"] = excerpt(summary, query.text, corrected, 130)
    card["badges"] = wording.card_badges(listing)
    if listing.state is not ListingState.PUBLISHED:
        state = words("states", f"listing.{listing.state.value}")
        card["badges"].insert(0, (state, "b-warn", "hourglass"))
    card["owner_kind"] = words("enums", f"organisation_kind.{listing.seller.kind.value}")
    card["city"] = regions.display(card["city"], locale_code())
    card["watch_url"] = url_for("listings.watch", reference=listing.reference)
    card["watched"] = listing.id in watched
    card["compare_url"] = url_for("search.toggle_compare", reference=listing.reference)
    card["compared"] = listing.reference in session.get("compared", [])
    return card


@dataclass(frozen=True)
class Group:
    """A facet with its values, for the panel."""

    name: str
    title: str
    values: list[dict[str, Any]]
    open: bool
    shown: int

    @property
    def is_searched(self) -> bool:
        return len(self.values) >= SEARCHED_FROM


def _facets(query: Query, found: Results) -> list[Group]:
    """The facets beside the price, each with its values, the chosen ones first to be seen."""
    groups = (_group(facet, query, found) for facet in FACETS if facet != "price_band")
    return [group for group in groups if group.values]


def _group(facet: str, query: Query, found: Results) -> Group:
    chosen = set(query.filters.get(facet, ()))
    counted = [(v, n) for v, n in found.facets.get(facet, ()) if n or v in chosen]
    missing = [(v, 0) for v in sorted(chosen - {v for v, _ in counted})]
    values: list[dict[str, Any]] = [
        {"value": v, "text": value_name(facet, v), "count": n, "chosen": v in chosen}
        for v, n in [*counted, *missing][:MOST_VALUES]
    ]
    if facet == "industry":  # the sections; divisions once a section is chosen
        values = [
            v for v in values if len(v["value"]) == 1 or v["chosen"] or v["value"][0] in chosen
        ]
    if len(values) > SHOWN:
        values.sort(key=lambda v: not v["chosen"])
    return Group(
        facet,
        words("enums", f"facet.{facet}"),
        values,
        facet in OPEN_FACETS or bool(chosen),
        max(SHOWN, sum(v["chosen"] for v in values)),
    )


def _prices(query: Query, found: Results) -> dict[str, Any]:
    """The price facet: its histogram with the selection, the range in force, the bands."""
    figures = found.figures or Figures(0, None, 0, 0, 0, ())
    columns = [(float(at), at + 1.0, count) for at, count in enumerate(figures.prices)]
    lowest, highest = query.price_from, query.price_to
    edges = [number(edge // PRICE_EDGES[1]) for edge in PRICE_EDGES]
    spans = [f"{a}–{b}" for a, b in pairwise(edges)] + [f"≥ {edges[-1]}"]
    total = sum(figures.prices)
    most = max(range(len(columns)), key=lambda at: figures.prices[at], default=0)
    finding = gettext(
        "%(total)s 项有标价；最多的在 %(span)s 万元，有 %(count)s 项。",
        total=number(total),
        span=spans[most],
        count=number(figures.prices[most]) if columns else 0,
    )
    chart = charts.histogram(
        columns,
        gettext("标价分布"),
        finding,
        selected=(_column(lowest), _column(highest)),
        labels=[(0, "0"), (4, edges[4]), (7, edges[7]), (len(columns), f"{edges[-1]}+")],
    )
    return {
        "chart": chart if total else "",
        "rows": [(span, number(n)) for span, n in zip(spans, figures.prices, strict=False)],
        "lowest": "" if lowest is None else ten_thousands(lowest),
        "highest": "" if highest is None else ten_thousands(highest),
        "bands": _group("price_band", query, found),
    }


def _column(fen: int | None) -> float | None:
    """Where a price stands among the columns of the histogram."""
    if fen is None:
        return None
    at = bisect_right(PRICE_EDGES, fen) - 1
    if at + 1 == len(PRICE_EDGES):
        return float(at) if fen == PRICE_EDGES[at] else at + 0.5
    return at + (fen - PRICE_EDGES[at]) / (PRICE_EDGES[at + 1] - PRICE_EDGES[at])


def _insights(found: Results) -> list[tuple[str, str, str, str]]:
    """What the found listings have in common: label, figure, note, address to see them."""
    figures = found.figures
    if figures is None or not found.total:
        return []
    median = None if figures.median_minor is None else Money("CNY", figures.median_minor)
    share = gettext("共 %(total)s 项中", total=number(found.total))
    return [
        (
            gettext("标价中位数"),
            price_figure(median) if median else "–",
            ngettext("%(num)s 项有标价", "%(num)s 项有标价", figures.priced),
            "",
        ),
        (
            gettext("权属已核验"),
            number(figures.verified),
            share,
            url_with(verified="yes", page=None),
        ),
        (
            gettext("有有效评估报告"),
            number(figures.valued),
            share,
            url_with(valued="yes", page=None),
        ),
        (
            gettext("近 30 天新挂牌"),
            number(figures.fresh),
            share,
            url_with(sort="newest", page=None),
        ),
    ]


def _drops(query: Query) -> list[tuple[str, str, int]]:
    """Conditions to drop from a search that finds nothing: words, address, how many it finds."""
    offers = []
    for text, address, wider in _wider(query):
        found = search(site.index(), replace(wider, page=1, per_page=1, with_facets=False))
        if found.total and not found.relaxed:
            offers.append((text, address, found.total))
    return sorted(offers, key=lambda offer: -offer[2])[:MOST_DROPS]


def _wider(query: Query) -> Iterator[tuple[str, str, Query]]:
    """The search without one of its conditions, each in turn, and without any."""
    searches = [
        (value_name(facet, value), replace(query, filters=_less(query, facet, value)))
        for facet in FACETS
        for value in query.filters.get(facet, ())
    ]
    if query.price_from is not None or query.price_to is not None:
        searches.append((_span(query), replace(query, price_from=None, price_to=None)))
    for condition, wider in searches[: 3 * MOST_DROPS]:
        yield gettext("去掉“%(condition)s”", condition=condition), _at(wider), wider
    if query.text and searches:
        bare = Query(text=query.text)
        yield gettext("去掉全部筛选条件"), _at(bare), bare


def _less(query: Query, facet: str, value: str) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(v for v in values if (name, v) != (facet, value))
        for name, values in query.filters.items()
    }


def _at(query: Query) -> str:
    return f"{url_for('search.results')}?{address_of(query)}"


def _kept(query: Query) -> list[tuple[str, str]]:
    """What a new text in the box keeps: every condition but the kind, which the box has itself."""
    pairs = [(f, v) for f in FACETS if f != "kind" for v in query.filters.get(f, ())]
    kinds = query.filters.get("kind", ())
    pairs += [("kind", kind) for kind in kinds] if len(kinds) > 1 else []
    bounds = (("pmin", query.price_from), ("pmax", query.price_to))
    pairs += [(name, ten_thousands(fen)) for name, fen in bounds if fen is not None]
    pairs += [("sort", query.sort)] if query.sort != "relevance" else []
    return pairs


def value_name(facet: str, value: str) -> str:
    """A facet's value in the reader's words."""
    locale = locale_code()
    if facet == "city":
        return regions.display(value, locale)
    if facet == "industry":
        return industries.name(value, locale)
    if facet == "class":
        if value.startswith("nice-"):
            known = classes.nice_name(value[5:])
            label = known.name(locale) if known else ""
            return gettext("第 %(number)s 类 %(name)s", number=value[5:], name=label)
        known = classes.ipc_name(value)
        return f"{value} {known.name(locale) if known else ''}".strip()
    return words("enums", f"{ENUM_OF.get(facet, facet)}.{value}")


def _chips(query: Query) -> list[tuple[str, str]]:
    """The conditions in force, each with the address without it."""
    chips = [
        (value_name(facet, value), url_without(facet, value))
        for facet in FACETS
        for value in query.filters.get(facet, ())
    ]
    if query.price_from is not None or query.price_to is not None:
        chips.append((_span(query), url_with(pmin=None, pmax=None, page=None)))
    return chips


def _span(query: Query) -> str:
    """The price range in words."""
    lowest, highest = (
        None if fen is None else money_short(Money("CNY", fen))
        for fen in (query.price_from, query.price_to)
    )
    if lowest is None:
        return gettext("不高于 %(price)s", price=highest)
    if highest is None:
        return gettext("不低于 %(price)s", price=lowest)
    return gettext("%(lowest)s 至 %(highest)s", lowest=lowest, highest=highest)


def _export() -> ResponseReturnValue:
    wide = query_from(_arguments(), page=1, per_page=EXPORT_ROWS, with_facets=False)
    rows = _loaded([hit.id for hit in search(site.index(), wide).hits])
    columns: list[Column] = [
        (gettext("挂牌编号"), lambda each: each.reference),
        (gettext("名称"), lambda each: each.title),
        (gettext("英文名称"), lambda each: each.title_en),
        (gettext("类型"), wording.kind_of),
        (gettext("交易方式"), wording.mode_of),
        (gettext("价格（元）"), lambda each: each.price),
        (
            gettext("权利号"),
            lambda each: "；".join(filter(None, map(wording.number_of, each.assets))),
        ),
        (gettext("权利人"), lambda each: each.seller.name),
        (gettext("城市"), lambda each: each.assets[0].city if each.items else ""),
        (gettext("质押"), lambda each: any(a.is_pledged for a in each.assets)),
        (
            gettext("链接"),
            lambda each: public_address("listings.show", reference=each.reference),
        ),
    ]
    return table_response(rows, columns, "listings", request.args["format"])


@bp.get("/suggest")
@limiter.limit("240 per minute")
def suggestions() -> ResponseReturnValue:
    """What the reader may be typing, for the box's list."""
    text = request.args.get("q", "")[:200]
    notes = {
        "word": gettext("关键词"),
        "title": gettext("名称"),
        "owner": gettext("权利人"),
        "number": gettext("编号"),
    }
    try:
        found = suggest(site.index(), text) if text.strip() else []
    except SearchUnavailable:
        found = []
    return jsonify([{"t": each.text, "n": notes.get(each.kind, "")} for each in found])


# ---- comparison --------------------------------------------------------------------------------


@bp.get("/compare")
def compare() -> ResponseReturnValue:
    """Up to four listings side by side."""
    wanted = session.get("compared", [])
    rows = db.session.scalars(listings.by_references(current_actor(), wanted)).unique().all()
    chosen = sorted(rows, key=lambda each: wanted.index(each.reference))
    return render_template(
        "search/compare.html",
        chosen=chosen,
        cards=[wording.card(each) for each in chosen],
        rows=_comparison(chosen),
    )


def _comparison(chosen: list[Listing]) -> list[tuple[str, list[Any], bool]]:
    """Rows of label, one value a listing, and whether they differ."""
    lines: list[tuple[str, Any]] = [
        (gettext("权利类型"), wording.kind_of),
        (gettext("交易方式"), wording.mode_of),
        (gettext("挂牌状态"), lambda each: words("states", f"listing.{each.state.value}")),
        (gettext("价格"), lambda each: wording.amount(each.price)),
        (gettext("定价方式"), lambda each: words("enums", f"price_mode.{each.price_mode.value}")),
        (gettext("权利人"), lambda each: org_name(each.seller)),
        (
            gettext("城市"),
            lambda each: regions.display(each.assets[0].city or each.seller.city, locale_code()),
        ),
        (
            gettext("编号"),
            lambda each: Markup("<br>").join(wording.number_of(a) or "–" for a in each.assets),
        ),
        (
            gettext("分类"),
            lambda each: (
                ", ".join(sorted({c.symbol for a in each.assets for c in a.classes})) or "–"
            ),
        ),
        (
            gettext("法律状态"),
            lambda each: words("enums", f"legal_status.{each.assets[0].status.value}"),
        ),
        (gettext("保护期最后一日"), lambda each: format_date(each.assets[0].last_day)),
        (gettext("剩余期限"), lambda each: term(each.assets[0].last_day)),
        (gettext("权属核验"), lambda each: wording.title_badge(each.assets)[0]),
        (gettext("质押"), lambda each: wording.pledge_badge(each.assets)[0]),
        (
            gettext("现在能否成交"),
            lambda each: words("enums", f"bundle_verdict.{possibilities.verdict_of(each)}"),
        ),
        (
            gettext("评估报告"),
            lambda each: (
                wording.valuation_badge([r for a in each.assets for r in a.valuation_reports])
                or (gettext("无"),)
            )[0],
        ),
    ]
    rows = []
    for label, value in lines:
        values = [value(each) for each in chosen]
        rows.append((label, values, len(set(map(str, values))) > 1))
    return rows


@bp.post("/compare/<reference>")
def toggle_compare(reference: str) -> ResponseReturnValue:
    """Put a listing beside the others, or take it away."""
    listing = listings.get(current_actor(), reference)
    wanted = [r for r in session.get("compared", []) if r != listing.reference]
    if len(wanted) == len(session.get("compared", [])):
        if len(wanted) >= MOST_COMPARED:
            flash(gettext("最多同时对比 %(count)s 项，请先移除一项。", count=MOST_COMPARED), "warn")
        else:
            wanted.append(listing.reference)
    session["compared"] = wanted
    return redirect(_back(), 303)


@bp.post("/compare")
def clear_compare() -> ResponseReturnValue:
    """An empty table again."""
    session.pop("compared", None)
    return redirect(url_for("search.compare"), 303)


def _back() -> str:
    """The page of ours from which the form came."""
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) else url_for("search.results")


# ---- a person's own ----------------------------------------------------------------------------


@bp.get("/watchlist")
@sign_in_required
def watchlist() -> ResponseReturnValue:
    """What the person keeps an eye on."""
    page = paginate(listings.watchlist(current_actor()))
    watched = {each.id for each in page.items}
    everything = Query()
    cards = [_card(each, everything, NO_INDEX, watched) for each in page.items]
    return render_template("search/watchlist.html", page=page, cards=cards)


@bp.get("/saved-searches")
@sign_in_required
def saved() -> ResponseReturnValue:
    """The person's saved searches."""
    found = listings.saved_searches(current_actor())
    return render_template("search/saved.html", found=found)


@bp.post("/saved-searches")
@sign_in_required
def save() -> ResponseReturnValue:
    """Keep the search of the page under a name."""
    query = request.form.get("query", "")
    normal = address_of(query_from(_parsed(query)))
    name = request.form.get("name", "").strip() or _name_for(normal)
    try:
        with transaction():
            services.save_search(
                current_actor(), name=name, query=normal, alerts="alerts" in request.form
            )
    except Refused as refusal:
        flash(say("refusals", refusal.code, locale_code(), **refusal.facts), "bad")
        return redirect(f"{url_for('search.results')}?{normal}", 303)
    flash(gettext("检索已保存，有新的挂牌时会通知您。"), "ok")
    return redirect(url_for("search.saved"), 303)


def _parsed(query: str) -> dict[str, list[str]]:
    return parse_qs(query[:4000])


def _name_for(query: str) -> str:
    found = query_from(_parsed(query))
    parts = [found.text, *(value_name(f, v) for f in FACETS for v in found.filters.get(f, ()))]
    return " · ".join(filter(None, parts))[:120] or gettext("全部挂牌")


@bp.post("/saved-searches/<int:saved_id>/alerts")
@sign_in_required
def toggle_alerts(saved_id: int) -> ResponseReturnValue:
    """Be told of new listings, or no longer."""
    actor = current_actor()
    with transaction():
        services.toggle_alerts(actor, listings.saved_search(actor, saved_id))
    return redirect(url_for("search.saved"), 303)


@bp.post("/saved-searches/<int:saved_id>/delete")
@sign_in_required
def forget(saved_id: int) -> ResponseReturnValue:
    """Drop a saved search."""
    actor = current_actor()
    with transaction():
        services.forget_search(actor, listings.saved_search(actor, saved_id))
    flash(gettext("已删除保存的检索。"), "ok")
    return redirect(url_for("search.saved"), 303)


@bp.app_context_processor
def _frame() -> dict[str, Any]:
    return {
        "compared_count": len(session.get("compared", [])),
        "search_kinds": _kinds,
        "search_hints": _hints,
    }


def _kinds() -> list[tuple[str, str]]:
    """The kinds of right, for the box."""
    return [(kind.value, wording.coded("asset_kind", kind)) for kind in AssetKind]


def _hints() -> list[str]:
    """Words to try, of those that find something today."""
    candidates = (
        gettext("脑机接口"), gettext("新能源汽车"), gettext("动力电池"), gettext("机器人"),
        gettext("图像识别"), gettext("传感器"), gettext("储能"), gettext("半导体"),
        gettext("软件"), gettext("商标"), "G06F",
    )  # fmt: skip
    return _finding(candidates, int(clock.now().timestamp()) // HINTS_FOR)


@lru_cache(maxsize=16)
def _finding(candidates: tuple[str, ...], _turn: int) -> list[str]:
    found = []
    try:
        for text in candidates:
            results = search(site.index(), Query(text=text, per_page=1, with_facets=False))
            if results.total and not results.relaxed:
                found.append(text)
            if len(found) == HINTS:
                break
    except SearchUnavailable:
        return []
    return found
