"""Standard clauses in the reader's words, and beside the terms of an offer."""

from dataclasses import dataclass
from typing import Any

from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.forms.clauses import bound_words
from marketplace.listings.terms import Terms, values
from marketplace.negotiation import own_rule, policy, positions, queries
from marketplace.negotiation.models import ClauseSide, Offer
from marketplace.negotiation.positions import Bound, Position, Rank, Stand, Weighed
from marketplace.organisations.models import Organisation
from marketplace.web import wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import words

TONES = {Rank.PREFERRED: "b-ok", Rank.FALLBACK: "b-warn", Rank.OUTSIDE: "b-bad"}
NOTHING = (None, "", ())


def term_name(position: Position) -> str:
    """What the term is called in this kind of deal."""
    return wording.term_name(position.name, Terms(position.kind))


def stand_text(name: str, stand: Stand) -> str:
    """A stand in words: how it is meant, and the value."""
    said = value_text(name, stand.value)
    if stand.bound is Bound.EXACTLY:
        return said
    bound = words("enums", f"{bound_words(name)}.{stand.bound}")
    return gettext("%(bound)s：%(said)s", bound=bound, said=said)


def value_text(name: str, value: Any) -> str:
    """A term in words; what is left to the standard text of the contract says so."""
    spoken = name in {"field", "months", "grant"}
    return (
        gettext("按标准条款") if value in NOTHING and not spoken else wording.term_text(name, value)
    )


def stand_name(number: int) -> str:
    """The preferred one, or the fall-back by its number."""
    return gettext("退让 %(number)s", number=number) if number else gettext("首选")


def badge(one: Weighed) -> tuple[str, str]:
    """How a term stands, and the tone of it."""
    if one.rank is Rank.FALLBACK:
        text = gettext(
            "退让 %(number)s / %(total)s", number=one.number, total=len(one.position.fallbacks)
        )
        return text, TONES[one.rank]
    return words("enums", f"clause_rank.{one.rank}"), TONES[one.rank]


def stand_line(position: Position, number: int) -> str:
    """A stand with its place in the order."""
    said = stand_text(position.name, position.stands[number])
    return gettext("%(stand)s：%(said)s", stand=stand_name(number), said=said)


def hint(position: Position) -> str:
    """What is held to about a term, in a line: beside its field, and in the history."""
    parts = []
    for number, stand in enumerate(position.stands):
        said = stand_line(position, number)
        parts.append(gettext("%(said)s（须所有者同意）", said=said) if stand.owner else said)
    return gettext("；").join(parts)


@dataclass(frozen=True)
class Beside:
    """What the private panel of an offer's page shows."""

    side: ClauseSide
    weighed: list[Weighed]
    without: list[str]  # terms on the table that no clause is about
    may_keep: bool
    keeps: bool  # the rule asks for an owner

    @property
    def outside(self) -> list[str]:
        """The names of the terms that are outside of what is approved."""
        return [term_name(one.position) for one in self.weighed if one.rank is Rank.OUTSIDE]

    @property
    def for_owner(self) -> list[str]:
        """The names of the terms that an owner must agree to."""
        return [term_name(one.position) for one in self.weighed if one.wants_owner]


def side_in(actor: Actor, offer: Offer) -> ClauseSide:
    """As which side the reader's own organisation is in it."""
    is_seller = actor.organisation_id == offer.listing.seller_id
    return ClauseSide.SELL if is_seller else ClauseSide.BUY


def beside(actor: Actor, offer: Offer) -> Beside:
    """The version on the table held against the clauses of the reader's own organisation."""
    side = side_in(actor, offer)
    found = own_rule.weighed(actor.organisation, offer.terms, side)
    known = {one.name for one in found}
    rule = queries.rule_of(actor.organisation)
    return Beside(
        side,
        found,
        [name for name in said(offer.terms) if name not in known],
        policy.keep_clauses.allows(actor, db.session.get_one(Organisation, actor.organisation)),
        rule is not None and rule.keep_clauses,
    )


def said(terms: Terms) -> list[str]:
    """The terms with something said that a clause could be about."""
    known = values(terms)
    return [
        name
        for name in positions.of_kind(terms.kind)
        if known[name] not in NOTHING and positions.applies(name, terms)
    ]


def set_hints(form: Any, actor: Actor, terms: Terms, side: ClauseSide) -> None:
    """Beside each field that a clause is about: what is held to; only one's own people see the form."""
    for position in queries.positions(actor.organisation, terms.kind, side):
        if position.name in form:
            form[position.name].ours = hint(position)


def taken(
    actor: Actor, terms: Terms, side: ClauseSide, wanted: list[str]
) -> tuple[Terms, list[str]]:
    """Terms brought to the stands named as `term:number`, and what was done in words.

    What names no stand of the organisation's own is passed over.
    """
    known = {one.name: one for one in queries.positions(actor.organisation, terms.kind, side)}
    done = []
    for name, _, number in (one.partition(":") for one in wanted[: len(positions.POSITIONED)]):
        position = known.pop(name, None)  # of two stands of a term the first counts
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else -1
        if position is None or not 0 <= at < len(position.stands):
            continue
        terms = positions.taken(terms, name, position.stands[at])
        done.append(
            gettext("%(term)s（%(stand)s）", term=term_name(position), stand=stand_name(at))
        )
    return terms, done
