"""When a state-owned enterprise may sell here: announced long enough, and not below its valuation.

The circular 国资厅发产权〔2013〕78号 names 10 and 20 working days for floors above one and ten million
yuan; below that nothing is named and the exchange asks for nothing. A first price below the confirmed
valuation is refused (企业国有资产法 art. 55): lower ones belong to later rounds, with leave.
"""

from dataclasses import dataclass

from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Notice, NoticeKind, NoticeState
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.money import Money, yuan
from marketplace.deals import publicity, schedule
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import OrganisationKind

ANNOUNCED_ABOVE = yuan(1_000_000)


@dataclass(frozen=True)
class Sale:
    """How far the announcement of a sale of state assets is."""

    days: int  # working days that it has to run
    notice: Notice | None  # the newest that was not withdrawn

    @property
    def has_run(self) -> bool:
        """Its period is over, and no objection is open."""
        return self.notice is not None and self.notice.state is NoticeState.ENDED


def announcement(listing: Listing) -> Sale | None:
    """What is asked of this listing; none where it is no sale of state assets of that size."""
    facts = (listing.facts or {}).get("deal", {})
    if (
        listing.seller.kind is not OrganisationKind.SOE
        or listing.terms.kind is not DealKind.TRANSFER
        or facts.get("intra_state_group_approved")
        or (listing.price is not None and not listing.price > ANNOUNCED_ABOVE)
    ):
        return None
    found = [
        one
        for one in compliance.notices_about(listing)
        if one.kind is NoticeKind.STATE_SALE and one.state is not NoticeState.WITHDRAWN
    ]
    return Sale(publicity.sale_workdays(listing.price), found[0] if found else None)


def must_be_open_to(listing: Listing, terms: Terms) -> None:
    """Refuse a price of state assets that cannot be accepted now."""
    sale = announcement(listing)
    if sale is not None and sale.notice is None:
        raise Refused("sale.not_announced", days=sale.days)
    if sale is not None and not sale.has_run:
        raise Refused("sale.notice_runs", days=sale.days)
    least = floor(listing)
    if least is not None and terms.price is not None and terms.price < least:
        raise Refused("sale.below_valuation")
    state_owned = listing.seller.kind is OrganisationKind.SOE
    if state_owned and terms.kind is DealKind.TRANSFER:
        problem = schedule.state_sale_problem(terms.pay, on=clock.today())
        if problem is not None:
            raise Refused(problem)


def floor(listing: Listing) -> Money | None:
    """The confirmed valuation of what a state-owned enterprise offers for the first time.

    Several rights have one price: the highest valuation of a single one is the least that it can be.
    """
    is_sale = listing.terms.kind is DealKind.TRANSFER
    if (
        listing.seller.kind is not OrganisationKind.SOE
        or not is_sale
        or listings.times_relisted(listing)
    ):
        return None
    return listings.appraisal(listing)
