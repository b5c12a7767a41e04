"""Mandates: drafted by either side, offered, signed by both, and how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.assets.models import Asset
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.documents import services as documents
from marketplace.documents import signing, storage, typeset
from marketplace.mandates import commission, papers, policy, queries
from marketplace.mandates.models import (
    Act,
    Mandate,
    MandateAsset,
    MandateSignature,
    MandateState,
    Payer,
    Side,
)
from marketplace.organisations.models import Organisation

NOTHING = Money("CNY", 0)
_SIDE_PAYS = {Side.SELL: Payer.SELLER, Side.BUY: Payer.BUYER}
LONGEST_TAIL = 730  # days
LONGEST = 1096  # days a mandate may run


@dataclass(frozen=True)
class Draft:
    """What a mandate is to say. `limit`: a seller's floor, a buyer's ceiling.

    The fee is borne by the principal's side: the other one does not sign it (民法典 art. 465).
    """

    principal_id: int
    broker_id: int
    side: Side
    expires_on: date
    fees: commission.FeeTable
    acts: Sequence[Act]
    assets: Sequence[Asset] = ()
    kinds: Sequence[str] = ()
    field: str = ""
    exclusive: bool = False
    limit: Money | None = None
    retainer: Money = NOTHING
    tail_days: int = 180


def draft(actor: Actor, wanted: Draft) -> Mandate:
    """Draft a mandate with a broker as a principal, or with a principal as a broker."""
    require(actor, policy.draft_mandate)
    if actor.organisation not in {wanted.principal_id, wanted.broker_id}:
        raise Invalid("mandate.not_a_party", fields={"other": "mandate.not_a_party"})
    _check(wanted)
    made = Mandate(
        reference=next_reference("M"),
        principal_id=wanted.principal_id,
        broker_id=wanted.broker_id,
        drafted_by_id=actor.organisation,
        side=wanted.side,
        exclusive=wanted.exclusive,
        acts=sorted({act.value for act in wanted.acts}),
        kinds=sorted(set(wanted.kinds)),
        field=wanted.field.strip()[:500],
        limit_minor=None if wanted.limit is None else wanted.limit.minor,
        currency=wanted.retainer.currency if wanted.limit is None else wanted.limit.currency,
        fee_data={
            "tiers": [[tier.bps, tier.upto] for tier in wanted.fees.tiers],
            "minimum": wanted.fees.minimum,
            "vat_bps": wanted.fees.vat_bps,
        },
        payer=_SIDE_PAYS[wanted.side],
        retainer_minor=wanted.retainer.minor,
        tail_days=wanted.tail_days,
        expires_on=wanted.expires_on,
    )
    made.items = [MandateAsset(asset=asset) for asset in wanted.assets]
    db.session.add(made)
    events.record(made, "mandate.draft", by=actor, reference=made.reference)
    return made


def _check(wanted: Draft) -> None:
    wrong = {}
    if wanted.principal_id == wanted.broker_id or queries.broker_by_id(wanted.broker_id) is None:
        wrong["other"] = "mandate.not_a_broker"
    elif queries.is_suspended(wanted.broker_id):
        wrong["other"] = "mandate.broker_suspended"
    days = (wanted.expires_on - clock.today()).days
    if not 0 <= days <= LONGEST:
        wrong["expires_on"] = "mandate.expiry"
    if not 0 <= wanted.tail_days <= LONGEST_TAIL:
        wrong["tail_days"] = "mandate.tail"
    if not wanted.acts:
        wrong["acts"] = "mandate.no_acts"
    if Act.ACCEPT in wanted.acts and (wanted.limit is None or wanted.limit.minor <= 0):
        wrong["limit"] = "mandate.limit_missing"
    if wanted.retainer.minor < 0:
        wrong["retainer"] = "mandate.fee_rate"
    if code := commission.wrong(wanted.fees):
        wrong["tiers"] = code
    wrong |= _wrong_scope(wanted)
    if wrong:
        raise Invalid("mandate.incomplete", fields=wrong)


def _wrong_scope(wanted: Draft) -> dict[str, str]:
    if wanted.side is Side.BUY:
        if wanted.assets or not (wanted.kinds or wanted.field.strip()):
            return {"kinds": "mandate.scope_missing"}
        return {"acts": "mandate.acts_of_seller"} if Act.LIST in wanted.acts else {}
    if not wanted.assets:
        return {"assets": "mandate.scope_missing"}
    if any(asset.keeper_id != wanted.principal_id for asset in wanted.assets):
        return {"assets": "mandate.asset_not_theirs"}
    return {}


def offer(actor: Actor, mandate: Mandate) -> None:
    """Show it to the other side, printed: from here on its words stand, and both may sign."""
    require(actor, policy.offer_mandate, mandate)
    lock(mandate)
    mandate.lifecycle.target(mandate.state, "offer")
    mandate.document = documents.keep(
        actor,
        typeset.print_paper(papers.printed(mandate)),
        f"{mandate.reference}.pdf",
        purpose="mandate",
        subject=mandate,
        readers=[mandate.principal_id, mandate.broker_id],
    )
    advance(mandate, "offer", by=actor, sha256=mandate.document.sha256)


def decline(actor: Actor, mandate: Mandate, *, because: str = "") -> None:
    """It is not to be: taken back by its drafter, or turned down."""
    require(actor, policy.decline_mandate, mandate)
    advance(mandate, "decline", by=actor, because=because.strip())
    mandate.end_reason = because.strip()


def sign(
    actor: Actor,
    mandate: Mandate,
    *,
    password_proved: bool,
    sha256: str,
    second_factor: bool = False,
    ip: str = "",
    user_agent: str = "",
) -> None:
    """Sign the printed mandate for one's organisation; the second signature puts it in force.

    The signature goes into the PDF, as with contracts; who signs second signs the file that the first
    has signed, and the exchange seals it. The page has the password re-entered and says so here.
    Signing twice is signing once.
    """
    require(actor, policy.sign_mandate, mandate)
    lock(mandate)
    if mandate.signed_by(actor.organisation) is not None:
        return
    mandate.lifecycle.target(mandate.state, "enter")
    if any(one.user_id == actor.user for one in mandate.signatures):
        raise Refused("mandate.same_person")  # nobody deals with himself: 民法典 art. 168
    if not password_proved:
        raise Invalid("mandate.password", fields={"password": "mandate.password"})
    _must_be_the_file(mandate, sha256)
    if mandate.expires_on < clock.today():
        raise Refused("mandate.over", reference=mandate.reference)
    done = signing.sign(
        storage.read(_signed_so_far(mandate, sha256)),
        by=actor,
        subject=mandate,
        draft_sha256=sha256,
        place="principal" if actor.organisation == mandate.principal_id else "broker",
        means=signing.Means(password_proved, second_factor, ip, user_agent),
    )
    readers = [mandate.principal_id, mandate.broker_id]
    mandate.signatures.append(
        MandateSignature(
            organisation_id=actor.organisation,
            user_id=actor.user,
            sha256=sha256,
            second_factor=second_factor,
            created_at=done.evidence.created_at,
            signed=documents.keep(
                actor,
                done.pdf,
                f"{mandate.reference}-signing.pdf",
                purpose="mandate_part_signed",
                subject=mandate,
                readers=readers,
            ),
        )
    )
    events.record(mandate, "mandate.sign_one", by=actor, sha256=sha256)
    if mandate.signed_by(mandate.principal_id) and mandate.signed_by(mandate.broker_id):
        _enter(actor, mandate)
        mandate.executed = signing.execute(
            actor,
            mandate,
            done.pdf,
            number=mandate.reference,
            draft_sha256=sha256,
            readers=readers,
        )


def _signed_so_far(mandate: Mandate, sha256: str) -> str:
    """The hash of the file as the other side has signed it, or of the draft."""
    files = [one.signed.sha256 for one in mandate.signatures if one.signed and one.sha256 == sha256]
    return files[-1] if files else sha256


def _must_be_the_file(mandate: Mandate, sha256: str) -> None:
    if mandate.document is None or mandate.document.sha256 != sha256:
        raise Refused("mandate.changed")
    if not storage.verify(sha256):
        raise Refused("mandate.damaged")


def _enter(actor: Actor, mandate: Mandate) -> None:
    """In force, unless an exclusive one stands in the way; rights are locked so that one wins."""
    if queries.broker_by_id(mandate.broker_id) is None:
        raise Refused("mandate.not_a_broker")
    if queries.is_suspended(mandate.broker_id):
        raise Refused("mandate.broker_suspended")
    if mandate.exclusive:
        lock(db.session.get_one(Organisation, mandate.principal_id))
        ids = sorted(item.asset_id for item in mandate.items)
        db.session.execute(
            select(Asset.id)
            .where(Asset.id.in_(ids))
            .order_by(Asset.id)
            .with_for_update(key_share=True)
        )
        rival = queries.rival_exclusive(mandate)
        if rival is not None:
            raise Refused("mandate.exclusive_elsewhere")
    if any(item.asset.keeper_id != mandate.principal_id for item in mandate.items):
        raise Refused("mandate.asset_not_theirs")
    mandate.in_force_at = clock.now()
    advance(mandate, "enter", by=actor)


def revoke(actor: Actor, mandate: Mandate, *, because: str) -> None:
    """Either side ends it, at once (民法典 art. 933).

    Who does so without a reason answers for the other's loss; that is said on the page and in the
    event, and no sum is reckoned here. What was introduced before keeps its tail.
    """
    require(actor, policy.end_mandate, mandate)
    if not because.strip():
        raise Invalid("mandate.reason_missing", fields={"because": "mandate.reason_missing"})
    _end(mandate, "revoke", actor, because)


def complete(actor: Actor, mandate: Mandate) -> None:
    """The principal says that it is done."""
    require(actor, policy.end_mandate, mandate)
    if actor.organisation != mandate.principal_id:
        raise WrongState("mandate.complete", needs=["is_principal"])
    _end(mandate, "complete", actor, "")


def expire_due(limit: int = 200) -> int:
    """End those whose last day is over; how many. Nobody could act under them since that day."""
    due = queries.due_to_expire(limit)
    for mandate in due:
        _end(mandate, "expire", SYSTEM, "")
    return len(due)


def _end(mandate: Mandate, action: str, by: Actor, because: str) -> None:
    advance(mandate, action, by=by, because=because.strip())
    last = clock.start_of(mandate.expires_on)
    mandate.ended_at = last if mandate.state is MandateState.EXPIRED else clock.now()
    mandate.end_reason = because.strip()
