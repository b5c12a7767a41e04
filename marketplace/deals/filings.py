"""Which filings the rules ask of a deal, and what goes into them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Filing, FilingKind, FilingState
from marketplace.compliance.services.filings import Matter
from marketplace.core import events
from marketplace.deals import checklist, steps
from marketplace.deals.models import Deal
from marketplace.organisations.models import Organisation, Region
from marketplace.rules.engine import Finding, Status

K = FilingKind
EFFECTS = frozenset(
    {"require_filing", "require_review", "require_approval", "require_prior_notice"}
)
KINDS = {
    "seed23-ip-office-review": K.MAJOR_IP,
    "seed23-soe-prior-notice": K.PRIOR_NOTICE,
    "seed23-gov-project-filing": K.PROJECT,
    "ip-outbound-security-review": K.OUTBOUND,
    "st-fiscal-result-abroad": K.STATE_FUNDED,
    "gov-disposal-approval": K.STATE_DISPOSAL,
    "public-institution-investment-approval": K.STATE_DISPOSAL,
    "soe-reduced-below-90": K.STATE_DISPOSAL,
    "soe-restructuring-plan": K.STATE_DISPOSAL,
    "export-free-registration": K.TECHNOLOGY_TRADE,
    "import-free-registration": K.TECHNOLOGY_TRADE,
    "export-restricted-licence": K.TECHNOLOGY_TRADE,
}
EXPORT_QUESTIONS = ("prohibited", "restricted", "dual_use")
"""A guided look into the catalogues, not a database of them: the filer looks, and answers for it."""

ABROAD = frozenset(set(Region) - {Region.MAINLAND})


@dataclass(frozen=True)
class Wanted:
    """A rule that wants something filed, and the filing there is."""

    finding: Finding
    kind: FilingKind
    filing: Filing | None

    @property
    def is_settled(self) -> bool:
        """The rule has what it asks for."""
        return self.finding.status is Status.SATISFIED


def wanted(deal: Deal, items: Iterable[checklist.Item]) -> list[Wanted]:
    """The findings of a deal that are settled at a desk, each with its latest filing."""
    known = compliance.filings_about(deal)
    found = []
    for item in items:
        finding = item.finding
        if is_filed(finding):
            filing = next((f for f in known if f.rule == finding.rule), None)
            found.append(Wanted(finding, kind_of(finding), filing))
    return found


def is_filed(finding: Finding) -> bool:
    """Whether a rule is settled by filing something with an authority."""
    return bool(finding.evidence) and (
        finding.effect in EFFECTS or KINDS.get(finding.rule) is K.TECHNOLOGY_TRADE
    )


def kind_of(finding: Finding) -> FilingKind:
    """Which desk a rule's filing belongs to."""
    return KINDS.get(finding.rule, K.OTHER)


def needs_export_check(deal: Deal) -> bool:
    """Technology leaves the mainland."""
    return deal.seller.region is Region.MAINLAND and deal.buyer.region in ABROAD


def export_check_of(deal: Deal) -> Filing | None:
    """The latest self-check that was not withdrawn."""
    return next(
        (
            one
            for one in compliance.filings_about(deal)
            if one.kind is K.EXPORT_CHECK and one.state is not FilingState.WITHDRAWN
        ),
        None,
    )


def matter(deal: Deal, finding: Finding, organisation: Organisation) -> Matter:
    """A filing under a rule, prefilled."""
    return Matter(
        kind=kind_of(finding),
        organisation=organisation,
        title=deal.listing.title,
        rule=finding.rule,
        evidence=finding.lacking_evidence or finding.evidence,
        content=prefilled(deal),
    )


def export_matter(deal: Deal, organisation: Organisation) -> Matter:
    """The self-check of technology against the export catalogues."""
    return Matter(
        kind=K.EXPORT_CHECK,
        organisation=organisation,
        title=deal.listing.title,
        content=prefilled(deal),
    )


def prefilled(deal: Deal) -> dict[str, Any]:
    """What the registers and the terms say already, and the papers on file."""
    return {
        "deal": deal.reference,
        "mode": deal.terms.rule_kind,
        "price": events.plain(deal.price),
        "seller": _party(deal.seller),
        "buyer": _party(deal.buyer),
        "rights": [
            {
                "kind": asset.kind.value,
                "number": asset.number,
                "title": asset.title,
                "title_en": asset.title_en,
            }
            for asset in deal.assets
        ],
        "territory": list(deal.terms.territory),
        "papers": [
            {"name": one.name, "sha256": one.document.sha256, "issuer": one.issuer}
            for one in deal.evidence
            if one.state == "confirmed"
        ],
    }


def export_facts(answers: Mapping[str, bool]) -> dict[str, Any]:
    """What the answers of the guided form say of the technology; the strictest counts."""
    catalogue = "free"
    if answers["restricted"]:
        catalogue = "restricted"
    if answers["prohibited"]:
        catalogue = "prohibited"
    return {"catalogue": catalogue, "dual_use": answers["dual_use"]}


def filer(deal: Deal, finding: Finding, organisation_id: int | None) -> Organisation:
    """Who files under a rule: the side it binds; where it binds both, whoever asks."""
    sides: Sequence[str] = sorted(checklist.Item(finding, []).sides)
    mine = steps.side(deal, organisation_id)
    side = mine if mine in sides else sides[-1]
    return deal.buyer if side == steps.BUYER else deal.seller


def _party(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "name_en": organisation.name_en,
        "number": organisation.uscc or organisation.foreign_registration,
        "kind": organisation.kind.value,
        "region": organisation.region.value,
        "city": organisation.city,
    }
