"""What a listing tells the rules: the facts of a right, its owner and what is offered."""

from typing import Any

from marketplace.assets.models import Asset, Licence
from marketplace.core import clock
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import DealKind, RoyaltyBase, Terms
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.valuation.models import ValuationReport

Sheet = dict[str, Any]
TRADES_AS = {  # the fact model knows fewer kinds of owners than we register
    OrganisationKind.BANK: "enterprise",
    OrganisationKind.INTERMEDIARY: "enterprise",
}


def of_right(asset: Asset, licences: list[Licence]) -> Sheet:
    """The right as the register and the operators know it."""
    grants = {licence.grant for licence in licences if licence.asset_id == asset.id}
    facts: Sheet = {
        "kind": asset.kind.value,
        "status": asset.status.value,
        "pledged": asset.is_pledged,
        "co_owned": len(asset.owners) > 1,
        "exclusive_licensed": "exclusive" in grants,
        "sole_licensed": "sole" in grants,
        "has_licences": bool(grants),
    }
    if asset.number:
        facts["registration_no"] = asset.number
    if asset.last_day:
        facts["expiry"] = asset.last_day.isoformat()
        facts["days_to_expiry"] = (asset.last_day - clock.today()).days
    return facts


def of_party(organisation: Organisation) -> Sheet:
    """An organisation as it was verified."""
    return {
        "kind": TRADES_AS.get(organisation.kind, organisation.kind.value),
        "region": organisation.region.value,
        "identity_verified": organisation.is_verified,
    }


def of_owner(organisation: Organisation) -> Sheet:
    """The owner's side: as a party, and whose money founded it."""
    return of_party(organisation) | {
        "state_owned": organisation.state_owned,
        "state_established": organisation.state_established,
    }


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


def of_report(report: ValuationReport | None) -> Sheet:
    """A valid valuation on record; an operator saw signatures and seal before confirming it."""
    if report is None:
        return {}
    return {
        "value": float(report.value.amount),
        "base_date_age_days": (clock.today() - report.base_date).days,
        "signers": sum(bool(name) for name in (report.signer_one, report.signer_two)),
        "firm_seal": True,
    }


def sheet(
    listing: Listing, asset: Asset, *, report: ValuationReport | None, licences: list[Licence]
) -> Sheet:
    """All that is known of a listing and one of its rights; the owner's answers go on top."""
    offered = "listing" if listing.price_mode is PriceMode.POSTED else "negotiated"
    facts: Sheet = {
        "asset": of_right(asset, licences),
        "owner": of_owner(listing.seller),
        "deal": of_terms(listing.terms) | {"method": offered},
        "docs": ["valuation_report"] if report else [],
    }
    if report:
        facts["val"] = of_report(report)
    return merged(facts, listing.facts or {})


def merged(known: Sheet, answers: Sheet) -> Sheet:
    """Answers fill what is not known; they never overrule the register."""
    whole = dict(known)
    for record, content in answers.items():
        if isinstance(content, dict):
            whole[record] = {**content, **known.get(record, {})}
    return whole
