"""What the public page of a listing says: facts, what was checked, values, steps, history.

Every sentence comes from what is on record; what nobody stated is left out, or said to be open.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.assets import classes, industries, terms
from marketplace.assets.models import MARKS, PATENTS, Asset, AssetKind, LegalStatus, Licence
from marketplace.core import clock
from marketplace.core.events import Event
from marketplace.deals import steps
from marketplace.deals.models import DealState
from marketplace.listings import facts as known
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import Region
from marketplace.rules import engine
from marketplace.valuation.models import ValuationReport
from marketplace.web import wording
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import format_date, locale_code, term, words

Check = tuple[str, str, str]  # status, title, note: as ui.checks shows them
Row = tuple[str, Any]
PENDING = frozenset({AssetKind.PATENT_APPLICATION})
EXPORTED = (PATENTS - {AssetKind.DESIGN}) | {
    AssetKind.SOFTWARE,
    AssetKind.KNOW_HOW,
    AssetKind.IC_LAYOUT,
}


# ---- the strip and the facts of a right --------------------------------------------------------


def strip(listing: Listing) -> list[Row]:
    """The four facts under the title."""
    assets = listing.assets
    last_days = [asset.last_day for asset in assets if asset.last_day]
    facts: list[Row] = [(gettext("法律状态"), _statuses(assets))]
    if last_days:
        label = gettext("最短剩余保护期") if len(assets) > 1 else gettext("剩余保护期")
        facts.append((label, term(min(last_days))))
    elif any(asset.kind is AssetKind.KNOW_HOW for asset in assets):
        facts.append((gettext("保护期"), gettext("保密期间持续有效")))
    if len(assets) > 1:
        facts.append((gettext("组合"), ngettext("%(num)s 件权利", "%(num)s 件权利", len(assets))))
    elif wording.first_class(assets[0]):
        facts.append((gettext("分类"), wording.first_class(assets[0])))
    if listing.terms.kind is DealKind.LICENCE:
        facts.append((gettext("许可期限"), wording.term_text("months", listing.terms.months)))
    elif listing.terms.delivery_days is not None:
        facts.append(
            (gettext("资料交付"), wording.term_text("delivery_days", listing.terms.delivery_days))
        )
    city = wording.city_of(listing)
    if len(facts) < 4 and city:
        facts.append((gettext("所在地"), city))
    return facts[:4]


def _statuses(assets: Sequence[Asset]) -> str:
    found = dict.fromkeys(asset.status for asset in assets)
    return gettext("、").join(wording.coded("legal_status", status) for status in found)


def right_rows(asset: Asset) -> list[Row]:
    """A right in label and value; what is not on record is left out."""
    locale = locale_code()
    number = wording.number_of(asset)
    filed, granted = _date_labels(asset)
    names = gettext("、").join
    symbols = gettext("，").join(_symbol(each.scheme, each.symbol) for each in asset.classes)
    rows: list[Row] = [
        (gettext("权利类型"), wording.coded("asset_kind", asset.kind)),
        (_number_label(asset), number),
        (gettext("申请号"), "" if asset.application_number == number else asset.application_number),
        (gettext("法律状态"), wording.coded("legal_status", asset.status)),
        (filed, asset.filing_date and format_date(asset.filing_date)),
        (gettext("优先权日"), asset.priority_date and format_date(asset.priority_date)),
        (gettext("公开日"), asset.publication_date and format_date(asset.publication_date)),
        (granted, asset.grant_date and format_date(asset.grant_date)),
        (gettext("完成日"), asset.creation_date and format_date(asset.creation_date)),
        (
            gettext("首次发表日"),
            asset.first_publication_date and format_date(asset.first_publication_date),
        ),
        (gettext("最后一日"), asset.last_day and format_date(asset.last_day)),
        (
            gettext("权利人"),
            names(map(wording.owner, asset.owners)),
        ),
        (_person_label(asset), names(person.name for person in asset.persons)),
        (gettext("分类号"), symbols),
        (gettext("商品或服务"), asset.goods),
        (gettext("作品类型或版本"), asset.work_kind),
        (gettext("行业"), industries.name(asset.industry, locale) if asset.industry else ""),
        (gettext("同族"), asset.family),
        (gettext("资料来源"), asset.source),
    ]
    return [(label, value) for label, value in rows if value]


def _date_labels(asset: Asset) -> tuple[str, str]:
    if asset.kind in MARKS:
        return gettext("申请日"), gettext("注册日")
    if asset.kind in PATENTS:
        return gettext("申请日"), gettext("授权公告日")
    return gettext("申请日"), gettext("登记日")


def _number_label(asset: Asset) -> str:
    if asset.kind in PATENTS:
        return gettext("专利号") if asset.patent_number else gettext("申请号")
    return gettext("注册号") if asset.kind in MARKS else gettext("登记号")


def _person_label(asset: Asset) -> str:
    if asset.kind is AssetKind.DESIGN:
        return gettext("设计人")
    return gettext("发明人") if asset.kind in PATENTS else gettext("作者")


def _symbol(scheme: str, symbol: str) -> str:
    if scheme != "nice":
        return symbol
    known = classes.nice_name(symbol)
    said = gettext("第 %(number)s 类", number=symbol.lstrip("0"))
    name = known.name(locale_code()) if known else ""
    return gettext("%(class_)s（%(name)s）", class_=said, name=name) if name else said


# ---- due diligence -----------------------------------------------------------------------------


def checks(
    listing: Listing,
    reports: dict[int, list[ValuationReport]],
    licences: Sequence[Licence],
    findings: Sequence[engine.Finding],
    reader_region: Region | None,
) -> list[Check]:
    """What was checked about the rights, each as a card; only what can be said."""
    assets, told = listing.assets, known.told(listing)
    found = [
        _title(assets),
        _upkeep(assets),
        _pledges(assets),
        _licences(listing, licences),
        _owners(listing),
        _valuation(assets, reports, findings),
        _disputes(told),
        _service_work(told),
        _export(listing, reader_region),
    ]
    return [check for check in found if check]


def summary(found: Sequence[Check]) -> str:
    """How the cards stand, in one line."""
    passed = sum(status == "ok" for status, _, _ in found)
    hints = len(found) - passed
    if not hints:
        return gettext("%(passed)s 项通过", passed=passed)
    return gettext("%(passed)s 项通过，%(hints)s 项提示", passed=passed, hints=hints)


def _title(assets: Sequence[Asset]) -> Check:
    done = [asset.title_verification for asset in assets]
    days = [each.extract_date for each in done if each]
    if len(days) < len(assets):
        note = gettext("尚未与登记簿核对；成交前由交易所核验。")
        if days:
            note = gettext(
                "%(all)s 件中 %(done)s 件已核验，其余成交前核验。", all=len(assets), done=len(days)
            )
        return "wait", gettext("权属待核验"), note
    age = (clock.today() - min(days)).days
    note = gettext("交易所已与 %(day)s 的登记簿副本核对。", day=format_date(min(days)))
    if age > wording.GREY_AFTER:
        note = gettext(
            "核对所用登记簿副本为 %(day)s，成交前会重新核对。", day=format_date(min(days))
        )
        return "warn", gettext("权属核验已久"), note
    return "ok", gettext("权属一致"), note


def _upkeep(assets: Sequence[Asset]) -> Check | None:
    """Fees and renewals: the state that needs most care among the rights."""
    order = {"bad": 0, "warn": 1, "wait": 2, "ok": 3}
    found = [check for check in map(_upkeep_of, assets) if check]
    if not found:
        return None
    worst = min(found, key=lambda check: order[check[0]])
    if len(assets) > 1 and worst[0] == "ok":
        return (
            "ok",
            gettext("维持有效"),
            ngettext("%(num)s 件权利均在有效期内。", "%(num)s 件权利均在有效期内。", len(assets)),
        )
    return worst


def _upkeep_of(asset: Asset) -> Check | None:
    if asset.status is LegalStatus.PENDING or asset.kind in PENDING:
        note = gettext("尚未授权，权利范围以授权文本为准；授权前没有年费。")
        return "wait", gettext("申请审查中"), note
    if asset.kind in MARKS and asset.last_day:
        return _renewal(asset.last_day)
    if asset.kind in PATENTS and asset.filing_date and asset.jurisdiction == "CN":
        return _annuity(asset, asset.filing_date)
    if asset.last_day:
        note = gettext("权利至 %(day)s，期间无须缴纳维持费。", day=format_date(asset.last_day))
        return "ok", gettext("权利有效"), note
    return None


def _annuity(asset: Asset, filing: date) -> Check:
    today = clock.today()
    if asset.status is LegalStatus.ANNUITY_GRACE:
        note = gettext("年费已过缴纳期，处在六个月滞纳期内。")
        return "bad", gettext("年费滞纳"), note
    stated = asset.fee_paid_through
    if asset.grant_date is None:
        return "wait", gettext("年费未申报"), gettext("授权日未登记，年费状态成交前核对。")
    paid = stated or terms.patent_year(filing, today)
    state = terms.annuity_state(asset.kind.value, filing, asset.grant_date, paid, today)
    if state.state == "annuity_grace":
        note = gettext(
            "第 %(year)s 年年费应于 %(day)s 前缴纳，滞纳期至 %(end)s。",
            year=state.next_year,
            day=format_date(state.next_due),
            end=format_date(state.grace_ends),
        )
        return "bad", gettext("年费滞纳"), note
    if state.next_due is None:
        return "ok", gettext("年费已缴"), gettext("已缴至权利届满。")
    due = format_date(state.next_due)
    if stated is None:
        note = gettext("登记簿显示有效，下一次年费 %(day)s 前缴纳。", day=due)
        return "ok", gettext("年费正常"), note
    note = gettext("已缴至第 %(year)s 年，下一次 %(day)s 前缴纳。", year=paid, day=due)
    return "ok", gettext("年费已缴"), note


def _renewal(last_day: date) -> Check:
    window, today = terms.renewal_window(last_day), clock.today()
    if today > window.last_day:
        note = gettext("已过有效期，宽展期至 %(day)s。", day=format_date(window.grace_ends))
        return "bad", gettext("注册待续展"), note
    if today >= window.opens:
        note = gettext("可以续展，应于 %(day)s 前办理。", day=format_date(window.last_day))
        return "warn", gettext("进入续展期"), note
    note = gettext(
        "有效至 %(day)s，%(opens)s 起可以续展。",
        day=format_date(window.last_day),
        opens=format_date(window.opens),
    )
    return "ok", gettext("注册有效"), note


def _pledges(assets: Sequence[Asset]) -> Check:
    standing = [pledge for asset in assets for pledge in asset.standing_pledges]
    if standing:
        first = standing[0]
        note = gettext(
            "质权人 %(lender)s，%(day)s 登记；签署前须取得质权人书面同意。",
            lender=first.lender_name,
            day=format_date(first.registered_on),
        )
        return "bad", gettext("已质押"), note
    released = [p for asset in assets for p in asset.pledges if p.state == "released"]
    if released:
        day = format_date(released[-1].released_on)
        return "ok", gettext("无质押"), gettext("原质押已于 %(day)s 注销登记。", day=day)
    return "ok", gettext("无质押"), gettext("登记在册的质押：无。")


def _licences(listing: Listing, licences: Sequence[Licence]) -> Check:
    if not licences:
        return "ok", gettext("许可负担清晰"), gettext("登记在册的有效许可：无。")
    closed = [each for each in licences if each.grant in {"exclusive", "sole"}]
    if closed:
        ends = [each.ends_on for each in closed]
        last = max((day for day in ends if day), default=None)
        if last is None or None in ends:
            note = ngettext(
                "%(num)s 项独占或排他许可在有效期内。",
                "%(num)s 项独占或排他许可在有效期内。",
                len(closed),
            )
        else:
            note = ngettext(
                "%(num)s 项独占或排他许可在有效期内，最晚至 %(day)s。",
                "%(num)s 项独占或排他许可在有效期内，最晚至 %(day)s。",
                len(closed),
                day=format_date(last),
            )
        return "warn", gettext("已有独占或排他许可"), note
    note = ngettext(
        "%(num)s 项普通许可随权利存续。", "%(num)s 项普通许可随权利存续。", len(licences)
    )
    return ("ok" if not listing.terms.excludes_others else "warn"), gettext("已有普通许可"), note


def _owners(listing: Listing) -> Check:
    shared = [asset for asset in listing.assets if len(asset.owners) > 1]
    if not shared:
        return "ok", gettext("无共有人"), gettext("权利由一个权利人单独享有。")
    names = gettext("、").join(dict.fromkeys(o.name for a in shared for o in a.owners))
    asset_facts = known.told(listing).get("asset", {})
    if asset_facts.get("coowner_agreement_allows"):
        note = gettext("共有人 %(names)s；权利人声明共有人约定允许本次交易。", names=names)
        return "ok", gettext("共有权利"), note
    if listing.terms.rule_kind == "non_exclusive":
        note = gettext(
            "共有人 %(names)s；没有约定的，普通许可的许可费在共有人间分配。", names=names
        )
    else:
        note = gettext("共有人 %(names)s；签署前须取得全体共有人同意。", names=names)
    return "warn", gettext("共有权利"), note


def _valuation(
    assets: Sequence[Asset],
    reports: dict[int, list[ValuationReport]],
    findings: Sequence[engine.Finding],
) -> Check | None:
    valid = [r for asset in assets for r in reports.get(asset.id, []) if r.is_valid]
    demanded = any(f.effect == "require_valuation" and f.applies for f in findings)
    if valid:
        note = gettext(
            "%(firm)s，基准日 %(day)s，有效至 %(until)s。",
            firm=valid[0].firm_name,
            day=format_date(valid[0].base_date),
            until=format_date(min(r.valid_until for r in valid)),
        )
        return "ok", gettext("评估报告有效"), note
    if any(reports.get(asset.id) for asset in assets):
        note = gettext("评估报告已过有效期，须重新评估后才能作为定价依据。")
        return "warn", gettext("评估报告过期"), note
    if demanded:
        note = gettext("这种交易方式依法须评估，签署前须提交有效的评估报告。")
        return "warn", gettext("须先评估"), note
    return None


def _disputes(facts: dict[str, Any]) -> Check | None:
    """What the owner declared of attachments, disputes and invalidation."""
    told = facts.get("asset", {})
    asked = ("frozen", "ownership_dispute", "ownership_dispute_suspended", "invalidation_pending")
    said = {name: told[name] for name in asked if told.get(name) is not None}
    if any(said.values()):
        names = gettext("、").join(words("enums", f"fact.asset.{n}") for n, v in said.items() if v)
        return (
            "bad",
            gettext("查封、争议或无效程序"),
            gettext("权利人声明：%(names)s。", names=names),
        )
    if said:
        names = gettext("、").join(words("enums", f"fact.asset.{name}") for name in said)
        return "ok", gettext("无查封与争议"), gettext("权利人声明没有：%(names)s。", names=names)
    return None


def _service_work(facts: dict[str, Any]) -> Check | None:
    told, owner = facts.get("asset", {}), facts.get("owner", {})
    if told.get("service_work") is None:
        return None
    if not told["service_work"]:
        return "ok", gettext("非职务成果"), gettext("权利人声明不是职务发明或职务作品。")
    if owner.get("inventor_reward_rule"):
        note = gettext("职务成果，单位有发明人奖酬制度。")
        return "ok", gettext("职务成果与奖酬"), note
    note = gettext("职务成果，成交后依法向发明人支付奖酬。")
    return "warn", gettext("职务成果与奖酬"), note


def _export(listing: Listing, reader: Region | None) -> Check | None:
    """Technology that leaves the customs territory needs a look at the export catalogue first."""
    if listing.seller.region is not Region.MAINLAND:
        return None
    if not any(asset.kind in EXPORTED for asset in listing.assets):
        return None
    if reader is not None and reader is not Region.MAINLAND:
        note = gettext("贵机构在内地以外，签署前须先办理技术出口审查或登记。")
        return "warn", gettext("技术出口手续"), note
    note = gettext("受让方或被许可方在内地以外时，须先办理技术出口审查或登记。")
    return "wait", gettext("出口管制与技术出口"), note


# ---- steps, history, owner ---------------------------------------------------------------------


def process(listing: Listing, *, by_notice: bool = False) -> list[Check]:
    """The steps from here to the end with the days allowed for each, for ui.timeline.

    An open licence is taken by notice and has no contract to sign.
    """
    free = listing.price is not None and not listing.price
    paid = listing.terms.kind is not DealKind.EQUITY and not free
    left_out = set() if paid else {DealState.PAYMENT}
    if by_notice:
        left_out.add(DealState.SIGNING)
    order = [s for s in steps.WITH_PAYMENT if s not in left_out]
    closed = listing.state is ListingState.CLOSED
    dealing = listing.state is ListingState.RESERVED
    rows: list[Check] = [
        ("done", gettext("挂牌公开"), format_date(listing.published_at)),
        (
            "done" if closed or dealing else "now" if listing.takes_offers else "",
            gettext("咨询与报价"),
            gettext("报价 14 天内答复"),
        ),
    ]
    for state in order:
        days = steps.DAYS.get(state)
        note = ngettext("%(num)s 天内", "%(num)s 天内", days) if days else gettext("出具成交凭证")
        rows.append(("done" if closed else "", words("states", f"deal.{state.value}"), note))
    return rows


def history(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The public life of a listing, newest first, without names and reasons."""
    rows: list[dict[str, Any]] = []
    price: str | None = None
    for event in events:
        said = event.facts.get("snapshot")
        terms_then = Terms.from_json(said["terms"]) if said else None
        now = wording.amount(terms_then.price) if terms_then else price
        if event.kind == "listing.publish":
            text = gettext("公开，%(price)s", price=now)
            if price is not None and now != price:
                text = gettext("修改后重新公开，价格由 %(old)s 变为 %(new)s", old=price, new=now)
            elif price is not None:
                text = gettext("修改后重新公开")
        elif event.kind == "listing.reprice" and now != price and price is not None:
            text = gettext("价格由 %(old)s 调整为 %(new)s", old=price, new=now)
        else:
            text = words("events", event.kind)
        price = now
        tone = {"listing.publish": "ok", "listing.close": "ok"}.get(event.kind, "")
        tone = (
            "warn"
            if event.kind in {"listing.withdraw", "listing.expire", "listing.suspend"}
            else tone
        )
        rows.append({"text": text, "at": event.created_at, "tone": tone, "ic": _ICONS[event.kind]})
    return rows[::-1]


_ICONS = {
    "listing.publish": "circle-check",
    "listing.reprice": "tag",
    "listing.reconfirm": "refresh-cw",
    "listing.reserve": "handshake",
    "listing.release": "undo-2",
    "listing.close": "circle-check",
    "listing.suspend": "pause",
    "listing.resume": "refresh-cw",
    "listing.withdraw": "clock",
    "listing.expire": "clock",
}
