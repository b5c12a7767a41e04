"""Terms before the bundle: whether the registers leave what is offered, and who must agree.

One door for listings, offers and deals, so that all say the same. A listing, an offer and the
opening of a deal may go on while consents are still to be given; signing may not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from marketplace.assets import bundle
from marketplace.assets.bundle import NOBODY, Act, Answer, Burden, Consent, Grant, Party, Wish
from marketplace.assets.models import Asset
from marketplace.assets.queries import registers
from marketplace.assets.scopes import Scope, fields_of, scope
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import Organisation
from marketplace.rules.library import Deadline, Words

_ACTS = {
    DealKind.TRANSFER: Act.TRANSFER,
    DealKind.LICENCE: Act.LICENCE,
    DealKind.EQUITY: Act.EQUITY,
}


def wish_of(terms: Terms, on: date, *, to: Party = NOBODY) -> Wish:
    """What terms ask of a right, beginning on a day."""
    act = _ACTS[terms.kind]
    if act is not Act.LICENCE:
        return Wish(act, to=to)
    grant = Grant(terms.grant.value) if terms.grant else None
    return Wish(act, grant, scope_of(terms, on), terms.sublicence, to=to)


def scope_of(terms: Terms, on: date) -> Scope:
    """Where, in what and how long a licence on these terms holds."""
    ends = None
    if terms.months is not None:
        ends = Deadline(Words("", ""), months=terms.months).due_on(on)
    return scope(on, ends, territory=terms.territory, fields=fields_of(terms.field))


def answers(
    assets: Sequence[Asset],
    terms: Terms,
    *,
    to: Organisation | None = None,
    more: Mapping[int, Collection[Burden]] | None = None,
    consents: Mapping[int, Collection[Consent]] | None = None,
) -> list[tuple[Asset, Answer]]:
    """What the bundle says of each right, in a fixed number of statements.

    `more` are burdens about to come (signed deals), `consents` what was proved elsewhere.
    """
    today = clock.today()
    wish = wish_of(terms, today, to=Party(to.name, to.id) if to else NOBODY)
    found = []
    for asset_id, right in registers.rights_of(assets).items():
        whole = replace(
            right,
            burdens=right.burdens | frozenset((more or {}).get(asset_id, ())),
            consents=right.consents | frozenset((consents or {}).get(asset_id, ())),
        )
        asset = next(one for one in assets if one.id == asset_id)
        found.append((asset, bundle.can(whole, wish, today)))
    return found


def must_be_possible(found: Sequence[tuple[Asset, Answer]], *, agreed: bool = False) -> None:
    """Refuse what the registers do not leave; with `agreed`, what somebody has yet to agree to."""
    obstacles = [reason for _, answer in found for reason in answer.obstacles]
    if obstacles:
        raise Refused("bundle.impossible", reasons=obstacles)
    missing = [reason for _, answer in found for reason in answer.missing]
    if agreed and missing:
        raise Refused("bundle.consent_missing", reasons=missing)
