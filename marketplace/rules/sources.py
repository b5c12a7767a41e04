"""Where each fact comes from and who answers for it: the table behind every form that asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Source(StrEnum):
    """Where a fact comes from."""

    REGISTER = "register"  # the right's own record and its register of burdens
    ORGANISATION = "organisation"  # the verified record of the owner or the counterparty
    PROVENANCE = "provenance"  # what the owner states of the right, kept with it
    TERMS = "terms"  # what is offered and agreed, and how contract and payment are arranged here
    EXCHANGE = "exchange"  # the exchange's own settings, records and procedure
    NOTICE = "notice"  # a public notice or its objections
    VALUATION = "valuation"  # a valuation report on record
    PAPER = "paper"  # evidence that an operator confirmed
    QUESTION = "question"  # asked for each listing or deal


class Side(StrEnum):
    """Who of a deal speaks for a fact."""

    SELLER = "seller"
    BUYER = "buyer"
    EITHER = "either"
    EXCHANGE = "exchange"


@dataclass(frozen=True)
class Origin:
    """Where a fact comes from, and who answers for it."""

    source: Source
    side: Side

    @property
    def is_asked(self) -> bool:
        """People may answer it in a form; the rest is worked out from records."""
        return self.side is not Side.EXCHANGE


_S, _B, _E, _X = Side.SELLER, Side.BUYER, Side.EITHER, Side.EXCHANGE

_TABLE: dict[tuple[Source, Side], str] = {
    (Source.REGISTER, _S): """
        asset.kind asset.status asset.application_type asset.pledged asset.co_owned
        asset.open_licensed asset.exclusive_licensed asset.sole_licensed asset.has_licences
        asset.pledgor_is_registered_owner asset.expiry asset.days_to_expiry asset.registration_no
        deal.priority_holders""",
    (Source.PROVENANCE, _S): """
        asset.origin asset.frozen asset.ownership_dispute asset.ownership_dispute_suspended
        asset.invalidation_pending asset.coowner_agreement_allows asset.same_day_invention
        asset.evaluation_report_negative asset.includes_moral_rights asset.similar_marks_left_out
        asset.transfer_confusion_risk asset.unused_years asset.service_work
        asset.service_work_suspected asset.is_st_result asset.fiscal_funded
        asset.mainly_fiscal_funded asset.gov_rd_project asset.gov_invested_major_project
        asset.major_own_ip asset.national_interest asset.key_core_technology asset.state_secret
        asset.major_property asset.market_reference_price asset.essentially_derived
        asset.preemption_excluded_by_agreement asset.other_pledge_bar asset.other_licence_bar
        tech.catalogue tech.dual_use""",
    (Source.ORGANISATION, _S): """
        owner.kind owner.region owner.state_owned owner.state_established owner.wholly_state_owned
        owner.central owner.above_scale owner.inventor_reward_rule owner.identity_verified""",
    (Source.ORGANISATION, _B): """
        cp.kind cp.region cp.wholly_state_owned cp.identity_verified""",
    (Source.TERMS, _E): """
        deal.kind deal.method deal.venue deal.price deal.floor_price deal.round deal.territory
        deal.licence_end deal.licence_years deal.sublicence deal.fixed_fee
        deal.royalty_net_sales_pct deal.royalty_profit_pct deal.payment deal.first_payment_pct
        deal.instalment_guarantee deal.instalment_months deal.reserve_price deal.hammer_price
        deal.bid_deposit deal.debt_due""",
    (Source.EXCHANGE, _X): """
        asset.complaint_received deal.written deal.rights_enumerated
        deal.contract_states_patent_particulars deal.signed_electronically
        deal.esign_method_agreed deal.click_contract deal.commission_agreed
        deal.seller_commission_pct deal.buyer_commission_pct deal.escrow_holder deal.via_bank
        deal.cash_amount deal.pay_workdays deal.online deal.needs_cnipa_filing
        deal.proceeds_routing deal.taken deal.listing_text_uses_wellknown deal.by_inheritance
        deal.by_judgment deal.bidder_is_consignor deal.bidder_is_platform_staff
        deal.lot_owned_by_platform deal.display_days
        plat.is_trading_platform plat.publishes_listings plat.lists_intermediaries plat.rating_on
        plat.ad_label plat.complaint_measures_taken plat.continuous_matching plat.fractional_units
        plat.guarantees_loans plat.legal_basis_recorded plat.market_making plat.paid_ranking
        plat.privacy_notice plat.processes_personal_info plat.processes_sensitive_info
        plat.rule_change_planned plat.sends_personal_info_abroad
        plat.shows_steps_and_allows_correction plat.standardised_contracts
        plat.holders_per_right plat.retention_years plat.retention_years_valuation
        plat.rule_change_notice_days
        ctx.notice_days ctx.reward_floor_pct ctx.seed18_foreign_scope""",
    (Source.NOTICE, _S): """
        deal.notice_days deal.notice_workdays deal.auction_notice_days deal.result_notice_workdays
        deal.open_objection""",
    (Source.VALUATION, _X): """
        val.value val.base_date_age_days val.signers val.firm_seal val.methods
        val.single_method_reason val.filed val.approved val.statutory val.preset_value""",
    (Source.PAPER, _X): """
        broker.licence_verified broker.confidentiality_undertaking deal.fee_shared_with_coowners
        """,
    (Source.QUESTION, _S): """
        owner.event deal.major_economic_activity deal.over_internal_threshold
        deal.intra_state_group_approved deal.publicly_conducted deal.listing_discloses_secret
        deal.buyer_qualification_set deal.buyer_qualification_legal_basis deal.inventor_reward_pct
        deal.wants_tax_relief deal.context""",
    (Source.QUESTION, _B): "cp.beneficial_owner_known cp.related cp.fully_owned_related",
    (Source.QUESTION, _E): """
        deal.cross_border_ma deal.broker broker.service
        deal.foreign_party_files deal.clause_flags deal.earnest_money deal.company_form
        deal.pay_in_months deal.paid_before_founding deal.right_of_use_only
        deal.guaranteed_return deal.all_shares_consideration deal.forfeiture_clause
        deal.illegal_contract deal.pledge_contract_incomplete deal.pledgee_demands_valuation""",
}

ORIGINS: Mapping[str, Origin] = MappingProxyType(
    {path: Origin(*key) for key, paths in _TABLE.items() for path in paths.split()}
)
"""Every fact of the model by its path."""

FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "broker.service": ("deal.broker",),
        "asset.national_interest": ("asset.major_own_ip",),
        "deal.context": ("asset.gov_rd_project", "asset.gov_invested_major_project"),
        "deal.pay_in_months": ("deal.company_form",),
        "deal.paid_before_founding": ("deal.company_form",),
        "deal.foreign_party_files": ("cp.region",),
    }
)
"""Questions that wait for the answer to others, and mostly need not be asked then."""

STATED = frozenset(path for path, one in ORIGINS.items() if one.source is Source.PROVENANCE)
"""What an owner states of a right once, for every listing and deal of it."""


def kept_with_right(path: str) -> bool:
    """Whether the answer is kept with the right and not asked for again."""
    return path in STATED


def asked_first(paths: Iterable[str]) -> frozenset[str]:
    """Of missing facts those to ask for now: a question that follows another waits for it."""
    missing = frozenset(paths)
    return frozenset(p for p in missing if missing.isdisjoint(FOLLOWS.get(p, ())))
