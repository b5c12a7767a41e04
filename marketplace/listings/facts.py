"""What a listing tells the rules: the facts of a right, its owner and what is offered."""

import re
from typing import Any

from marketplace.assets import bundle
from marketplace.assets.bundle import BurdenKind, Grant, Right, Wish
from marketplace.assets.models import Asset, AssetKind
from marketplace.compliance import exchange
from marketplace.core import clock, settings
from marketplace.listings import gates, queries
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import DealKind, RoyaltyBase, Terms
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.rules.sources import STATED
from marketplace.valuation.models import ValuationReport

Sheet = dict[str, Any]
WELL_KNOWN = re.compile("驰名商标|馳名商標|well-?known (trade ?)?mark", re.IGNORECASE)
NOT_TECHNOLOGY = frozenset(
    {"trademark", "collective_mark", "certification_mark", "copyright", "gi_product", "data_right"}
)
WORKS = frozenset({AssetKind.COPYRIGHT, AssetKind.SOFTWARE})
APPLIED_FOR = {"1": "invention", "8": "invention", "2": "utility_model", "9": "utility_model"}
TRADES_AS = {  # the fact model knows fewer kinds of owners than we register
    OrganisationKind.BANK: "enterprise",
    OrganisationKind.INTERMEDIARY: "enterprise",
}

METHODS = {
    PriceMode.POSTED: "listing",
    PriceMode.NEGOTIATED: "negotiated",
    PriceMode.AUCTION: "online_bidding",
}


def of_right(asset: Asset, right: Right, wish: Wish | None = None) -> Sheet:
    """The right as the register and the operators know it.

    Exclusive and sole licences count as far as they are in the way of the wish: elsewhere, or at
    another time, they forbid nothing.
    """
    facts: Sheet = {
        "kind": asset.kind.value,
        "status": asset.status.value,
        "pledged": asset.is_pledged,
        "co_owned": len(asset.owners) > 1,
        # an operator puts complaints on record: services.statements
        "complaint_received": bool(
            (asset.stated or {}).get("asset.complaint_received", {}).get("value")
        ),
    } | of_burdens(right, wish, verified=asset.title_verification is not None)
    if asset.kind not in WORKS:
        facts["includes_moral_rights"] = False  # only a work's author has them: 著作权法 art. 10
    if asset.kind.value in NOT_TECHNOLOGY:  # no research result: 促进科技成果转化法 art. 2
        facts |= dict.fromkeys(
            ("is_st_result", "fiscal_funded", "gov_rd_project", "gov_invested_major_project"), False
        )
    applied_for = _applied_for(asset)
    if applied_for:
        facts["application_type"] = applied_for
    if asset.number:
        facts["registration_no"] = asset.number
    if asset.last_day:
        facts["expiry"] = asset.last_day.isoformat()
        facts["days_to_expiry"] = (asset.last_day - clock.today()).days
    return facts


def _applied_for(asset: Asset) -> str:
    """What an application is for, by the digit after the year of its number."""
    found = re.match(r"(?:CN|ZL)?(?:19|20)\d\d([123589])", asset.application_number or "")
    if asset.kind is not AssetKind.PATENT_APPLICATION or found is None:
        return ""
    return APPLIED_FOR.get(found[1], "design")


def of_technology(asset: Asset) -> Sheet:
    """A name, a sign or a work of art is no technology, so no export catalogue lists it."""
    free = asset.kind.value in NOT_TECHNOLOGY
    return {"catalogue": "free", "dual_use": False} if free else {}


def of_statements(asset: Asset) -> Sheet:
    """What the owner stated of the right, by record."""
    found: Sheet = {}
    for path, said in (asset.stated or {}).items():
        record, name = path.split(".")
        found.setdefault(record, {})[name] = said["value"]
    return found


def of_burdens(right: Right, wish: Wish | None, *, verified: bool) -> Sheet:
    """What rests on it. That nothing does is known once an operator saw the register's extract."""
    today = clock.today()
    licences = [b for b in right.burdens if b.kind is BurdenKind.LICENCE and not b.is_over(today)]
    near = [b for b in licences if wish is None or b.overlaps(wish)]
    standing = [b for b in right.burdens if b.stands(today)]
    held = {b.kind for b in standing}
    facts: Sheet = {
        "exclusive_licensed": any(b.grant is Grant.EXCLUSIVE for b in near),
        "sole_licensed": any(b.grant is Grant.SOLE for b in near),
        "has_licences": bool(licences),
        "open_licensed": BurdenKind.OPEN_LICENCE in held,
    }
    flags = {
        "frozen": BurdenKind.FREEZE in held,
        "ownership_dispute": BurdenKind.DISPUTE in held,
        "ownership_dispute_suspended": any(b.suspended for b in standing),
        "invalidation_pending": BurdenKind.INVALIDATION in held,
    }
    facts |= {name: flag for name, flag in flags.items() if flag or verified}
    agreements = [b for b in standing if b.kind is BurdenKind.COOWNERSHIP]
    if agreements and wish is not None:
        facts["coowner_agreement_allows"] = bundle.agreed_alone(agreements, wish)
    return facts


ADMITTED = (
    "open_licensed", "frozen", "ownership_dispute", "ownership_dispute_suspended",
    "invalidation_pending",
)  # fmt: skip
"""What an owner says against its own right counts, whatever the register shows."""


def of_party(organisation: Organisation) -> Sheet:
    """An organisation as it was verified."""
    return {
        "kind": TRADES_AS.get(organisation.kind, organisation.kind.value),
        "region": organisation.region.value,
        "identity_verified": organisation.is_verified,
    }


def of_owner(organisation: Organisation) -> Sheet:
    """The owner's side: as a party, and whose money founded it."""
    told = {
        "wholly_state_owned": organisation.wholly_state_owned,
        "central": organisation.central,
        "above_scale": organisation.above_scale,
        "inventor_reward_rule": organisation.inventor_reward_rule,
        "event": "none" if organisation.kind is OrganisationKind.INDIVIDUAL else None,
    }
    return of_party(organisation) | {
        "state_owned": organisation.state_owned,
        "state_established": organisation.state_established,
        **{name: value for name, value in told.items() if value is not None},
    }


def of_counterparty(organisation: Organisation) -> Sheet:
    """The other side: as a party, and whether the state alone stands behind it."""
    wholly = organisation.wholly_state_owned
    if organisation.kind is not OrganisationKind.SOE:
        wholly = False  # 国有全资企业 is an enterprise of the state
    return of_party(organisation) | ({} if wholly is None else {"wholly_state_owned": wholly})


def of_terms(terms: Terms) -> Sheet:
    """What is offered or agreed; amounts in yuan, rates in per cent."""
    facts: Sheet = {"venue": "platform", "online": True}
    if terms.kind is not DealKind.LICENCE or terms.grant is not None:
        facts["kind"] = terms.rule_kind  # a draft of a licence may not say yet which
    if terms.price is not None:
        facts["price"] = float(terms.price.amount)
    if terms.kind is DealKind.LICENCE:
        facts |= {"territory": ",".join(terms.territory), "sublicence": terms.sublicence}
        if terms.months is not None:
            facts["licence_years"] = terms.months / 12
    if terms.royalty_bps is not None and terms.royalty_base is RoyaltyBase.NET_SALES:
        facts["royalty_net_sales_pct"] = terms.royalty_bps / 100
    if terms.royalty_bps is not None and terms.royalty_base is RoyaltyBase.PROFIT:
        facts["royalty_profit_pct"] = terms.royalty_bps / 100
    return facts


def of_open_licence(terms: Terms) -> Sheet:
    """The fee of an open licence before its ceiling; what is not asked is nothing (审查指南 V-11-3.3)."""
    rates = of_terms(terms)
    return {
        "kind": "open_licence",
        "fixed_fee": float(terms.price.amount) if terms.price else 0.0,
        "royalty_net_sales_pct": rates.get("royalty_net_sales_pct", 0),
        "royalty_profit_pct": rates.get("royalty_profit_pct", 0),
    }


def of_offer(listing: Listing) -> Sheet:
    """How it is offered: by an agreement of two, on a listing that promises no auction."""
    text = f"{listing.title} {listing.title_en} {listing.summary} {listing.summary_en}"
    facts: Sheet = {
        "method": METHODS[listing.price_mode],
        "bid_deposit": 0,
        "by_inheritance": False,
        "by_judgment": False,
        "listing_text_uses_wellknown": bool(WELL_KNOWN.search(text)),
    }
    if listing.price is not None:
        facts["floor_price"] = float(listing.price.amount)
    if listing.seller.state_owned:
        facts["round"] = 1 + queries.times_relisted(listing)
    return facts


def of_report(report: ValuationReport | None) -> Sheet:
    """A valid valuation on record; an operator saw signatures and seal before confirming it."""
    if report is None:
        return {}
    return {
        "value": float(report.value.amount),
        "base_date_age_days": (clock.today() - report.base_date).days,
        "signers": sum(bool(name) for name in (report.signer_one, report.signer_two)),
        "firm_seal": True,
        "single_method_reason": bool(report.single_method_reason),
        "filed": report.filing == "filed",
        "approved": report.filing == "approved",
        **({"methods": 2 if report.method == "combined" else 1} if report.method else {}),
    }


def sheet(listing: Listing, asset: Asset, *, report: ValuationReport | None, right: Right) -> Sheet:
    """All that is known of a listing and one of its rights; the owner's answers go on top."""
    facts: Sheet = {
        "asset": of_right(asset, right, gates.wish_of(listing.terms, clock.today())),
        "tech": of_technology(asset),
        "owner": of_owner(listing.seller),
        "deal": of_terms(listing.terms) | of_offer(listing) | of_priority(asset),
        "docs": sorted({*_papers(asset, report), *(p.name for p in listing.evidence if p.counts)}),
        **exchange.facts(
            individuals=listing.seller.kind is OrganisationKind.INDIVIDUAL,
            holders=len(asset.owners),
        ),
    }
    if report:
        facts["val"] = of_report(report)
    return merged(merged(facts, of_statements(asset)), listing.facts or {})


def told(listing: Listing) -> Sheet:
    """What the owner says of all rights of a listing: yes if of any, no only if of every one."""
    found: Sheet = {record: dict(content) for record, content in (listing.facts or {}).items()}
    for path in STATED:
        said = [a.stated[path]["value"] for a in listing.assets if path in (a.stated or {})]
        record, name = path.split(".")
        if True in said or len(said) == len(listing.assets) > 0:
            found.setdefault(record, {})[name] = True if True in said else said[0]
    rule = listing.seller.inventor_reward_rule
    if rule is not None:
        found.setdefault("owner", {})["inventor_reward_rule"] = rule
    return found


def of_priority(asset: Asset) -> Sheet:
    """Co-owners come first everywhere, if that is how the exchange reads the law."""
    every = settings.current().coowner_preemption == "all"
    return {"priority_holders": True} if every and len(asset.owners) > 1 else {}


def _papers(asset: Asset, report: ValuationReport | None) -> list[str]:
    papers = set(exchange.evidence())
    if report:
        papers.add("valuation_report")
    if asset.title_verification:
        papers.add("title_document")
    return sorted(papers)


def merged(known: Sheet, answers: Sheet) -> Sheet:
    """Answers fill what is not known; they never overrule the register."""
    whole = dict(known)
    for record, content in answers.items():
        if isinstance(content, dict):
            whole[record] = {**content, **known.get(record, {})}
    for name in ADMITTED:
        if answers.get("asset", {}).get(name) is True:
            whole["asset"] = {**whole["asset"], name: True}
    return whole
