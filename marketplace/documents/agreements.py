"""Agreements beside the contract of a deal: secrecy, mandate, a pledgee's consent, open licence.

Each is a paper (`typeset.print_paper`) with typed facts; its clauses are in templates/pdf, in Chinese
with English beside it where `bilingual`, the Chinese prevailing. The boxes of the signatures are
called by the two `places` of the class (`documents.signing`).
"""

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from marketplace.core.money import Money
from marketplace.documents import papers
from marketplace.documents.papers import Party, Right, Site


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What they have in common; the first party is party A."""

    places: ClassVar[tuple[str, str]]
    template: ClassVar[str]

    number: str
    drawn_at: datetime
    site: Site
    first: Party
    second: Party
    bilingual: bool = True
    demo: bool = False

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            "number": self.number,
            "drawn_at": papers.moment(self.drawn_at),
            "site": self.site.data(),
            "first": asdict(self.first),
            "second": asdict(self.second),
            "places": list(self.places),
            "bilingual": self.bilingual,
            "demo": self.demo,
        }


@dataclass(frozen=True, kw_only=True)
class Secrecy(Agreement):
    """A secrecy agreement (保密协议): the discloser opens papers about `subject` for `purpose`."""

    places = ("discloser", "recipient")
    template = "secrecy.typ"

    subject: str
    purpose: str
    years: int = 3  # after the last disclosure; technical secrets until they are public
    penalty: Money | None = None

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **super().data(),
            "subject": self.subject,
            "purpose": self.purpose,
            "years": self.years,
            "penalty": papers.money(self.penalty),
        }


@dataclass(frozen=True)
class FeeTier:
    """The part of the price up to `upto` (none: the rest) at a rate in basis points."""

    bps: int
    upto: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Mandate(Agreement):
    """A broker's mandate (中介合同): the principal's side, authority, term and fee.

    `scope` and `acts` are words in both languages; what may be done for the principal and within which
    price is its letter of authority (民法典 art. 165).
    """

    places = ("principal", "broker")
    template = "mandate.typ"

    side: str  # sell, buy
    exclusive: bool
    scope: papers.Said
    acts: Sequence[papers.Said]
    rights: Sequence[Right] = ()
    starts_on: date
    ends_on: date
    tiers: Sequence[FeeTier]
    minimum: Money | None = None
    vat_bps: int = 0  # on top of the fee
    retainer: Money | None = None
    payer: papers.Said
    limit: Money | None = None  # a seller's floor, a buyer's ceiling
    tail_days: int = 180  # a deal with somebody introduced by the broker counts this long after

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **super().data(),
            "side": self.side,
            "exclusive": self.exclusive,
            "scope": asdict(self.scope),
            "acts": [asdict(act) for act in self.acts],
            "rights": [right.data() for right in self.rights],
            "starts_on": papers.day(self.starts_on),
            "ends_on": papers.day(self.ends_on),
            "tiers": [
                {"rate": papers.percent(tier.bps), "upto": papers.money(tier.upto)}
                for tier in self.tiers
            ],
            "minimum": papers.money(self.minimum),
            "vat": papers.percent(self.vat_bps) if self.vat_bps else None,
            "retainer": papers.money(self.retainer),
            "payer": asdict(self.payer),
            "limit": papers.money(self.limit),
            "tail_days": self.tail_days,
        }


@dataclass(frozen=True, kw_only=True)
class PledgeConsent(Agreement):
    """A pledgee's consent to a transfer or a licence (民法典 art. 444); the pledgee is party A."""

    places = ("pledgee", "pledgor")
    template = "pledge_consent.typ"

    act: str  # transfer, licence
    counterparty: str
    rights: Sequence[Right]
    register_number: str
    debt: Money | None = None  # what is to be paid early; none: the price is deposited
    deposit: bool = False  # the price is deposited (提存) instead

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **super().data(),
            "act": self.act,
            "counterparty": self.counterparty,
            "rights": [right.data() for right in self.rights],
            "register_number": self.register_number,
            "debt": papers.money(self.debt),
            "deposit": self.deposit,
        }


@dataclass(frozen=True, kw_only=True)
class OpenLicence(Agreement):
    """An open licence as taken by notice (专利法 arts. 50-52); the patentee is party A.

    Nobody signs it: notice and payment made the licence, and the exchange seals what it has seen.
    """

    places = ("licensor", "licensee")
    template = "open_licence.typ"

    rights: Sequence[Right]
    declaration_number: str
    fee_standard: str  # as published with the statement
    fee_standard_en: str = ""
    starts_on: date
    ends_on: date | None = None
    noticed_at: datetime | None = None
    notice_sha256: str = ""
    paid: Money | None = None  # at the beginning; none: nothing was to be
    paid_on: date | None = None

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **super().data(),
            "rights": [right.data() for right in self.rights],
            "declaration_number": self.declaration_number,
            "fee_standard": self.fee_standard,
            "fee_standard_en": self.fee_standard_en or self.fee_standard,
            "starts_on": papers.day(self.starts_on),
            "ends_on": papers.day(self.ends_on),
            "noticed_at": papers.moment(self.noticed_at) if self.noticed_at else None,
            "notice_sha256": textwrap.fill(self.notice_sha256, 16),  # so that it breaks in a column
            "paid": papers.money(self.paid),
            "paid_on": papers.day(self.paid_on),
        }
