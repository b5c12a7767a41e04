"""Ratings: written once a deal, changed for some days, answered once, hidden by two, never deleted."""

from collections.abc import Mapping
from datetime import timedelta

from marketplace.core import clock, events, settings
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals.models import Deal, DealState
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust.models import CRITERIA, HIGHEST, LOWEST, Rating
from marketplace.trust.queries import ratings
from marketplace.trust.services.impartial import LONGEST, must_be_impartial, said


def rate(
    actor: Actor, deal: Deal, broker: Organisation, scores: Mapping[str, int], *, comment: str = ""
) -> Rating:
    """Rate a broker for a fulfilled deal, once (电子商务法 art. 39).

    Only the deal's parties do, for themselves, and nobody rates a house that shares a member with its own.
    Sent twice, it is one rating.
    """
    require(actor, policy.rate, deal)
    lock(deal)
    if deal.state is not DealState.CLOSED:
        raise Refused("rating.not_closed")
    side = ratings.side_of(deal, broker.id, actor.organisation)
    if side is None:
        raise Refused("rating.not_their_deal")
    if ratings.is_own_house(actor.organisation, broker.id):
        raise Refused("rating.own_house")
    if ratings.of_deal(deal, broker.id, actor.organisation) is not None:
        raise Refused("rating.known")
    made = Rating(
        deal=deal,
        broker=broker,
        rater_id=actor.organisation,
        user_id=actor.user,
        side=side,
        comment=_comment(comment),
        fixed_at=clock.now() + timedelta(days=settings.current().rating_edit_days),
        **_checked(scores),
    )
    db.session.add(made)
    events.record(made, "rating.write", by=actor, deal=deal.reference, scores=dict(scores))
    return made


def revise(actor: Actor, rating: Rating, scores: Mapping[str, int], *, comment: str = "") -> None:
    """Change a rating while that is allowed; what it said before stays in the log."""
    require(actor, policy.revise_rating, rating)
    lock(rating)
    if rating.is_fixed:
        raise Refused("rating.fixed")
    before = {name: getattr(rating, name) for name in CRITERIA} | {"comment": rating.comment}
    for name, value in _checked(scores).items():
        setattr(rating, name, value)
    rating.comment = _comment(comment)
    events.record(rating, "rating.revise", by=actor, before=before, scores=dict(scores))


def _checked(scores: Mapping[str, int]) -> dict[str, int]:
    wrong = {
        name: "rating.score" for name in CRITERIA if not LOWEST <= scores.get(name, 0) <= HIGHEST
    }
    if wrong:
        raise Invalid("rating.score", fields=wrong)
    return {name: scores[name] for name in CRITERIA}


def _comment(text: str) -> str:
    if len(text.strip()) > LONGEST:
        raise Invalid("trust.too_long", fields={"comment": "trust.too_long"})
    return text.strip()


def answer_rating(actor: Actor, rating: Rating, text: str) -> None:
    """The broker answers in public, once."""
    require(actor, policy.answer_rating, rating)
    lock(rating)
    if rating.answered_at is not None:
        raise Refused("rating.answered")
    rating.answer = said(text, "text")
    rating.answered_at = clock.now()
    events.record(rating, "rating.answer", by=actor)


def propose_hiding(actor: Actor, rating: Rating, *, because: str) -> None:
    """One of the staff finds the words unlawful; a second decides. The scores stay whatever happens."""
    require(actor, policy.moderate, rating)
    must_be_impartial(actor, [rating.broker_id, rating.rater_id])
    reason = said(because, "because")
    if not rating.comment:
        raise Refused("rating.no_words")
    advance(rating, "propose_hiding", by=actor, because=reason)
    rating.hiding_reason, rating.proposed_by_id = reason, actor.user_id


def leave(actor: Actor, rating: Rating, *, because: str) -> None:
    """The words stay."""
    require(actor, policy.moderate, rating)
    must_be_impartial(actor, [rating.broker_id, rating.rater_id])
    advance(rating, "leave", by=actor, because=said(because, "because"))
    rating.hiding_reason, rating.proposed_by_id = "", None


def hide(actor: Actor, rating: Rating) -> None:
    """The second person agrees: the words are not shown, the reason and the scores are."""
    require(actor, policy.moderate, rating)
    must_be_impartial(actor, [rating.broker_id, rating.rater_id])
    lock(rating)
    rating.lifecycle.target(rating.state, "hide")
    if rating.proposed_by_id == actor.user_id:
        raise Refused("trust.four_eyes")
    advance(rating, "hide", by=actor, because=rating.hiding_reason)
    rating.hidden_by_id = actor.user_id


def show(actor: Actor, rating: Rating, *, because: str) -> None:
    """The words are shown again."""
    require(actor, policy.moderate, rating)
    must_be_impartial(actor, [rating.broker_id, rating.rater_id])
    advance(rating, "show", by=actor, because=said(because, "because"))
    rating.hiding_reason, rating.proposed_by_id, rating.hidden_by_id = "", None, None
