"""Terms, rights and their badges in the reader's words, the same on every page."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask import url_for
from markupsafe import Markup

from marketplace.assets import regions
from marketplace.assets.legal_status.freshness import Freshness
from marketplace.assets.models import Asset, AssetKind, AssetOwner
from marketplace.assets.queries import legal
from marketplace.core.money import Money
from marketplace.core.words import knows
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import NOT_OF_KIND, ROYALTY, DealKind, Promise, Terms, values
from marketplace.valuation.models import ValuationReport
from marketplace.web import covers, term_sheet
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import (
    basis_points,
    format_date,
    locale_code,
    money,
    money_is_long,
    money_short,
    org_name,
    term,
    words,
)

Badge = tuple[str, str, str]
FADES_AFTER, GREY_AFTER = 90, 180  # days of a title verification


# ---- terms -------------------------------------------------------------------------------------


def amount(value: Money | None) -> str:
    """An amount in full and, when it is long, short beside it."""
    if value is None:
        return gettext("面议")
    if money_is_long(value):
        return gettext("%(full)s（%(short)s）", full=money(value), short=money_short(value))
    return money(value)


def places(codes: Sequence[str]) -> str:
    """Territories in words."""
    return gettext("、").join(words("enums", f"territory.{code}") for code in codes)


def term_name(name: str, terms: Terms) -> str:
    """What a term is called in this kind of deal."""
    if name == "price" and terms.kind is DealKind.LICENCE:
        return gettext("入门费或许可费")
    if name == "price" and terms.kind is DealKind.EQUITY:
        return gettext("作价金额")
    return words("enums", f"term.{name}")


def term_text(name: str, value: Any) -> str:  # noqa: C901, PLR0911, PLR0912 -- one line a term
    """The value of a term in words."""
    match name:
        case "price":
            return amount(value)
        case "minimum_royalty":
            return amount(value) if value else "–"
        case "kind":
            return words("enums", f"deal_kind.{value}")
        case "grant":
            return words("enums", f"grant.{value}") if value else gettext("待定")
        case "territory":
            return places(value)
        case "field":
            return value or gettext("不限")
        case "months":
            if value is None:
                return gettext("至权利期限届满")
            return ngettext("%(num)s 个月", "%(num)s 个月", value)
        case "royalty_bps" | "equity_bps":
            return basis_points(value)
        case "royalty_base":
            return words("enums", f"royalty_base.{value}") if value else "–"
        case "company":
            return value or gettext("待定，欢迎受让公司报名")
        case "delivery_days":
            if value is None:
                return "–"
            return ngettext("付款后 %(num)s 天内", "付款后 %(num)s 天内", value)
        case "support_days":
            return "–" if value is None else ngettext("%(num)s 人日", "%(num)s 人日", value)
        case "promises":
            return promises(value)
        case _ if name in term_sheet.TEXTS:
            return term_sheet.text(name, value)
        case _:
            return str(value) if value not in (None, "") else "–"


def promises(made: Sequence[Promise]) -> str:
    """Promise by promise, each on a line of its own."""
    english = locale_code().startswith("en")
    lines = [
        gettext("%(name)s：%(said)s", name=one.name_en if english else one.name, said=one.text)
        for one in made
    ]
    return Markup("<br>").join(lines) or "–"


_ONLY_IF_SAID = frozenset(
    {*ROYALTY, *term_sheet.TEXTS, "delivery_days", "support_days", "notes", "promises"}
) - {"sublicence"}


def concerned(name: str, *versions: Terms) -> bool:
    """Whether a term belongs on the page of these versions."""
    if all(name in NOT_OF_KIND[terms.kind] for terms in versions):
        return False
    if name in _ONLY_IF_SAID:
        return any(values(terms)[name] not in (None, "", ()) for terms in versions)
    return True


def term_rows(terms: Terms) -> list[tuple[str, str]]:
    """Terms in words, in the order of the contract."""
    return [
        (term_name(name, terms), term_text(name, value))
        for name, value in values(terms).items()
        if concerned(name, terms)
    ]


def compared(versions: Sequence[Terms]) -> list[tuple[str, list[str], bool]]:
    """Versions of terms side by side: label, a text each, whether the last one changed it."""
    rows = []
    sheets = [values(terms) for terms in versions]
    for name in sheets[0] if sheets else ():
        if not concerned(name, *versions):
            continue
        said = [sheet[name] for sheet in sheets]
        changed = len(said) > 1 and said[-1] != said[-2]
        texts = [term_text(name, value) for value in said]
        rows.append((term_name(name, versions[-1]), texts, changed))
    return rows


def mode_of(listing: Listing) -> str:
    """The kind of deal in a word or two: transfer, sole licence."""
    return words("enums", f"deal_mode.{listing.terms.rule_kind}")


def price_label(listing: Listing) -> str:
    """What the big figure is."""
    kind = listing.terms.kind
    if kind is DealKind.EQUITY:
        return gettext("作价金额")
    if listing.price_mode is PriceMode.POSTED:
        return gettext("许可费") if kind is DealKind.LICENCE else gettext("挂牌价")
    return gettext("意向价格")


# ---- rights ------------------------------------------------------------------------------------


def coded(prefix: str, value: StrEnum | str) -> str:
    """The words of an enumeration's member, from its package or from the fact model."""
    code = f"{prefix}.{getattr(value, 'value', value)}"
    facts = {"asset_kind": "fact.asset.kind", "legal_status": "fact.asset.status"}
    if not knows("enums", code) and prefix in facts:
        code = f"{facts[prefix]}.{getattr(value, 'value', value)}"
    return words("enums", code)


def joined(prefix: str, codes: Sequence[str]) -> str:
    """The words of several codes in a row."""
    return gettext("、").join(coded(prefix, code) for code in codes)


def kind_of(listing: Listing) -> str:
    """The kind of right, or that it is a bundle of so many."""
    assets = listing.assets
    if len(assets) > 1:
        return ngettext("组合 · %(num)s 件", "组合 · %(num)s 件", len(assets))
    return coded("asset_kind", assets[0].kind) if assets else ""


def first_class(asset: Asset) -> str:
    """Its first symbol of IPC, else of any classification."""
    symbols = sorted(asset.classes, key=lambda c: (c.scheme != "ipc", c.id or 0))
    return symbols[0].symbol if symbols else ""


def number_of(asset: Asset) -> str:
    """The number to show: know-how has none (what identifies it is a fingerprint of its file)."""
    return "" if asset.kind is AssetKind.KNOW_HOW else asset.number


def right_title(asset: Asset) -> str:
    """A right's title in the page's language, else Chinese and marked so."""
    if not locale_code().startswith("en"):
        return asset.title
    return asset.title_en or Markup('<span lang="zh-CN">{}</span>').format(asset.title)


def city_of(listing: Listing) -> str:
    """Where the first right comes from, else where its seller is seated."""
    city = (listing.assets[0].city if listing.items else "") or listing.seller.city
    return regions.display(city, locale_code())


def owner(each: AssetOwner) -> str:
    """An owner with its share, where shares are stated."""
    share = each.share_bps
    return f"{each.name} {share / 100:g}%" if share and share != 10_000 else each.name


def title_badge(assets: Sequence[Asset]) -> Badge:
    """Whether every title is verified, and how old the oldest extract is."""
    done = [asset.title_verification for asset in assets]
    if not done or any(each is None for each in done):
        return gettext("权属未核验"), "b-warn", "triangle-alert"
    oldest = min((each for each in done if each), key=lambda each: each.extract_date)
    text = gettext("权属已核验 %(day)s", day=format_date(oldest.extract_date))
    if oldest.age_days > GREY_AFTER:
        return text, "", "badge-check"
    return text, "b-info" if oldest.age_days > FADES_AFTER else "b-ok", "badge-check"


LIGHTS = {Freshness.GREEN: "b-ok", Freshness.AMBER: "b-warn", Freshness.RED: "b-bad"}


def freshness_badge(assets: Sequence[Asset]) -> Badge:
    """A traffic light: how long ago the right, or the stalest of several, was held against the register."""
    lights = [legal.freshness_of(asset) for asset in assets] or [Freshness.RED]
    worst = max(lights, key=list(Freshness).index)
    return words("enums", f"freshness.{worst.value}"), LIGHTS[worst], "eye"


def title_checks(assets: Sequence[Asset]) -> list[tuple[str, str, str]]:
    """Right by right: verified against an extract of which day, for ui.checks."""
    checks = []
    for asset in assets:
        done = asset.title_verification
        if done is None:
            checks.append(("wait", asset.title, gettext("尚未核验；成交前由交易所核验。")))
            continue
        text = gettext(
            "交易所已与 %(day)s 的登记簿副本核对，%(age)s 天前。",
            day=format_date(done.extract_date),
            age=done.age_days,
        )
        checks.append(("ok" if done.age_days <= GREY_AFTER else "warn", asset.title, text))
    return checks


def pledge_badge(assets: Sequence[Asset]) -> Badge:
    """Whether a registered pledge stands on any of them."""
    if any(asset.is_pledged for asset in assets):
        return gettext("已质押"), "b-bad", "landmark"
    return gettext("无登记质押"), "b-ok", "shield-check"


def valuation_badge(reports: Sequence[ValuationReport]) -> Badge | None:
    """The newest valuation on record that is still valid."""
    valid = [r for r in reports if r.is_valid]
    if not valid:
        return None
    day = format_date(valid[0].base_date)
    return gettext("评估报告 %(day)s", day=day), "b-info", "file-check"


def status_badge(asset: Asset) -> Badge:
    """The legal status with its tone."""
    tone = {"in_force": "b-ok", "pending": "b-info"}.get(asset.status.value, "b-warn")
    return coded("legal_status", asset.status), tone, "scale"


def listing_valuation(listing: Listing) -> Badge | None:
    """The newest valid valuation of any of its rights."""
    rights: list[Any] = listing.assets  # the backref of valuation is not in Asset's type
    return valuation_badge([report for right in rights for report in right.valuation_reports])


def right_badges(asset: Asset) -> list[Badge]:
    """Status, title, pledge and valuation of one right, the same wherever it stands in a list."""
    right: Any = asset  # the backref of valuation is not in Asset's type
    valued = valuation_badge(right.valuation_reports)
    found = [
        status_badge(asset),
        title_badge([asset]),
        freshness_badge([asset]),
        pledge_badge([asset]),
    ]
    return [*found, valued] if valued else found


def own_title(listing: Listing) -> tuple[str, str]:
    """(title, its language where it is not the page's): English where there is one."""
    if locale_code().startswith("en"):
        return (listing.title_en, "") if listing.title_en else (listing.title, "zh-CN")
    return listing.title, ""


def own_summary(listing: Listing) -> tuple[str, str]:
    """(summary, its language where it is not the page's)."""
    assets = listing.assets
    chinese = listing.summary or next((a.abstract for a in assets if a.abstract), "")
    chinese = chinese or next((a.goods for a in assets if a.goods), "")
    if locale_code().startswith("en"):
        english = listing.summary_en or next((a.abstract_en for a in assets if a.abstract_en), "")
        return (english, "") if english else (chinese, "zh-CN")
    return chinese, ""


def card_badges(listing: Listing) -> list[Badge]:
    """What a card says of the rights in a listing: title, pledge, valuation, class, time left."""
    assets = listing.assets
    if not assets:
        return []
    found = [title_badge(assets), freshness_badge(assets), pledge_badge(assets)]
    valued = listing_valuation(listing)
    if valued:
        found.append(valued)
    symbol = first_class(assets[0])
    if symbol:
        found.append((symbol, "", ""))
    if assets[0].last_day:
        left = gettext("剩余 %(term)s", term=term(assets[0].last_day))
        found.append((left, "", ""))
    return found


def card(listing: Listing) -> dict[str, Any]:
    """A listing for macros/listing.html; wants its assets loaded with pledges, classes, titles."""
    first = listing.assets[0] if listing.items else None
    title, language = own_title(listing)
    return {
        "key": listing.reference,
        "reference": listing.reference,
        "url": url_for("listings.show", reference=listing.reference),
        "title": Markup('<span lang="{}">{}</span>').format(language, title) if language else title,
        "family": covers.family_of(first.kind.value, first_class(first)) if first else "lattice",
        "glyph": first.title if first else "",
        "kind": kind_of(listing),
        "owner": org_name(listing.seller),
        "verified": listing.seller.is_verified,
        "city": city_of(listing),
        "number": number_of(first) if first else "",
        "mode": mode_of(listing),
        "price": listing.price,
        "price_label": price_label(listing),
    }
