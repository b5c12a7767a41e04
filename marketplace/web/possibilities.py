"""The answer of the bundle as a page shows it: verdict, reasons, burdens, what is left, the law.

Readers who may not read a right's record do not learn from it who holds a private licence or
quarrels with the owner: such parties go by what they are and a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from marketplace.assets import bundle, policy, queries
from marketplace.assets.bundle import Act, Answer, Burden, BurdenKind, Party, Reason, Right, Wish
from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.core.policy import Actor
from marketplace.forms.wishes import address_of
from marketplace.listings import facts as known
from marketplace.listings import gates
from marketplace.listings.models import Listing
from marketplace.rules import demands, engine
from marketplace.rules.facts import Facts, Field
from marketplace.valuation import queries as valuations
from marketplace.web import bundle_words
from marketplace.web.bundle_words import Sentence
from marketplace.web.locale import gettext
from marketplace.web.presentation import words

TONES = {"possible": "ok", "with_consent": "", "impossible": "bad"}  # of ui.notice
BADGES = {"possible": "b-ok", "with_consent": "b-warn", "impossible": "b-bad"}
ICONS = {"possible": "check", "with_consent": "user", "impossible": "x"}
PRIVATE = {  # who is not in a public register
    BurdenKind.LICENCE, BurdenKind.DISPUTE, BurdenKind.SECURITY, BurdenKind.PRIORITY,
    BurdenKind.INVALIDATION,
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One wish about one right, answered in words."""

    wish: str
    verdict: str
    obstacles: list[Sentence]
    consents: list[Sentence]  # still to be had
    given: list[Sentence]
    notices: list[Sentence]
    burdens: list[tuple[str, str, str]]  # kind, holder, scope and days
    alternatives: list[tuple[str, dict[str, Any]]]  # words, arguments of its address

    @property
    def badge(self) -> tuple[str, str, str]:
        """For ui.badge."""
        return verdict_badge(self.verdict)


def verdict_badge(verdict: str) -> tuple[str, str, str]:
    """A verdict for ui.badge."""
    return words("enums", f"bundle_verdict.{verdict}"), BADGES[verdict], ICONS[verdict]


def of(actor: Actor, asset: Asset, wish: Wish) -> Told:
    """A wish about a right, for this reader."""
    right = queries.right_of(asset)
    names = names_for(actor, asset, right)
    return told(right, wish, bundle.can(right, wish, clock.today()), names)


def of_listing(actor: Actor, listing: Listing) -> list[tuple[Asset, Told, list[Told]]]:
    """Right by right, what the registers leave of the offer, and of everything else."""
    today, rights = clock.today(), queries.rights_of(listing.assets)
    offer, found = gates.wish_of(listing.terms, today), []
    for asset in listing.assets:
        right = rights[asset.id]
        names = names_for(actor, asset, right)
        offered = told(right, offer, bundle.can(right, offer, today), names)
        table = [
            told(right, wish, answer, names)
            for wish, answer in bundle.what_can_be_done(right, today)
        ]
        found.append((asset, offered, table))
    return found


def verdict_of(listing: Listing) -> str:
    """The gravest answer among the rights of a listing to what it offers."""
    found = [answer.verdict.value for _, answer in gates.answers(listing.assets, listing.terms)]
    return max(found, key=list(BADGES).index, default="possible")


def told(right: Right, wish: Wish, answer: Answer, names: dict[str, Party]) -> Told:
    """An answer in words; `names` by the reference of a burden stand for its holder."""
    by_reference = {b.reference: b for b in right.burdens}
    said = [*answer.obstacles, *answer.consents, *answer.notices]
    behind = dict.fromkeys(r.burden for r in said if r.burden in by_reference)

    def sentences(reasons: Sequence[Reason]) -> list[Sentence]:
        return [bundle_words.reason(_renamed(r, by_reference, names)) for r in reasons]

    return Told(
        bundle_words.wish_text(wish),
        answer.verdict.value,
        sentences(answer.obstacles),
        sentences(answer.missing),
        sentences([r for r in answer.consents if r.given]),
        sentences(answer.notices),
        [_burden_row(by_reference[each], names) for each in behind],
        [(bundle_words.wish_text(each), address_of(each)) for each in answer.alternatives],
    )


def names_for(actor: Actor, asset: Asset, right: Right) -> dict[str, Party]:
    """What this reader is told instead of the names of private parties."""
    if policy.keeps_asset(actor, asset) or actor.capabilities & queries.READS_EVERYTHING:
        return {}
    hidden = [
        b
        for b in sorted(right.burdens, key=lambda b: b.reference)
        if b.kind in PRIVATE
        and not b.number
        and (actor.organisation_id is None or b.holder.id != actor.organisation_id)
    ]
    return {
        burden.reference: Party(gettext("%(what)s %(number)s", what=_role(burden), number=place))
        for place, burden in enumerate(hidden, start=1)
    }


def _role(burden: Burden) -> str:
    return words("enums", f"private_party.{burden.kind.value}")


def _renamed(reason: Reason, burdens: dict[str, Burden], names: dict[str, Party]) -> Reason:
    burden = burdens.get(reason.burden)
    if burden is None or reason.burden not in names or reason.party != burden.holder.name:
        return reason
    return replace(reason, party=names[reason.burden].name)


def _burden_row(burden: Burden, names: dict[str, Party]) -> tuple[str, str, str]:
    kind = (
        words("enums", f"deed.{burden.grant.value}")
        if burden.grant
        else words("enums", f"burden_kind.{burden.kind.value}")
    )
    holder = names.get(burden.reference, burden.holder).name
    if burden.scope is None:
        return kind, holder, bundle_words.days(burden.starts, burden.ends)
    parts = (bundle_words.territory, bundle_words.fields, bundle_words.span)
    return kind, holder, gettext("；").join(say(burden.scope) for say in parts)


# ---- the law ahead -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """What the rules would ask of a deal of this kind, by what is known now."""

    findings: list[engine.Finding]
    questions: list[Field]  # facts without which hard rules stay undecided
    papers: list[demands.Demand]


def law(asset: Asset, wish: Wish, answers: dict[str, Any] | None = None) -> Law:
    """Rules, open questions and papers; `answers` are what a listing declares."""
    report = valuations.valid_report(asset)
    sheet: dict[str, Any] = {
        "asset": known.of_right(asset, queries.right_of(asset), wish),
        "owner": known.of_owner(asset.keeper),
        "deal": _deal(asset, wish),
        "docs": ["valuation_report"] if report else [],
    }
    if report:
        sheet["val"] = known.of_report(report)
    judgement = engine.judge(
        Facts.of(known.merged(sheet, answers or {})), clock.today(), stage="signing"
    )
    shown = (engine.Status.OPEN, engine.Status.DUTY, engine.Status.SATISFIED)
    found = [f for f in judgement.findings if f.applies and f.status in shown]
    found.sort(key=lambda f: (f.status == engine.Status.SATISFIED, f.gate.value != "hard"))
    return Law(found, demands.facts_missing(judgement), demands.evidence_wanted(judgement))


def _deal(asset: Asset, wish: Wish) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": wish.deed, "venue": "platform", "online": True}
    if wish.scope is not None:
        facts |= {
            "territory": ",".join(sorted(t for t in wish.scope.territory if t[0] != "-")),
            "sublicence": wish.sublicence,
        }
        ends = wish.scope.ends or asset.last_day
        if ends:
            facts["licence_years"] = round((ends - wish.scope.starts).days / 365.25, 1)
    if wish.act is Act.PLEDGE and wish.debt_due:
        facts["debt_due"] = wish.debt_due.isoformat()
    return facts
