"""What can still be done with a right, who must agree, and why not. Pure.

One function, `can`, over a right as the registers show it (owners, burdens, consents, status), a
wish and a day. Its answer names every reason with its article and the burden behind it, and, for
a licence, which part of the wished scope is still free. The law it applies, in short:

- an exclusive or sole licence shuts its scope to every other licence (技术合同司法解释 art. 25:
  「独占实施许可，是指许可人在约定许可实施专利的范围内，将该专利仅许可一个被许可人实施」); so
  neither can be granted where any licence stands;
- while an open-licence statement stands, only plain licences (专利法 art. 51: 「不得就该专利给予
  独占或者排他许可」);
- a pledged right is not transferred or licensed without the pledgee, who is paid first
  (民法典 art. 444: 「知识产权中的财产权出质后，出质人不得转让或者许可他人使用，但是出质人与质权人
  协商同意的除外」);
- co-owners act together but for a plain licence (专利法 art. 14, 著作权法 art. 14, 民法典 art. 861);
- a court's freeze, or a suspension for a dispute of ownership, stops everything it names
  (专利法实施细则 art. 103, 104); a pending invalidation is told, and bars a pledge unless both,
  once told, declare that they go on;
- a licence ends with the right (民法典 art. 865); a transfer leaves licences as they are
  (技术合同司法解释 art. 24).

Where sources are silent the safer reading is taken, and its reason is marked as not sure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.assets import articles, scopes
from marketplace.assets.scopes import Scope
from marketplace.core.money import Money


class Act(StrEnum):
    """What is to be done with the right."""

    TRANSFER = "transfer"
    LICENCE = "licence"
    EQUITY = "equity"
    PLEDGE = "pledge"
    OPEN_LICENCE = "open_licence"


class Grant(StrEnum):
    """How exclusive a licence is."""

    EXCLUSIVE = "exclusive"
    SOLE = "sole"
    NON_EXCLUSIVE = "non_exclusive"


_WIDTH = (Grant.NON_EXCLUSIVE, Grant.SOLE, Grant.EXCLUSIVE)  # each promises more than the last
SHUTS_OUT = frozenset({Grant.EXCLUSIVE, Grant.SOLE})
TRANSFERS = frozenset({Act.TRANSFER, Act.EQUITY})
DEEDS = ("transfer", "equity", "pledge", "open_licence", *(grant.value for grant in _WIDTH))
"""Acts by name, a licence by its grant: what a co-owners' agreement names."""


class BurdenKind(StrEnum):
    """What may rest on a right."""

    LICENCE = "licence"
    OPEN_LICENCE = "open_licence"
    PLEDGE = "pledge"
    COOWNERSHIP = "coownership"  # what the co-owners agreed
    FREEZE = "freeze"
    DISPUTE = "dispute"
    INVALIDATION = "invalidation"
    SECURITY = "security_interest"
    PRIORITY = "priority_right"


class Priority(StrEnum):
    """What a right of first refusal rests on."""

    INVENTOR = "inventor"  # 民法典 art. 847
    JOINT_DEVELOPER = "joint_developer"  # art. 860
    COMMISSIONER = "commissioner"  # art. 859
    COOWNER = "coowner"
    LICENSEE = "licensee"
    CONTRACT = "contract"


class Verdict(StrEnum):
    """The answer in a word, best first."""

    POSSIBLE = "possible"
    WITH_CONSENT = "with_consent"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody: by number where the organisation is with us, else by name."""

    name: str
    id: int | None = None

    def is_same(self, other: "Party") -> bool:
        """The same organisation, or, where one is not with us, the same name."""
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return bool(self.name.strip()) and _plain(self.name) == _plain(other.name)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold().replace("（", "(").replace("）", ")")


NOBODY = Party("")


@dataclass(frozen=True, slots=True)
class Owner:
    """A registered owner; `acts`: it is the one that disposes and so agrees by doing so."""

    party: Party
    share_bps: int | None = None
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Burden:
    """What rests on the right, as far as its kind has it."""

    kind: BurdenKind
    reference: str = ""  # where it is kept: pledge:12
    holder: Party = NOBODY
    starts: date | None = None
    ends: date | None = None
    grant: Grant | None = None  # of a licence
    scope: Scope | None = None  # of a licence
    sublicence: bool = False  # of a licence
    rank: int | None = None  # of a pledge
    claim: Money | None = None  # of a pledge
    registered: bool = True  # a pledge that is only declared does not bind yet
    suspended: bool = False  # of a dispute: the office has suspended its procedures
    priority: Priority | None = None
    deeds: frozenset[str] = frozenset()  # of an agreement: what each co-owner may do alone
    number: str = ""  # in a register

    def stands(self, on: date) -> bool:
        """Whether it rests on the right on a day."""
        return scopes.meet_in_time((self.starts, self.ends), (on, on))

    def overlaps(self, wish: "Wish") -> bool:
        """Whether a licence has a common scope with a wish; what names no scope has."""
        return self.scope is None or wish.scope is None or self.scope.overlaps(wish.scope)

    def is_over(self, on: date) -> bool:
        """Whether it rests on the right neither on a day nor ever after."""
        return not scopes.meet_in_time((self.starts, self.ends), (on, None))


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to a wish: to this act, up to this grant and scope, until a day."""

    party: Party
    act: Act
    reference: str = ""
    grant: Grant | None = None  # of a licence; none: any
    scope: Scope | None = None  # of a licence; none: any
    sublicence: bool = False
    to: Party = NOBODY  # none: anybody
    until: date | None = None

    def covers(self, wish: "Wish", on: date) -> bool:
        """Whether what was agreed to holds all that is wished, on this day."""
        if self.act is not wish.act or (self.until is not None and self.until < on):
            return False
        if self.to != NOBODY and not self.to.is_same(wish.to):
            return False
        if wish.act is not Act.LICENCE:
            return True
        wide = self.grant is None or _WIDTH.index(_grant(wish)) <= _WIDTH.index(self.grant)
        fits = self.scope is None or (wish.scope is not None and self.scope.covers(wish.scope))
        return wide and fits and (self.sublicence or not wish.sublicence)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do with the right."""

    act: Act
    grant: Grant | None = None
    scope: Scope | None = None
    sublicence: bool = False
    to: Party = NOBODY
    debt_due: date | None = None  # of a pledge
    qualified: bool | None = None  # whether the transferee of a group's mark is; none: not known
    moral_rights: bool = False  # the author's personal rights would go with it

    @property
    def deed(self) -> str:
        """The act by name, a licence by its grant."""
        return _grant(self).value if self.act is Act.LICENCE else self.act.value


def _grant(wish: Wish) -> Grant:
    return wish.grant or Grant.EXCLUSIVE  # what does not say may be the widest


@dataclass(frozen=True, slots=True)
class Right:
    """A right as the registers show it. Sets: the order of entry means nothing."""

    reference: str
    kind: str
    status: str = "in_force"
    last_day: date | None = None
    territory: frozenset[str] = frozenset({scopes.MAINLAND})
    owners: tuple[Owner, ...] = ()
    burdens: frozenset[Burden] = frozenset()
    consents: frozenset[Consent] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One reason: its code has words (`bundle.*`), its article a place in the law."""

    code: str
    burden: str = ""
    party: str = ""
    party_id: int | None = field(default=None, compare=False)
    article: str = field(default="", compare=False)
    rule: str = field(default="", compare=False)
    sure: bool = field(default=True, compare=False)
    given: str = field(default="", compare=False)  # the consent that settles it
    facts: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """As a certificate and a program keep it."""
        return {
            "code": self.code,
            "burden": self.burden,
            "party": self.party,
            "article": self.article,
            "rule": self.rule,
            "sure": self.sure,
            "given": self.given,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Possible, with whose consent, or why not."""

    verdict: Verdict
    obstacles: tuple[Reason, ...] = ()
    consents: tuple[Reason, ...] = ()
    notices: tuple[Reason, ...] = ()
    alternatives: tuple[Wish, ...] = ()  # narrower wishes that nothing stands against

    @property
    def missing(self) -> tuple[Reason, ...]:
        """The consents not given yet."""
        return tuple(reason for reason in self.consents if not reason.given)

    def as_dict(self) -> dict[str, Any]:
        """As a certificate and a program keep it."""
        return {
            "verdict": self.verdict.value,
            "obstacles": [reason.as_dict() for reason in self.obstacles],
            "consents": [reason.as_dict() for reason in self.consents],
            "notices": [reason.as_dict() for reason in self.notices],
            "alternatives": [wish_as_dict(wish) for wish in self.alternatives],
        }


def wish_as_dict(wish: Wish) -> dict[str, Any]:
    """A wish as plain values, sorted."""
    found: dict[str, Any] = {"act": wish.act.value}
    if wish.grant:
        found["grant"] = wish.grant.value
    if wish.scope:
        found |= {
            "territory": sorted(wish.scope.territory),
            "fields": sorted(wish.scope.fields),
            "starts": wish.scope.starts.isoformat(),
            "ends": wish.scope.ends.isoformat() if wish.scope.ends else None,
            "sublicence": wish.sublicence,
        }
    return found


# ---- the answer --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Case:
    """A right, a wish and a day, and what was found about them."""

    right: Right
    wish: Wish
    on: date
    obstacles: set[Reason] = field(default_factory=set)
    consents: set[Reason] = field(default_factory=set)
    notices: set[Reason] = field(default_factory=set)

    @property
    def family(self) -> str:
        return articles.family(self.right.kind)

    def bar(self, code: str, burden: Burden | None = None, **facts: object) -> None:
        self.obstacles.add(self._reason(code, burden, None, facts))

    def note(self, code: str, burden: Burden | None = None, **facts: object) -> None:
        self.notices.add(self._reason(code, burden, None, facts))

    def ask(self, code: str, who: Party, burden: Burden | None = None) -> None:
        """Somebody must agree; what is given already is said with it."""
        given = sorted(
            consent.reference or "given"
            for consent in self.right.consents
            if consent.party.is_same(who) and consent.covers(self.wish, self.on)
        )
        reason = self._reason(code, burden, who, {})
        self.consents.add(replace(reason, given=given[0] if given else ""))

    def standing(self, kind: BurdenKind) -> Iterator[Burden]:
        return (b for b in self.right.burdens if b.kind is kind and b.stands(self.on))

    def to_come(self, kind: BurdenKind) -> Iterator[Burden]:
        return (b for b in self.right.burdens if b.kind is kind and not b.is_over(self.on))

    def _reason(
        self, code: str, burden: Burden | None, who: Party | None, facts: dict[str, object]
    ) -> Reason:
        article = articles.behind(code, self.right.kind, self.on)
        party = who or (burden.holder if burden else NOBODY)
        return Reason(
            code,
            burden.reference if burden else "",
            party.name,
            party.id,
            article.text,
            article.rule,
            article.sure,
            facts=tuple(sorted((name, str(value)) for name, value in facts.items() if value)),
        )


def can(right: Right, wish: Wish, on: date) -> Answer:
    """Whether a wish can be fulfilled on a day: the one question of this module."""
    case = _judge(right, wish, on)
    verdict = Verdict.POSSIBLE
    if any(not reason.given for reason in case.consents):
        verdict = Verdict.WITH_CONSENT
    if case.obstacles:
        verdict = Verdict.IMPOSSIBLE
    return Answer(
        verdict,
        _in_order(case.obstacles),
        _in_order(case.consents),
        _in_order(case.notices),
        tuple(_alternatives(case)) if case.obstacles else (),
    )


def _in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda r: (r.code, r.burden, r.party)))


def _judge(right: Right, wish: Wish, on: date) -> _Case:
    case = _Case(right, wish, on)
    _kind(case)
    _status(case)
    _procedures(case)
    _pledges(case)
    _securities(case)
    _coowners(case)
    _priorities(case)
    if wish.act is Act.LICENCE and wish.scope is not None:
        _scope(case, wish.scope)
    _licences(case)
    _open_licences(case)
    return case


def _kind(case: _Case) -> None:
    """What the law never lets go, or only to some."""
    kind, wish = case.right.kind, case.wish
    if kind in articles.NEVER:
        case.bar("never", kind=kind)
    if case.family == "work":
        if wish.moral_rights:
            case.bar("moral_rights")
        case.note("moral_rights_stay")
    if kind in articles.GROUP_MARKS and wish.act in TRANSFERS:
        if case.on < articles.NEW_TRADEMARK_LAW or wish.qualified is None:
            case.note("transferee_to_qualify")
        elif not wish.qualified:
            case.bar("transferee_unqualified")
    if kind in articles.UNREGISTERED and wish.act is Act.PLEDGE:
        case.note("pledge_unregistrable")
    if wish.act is Act.OPEN_LICENCE and case.family != "patent":
        case.bar("open_licence_patents_only")


_ENDED = frozenset({"lapsed", "expired", "invalidated", "cancelled"})


def _status(case: _Case) -> None:
    """Whether there is a right, and how long."""
    right, wish, on = case.right, case.wish, case.on
    over = right.last_day is not None and right.last_day < on and right.status != "renewal_grace"
    if right.status in _ENDED or over:
        case.bar("right_ended", status=right.status, last_day=right.last_day)
    if right.kind == "patent_application" or right.status == "pending":
        case.note("right_pending")
        if wish.act in {Act.PLEDGE, Act.OPEN_LICENCE}:
            case.bar("right_not_granted")
    if right.status in {"annuity_grace", "renewal_grace"}:
        case.note("right_in_grace", status=right.status)
    unpaid = right.status == "annuity_grace" and case.family == "patent"
    if unpaid and wish.act in {Act.PLEDGE, Act.OPEN_LICENCE}:
        case.bar("fee_unpaid")
    if wish.debt_due and right.last_day and wish.debt_due > right.last_day:
        case.bar("debt_outlives_right", last_day=right.last_day)


def _procedures(case: _Case) -> None:
    """Courts and offices that look at the right just now."""
    recorded = case.wish.act is not Act.LICENCE  # the office writes it into its register
    for burden in case.standing(BurdenKind.FREEZE):
        case.bar("frozen" if recorded else "frozen_licence", burden)
    for burden in case.standing(BurdenKind.DISPUTE):
        if burden.suspended and recorded:
            case.bar("dispute_suspended", burden)
        elif case.wish.act is Act.PLEDGE and case.family == "work":
            case.bar("dispute_bars_pledge", burden)
        case.note("dispute", burden)
    for burden in case.standing(BurdenKind.INVALIDATION):
        case.note("invalidation", burden)
        if case.wish.act is Act.PLEDGE and case.family == "patent":
            for owner in case.right.owners:
                if owner.acts:
                    case.ask("invalidation_declaration", owner.party, burden)
            case.ask("invalidation_declaration", case.wish.to, burden)


def _pledges(case: _Case) -> None:
    """Pledgees agree, and are paid first; of a patent there is one pledge at a time."""
    for burden in case.to_come(BurdenKind.PLEDGE):
        if not burden.registered:
            case.note("pledge_declared", burden)
        elif case.wish.act is not Act.PLEDGE:
            if burden.stands(case.on):
                case.ask("pledgee", burden.holder, burden)
                case.note("proceeds_to_pledgee", burden)
        elif case.family == "patent":
            case.bar("pledged_already", burden)
        else:
            case.note("later_rank", burden, rank=burden.rank)


def _securities(case: _Case) -> None:
    """Other securities: who holds one agrees, but to a plain licence, which is only told."""
    plain = case.wish.act is Act.LICENCE and _grant(case.wish) is Grant.NON_EXCLUSIVE
    for burden in case.standing(BurdenKind.SECURITY):
        if plain:
            case.note("secured_party_told", burden)
        else:
            case.ask("secured_party", burden.holder, burden)


def _coowners(case: _Case) -> None:
    """Whether one co-owner may do it alone, by the law or by what they agreed."""
    others = [owner for owner in case.right.owners if not owner.acts]
    if len(case.right.owners) < 2:
        return
    agreements = list(case.standing(BurdenKind.COOWNERSHIP))
    for burden in agreements:
        case.note("coowners_agreed", burden)
    alone = _allowed(agreements) if agreements else _free_by_law(case.family)
    beyond = case.wish.sublicence and not agreements  # art. 14 speaks of plain licences alone
    if case.wish.deed not in alone or beyond:
        for owner in others:
            case.ask("coowner", owner.party)
    if case.wish.act is Act.LICENCE and not agreements:
        case.note("coowners_share")


def agreed_alone(agreements: Iterable[Burden], wish: Wish) -> bool:
    """Whether the co-owners' agreements let one of them fulfil a wish alone."""
    return wish.deed in _allowed(agreements)


def _allowed(agreements: Iterable[Burden]) -> frozenset[str]:
    """What all agreements let one do alone; who may grant more may grant less."""
    return frozenset.intersection(*(_with_less(burden.deeds) for burden in agreements))


def _with_less(deeds: frozenset[str]) -> frozenset[str]:
    width = max((_WIDTH.index(Grant(d)) for d in deeds if d in set(Grant)), default=-1)
    return deeds | {grant.value for grant in _WIDTH[: width + 1]}


def _free_by_law(family: str) -> frozenset[str]:
    """What a co-owner may do without the others."""
    if family == "work":  # 「除转让、许可他人专有使用、出质以外的其他权利」
        return frozenset({"sole", "non_exclusive"})
    return frozenset({"non_exclusive"})


def _priorities(case: _Case) -> None:
    """Who must be told first; it is a duty, not a bar."""
    if case.wish.act not in TRANSFERS:
        return
    for burden in case.standing(BurdenKind.PRIORITY):
        case.note(f"priority_{(burden.priority or Priority.CONTRACT).value}", burden)


def _scope(case: _Case, wished: Scope) -> None:
    """The wished scope by itself."""
    right = case.right
    if wished.is_empty:
        case.bar("scope_empty")
    if wished.ends is not None and wished.ends < case.on:
        case.bar("scope_past")
    if wished.unclear:
        case.note("free_text", text="、".join(wished.unclear))
    if not scopes.atoms(wished.territory) <= scopes.atoms(right.territory):
        case.note("beyond_territory", territory=" ".join(sorted(right.territory)))
    if right.last_day is None or case.family == "mark":
        return
    if wished.starts > right.last_day or (wished.ends and wished.ends > right.last_day):
        case.bar("licence_outlives_right", last_day=right.last_day)


def _licences(case: _Case) -> None:
    """Licences that stand: in the way of another licence; gone along with by a transfer."""
    wish = case.wish
    for burden in case.right.burdens:
        if burden.kind is not BurdenKind.LICENCE:
            continue
        if wish.act is Act.LICENCE:
            if burden.scope is not None and burden.scope.unclear and _in_the_way(burden, wish):
                case.note("free_text", burden, text="、".join(burden.scope.unclear))
            if _in_the_way(burden, wish):
                case.bar(_LICENCE_CODE[burden.grant or Grant.EXCLUSIVE], burden)
        elif not _is_over(burden, case.on):
            if wish.act is Act.OPEN_LICENCE and (burden.grant or Grant.EXCLUSIVE) in SHUTS_OUT:
                case.bar("exclusive_bars_open_licence", burden)
            elif wish.act is not Act.OPEN_LICENCE:
                case.note("licences_survive", burden)


_LICENCE_CODE = {
    Grant.EXCLUSIVE: "licence_exclusive",
    Grant.SOLE: "licence_sole",
    Grant.NON_EXCLUSIVE: "licence_standing",
}


def _is_over(burden: Burden, on: date) -> bool:
    ends = burden.scope.ends if burden.scope else burden.ends
    return ends is not None and ends < on


def _in_the_way(burden: Burden, wish: Wish) -> bool:
    """One of the two shuts others out, both hold a common scope, and the licensee is another."""
    shuts = {burden.grant or Grant.EXCLUSIVE, _grant(wish)} & SHUTS_OUT
    same = wish.to.id is not None and wish.to.id == burden.holder.id
    return bool(shuts) and burden.overlaps(wish) and not same


def _open_licences(case: _Case) -> None:
    """An open-licence statement: plain licences only; withdrawn before a transfer."""
    wish = case.wish
    for burden in case.right.burdens:
        if burden.kind is not BurdenKind.OPEN_LICENCE:
            continue
        if wish.act is Act.LICENCE:
            span = (wish.scope.starts, wish.scope.ends) if wish.scope else (case.on, None)
            if scopes.meet_in_time((burden.starts, burden.ends), span):
                shuts = _grant(wish) in SHUTS_OUT
                (case.bar if shuts else case.note)(
                    "open_licence_stands" if shuts else "open_licence_terms", burden
                )
        elif not burden.is_over(case.on):
            if wish.act is Act.PLEDGE:
                case.ask("open_licence_pledgee", wish.to, burden)
            elif wish.act is Act.OPEN_LICENCE:
                case.bar("open_licence_twice", burden)
            else:
                case.note("open_licence_withdraw_first", burden)


# ---- what is left of a wish --------------------------------------------------------------------


def _alternatives(case: _Case) -> Iterator[Wish]:
    """Narrower wishes that nothing stands against: less ground, fewer fields, other days, less."""
    seen: set[Wish] = set()
    for wish in _narrower(case):
        if wish not in seen and not _judge(case.right, wish, case.on).obstacles:
            seen.add(wish)
            yield wish


def _narrower(case: _Case) -> Iterator[Wish]:
    wish, last_day = case.wish, case.right.last_day
    if wish.act is not Act.LICENCE or wish.scope is None:
        return
    wished = wish.scope
    if last_day and case.family != "mark" and wished.ends and wished.ends > last_day:
        wished = replace(wished, ends=last_day)
        yield replace(wish, scope=wished)
    taken = [
        burden.scope
        for burden in case.right.burdens
        if burden.kind is BurdenKind.LICENCE and burden.scope and _in_the_way(burden, wish)
    ]
    for narrow in (scopes.without_places, scopes.without_fields, scopes.after, scopes.before):
        left = narrow(wished, taken) if taken else None
        if left is not None and not left.is_empty:
            yield replace(wish, scope=left)
    if _grant(wish) in SHUTS_OUT:
        yield replace(wish, scope=wished, grant=Grant.NON_EXCLUSIVE)


# ---- what becomes of the right -----------------------------------------------------------------


def conflicting(one: Burden, other: Burden, kind: str) -> bool:
    """Whether two burdens cannot both be true of a right of this kind."""
    pair = {one.kind, other.kind}
    if pair == {BurdenKind.LICENCE}:
        wish = Wish(Act.LICENCE, other.grant, other.scope, to=other.holder)
        return _in_the_way(one, wish)
    if pair == {BurdenKind.LICENCE, BurdenKind.OPEN_LICENCE}:
        licence, statement = (one, other) if one.kind is BurdenKind.LICENCE else (other, one)
        span = (licence.scope.starts, licence.scope.ends) if licence.scope else (None, None)
        return (licence.grant or Grant.EXCLUSIVE) in SHUTS_OUT and scopes.meet_in_time(
            (statement.starts, statement.ends), span
        )
    if pair == {BurdenKind.PLEDGE}:
        both = one.registered and other.registered
        return both and articles.family(kind) == "patent" and _share_a_day(one, other)
    return pair == {BurdenKind.OPEN_LICENCE} and _share_a_day(one, other)


def _share_a_day(one: Burden, other: Burden) -> bool:
    return scopes.meet_in_time((one.starts, one.ends), (other.starts, other.ends))


def burden_of(wish: Wish, on: date, *, reference: str = "") -> Burden | None:
    """What a fulfilled wish leaves on the right; a transfer leaves nothing."""
    if wish.act is Act.LICENCE:
        scope = wish.scope
        return Burden(
            BurdenKind.LICENCE,
            reference,
            wish.to,
            scope.starts if scope else on,
            scope.ends if scope else None,
            _grant(wish),
            scope,
            wish.sublicence,
        )
    if wish.act is Act.PLEDGE:
        return Burden(BurdenKind.PLEDGE, reference, wish.to, on)
    if wish.act is Act.OPEN_LICENCE:
        return Burden(BurdenKind.OPEN_LICENCE, reference, starts=on)
    return None


def after(right: Right, wish: Wish, on: date, *, reference: str = "") -> Right:
    """The right once a wish is fulfilled: a licence or pledge more, or another owner.

    A transfer keeps the burdens, but for what bound the former co-owners to each other.
    """
    made = burden_of(wish, on, reference=reference)
    if made is not None:
        return replace(right, burdens=right.burdens | {made})
    kept = frozenset(b for b in right.burdens if b.kind is not BurdenKind.COOWNERSHIP)
    return replace(right, owners=(Owner(wish.to, acts=True),), burdens=kept, consents=frozenset())


def without(right: Right, *references: str) -> Right:
    """The right when these burdens are gone."""
    kept = frozenset(b for b in right.burdens if b.reference not in references)
    return replace(right, burdens=kept)


# ---- the table of the page ---------------------------------------------------------------------


def standard_wishes(right: Right, on: date) -> tuple[Wish, ...]:
    """What people ask first: everything as wide as the right goes."""
    whole = Scope(right.territory, frozenset(), on, right.last_day)
    found = [
        Wish(Act.TRANSFER),
        *(Wish(Act.LICENCE, grant, whole) for grant in reversed(_WIDTH)),
        Wish(Act.EQUITY),
        Wish(Act.PLEDGE),
    ]
    if articles.family(right.kind) == "patent":
        found.append(Wish(Act.OPEN_LICENCE))
    return tuple(found)


def what_can_be_done(right: Right, on: date) -> tuple[tuple[Wish, Answer], ...]:
    """The standard wishes with their answers."""
    return tuple((wish, can(right, wish, on)) for wish in standard_wishes(right, on))
