"""Smallest valid records. A test names only what it is about.

Each factory commits (inside the outer transaction that the test throws away), because the
application's own transactions begin by forgetting what is not committed.
"""

import hashlib
import secrets
from datetime import date, timedelta
from itertools import count
from typing import Any

from stdnum.cn import uscc as stdnum_uscc

from marketplace.assets.models import (
    Asset,
    AssetKind,
    AssetNumber,
    AssetOwner,
    LegalStatus,
    Pledge,
    PledgeState,
    TitleVerification,
    VerificationState,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money, yuan
from marketplace.core.policy import Actor
from marketplace.documents.models import Document
from marketplace.listings.models import Listing, ListingAsset, ListingState, PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation.models import Offer, OfferVersion
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    SignIn,
    User,
)
from marketplace.valuation.models import ReportState, ValuationReport

_serial = count(1)


def user(**over: Any) -> User:
    n = next(_serial)
    return _saved(
        User(
            **{
                "email": f"person{n}@example.org",
                "name": f"人员{n}",
                "password_hash": "",
                "confirmed_at": clock.now(),
            }
            | over
        )
    )


def organisation(*capabilities: str, **over: Any) -> Organisation:
    """A verified firm; holder and acquirer unless other capabilities are named."""
    n = next(_serial)
    made = Organisation(
        **{
            "name": f"岭南第{n}公司",
            "name_en": f"Lingnan Firm {n}",
            "slug": f"firm-{n}",
            "kind": OrganisationKind.ENTERPRISE,
            "province": "广东省",
            "city": "广州市",
            "bank_name": "广州第一银行",
            "bank_account": f"6222{n:08d}",
            "verified_at": clock.now(),
        }
        | over
    )
    made.grants = [
        CapabilityGrant(capability=Capability(c), state=GrantState.GRANTED)
        for c in capabilities or ("holder", "acquirer")
    ]
    return _saved(made)


def exchange() -> Organisation:
    """The exchange itself, whose members are the operators."""
    return organisation("operator", name=f"粤知市{next(_serial)}")


def member(of: Organisation, role: str = "manager", user_: User | None = None) -> Membership:
    return _saved(Membership(user=user_ or user(), organisation=of, role=Role(role)))


def uscc() -> str:
    """A new 统一社会信用代码 with the right check digit."""
    body = f"91440101{next(_serial):09d}"
    return body + stdnum_uscc.calc_check_digit(body)


def invitation(to: Organisation, email: str = "guest@example.org", **over: Any) -> Invitation:
    """An open invitation of an address to an organisation."""
    inviter = over.pop("invited_by", None) or member(to, "owner").user
    return _saved(
        Invitation(
            **{
                "organisation": to,
                "email": email,
                "role": Role.MANAGER,
                "invited_by": inviter,
                "expires_at": clock.now() + timedelta(days=14),
            }
            | over
        )
    )


def application(of: Organisation, capability: str = "holder", **over: Any) -> CapabilityGrant:
    """An application for a capability that waits for an operator."""
    return _saved(
        CapabilityGrant(
            **{
                "organisation": of,
                "capability": Capability(capability),
                "statement": "我们持有若干发明专利。",
            }
            | over
        )
    )


def actor(of: Organisation, role: str = "manager") -> Actor:
    """Someone who acts for an organisation, with its capabilities."""
    membership = member(of, role)
    return Actor(membership.user_id, of.id, role, of.capabilities)


def operator() -> Actor:
    return actor(exchange(), "owner")


def sign_in_token(of: Organisation | None, role: str = "manager", user_: User | None = None) -> str:
    """The session token of a signed-in member."""
    person = user_ or user()
    if of is not None and not any(m.organisation_id == of.id for m in person.memberships):
        member(of, role, person)
    token = secrets.token_urlsafe(32)
    _saved(
        SignIn(
            user_id=person.id,
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            organisation_id=of.id if of else None,
            last_seen_at=clock.now(),
        )
    )
    return token


def document(**over: Any) -> Document:
    n = next(_serial)
    return _saved(
        Document(
            **{
                "sha256": hashlib.sha256(str(n).encode()).hexdigest(),
                "size": 1,
                "media_type": "application/pdf",
                "filename": f"paper-{n}.pdf",
                "purpose": "evidence",
            }
            | over
        )
    )


def asset(*, verified: bool = True, **over: Any) -> Asset:
    """An invention patent in force, its title verified."""
    n = next(_serial)
    keeper = over.pop("keeper", None) or organisation()
    number = over.pop("patent_number", f"ZL2020{n:08d}")
    made = Asset(
        **{
            "reference": f"A-{n:08d}",
            "keeper": keeper,
            "kind": AssetKind.INVENTION,
            "title": f"一种第{n}号方法及系统",
            "status": LegalStatus.IN_FORCE,
            "patent_number": number,
            "filing_date": date(2020, 1, 2),
            "grant_date": date(2022, 3, 4),
            "last_day": date(2040, 1, 1),
            "province": "广东省",
            "city": "广州市",
        }
        | over
    )
    made.owners = [
        AssetOwner(name=keeper.name, organisation_id=keeper.id, share_bps=10_000, position=0)
    ]
    made.numbers = [AssetNumber(keeper_id=keeper.id, scheme="patent", number=number)]
    _saved(made)
    if verified:
        title(made)
    return made


def title(of: Asset, **over: Any) -> TitleVerification:
    """A confirmed verification against an extract of today."""
    return _saved(
        TitleVerification(
            **{
                "asset": of,
                "extract_id": document().id,
                "extract_date": clock.today(),
                "state": VerificationState.CONFIRMED,
                "decided_at": clock.now(),
            }
            | over
        )
    )


def pledge(of: Asset, **over: Any) -> Pledge:
    return _saved(
        Pledge(
            **{
                "asset": of,
                "lender_name": "广州第一银行",
                "register_number": f"Y20264400{next(_serial):06d}",
                "registered_on": clock.today(),
                "state": PledgeState.REGISTERED,
            }
            | over
        )
    )


def valuation(of: Asset, **over: Any) -> ValuationReport:
    return _saved(
        ValuationReport(
            **{
                "asset": of,
                "firm_name": "南方资产评估公司",
                "number": f"南评字{next(_serial)}号",
                "signer_one": "甲",
                "signer_two": "乙",
                "base_date": clock.today() - timedelta(days=30),
                "valid_until": clock.today() + timedelta(days=335),
                "purpose": "transfer",
                "method": "combined",
                "value_minor": yuan(1_000_000).minor,
                "document_id": document().id,
                "state": ReportState.CONFIRMED,
            }
            | over
        )
    )


def terms(**over: Any) -> Terms:
    """A transfer for 500,000 yuan."""
    return Terms(**{"kind": DealKind.TRANSFER, "price": yuan(500_000)} | over)


def listing(*assets: Asset, **over: Any) -> Listing:
    """A published listing of one patent at a posted price."""
    n = next(_serial)
    seller = over.pop("seller", None) or (assets[0].keeper if assets else organisation())
    rights = assets or (asset(keeper=seller),)
    agreed = over.pop("terms", None) or terms()
    made = Listing(
        **{
            "reference": f"L-{n:08d}",
            "seller": seller,
            "title": rights[0].title,
            "price_mode": PriceMode.POSTED,
            "terms_data": agreed.to_json(),
            "published_at": clock.now(),
            "reconfirm_by": clock.now() + timedelta(days=90),
            "state": ListingState.PUBLISHED,
        }
        | over
    )
    made.items = [ListingAsset(asset=right, position=i) for i, right in enumerate(rights)]
    return _saved(made)


def offer(**over: Any) -> Offer:
    """An offer as sent: the seller is to answer."""
    n = next(_serial)
    on = over.pop("listing", None) or listing()
    buyer = over.pop("buyer", None) or organisation()
    agreed = over.pop("terms", None) or terms(price=Money("CNY", 45_000_000))
    made = Offer(
        **{
            "reference": f"O-{n:08d}",
            "listing": on,
            "buyer": buyer,
            "expires_at": clock.now() + timedelta(days=14),
        }
        | over
    )
    made.versions = [
        OfferVersion(
            number=1, organisation_id=buyer.id, user_id=user().id, terms_data=agreed.to_json()
        )
    ]
    return _saved(made)


def keep(record: Any) -> Any:
    """A record that no factory makes, saved."""
    return _saved(record)


def _saved(record: Any) -> Any:
    db.session.add(record)
    db.session.commit()
    return record
