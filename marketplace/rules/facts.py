"""The fact model: what may be known about a deal, and a checked sheet of what is known.

Facts are given as nested mappings of plain values (`{"asset": {"kind": "invention"}}`). A fact
that is not given is missing, not false, unless the law itself says what silence means (`presumed`).
Labels for forms are words: `fact.<path>` and `fact.<path>.<choice>` in words.yaml.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from marketplace.core.errors import Invalid

Value = bool | int | float | str | list[str]


class FactKind(StrEnum):
    """The types a fact can have; `day` is an ISO date, `number` an amount, rate or share."""

    FLAG = "flag"
    COUNT = "count"
    NUMBER = "number"
    DAY = "day"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"


class FactError(Invalid):
    """A fact sheet does not fit the model; `fields` names the path and what is wrong with it."""

    def __init__(self, code: str, path: str, **facts: Any) -> None:
        super().__init__(code, fields={path: code}, path=path, **facts)
        self.path = path

    def __str__(self) -> str:
        return f"{self.code}: {self.path}"


@dataclass(frozen=True)
class Field:
    """One fact: where it stands, its type, its choices, and what silence means, if the law says."""

    record: str
    name: str
    kind: FactKind
    choices: tuple[str, ...] = ()
    presumed: Value | None = None

    @property
    def path(self) -> str:
        return f"{self.record}.{self.name}"

    @property
    def label(self) -> str:
        """The code of its words (section enums)."""
        return f"fact.{self.path}"

    def choice_label(self, choice: str) -> str:
        """The code of a choice's words; owner and counterparty share theirs."""
        path = self.path.replace("cp.", "owner.") if self.record == "cp" else self.path
        return f"fact.{path}.{choice}"

    def accept(self, given: Any) -> Value:
        """The value in the form predicates compare, or FactError `fact.type` / `fact.choice`."""
        value = _READERS[self.kind](given)
        if value is None:
            raise FactError("fact.type", self.path, expected=self.kind.value)
        if self.choices and any(one not in self.choices for one in _many(value)):
            raise FactError("fact.choice", self.path, choices=", ".join(self.choices))
        return value


def _many(value: Value) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flag(given: Any) -> Value | None:
    return given if isinstance(given, bool) else None


def _count(given: Any) -> Value | None:
    whole = isinstance(given, int) or (isinstance(given, float) and given.is_integer())
    return int(given) if whole and not isinstance(given, bool) and abs(given) < 2**63 else None


def _number(given: Any) -> Value | None:
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return None
    try:
        amount = float(given)
    except OverflowError:
        return None
    return amount if amount - amount == 0 else None  # neither infinite nor "not a number"


def _day(given: Any) -> Value | None:
    try:
        return (given if type(given) is date else date.fromisoformat(given)).isoformat()
    except (TypeError, ValueError):
        return None


def _text(given: Any) -> Value | None:
    if not isinstance(given, str):
        return None
    try:
        given.encode()
    except UnicodeEncodeError:  # half a surrogate pair is not text
        return None
    return given


def _texts(given: Any) -> Value | None:
    if not isinstance(given, list | tuple | set | frozenset):
        return None
    return sorted(given) if all(_text(one) is not None for one in given) else None


_READERS = {
    FactKind.FLAG: _flag,
    FactKind.COUNT: _count,
    FactKind.NUMBER: _number,
    FactKind.DAY: _day,
    FactKind.TEXT: _text,
    FactKind.CHOICE: _text,
    FactKind.CHOICES: _texts,
}

RECORDS = ("asset", "owner", "cp", "deal", "val", "tech", "plat", "broker", "ctx")
EVIDENCE_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")

ASSET_KINDS = (
    "invention", "utility_model", "design", "patent_application", "trademark", "collective_mark",
    "certification_mark", "copyright", "software", "plant_variety", "ic_layout", "trade_secret",
    "data_right", "gi_product", "defence_patent",
)  # fmt: skip
ASSET_STATES = (
    "in_force", "pending", "annuity_grace", "renewal_grace", "lapsed", "expired", "invalidated",
    "cancelled",
)  # fmt: skip
OWNER_KINDS = ("enterprise", "soe", "university", "public_institution", "government", "individual")
REGIONS = ("CN", "HK", "MO", "TW", "foreign")
DEAL_KINDS = (
    "transfer", "exclusive", "sole", "non_exclusive", "open_licence", "equity", "pledge", "swap",
    "share_pledge", "share_transfer", "loan", "development", "consulting", "service",
)  # fmt: skip
METHODS = ("negotiated", "listing", "auction", "online_bidding", "judicial_auction")
EVENTS = (
    "none", "restructuring", "merger", "division", "liquidation", "listing", "debt_repayment",
)  # fmt: skip
CONTRACT_CONTEXTS = ("none", "joint_stock_reform", "sino_foreign_jv", "project_approval")
CLAUSES = (
    "exclusive_grant_back", "no_rival_technology", "field_price_output_limits",
    "unneeded_tie_in", "purchase_source_limit", "no_challenge",
)  # fmt: skip
BROKER_SERVICES = (
    "brokerage", "patent_agency", "valuation", "financing_guarantee", "auction", "payment",
)  # fmt: skip

# Silence has a meaning of law here: an agreement that displaces the statute's default, or leave
# that lifts a duty, is for the party who relies on it to show; and settings have defaults.
PRESUMED: Mapping[str, Value] = MappingProxyType(
    {
        "asset.coowner_agreement_allows": False,  # 专利法 art. 14, 著作权法 art. 14
        "asset.preemption_excluded_by_agreement": False,  # 民法典 art. 859, 860
        "asset.registration_no": "",  # a layout right begins with its registration: 条例 art. 8
        "deal.intra_state_group_approved": False,
        "deal.open_objection": False,  # an objection to a notice is on record, or there is none
        "deal.commission_agreed": False,  # 拍卖法 art. 56 speaks where nothing was agreed
        "deal.buyer_qualification_legal_basis": False,  # whoever sets conditions shows the basis
        "deal.right_of_use_only": False,  # a contribution is of the title: 公司法 art. 49
        "val.preset_value": False,  # misconduct of the valuer is not presumed
        "val.statutory": False,  # only where a law demands it: 资产评估法 art. 3
        "ctx.seed18_foreign_scope": "all",
        "ctx.notice_days": 15,
        "ctx.reward_floor_pct": 50.0,
    }
)

_FLAGS = {
    "asset": """pledged frozen ownership_dispute ownership_dispute_suspended invalidation_pending
        co_owned coowner_agreement_allows open_licensed exclusive_licensed sole_licensed
        has_licences same_day_invention evaluation_report_negative pledgor_is_registered_owner
        includes_moral_rights similar_marks_left_out transfer_confusion_risk service_work
        service_work_suspected is_st_result fiscal_funded mainly_fiscal_funded gov_rd_project
        gov_invested_major_project major_own_ip national_interest key_core_technology state_secret
        major_property market_reference_price essentially_derived complaint_received
        preemption_excluded_by_agreement other_pledge_bar other_licence_bar""",
    "owner": """state_owned state_established wholly_state_owned central above_scale
        inventor_reward_rule identity_verified""",
    "cp": "wholly_state_owned related fully_owned_related identity_verified beneficial_owner_known",
    "deal": """instalment_guarantee commission_agreed written rights_enumerated sublicence
        forfeiture_clause right_of_use_only cross_border_ma major_economic_activity
        over_internal_threshold publicly_conducted open_objection priority_holders via_bank
        signed_electronically broker all_shares_consideration bidder_is_consignor
        bidder_is_platform_staff buyer_qualification_legal_basis buyer_qualification_set
        by_inheritance by_judgment click_contract contract_states_patent_particulars
        esign_method_agreed fee_shared_with_coowners foreign_party_files guaranteed_return
        illegal_contract intra_state_group_approved listing_discloses_secret
        listing_text_uses_wellknown lot_owned_by_platform needs_cnipa_filing online
        paid_before_founding pledge_contract_incomplete pledgee_demands_valuation taken
        wants_tax_relief""",
    "val": "firm_seal single_method_reason filed approved statutory preset_value",
    "tech": "dual_use",
    "plat": """is_trading_platform publishes_listings lists_intermediaries rating_on ad_label
        complaint_measures_taken continuous_matching fractional_units guarantees_loans
        legal_basis_recorded market_making paid_ranking privacy_notice processes_personal_info
        processes_sensitive_info rule_change_planned sends_personal_info_abroad
        shows_steps_and_allows_correction standardised_contracts""",
    "broker": "licence_verified confidentiality_undertaking",
}
_COUNTS = {
    "asset": "days_to_expiry unused_years",
    "deal": """round notice_days notice_workdays auction_notice_days display_days
        result_notice_workdays pay_workdays instalment_months pay_in_months""",
    "val": "base_date_age_days signers methods",
    "plat": "holders_per_right retention_years retention_years_valuation rule_change_notice_days",
    "ctx": "notice_days",
}
_NUMBERS = {
    "deal": """price floor_price reserve_price hammer_price first_payment_pct bid_deposit
        earnest_money seller_commission_pct buyer_commission_pct licence_years inventor_reward_pct
        cash_amount fixed_fee royalty_net_sales_pct royalty_profit_pct""",
    "val": "value",
    "ctx": "reward_floor_pct",
}
_DAYS = {"asset": "expiry", "deal": "licence_end debt_due"}
_TEXTS = {"asset": "registration_no", "deal": "territory"}
_CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "asset": {
        "kind": ASSET_KINDS,
        "status": ASSET_STATES,
        "application_type": ("invention", "utility_model", "design"),
        "origin": ("own", "commissioned", "joint_development"),
    },
    "owner": {"kind": OWNER_KINDS, "region": REGIONS, "event": EVENTS},
    "cp": {"kind": (*OWNER_KINDS, "bank"), "region": REGIONS},
    "deal": {
        "kind": DEAL_KINDS,
        "method": METHODS,
        "venue": ("platform", "property_exchange"),
        "payment": ("lump_sum", "instalments"),
        "proceeds_routing": ("seller", "prepay_debt", "deposit"),
        "escrow_holder": (
            "bank", "payment_institution", "notary", "exchange_settlement",
            "platform_own_account",
        ),
        "company_form": ("llc", "jsc"),
        "context": CONTRACT_CONTEXTS,
    },
    "tech": {"catalogue": ("prohibited", "restricted", "free")},
    "broker": {"service": BROKER_SERVICES},
    "ctx": {"seed18_foreign_scope": ("all", "state_only")},
}  # fmt: skip


def _model() -> Mapping[str, Field]:
    fields: list[Field] = []

    def add(record: str, name: str, kind: FactKind, choices: tuple[str, ...] = ()) -> None:
        fields.append(Field(record, name, kind, choices, PRESUMED.get(f"{record}.{name}")))

    for record in RECORDS:
        for name, choices in _CHOICES.get(record, {}).items():
            add(record, name, FactKind.CHOICE, choices)
        for table, kind in (
            (_FLAGS, FactKind.FLAG),
            (_COUNTS, FactKind.COUNT),
            (_NUMBERS, FactKind.NUMBER),
            (_DAYS, FactKind.DAY),
            (_TEXTS, FactKind.TEXT),
        ):
            for name in table.get(record, "").split():
                add(record, name, kind)
    add("deal", "clause_flags", FactKind.CHOICES, CLAUSES)
    return MappingProxyType({field.path: field for field in fields})


FIELDS: Mapping[str, Field] = _model()
"""Every fact of the model by its path, `record.name`."""


@dataclass(frozen=True)
class Facts:
    """What is known, checked against the model. Make it with `Facts.of`."""

    values: Mapping[str, Value]
    docs: frozenset[str] = frozenset()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """A checked sheet from nested mappings; a None is a missing fact.

        Raises FactError: `fact.shape`, `fact.record`, `fact.field`, `fact.type`, `fact.choice`,
        `fact.evidence`.
        """
        if not isinstance(given, Mapping):
            raise FactError("fact.shape", "facts")
        values: dict[str, Value] = {}
        docs: frozenset[str] = frozenset()
        for record, content in given.items():
            if record == "docs":
                docs = _evidence(content)
            elif record not in RECORDS:
                raise FactError("fact.record", str(record)[:80])
            elif content is not None:
                values.update(_record(record, content))
        return cls(MappingProxyType(values), docs)

    @classmethod
    def kept(cls, given: Mapping[str, Any]) -> Self:
        """A sheet that was checked when it was kept; what the model has given up since is left out.

        A record that is judged again years later must not fail for a fact that has been renamed.
        """
        values: dict[str, Value] = {}
        for record, content in given.items():
            for name, value in content.items() if isinstance(content, Mapping) else ():
                field = FIELDS.get(f"{record}.{name}")
                if field and value is not None:
                    try:
                        values[field.path] = field.accept(value)
                    except FactError:
                        continue
        return cls(MappingProxyType(values), _evidence(given.get("docs")))

    def get(self, path: str) -> Value | None:
        """The fact, or what the law presumes of its absence, or None."""
        return self.values[path] if path in self.values else FIELDS[path].presumed

    def lacks(self, path: str) -> bool:
        """Whether the fact is missing and nothing is presumed in its place.

        Old law may ask for a fact that the model no longer has: it is missing too.
        """
        return path not in FIELDS or self.get(path) is None

    def having(self, *evidence: str) -> Self:
        """The same facts with more evidence on file."""
        return type(self)(self.values, self.docs | _evidence(evidence))

    def updated(self, changes: Mapping[str, Any]) -> Self:
        """The same facts with others by path (`{"deal.price": 5}`); None takes a fact away."""
        values = dict(self.values)
        for path, given in changes.items():
            values.pop(path, None)
            if path not in FIELDS:
                raise FactError("fact.field", path[:80])
            if given is not None:
                values[path] = FIELDS[path].accept(given)
        return type(self)(MappingProxyType(values), self.docs)

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, as `of` takes them and as a finding keeps them."""
        nested: dict[str, Any] = {}
        for path in sorted(self.values):
            record, name = path.split(".")
            nested.setdefault(record, {})[name] = self.values[path]
        return {**nested, "docs": sorted(self.docs)}

    def records(self) -> dict[str, dict[str, Value]]:
        """Every record with what is known or presumed: what predicates are evaluated over."""
        nested: dict[str, dict[str, Value]] = {record: {} for record in RECORDS}
        for known in (PRESUMED, self.values):
            for path, value in known.items():
                record, name = path.split(".")
                nested[record][name] = value
        return nested


def _record(record: str, content: Any) -> dict[str, Value]:
    if not isinstance(content, Mapping):
        raise FactError("fact.shape", record)
    values: dict[str, Value] = {}
    for name, value in content.items():
        path = f"{record}.{name}"
        if path not in FIELDS:
            raise FactError("fact.field", path[:80])
        if value is not None:
            values[path] = FIELDS[path].accept(value)
    return values


def _evidence(given: Any) -> frozenset[str]:
    if given is None:
        return frozenset()
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise FactError("fact.shape", "docs")
    names = list(given)
    for name in names:
        if not isinstance(name, str) or not EVIDENCE_NAME.fullmatch(name):
            raise FactError("fact.evidence", f"docs.{name}"[:80])
    return frozenset(names)
