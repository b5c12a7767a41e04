"""The checklist of a deal: what the rules find, grouped as people work on it, and what they ask."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.assets import services as assets
from marketplace.assets.models import Asset
from marketplace.compliance import worklist
from marketplace.compliance.models import EvidenceState
from marketplace.compliance.services.tasks import Due
from marketplace.core import clock
from marketplace.deals import facts, periods, steps
from marketplace.deals.models import Deal, Evidence
from marketplace.rules import demands, engine
from marketplace.rules.demands import BEFORE_SIGNING, Question
from marketplace.rules.engine import Finding, Status
from marketplace.rules.facts import FIELDS, Facts
from marketplace.rules.library import Gate, Rule, Stage, load
from marketplace.rules.sources import ORIGINS, Side

OFF_FILE = frozenset({EvidenceState.WITHDRAWN, EvidenceState.REPLACED})
_WORST = (
    Status.OPEN,
    Status.UNKNOWN,
    Status.DUTY,
    Status.WAIVED,
    Status.SATISFIED,
    Status.INFO,
)
_SIDES = {
    "seller": steps.SELLER,
    "co_owners": steps.SELLER,
    "inventors": steps.SELLER,
    "lender": steps.SELLER,  # the owner asks its pledgee
    "valuer": steps.SELLER,  # and its valuer
    "buyer": steps.BUYER,
    "foreign_party": steps.BUYER,
    "operator": steps.EXCHANGE,
}
_SPEAKS = {Side.SELLER: steps.SELLER, Side.BUYER: steps.BUYER, Side.EITHER: ""}


def answers_for(path: str) -> str:
    """Which side speaks for a fact; empty: either party."""
    return _SPEAKS.get(ORIGINS[path].side, steps.EXCHANGE)


def side_of(actor: str) -> str:
    """Which side of the deal acts for an actor of the rules; who is no party, the seller asks."""
    return _SIDES.get(actor, steps.SELLER)


def rule(rule_id: str) -> Rule | None:
    """A rule on file, for those who show a refusal of the law."""
    return load().by_id.get(rule_id)


@dataclass
class Item:
    """A rule as it bears on the deal: the worst of what it says of its rights."""

    finding: Finding
    assets: list[Asset]
    evidence: list[Evidence] = field(default_factory=list)
    by: Due = field(default_factory=Due)

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self.finding.status

    @property
    def due(self) -> date | None:
        """The last day the law gives, once the event it counts from has happened."""
        return None if self.by.counts_from == periods.STEP else self.by.on

    @property
    def sides(self) -> frozenset[str]:
        """Who of the deal must act."""
        return frozenset(side_of(actor) for actor in self.finding.actors)

    @property
    def settled_by(self) -> tuple[str, ...]:
        """The names of the papers that count for it."""
        return tuple(dict.fromkeys(e.name for e in self.evidence if e.counts))

    @property
    def awaits_exchange(self) -> bool:
        """Evidence was filed and nobody has looked at it yet."""
        return any(e.state is EvidenceState.FILED for e in self.evidence)

    @property
    def to_file(self) -> tuple[str, ...]:
        """The evidence that is neither confirmed nor waiting to be."""
        waiting = {e.name for e in self.evidence if e.state is EvidenceState.FILED}
        if self.finding.any_evidence and waiting & set(self.finding.evidence):
            return ()
        return tuple(name for name in self.finding.lacking_evidence if name not in waiting)


@dataclass(frozen=True)
class Checklist:
    """All of it, worked out now."""

    items: tuple[Item, ...]
    questions: tuple[Question, ...]
    gaps: tuple[str, ...]  # facts that no answer can fill: a record or a paper must
    clear_to_sign: bool
    clear_to_close: bool

    @property
    def blocks(self) -> list[Item]:
        """What stands between the parties and their signatures."""
        return [i for i in self.items if self._stops(i) and i.finding.stage in BEFORE_SIGNING]

    @property
    def later(self) -> list[Item]:
        """What must be done before the deal can be closed."""
        return [i for i in self.items if self._stops(i) and i.finding.stage not in BEFORE_SIGNING]

    @property
    def done(self) -> list[Item]:
        """What is settled."""
        return [i for i in self.items if i.status is Status.SATISFIED]

    @property
    def waived(self) -> list[Item]:
        """What is not met and was waived."""
        return [i for i in self.items if i.status is Status.WAIVED]

    @property
    def duties(self) -> list[Item]:
        """What the law asks of the parties and does not stop the deal."""
        return [i for i in self.items if i.status is Status.DUTY]

    @property
    def information(self) -> list[Item]:
        """What is good to know."""
        return [i for i in self.items if i.status is Status.INFO]

    @property
    def open_questions(self) -> list[Question]:
        """What must be answered before the signing."""
        return [q for q in self.questions if q.required and q.is_open]

    @staticmethod
    def _stops(item: Item) -> bool:
        return item.finding.gate is Gate.HARD and item.status in {Status.OPEN, Status.UNKNOWN}


def of(deal: Deal) -> Checklist:
    """Judge the deal as it stands, by today's rules, without keeping the judgement."""
    today = clock.today()
    sheets = facts.sheets(deal)
    waived = worklist.waived_rules(deal)
    judged = [
        (asset, engine.judge(Facts.of(sheet), today).with_waivers(waived))
        for asset, sheet in sheets
    ]
    hard = [
        f
        for _, one in judged
        for f in one.findings
        if f.gate is Gate.HARD and f.status in {Status.OPEN, Status.UNKNOWN}
    ]
    wanted = demands.lacking(one for _, one in judged)
    questions = tuple(_questions(deal, wanted))
    gaps = tuple(p for p, one in wanted.items() if one.required and not ORIGINS[p].is_asked)
    return Checklist(
        items=tuple(_items(deal, judged)),
        questions=questions,
        gaps=gaps,
        clear_to_sign=not gaps
        and not any(f.stage in BEFORE_SIGNING for f in hard)
        and not any(q.required and q.is_open for q in questions),
        clear_to_close=not any(f.stage is not Stage.POST for f in hard),
    )


def _items(deal: Deal, judged: list[tuple[Asset, engine.Judgement]]) -> list[Item]:
    found: dict[str, Item] = {}
    for asset, one in judged:
        for finding in one.findings:
            if finding.applies is None and finding.gate is not Gate.HARD:
                continue  # whether it applies is undecided, and nothing hangs on it
            known = rule(finding.rule)
            if known and known.is_about_exchange and finding.status is not Status.OPEN:
                continue  # not the parties' affair: see the library of rules
            item = found.setdefault(finding.rule, Item(finding, []))
            item.assets.append(asset)
            if _WORST.index(finding.status) < _WORST.index(item.finding.status):
                item.finding = finding
    for item in found.values():
        names = set(item.finding.evidence)
        item.evidence = [e for e in deal.evidence if e.name in names and e.state not in OFF_FILE]
        item.by = periods.due(deal, item.finding)
    return list(found.values())


def _questions(deal: Deal, wanted: dict[str, demands.Lack]) -> list[Question]:
    """What a party may answer of what is missing, and what was answered already."""
    given = answered(deal)
    return [
        Question(
            one,
            None if path in wanted else given.get(path),
            answers_for(path),
            required=wanted[path].required if path in wanted else True,
            rules=tuple(wanted[path].rules) if path in wanted else (),
        )
        for path, one in FIELDS.items()
        if (path in wanted or path in given) and ORIGINS[path].is_asked
    ]


def answered(deal: Deal) -> dict[str, Any]:
    """What the parties said, by path: of the rights, kept with them, and of this deal.

    Rights that differ have no answer in common.
    """
    given = {
        f"{record}.{name}": value
        for record, content in (deal.facts or {}).items()
        if isinstance(content, dict)
        for name, value in content.items()
    }
    given |= assets.stated_together(deal.assets)
    return {path: value for path, value in given.items() if path in FIELDS}
