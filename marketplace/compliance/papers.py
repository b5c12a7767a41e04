"""What makes a paper acceptable, and when its check holds for another deal."""

from collections.abc import Collection
from datetime import date, timedelta

from marketplace.compliance.models import Paper
from marketplace.core import clock
from marketplace.core.words import knows
from marketplace.rules.library import load

CHECK_HOLDS = timedelta(days=180)
"""So long the exchange's look at a paper holds for another deal; afterwards it looks again."""
OF_A_RIGHT = frozenset(
    {
        "disposal_approval", "ic_register_copy", "ic_registration_certificate",
        "non_service_declaration", "ownership_proof", "patent_evaluation_report",
        "patent_register_copy", "pv_register_copy", "supervising_authority_approval",
        "title_chain", "title_document", "tm_register_copy", "use_evidence",
        "valuation_filing_form_or_approval", "valuation_report",
    }
)  # fmt: skip
OF_AN_ORGANISATION = frozenset(
    {
        "confidentiality_undertaking", "identity_file", "licence_or_filing_certificate",
        "party_identity", "patent_agency_mandate", "power_of_attorney",
        "proof_counterparty_wholly_state_owned", "transferee_qualification",
        "transferee_supervision_capacity",
    }
)  # fmt: skip
"""Papers that say the same in every deal. A consent, a notice, a contract is of one deal only:
the file can be used again, the exchange looks at it anew."""


def problems(
    *, name: str, issuer: str, issued_on: date, valid_until: date | None
) -> dict[str, str]:
    """What is wrong with a paper as it is filed: field → code."""
    wrong = {}
    if not knows("enums", f"evidence.{name}"):
        wrong["name"] = "evidence.name"
    if not issuer.strip():
        wrong["issuer"] = "evidence.issuer"
    if issued_on > clock.today():
        wrong["issued_on"] = "evidence.future"
    if valid_until is not None and valid_until < clock.today():
        wrong["valid_until"] = "evidence.run_out"
    if valid_until is not None and valid_until < issued_on:
        wrong["valid_until"] = "evidence.before_issue"
    return wrong


def check_holds(paper: Paper, rights: Collection[int], wanted: Collection[int]) -> bool:
    """Whether a paper that was checked for some rights counts at once where others are dealt in."""
    if not paper.counts or paper.decided_at is None:
        return False
    if paper.decided_at < clock.now() - CHECK_HOLDS:
        return False
    if paper.name in OF_A_RIGHT:
        return set(wanted) <= set(rights)
    return paper.name in OF_AN_ORGANISATION


def counts_for(name: str) -> list[str]:
    """The rules that a paper of this name can meet."""
    return [rule.id for rule in load().rules if name in rule.evidence]
