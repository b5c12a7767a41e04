"""What goes on the papers that we print: contract, payment instruction, completion certificate.

Plain facts, no sentences: the clauses are in templates/pdf. `data()` turns a paper into JSON for
its template; amounts come in figures and capitals, days and moments in both languages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from marketplace.core.clock import BEIJING
from marketplace.core.money import Money
from marketplace.documents import amounts

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
PATENTS = {"invention", "utility_model", "design"}
TECHNICAL = PATENTS | {
    "patent_application",
    "trade_secret",
    "software",
    "plant_variety",
    "ic_layout",
}
COPYRIGHTS = {"copyright", "software"}
MARKS = {"trademark", "collective_mark", "certification_mark"}


class AgreedPromise(Protocol):
    """What the buyer has promised as to one criterion of a tender."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def text(self) -> str: ...


class AgreedTerms(Protocol):
    """What a contract needs of the terms that were agreed (listings.terms has them)."""

    @property
    def kind(self) -> str: ...
    @property
    def price(self) -> Money | None: ...
    @property
    def grant(self) -> str | None: ...
    @property
    def territory(self) -> Sequence[str]: ...
    @property
    def field(self) -> str: ...
    @property
    def months(self) -> int | None: ...
    @property
    def sublicence(self) -> bool: ...
    @property
    def royalty_bps(self) -> int | None: ...
    @property
    def royalty_base(self) -> str | None: ...
    @property
    def minimum_royalty(self) -> Money | None: ...
    @property
    def company(self) -> str: ...
    @property
    def equity_bps(self) -> int | None: ...
    @property
    def delivery_days(self) -> int | None: ...
    @property
    def support_days(self) -> int | None: ...
    @property
    def notes(self) -> str: ...
    @property
    def promises(self) -> Sequence[AgreedPromise]: ...
    @property
    def finer(self) -> Mapping[str, Any]:
        """The finer points by name; what is missing or empty is left to the standard text."""
        ...


@dataclass(frozen=True)
class Party:
    """A side of the contract; `number` is its 统一社会信用代码 or foreign registration."""

    name: str
    name_en: str = ""
    number: str = ""
    address: str = ""
    representative: str = ""


@dataclass(frozen=True)
class Right:
    """A line of the schedule; `kind` is an asset kind's code.

    A contract about a patent states title, applicant or patentee, filing date, application number,
    patent number and term (民法典 art. 845(3)).
    """

    kind: str
    number: str
    title: str
    title_en: str = ""
    owners: str = ""
    last_day: date | None = None
    application_number: str = ""
    filed_on: date | None = None
    granted_on: date | None = None
    classes: Sequence[str] = ()  # Nice classes of a mark
    goods: str = ""  # the goods and services it is registered for
    jurisdiction: str = "CN"

    def data(self) -> dict[str, Any]:
        """For the template."""
        own = self.application_number != self.number
        return {
            **asdict(self),
            "classes": list(self.classes),
            "application_number": self.application_number if own else "",
            "filed_on": day(self.filed_on),
            "granted_on": day(self.granted_on),
            "last_day": day(self.last_day),
        }


@dataclass(frozen=True)
class Burden:
    """What stands on a right and stays: a pledge, or a licence (`kind` its grant's code)."""

    right: str
    kind: str
    holder: str
    number: str = ""
    since: date | None = None
    until: date | None = None
    territory: Sequence[str] = ()
    field: str = ""

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **asdict(self),
            "territory": list(self.territory),
            "since": day(self.since),
            "until": day(self.until),
        }


@dataclass(frozen=True)
class Annex:
    """A file that is part of the contract; its content is meant, by its SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Escrow:
    """Where the money waits until the recordal is proven."""

    bank: str
    account_name: str
    account: str


@dataclass(frozen=True)
class Site:
    """The exchange, as it signs its papers."""

    name: str
    name_en: str
    url: str

    def data(self) -> dict[str, Any]:
        """For the template."""
        return asdict(self)


@dataclass(frozen=True)
class Contract:
    """A transfer, a licence or an equity contribution; the seller is party A, the buyer party B.

    `consents` names pledgees who agreed, `burdens` what else the buyer takes over or tolerates,
    `annexes` the files agreed with the terms, each by name and SHA-256. Days run from the contract's coming into force.
    """

    number: str
    drawn_at: datetime
    site: Site
    seller: Party
    buyer: Party
    rights: Sequence[Right]
    terms: AgreedTerms
    escrow: Escrow
    commission_bps: int = 0
    bilingual: bool = False
    payment_days: int = 10
    application_days: int = 30
    recordal_days: int = 180
    release_days: int = 5
    consents: Sequence[str] = ()
    burdens: Sequence[Burden] = ()
    annexes: Sequence[Annex] = ()

    template = "contract.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        kinds = {right.kind for right in self.rights}
        return {
            "number": self.number,
            "drawn_at": moment(self.drawn_at),
            "site": self.site.data(),
            "seller": asdict(self.seller),
            "buyer": asdict(self.buyer),
            "rights": [right.data() for right in self.rights],
            "kinds": sorted(kinds),
            "has": {
                "patent": bool(kinds & PATENTS),
                "application": "patent_application" in kinds,
                "trademark": bool(kinds & MARKS),
                "copyright": bool(kinds & COPYRIGHTS),
                "software": "software" in kinds,
                "secret": "trade_secret" in kinds,
                "technical": bool(kinds & TECHNICAL),
                "variety": "plant_variety" in kinds,
                "layout": "ic_layout" in kinds,
            },
            "terms": terms(self.terms),
            "escrow": asdict(self.escrow),
            "commission": percent(self.commission_bps) if self.commission_bps else None,
            "bilingual": self.bilingual,
            "payment_days": self.payment_days,
            "application_days": self.application_days,
            "recordal_days": self.recordal_days,
            "release_days": self.release_days,
            "consents": list(self.consents),
            "burdens": [burden.data() for burden in self.burdens],
            "annexes": [asdict(one) for one in self.annexes],
        }


@dataclass(frozen=True)
class Payment:
    """What the buyer's bank needs to pay into escrow."""

    number: str
    drawn_at: datetime
    site: Site
    payer: Party
    payee: Party
    subject: str
    amount: Money
    escrow: Escrow
    reference: str
    due_on: date | None = None
    demo: bool = False

    template = "payment.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            "number": self.number,
            "drawn_at": moment(self.drawn_at),
            "site": self.site.data(),
            "payer": asdict(self.payer),
            "payee": asdict(self.payee),
            "subject": self.subject,
            "amount": money(self.amount),
            "escrow": asdict(self.escrow),
            "reference": self.reference,
            "due_on": day(self.due_on),
            "demo": self.demo,
        }


@dataclass(frozen=True)
class Row:
    """A ruled line of a form: what it is called in both languages, and what is filled in."""

    label: str
    label_en: str
    value: str


@dataclass(frozen=True)
class Section:
    """Rows under a heading."""

    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Form:
    """A plain paper of ruled facts: a notice, an opinion, an application.

    `sha256` is of the content it prints, where that is frozen; `signatures` leaves room to sign.
    """

    number: str
    drawn_at: datetime
    site: Site
    title: str
    title_en: str
    sections: Sequence[Section]
    notes: Sequence[str] = ()
    sha256: str = ""
    signatures: bool = False
    demo: bool = False

    template = "form.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            "number": self.number,
            "drawn_at": moment(self.drawn_at),
            "site": self.site.data(),
            "title": {"zh": self.title, "en": self.title_en},
            "sections": [asdict(section) for section in self.sections],
            "notes": list(self.notes),
            "sha256": self.sha256,
            "signatures": self.signatures,
            "demo": self.demo,
        }


@dataclass(frozen=True)
class Proof:
    """A piece of evidence behind a certificate: what it is, and the hash of the file."""

    label: str
    label_en: str
    sha256: str
    at: datetime | None = None

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {**asdict(self), "at": moment(self.at) if self.at else None}


@dataclass(frozen=True)
class Certificate:
    """That a deal has been completed, and what proves it."""

    number: str
    completed_at: datetime
    site: Site
    seller: Party
    buyer: Party
    rights: Sequence[Right]
    terms: AgreedTerms
    verification_code: str
    verification_url: str
    proofs: Sequence[Proof] = ()
    signed_at: datetime | None = None
    recorded_on: date | None = None
    show_price: bool = True
    demo: bool = False

    template = "certificate.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        agreed = terms(self.terms)
        return {
            "number": self.number,
            "drawn_at": moment(self.completed_at),
            "site": self.site.data(),
            "seller": asdict(self.seller),
            "buyer": asdict(self.buyer),
            "rights": [right.data() for right in self.rights],
            "terms": agreed if self.show_price else {**agreed, "price": None},
            "verification_code": self.verification_code,
            "verification_url": self.verification_url,
            "proofs": [proof.data() for proof in self.proofs],
            "completed_on": day(self.completed_at.astimezone(BEIJING).date()),
            "signed_on": day(self.signed_at.astimezone(BEIJING).date()) if self.signed_at else None,
            "recorded_on": day(self.recorded_on),
            "demo": self.demo,
        }


@dataclass(frozen=True)
class Said:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Because:
    """A reason with its article, and whether it stands in the way, asks somebody, or is told."""

    kind: str  # obstacle, consent, given, notice
    words: Said
    article: Said
    sure: bool = True


@dataclass(frozen=True)
class Deed:
    """Something that may be done with a right: whether, and why or why not."""

    name: Said
    verdict: str  # possible, with_consent, impossible
    verdict_words: Said
    reasons: Sequence[Because] = ()


@dataclass(frozen=True)
class Resting:
    """A burden or a consent on a certificate, with what proves it."""

    name: Said
    holder: str
    details: Said
    state: Said
    number: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class FreeToDeal:
    """What could be done with a right on a day; printed from a content that is kept by its hash."""

    code: str
    issued_at: datetime
    as_of: date
    site: Site
    verification_url: str
    sha256: str  # of the content
    issued_to: str
    title: Said
    facts: Sequence[tuple[Said, Said]]
    owners: Sequence[tuple[str, str]]  # name, share
    freshness: str  # green, amber, red
    freshness_words: Said
    deeds: Sequence[Deed]
    asked: Deed | None = None
    burdens: Sequence[Resting] = ()
    consents: Sequence[Resting] = ()
    limits: Sequence[Said] = ()
    catalogue: str = ""
    demo: bool = False

    template = "free_to_deal.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **{
                name: asdict(value) if hasattr(value, "__dataclass_fields__") else value
                for name, value in vars(self).items()
            },
            "number": self.code,
            "drawn_at": moment(self.issued_at),
            "issued_at": moment(self.issued_at),
            "as_of": day(self.as_of),
            "facts": [{"name": asdict(a), "value": asdict(b)} for a, b in self.facts],
            "owners": [list(one) for one in self.owners],
            "deeds": [asdict(one) for one in self.deeds],
            "burdens": [asdict(one) for one in self.burdens],
            "consents": [asdict(one) for one in self.consents],
            "limits": [asdict(one) for one in self.limits],
        }


@dataclass(frozen=True)
class SignatureBlock:
    """What a signature shows in its box on the page; width and height in points."""

    signer: str
    organisation: str
    at: datetime
    serial: str
    sha256: str
    width: float
    height: float

    template = "signature.typ"

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            **asdict(self),
            "number": self.serial,
            "width": f"{self.width:.2f}",
            "height": f"{self.height:.2f}",
            "at": moment(self.at),
            "drawn_at": moment(self.at),
        }


Paper = Contract | Payment | Certificate | Form | FreeToDeal | SignatureBlock


def terms(agreed: AgreedTerms) -> dict[str, Any]:
    """The terms for a template: codes as they are, amounts and rates in words."""
    return {
        "kind": str(agreed.kind),
        "price": money(agreed.price),
        "grant": str(agreed.grant) if agreed.grant else None,
        "territory": [str(code) for code in agreed.territory],
        "field": agreed.field,
        "months": agreed.months,
        "sublicence": agreed.sublicence,
        "royalty": percent(agreed.royalty_bps) if agreed.royalty_bps else None,
        "royalty_base": str(agreed.royalty_base) if agreed.royalty_base else None,
        "minimum_royalty": money(agreed.minimum_royalty),
        "company": agreed.company,
        "equity": percent(agreed.equity_bps) if agreed.equity_bps else None,
        "delivery_days": agreed.delivery_days,
        "support_days": agreed.support_days,
        "notes": agreed.notes,
        "promises": [
            {"name": one.name, "name_en": one.name_en, "text": one.text} for one in agreed.promises
        ],
        "finer": finer(agreed.finer),
    }


FINER = (
    "free_months", "free_then_days", "late_interest_bps", "audit_times", "sublicence_never",
    "non_use_months", "improvements", "improvement_terms", "documents", "place", "acceptance",
    "inspection_days", "confidentiality_years", "lapse", "forum", "language", "cap_per",
)  # fmt: skip


def finer(points: Mapping[str, Any]) -> dict[str, Any]:
    """The finer points for a template: each is there, as said or as none."""
    return {
        **{name: points.get(name) or None for name in FINER},
        "audit_times": points.get("audit_times"),
        "free_then_days": points.get("free_then_days"),
        "warranties": [str(one) for one in points.get("warranties", ())],
        "cap": money(points.get("cap")),
        "tiers": [
            {"above": money(one.above), "rate": percent(one.bps) if one.bps else "0%"}
            for one in points.get("tiers", ())
        ],
        "guarantee": points.get("guarantee") or "",
        "first_share": percent(10_000 - sum(one.bps or 0 for one in points.get("instalments", ()))),
        "instalments": [
            {"share": percent(one.bps or 0), "event": one.event, "due": day(one.due)}
            for one in points.get("instalments", ())
        ],
        "milestones": [
            {"event": one.event, "amount": money(one.amount), "latest": day(one.latest)}
            for one in points.get("milestones", ())
        ],
    }


def money(amount: Money | None) -> dict[str, str] | None:
    """In figures and in capitals; nothing for no amount or a zero one."""
    if not amount:
        return None
    return {
        "currency": amount.currency,
        "currency_zh": amounts.CURRENCIES[amount.currency],
        "figures": amounts.figures(amount),
        "capitals": amounts.capitals(amount),
    }


def percent(basis_points: int) -> str:
    """350 basis points are 3.5%."""
    return f"{basis_points / 100:.2f}".rstrip("0").rstrip(".") + "%"


def day(on: date | None) -> dict[str, str] | None:
    """A date in both languages."""
    if on is None:
        return None
    return {
        "zh": f"{on.year}年{on.month}月{on.day}日",
        "en": f"{on.day} {MONTHS[on.month - 1]} {on.year}",
        "iso": on.isoformat(),
    }


def moment(at: datetime) -> dict[str, Any]:
    """A moment in Beijing time in both languages; `parts` (UTC) date the file itself."""
    here = at.astimezone(BEIJING)
    on = day(here.date())
    clock = f"{here:%H:%M:%S}"
    utc = at.astimezone(UTC)
    return {
        "zh": f"{on and on['zh']} {clock}（北京时间）",
        "en": f"{on and on['en']}, {clock} (UTC+8)",
        "day": on,
        "parts": [utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second],
    }
