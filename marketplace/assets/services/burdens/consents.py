"""Consents: asked of a named party, given by it here or on paper, refused, taken back.

A consent is bound to what was asked: the act, the scope, who it is for, and a last day.
"""

from collections.abc import Collection
from datetime import date

from marketplace.assets import bundle, policy
from marketplace.assets.bundle import Reason, Wish
from marketplace.assets.models import Asset, Consent, ConsentState
from marketplace.assets.queries import registers
from marketplace.assets.services.burdens.saying import must_say_why
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.organisations import queries as organisations

WAITING = frozenset({ConsentState.ASKED, ConsentState.FILED})


def ask_consents(
    actor: Actor,
    asset: Asset,
    wish: Wish,
    *,
    until: date | None = None,
    message: str = "",
    only: Collection[str] = (),
) -> list[Consent]:
    """Ask everybody who must agree to a wish and was not asked yet; `only` names some of them.

    What nobody can agree to is refused with its reasons, and what needs nobody's consent too.
    """
    require(actor, policy.ask_consent, asset)
    lock(asset)
    if until is not None and until < clock.today():
        raise Invalid("consent.until_past", fields={"until": "consent.until_past"})
    answer = bundle.can(registers.right_of(asset), wish, clock.today())
    if answer.obstacles:
        raise Refused("bundle.impossible", reasons=answer.obstacles)
    wanted = [r for r in answer.missing if r.party and (not only or r.party in only)]
    if not wanted:
        raise Invalid("consent.nobody", fields={"act": "consent.nobody"})
    asked = [
        _ask(actor, asset, wish, reason, until=until, message=message)
        for reason in {(r.party, r.burden): r for r in wanted}.values()
        if not _is_asked(asset, wish, reason)
    ]
    if not asked:
        raise Invalid("consent.asked_already", fields={"act": "consent.asked_already"})
    return asked


def _is_asked(asset: Asset, wish: Wish, reason: Reason) -> bool:
    party = bundle.Party(reason.party, reason.party_id)
    return any(
        one.state in WAITING
        and registers.party_of_consent(one).is_same(party)
        and registers.consent_of(one).covers(wish, clock.today())
        for one in asset.consents
    )


def _ask(
    actor: Actor, asset: Asset, wish: Wish, reason: Reason, *, until: date | None, message: str
) -> Consent:
    scope = wish.scope
    ours = None if reason.party_id else organisations.named(reason.party)
    made = Consent(
        asset=asset,
        party_name=reason.party,
        party_id=ours.id if ours else reason.party_id,
        code=reason.code,
        burden=reason.burden,
        act=wish.act,
        grant=wish.grant,
        territory=",".join(sorted(scope.territory)) if scope else "",
        field=",".join(sorted(scope.fields)) if scope else "",
        sublicence=wish.sublicence,
        starts_on=scope.starts if scope else None,
        ends_on=scope.ends if scope else None,
        to_name=wish.to.name,
        to_id=wish.to.id,
        until=until,
        message=message.strip()[:1000],
    )
    db.session.add(made)
    events.record(
        made,
        "consent.ask",
        by=actor,
        because=message.strip()[:500],
        asset=asset.reference,
        party=reason.party,
    )
    return made


def give_consent(actor: Actor, consent: Consent, *, because: str = "") -> None:
    """Agree, for the party that was asked."""
    require(actor, policy.answer_consent, consent)
    _must_be_in_time(consent)
    advance(consent, "give", by=actor, because=because, **_about(consent))
    _answered(consent, because)


def refuse_consent(actor: Actor, consent: Consent, *, because: str) -> None:
    """Do not agree; the reason is told to who asked."""
    require(actor, policy.answer_consent, consent)
    must_say_why(because)
    advance(consent, "refuse", by=actor, because=because, **_about(consent))
    _answered(consent, because)


def revoke_consent(actor: Actor, consent: Consent, *, because: str) -> None:
    """Take a consent back. A contract signed on it stands; nothing further can rest on it."""
    require(actor, policy.answer_consent, consent)
    must_say_why(because)
    advance(consent, "revoke", by=actor, because=because, **_about(consent))
    _answered(consent, because)


def file_consent(actor: Actor, consent: Consent, *, evidence: Document) -> None:
    """The party agreed on paper; an operator confirms it."""
    require(actor, policy.ask_consent, consent.asset)
    advance(consent, "file", by=actor, **_about(consent))
    consent.evidence_id = evidence.id
    if consent.party_id:
        documents.share(actor, evidence, [consent.party_id])


def take_back_consent(actor: Actor, consent: Consent, *, because: str) -> None:
    """Ask no longer."""
    require(actor, policy.ask_consent, consent.asset)
    must_say_why(because)
    advance(consent, "take_back", by=actor, because=because, **_about(consent))


def confirm_consent(actor: Actor, consent: Consent, *, because: str = "") -> None:
    """The paper is the party's and says what it should."""
    require(actor, policy.decide_consent, consent)
    _must_be_in_time(consent)
    advance(consent, "confirm", by=actor, because=because, **_about(consent))
    _answered(consent, because)


def return_consent(actor: Actor, consent: Consent, *, because: str) -> None:
    """The paper proves nothing; the party is still asked."""
    require(actor, policy.decide_consent, consent)
    must_say_why(because)
    advance(consent, "return", by=actor, because=because, **_about(consent))


def _answered(consent: Consent, text: str) -> None:
    consent.answer, consent.answered_at = text.strip()[:1000], clock.now()


def _must_be_in_time(consent: Consent) -> None:
    if consent.until is not None and consent.until < clock.today():
        raise Invalid("consent.too_late", fields={"because": "consent.too_late"})


def _about(consent: Consent) -> dict[str, str]:
    return {"asset": consent.asset.reference, "party": consent.party_name}
