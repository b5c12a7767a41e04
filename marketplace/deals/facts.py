"""What a deal tells the rules: one fact sheet for each right in it.

From the registers (asset, pledges, licences, title, valuation), the verified parties, the agreed
terms, the evidence an operator confirmed, the exchange's own procedure; and last the answers of
the parties, which fill gaps and never overrule a register.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace.assets.models import MARKS, Asset, AssetKind, Licence
from marketplace.core import clock, settings
from marketplace.deals.models import Deal
from marketplace.listings import facts as known
from marketplace.listings import queries as listings
from marketplace.listings.models import PriceMode
from marketplace.listings.terms import DealKind
from marketplace.rules.library import Deadline, Words

Sheet = dict[str, Any]

FILED_AT_CNIPA = frozenset(
    {
        AssetKind.INVENTION,
        AssetKind.UTILITY_MODEL,
        AssetKind.DESIGN,
        AssetKind.PATENT_APPLICATION,
        *MARKS,
        AssetKind.IC_LAYOUT,
    }
)
PROVEN_BY = {
    "valuation_filing_form_or_approval": {"val": {"filed": True}},
    "fee_split_record": {"deal": {"fee_shared_with_coowners": True}},
}
"""Facts that a confirmed piece of evidence settles besides being on file."""

PLATFORM: Sheet = {
    "is_trading_platform": True,
    "publishes_listings": True,
    "shows_steps_and_allows_correction": True,
    "privacy_notice": True,
    "processes_personal_info": True,
    "legal_basis_recorded": True,
    "continuous_matching": False,
    "fractional_units": False,
    "guarantees_loans": False,
    "market_making": False,
    "paid_ranking": False,
    "standardised_contracts": False,
}
"""What the exchange is and is not: the same for every deal."""

_SCOPE = {"any": "all", "soe": "state_only"}  # the setting's words → the fact model's


def sheets(deal: Deal) -> list[tuple[Asset, Sheet]]:
    """A fact sheet for every right of the deal, as things stand now."""
    assets = deal.assets
    licences = standing_licences(deal)
    reports = listings.reports_of(assets)
    confirmed = confirmed_evidence(deal)
    found = []
    for asset in assets:
        report = next((r for r in reports.get(asset.id, []) if r.is_valid), None)
        docs = set(confirmed)
        if report:
            docs.add("valuation_report")
        if asset.title_verification:
            docs.add("title_document")
        facts: Sheet = {
            "asset": known.of_right(asset, licences),
            "owner": known.of_owner(deal.seller),
            "cp": known.of_party(deal.buyer),
            "deal": _agreed(deal, asset),
            "val": known.of_report(report),
            "plat": PLATFORM,
            "ctx": {"seed18_foreign_scope": _SCOPE[settings.current().seed18_foreign_scope]},
            "docs": sorted(docs),
        }
        for name in confirmed & PROVEN_BY.keys():
            facts = _with(facts, PROVEN_BY[name])
        found.append((asset, known.merged(facts, deal.facts or {})))
    return found


def standing_licences(deal: Deal) -> list[Licence]:
    """What others hold; what this deal itself granted is not in its way."""
    found = listings.standing_licences(deal.assets)
    return [one for one in found if one.deal_reference != deal.reference]


def application_number(asset: Asset) -> str:
    """The number of the application; that of a Chinese patent is in its patent number."""
    if asset.application_number:
        return asset.application_number
    granted = asset.patent_number or ""
    return "CN" + granted[2:] if granted.startswith("ZL") else ""


def confirmed_evidence(deal: Deal) -> frozenset[str]:
    """The names of the evidence that an operator confirmed and that is still good."""
    return frozenset(e.name for e in deal.evidence if e.counts)


def _agreed(deal: Deal, asset: Asset) -> Sheet:
    """The terms, and what our contract, escrow and signing procedure settle for every deal."""
    terms = deal.terms
    facts = known.of_terms(terms) | {
        "method": "listing" if deal.listing.price_mode is PriceMode.POSTED else "negotiated",
        "territory": ",".join(terms.territory),
        "written": True,
        "rights_enumerated": True,
        "contract_states_patent_particulars": bool(
            asset.title and asset.owners and asset.filing_date and application_number(asset)
        ),
        "signed_electronically": True,
        "esign_method_agreed": True,
        "clause_flags": [],
        "commission_agreed": True,
        "seller_commission_pct": deal.commission_bps / 100,
        "buyer_commission_pct": 0,
        "escrow_holder": "bank",
        "via_bank": True,
        "payment": "lump_sum",
        "needs_cnipa_filing": asset.kind in FILED_AT_CNIPA,
        "illegal_contract": False,
    }
    if asset.is_pledged:
        # release pays the pledgee first (民法典 art. 444)
        facts["proceeds_routing"] = "prepay_debt"
    end = licence_end(deal, asset)
    if end is not None:
        facts["licence_end"] = end.isoformat()
    return facts


def licence_end(deal: Deal, asset: Asset) -> date | None:
    """The last day of a licence that begins today; none where there is no licence or no end."""
    terms = deal.terms
    if terms.kind is not DealKind.LICENCE:
        return None
    if terms.months is None:
        return asset.last_day
    start = deal.signed_at.astimezone(clock.BEIJING).date() if deal.signed_at else clock.today()
    return Deadline(Words("", ""), months=terms.months).due_on(start)


def _with(facts: Sheet, more: Mapping[str, Mapping[str, Any]]) -> Sheet:
    return {**facts, **{record: {**facts.get(record, {}), **v} for record, v in more.items()}}


# ---- which paper proves that the deal is on the register ----------------------------------------

_TRANSFERRED = {
    AssetKind.INVENTION: ("cnipa_transfer_registration",),
    AssetKind.UTILITY_MODEL: ("cnipa_transfer_registration",),
    AssetKind.DESIGN: ("cnipa_transfer_registration",),
    AssetKind.PATENT_APPLICATION: ("cnipa_transfer_registration",),
    **dict.fromkeys(MARKS, ("tm_transfer_approval",)),
    AssetKind.PLANT_VARIETY: ("pv_transfer_registration",),
    AssetKind.IC_LAYOUT: ("ic_register_copy",),
}
_LICENSED = {
    AssetKind.INVENTION: ("licence_recordal",),
    AssetKind.UTILITY_MODEL: ("licence_recordal",),
    AssetKind.DESIGN: ("licence_recordal",),
    **dict.fromkeys(MARKS, ("tm_licence_recordal",)),
}
_HANDED_OVER = ("delivery_receipt", "contract_registration")


def recordal_wanted(deal: Deal) -> list[tuple[str, ...]]:
    """What proves the recordal of this deal: of each group any one; a group once a kind of right.

    Patents pass by registration (专利法 art. 10), licences of them are put on record within three
    months (实施细则 art. 15); marks by approval and recordal (商标法 2019 art. 42, 43). Where no
    office keeps a register that binds (copyright, software, know-how), the buyer's receipt of the
    handing over stands for it.
    """
    table = _LICENSED if deal.terms.kind is DealKind.LICENCE else _TRANSFERRED
    return list(dict.fromkeys(table.get(asset.kind, _HANDED_OVER) for asset in deal.assets))


def recordal_lacking(deal: Deal) -> list[tuple[str, ...]]:
    """The groups of which nothing is confirmed yet."""
    on_file = confirmed_evidence(deal)
    return [group for group in recordal_wanted(deal) if not on_file & set(group)]
