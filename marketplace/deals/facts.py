"""What a deal tells the rules: one fact sheet for each right in it.

From the registers (asset, pledges, licences, title, valuation), the verified parties, the agreed
terms, the evidence an operator confirmed, the exchange's own procedure; and last the answers of
the parties, which fill gaps and never overrule a register.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from marketplace.assets.bundle import Right
from marketplace.assets.models import MARKS, Asset, AssetKind, Licence
from marketplace.assets.printed import application_number
from marketplace.compliance import exchange
from marketplace.core import clock
from marketplace.deals import bundles, procedures, publicity
from marketplace.deals.models import Deal, Evidence, Recordal, RecordalState
from marketplace.listings import facts as known
from marketplace.listings import queries as listings
from marketplace.listings.terms import DealKind
from marketplace.organisations.models import OrganisationKind, Region
from marketplace.rules.library import Deadline, Words
from marketplace.valuation.models import ValuationReport

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
    "licence_or_filing_certificate": {"broker": {"licence_verified": True}},
    "confidentiality_undertaking": {"broker": {"confidentiality_undertaking": True}},
}
"""Facts that a confirmed piece of evidence settles besides being on file."""
PUBLISHED = frozenset(
    {
        "open_licence_declaration",
        "fee_basis_note",
        "patent_evaluation_report",
        "all_coowner_consent",
    }
)
"""What the office has seen before it publishes an open-licence statement (专利法实施细则 art. 85)."""


def sheets(deal: Deal) -> list[tuple[Asset, Sheet]]:
    """A fact sheet for every right of the deal, as things stand now."""
    ((_, found),) = sheets_of([deal])
    return found


def sheets_of(deals: Sequence[Deal]) -> Iterator[tuple[Deal, list[tuple[Asset, Sheet]]]]:
    """The fact sheets of many deals, whose registers are read together."""
    rights = bundles.rights_of_many(deals)
    reports = listings.reports_of([asset for deal in deals for asset in deal.assets])
    told = publicity.stated_of(deals)
    for deal in deals:
        yield deal, _sheets(deal, rights[deal.id], reports, told[deal.id])


def _sheets(
    deal: Deal,
    rights: Mapping[int, Right],
    reports: Mapping[int, list[ValuationReport]],
    told: tuple[Sheet, set[str]],
) -> list[tuple[Asset, Sheet]]:
    assets, wish = deal.assets, bundles.wish_of(deal)
    published, noticed = told
    confirmed = confirmed_evidence(deal) | noticed
    found = []
    for asset in assets:
        report = next((r for r in reports.get(asset.id, []) if r.is_valid), None)
        docs = confirmed | exchange.evidence() | bundles.proven_by(rights[asset.id], wish)
        if report:
            docs |= {"valuation_report"}
        if asset.title_verification:
            docs |= {"title_document"}
        if deal.by_notice:
            docs |= PUBLISHED
        facts: Sheet = {
            "asset": known.of_right(asset, rights[asset.id], wish),
            "tech": known.of_technology(asset),
            "owner": known.of_owner(deal.seller),
            "cp": known.of_counterparty(deal.buyer),
            "deal": _agreed(deal, asset) | published,
            "val": known.of_report(report),
            "broker": {"licence_verified": False, "confidentiality_undertaking": False},
            "docs": sorted(docs),
            **exchange.facts(
                individuals=OrganisationKind.INDIVIDUAL in {deal.seller.kind, deal.buyer.kind},
                holders=len(asset.owners),
            ),
        }
        for name in confirmed & PROVEN_BY.keys():
            facts = _with(facts, PROVEN_BY[name])
        facts = known.merged(facts, known.of_statements(asset))
        found.append((asset, known.merged(facts, deal.facts or {})))
    return found


def standing_licences(deal: Deal) -> list[Licence]:
    """What others hold; what this deal itself granted is not in its way."""
    found = listings.standing_licences(deal.assets)
    return [one for one in found if one.deal_reference != deal.reference]


def confirmed_evidence(deal: Deal) -> frozenset[str]:
    """The names of the evidence that an operator confirmed and that is still good."""
    return bundles.confirmed_names(deal)


def _agreed(deal: Deal, asset: Asset) -> Sheet:
    """The terms, and what our contract, escrow and signing procedure settle for every deal."""
    terms = deal.terms
    asked = [  # what was asked, and what was agreed: the lower is the floor
        one for one in (deal.listing.price, deal.price) if one and one.currency == deal.currency
    ]
    facts = known.of_terms(terms) | known.of_offer(deal.listing) | known.of_priority(asset)
    facts |= {
        "territory": ",".join(terms.territory),
        "floor_price": float(min(one.amount for one in asked)) if asked else 0,
        "written": True,
        "rights_enumerated": True,
        "contract_states_patent_particulars": bool(
            asset.title and asset.owners and asset.filing_date and application_number(asset)
        ),
        "signed_electronically": True,
        "esign_method_agreed": True,
        "click_contract": False,  # two signatures under a contract of this deal alone
        "commission_agreed": True,
        "seller_commission_pct": deal.commission_bps / 100,
        "buyer_commission_pct": 0,
        "escrow_holder": "bank",
        "via_bank": True,
        "cash_amount": 0,
        **payment_facts(deal),
        "fee_shared_with_coowners": False,  # until the record of it is confirmed
        "needs_cnipa_filing": asset.kind in FILED_AT_CNIPA,
    }
    if (
        not terms.notes and not terms.promises
    ):  # our own text has neither; what the parties write in, they answer for
        facts |= {"clause_flags": [], "earnest_money": 0}
    if deal.by_notice:  # made by one click, on a statement for everybody
        facts |= known.of_open_licence(terms) | {"taken": True, "click_contract": True}
    if deal.seller.region is deal.buyer.region is Region.MAINLAND:
        facts["cross_border_ma"] = False
    if asset.is_pledged:
        # release pays the pledgee first (民法典 art. 444)
        facts["proceeds_routing"] = "prepay_debt"
    end = licence_end(deal, asset)
    if end is not None:
        facts["licence_end"] = end.isoformat()
    return facts


def payment_facts(deal: Deal) -> Sheet:
    """In one sum or in instalments: the first share, the security, the months to the last day.

    企业国有资产交易监督管理办法 art. 28 asks for them of state-owned sellers.
    """
    pay = deal.terms.pay
    if not pay.instalments:
        return {"payment": "lump_sum"}
    start = (deal.signed_at or clock.now()).astimezone(clock.BEIJING).date()
    last = max((part.due for part in pay.instalments if part.due is not None), default=start)
    months = (last.year - start.year) * 12 + last.month - start.month + (last.day > start.day)
    return {
        "payment": "instalments",
        "first_payment_pct": (10_000 - sum(part.bps or 0 for part in pay.instalments)) / 100,
        "instalment_guarantee": bool(pay.guarantee.strip()),
        "instalment_months": max(months, 0),
    }


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


def recordal_wanted(deal: Deal) -> list[tuple[str, ...]]:
    """What proves the recordal of this deal: of each group any one; a group once a kind of right.

    Patents pass by registration (专利法 art. 10), licences of them are put on record within three
    months (实施细则 art. 15); marks by approval and recordal (商标法 2019 art. 42, 43); of a
    contribution the company has the title (公司法 art. 49). Where no office keeps a register that
    binds (copyright, software, know-how), the buyer's receipt of the handing over stands for it.
    The table of procedures says so.
    """
    return procedures.wanted(acts_of(deal), [asset.kind.value for asset in deal.assets])


def recordal_lacking(deal: Deal) -> list[tuple[str, ...]]:
    """The groups of which nothing is confirmed yet, and those of entries that are still wanting.

    Of a bundle every right has its own entry: what proves one of them does not prove the others.
    """
    on_file = confirmed_evidence(deal)
    lacking = [group for group in recordal_wanted(deal) if not on_file & set(group)]
    lacking += [procedures.by_id()[one.procedure].evidence for one in outstanding(deal)]
    return list(dict.fromkeys(lacking))


def outstanding(deal: Deal) -> list[Recordal]:
    """The entries that the release waits for: not recorded, or no longer proven."""
    return [
        one
        for one in deal.recordals
        if one.required and (one.state is not RecordalState.RECORDED or proof_of(deal, one) is None)
    ]


def proof_of(deal: Deal, recordal: Recordal) -> Evidence | None:
    """The confirmed paper that proves an entry: filed for it alone, or for the whole deal."""
    names = procedures.by_id()[recordal.procedure].evidence
    found = [
        one
        for one in deal.evidence
        if one.counts and one.name in names and one.recordal_id in {None, recordal.id}
    ]
    return found[-1] if found else None


def acts_of(deal: Deal) -> frozenset[str]:
    """What is done, as the table of procedures names it: the kind of deal, a licence's grant too."""
    if deal.by_notice:
        return frozenset({deal.terms.kind.value, "open_licence_taken"})
    return frozenset({deal.terms.kind.value, deal.terms.rule_kind})


def circumstances_of(deal: Deal) -> frozenset[str]:
    """What brings entries of the contract as a whole: a contribution, technology over the border."""
    found = {"recognition"} if deal.seller.region is Region.MAINLAND else set()
    if deal.terms.kind is DealKind.EQUITY:
        found.add("contribution")
    home = (deal.seller.region is Region.MAINLAND, deal.buyer.region is Region.MAINLAND)
    if home == (True, False):
        found.add("export_restricted" if "restricted" in _classes(deal) else "export_free")
    if home == (False, True):
        found.add("import_free")
    return frozenset(found)


def _classes(deal: Deal) -> set[str]:
    """What was said of the export class of the technology; the rules ask for it before signing."""
    said = {str(known.of_statements(one).get("tech", {}).get("catalogue")) for one in deal.assets}
    return said | {str((deal.facts or {}).get("tech", {}).get("catalogue"))}
