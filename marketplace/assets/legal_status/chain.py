"""Who held a right when, and by which act; what is missing in between is named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.assets.legal_status.codes import CHANGES_HOLDER, Code
from marketplace.assets.legal_status.happenings import Happening
from marketplace.assets.legal_status.parties import key, keys

GAPS = (
    "first_owner_missing", "assignor_unnamed", "assignor_not_holder", "assignee_unnamed",
    "end_differs", "owners_unknown",
)  # fmt: skip


_BEGINNINGS = {Code.CREATED, Code.FILED, Code.PUBLISHED, Code.GRANTED}  # name the first owners


@dataclass(frozen=True)
class Gap:
    """A place where the chain does not hold: why, and whom it is about."""

    code: str
    said: tuple[str, ...] = ()  # whom the act, or the register, names
    known: tuple[str, ...] = ()  # whom the chain knows


@dataclass(frozen=True)
class Link:
    """Holders for a time, the act that made them so, and what is wrong with it."""

    holders: tuple[str, ...]
    since: date | None
    until: date | None
    by: Happening | None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Chain:
    """The links from the first owner to today."""

    links: tuple[Link, ...]
    end: Gap | None = None  # today's owners are not whom the last act made

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All that is open."""
        inside = tuple(gap for link in self.links for gap in link.gaps)
        return (*inside, self.end) if self.end else inside

    @property
    def is_whole(self) -> bool:
        """From the first owner to today's without a gap."""
        return not self.gaps


def title_chain(
    events: Iterable[Happening], owners_now: Sequence[str], *, first: Sequence[str] = ()
) -> Chain:
    """The chain of title by the events that name parties, against the register's owners of today.

    `first` are the owners that the first document names where no event does. An act counts even
    where its giver did not hold the right: it is told as it is on record, and flagged.
    """
    told = sorted(events, key=lambda e: e.order)
    acts = [e for e in told if e.code in CHANGES_HOLDER]
    links = [_first(told, acts, owners_now, first)]
    for act in acts:
        holders, gaps = _after(links[-1].holders, act)
        before = links.pop()
        links += [
            Link(before.holders, before.since, act.on, before.by, before.gaps),
            Link(holders, act.on, None, act, gaps),
        ]
    return Chain(tuple(links), _end(links[-1].holders, owners_now))


def _first(
    told: Sequence[Happening],
    acts: Sequence[Happening],
    owners_now: Sequence[str],
    first: Sequence[str],
) -> Link:
    begun = [e for e in told if e.code in _BEGINNINGS]
    origin = next(iter(begun), None)
    named = next((e for e in begun if e.takers), None)
    since = origin.on if origin else None
    if named or first:
        return Link(_once(named.takers if named else first), since, None, named or origin)
    if not acts:  # nothing happened to the title: today's owners are the first
        return Link(_once(owners_now), since, None, origin)
    presumed = acts[0].givers
    return Link(_once(presumed), since, None, origin, (Gap("first_owner_missing", said=presumed),))


def _after(holders: tuple[str, ...], act: Happening) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
    """Who holds it after an act. Of several holders those who gave leave, the others stay."""
    gaps = []
    if not act.takers:
        gaps.append(Gap("assignee_unnamed", said=act.givers, known=holders))
        return holders, tuple(gaps)
    if not act.givers:
        gaps.append(Gap("assignor_unnamed", said=act.takers, known=holders))
        return _once(act.takers), tuple(gaps)
    strangers = tuple(name for name in act.givers if key(name) not in keys(holders))
    if strangers:
        gaps.append(Gap("assignor_not_holder", said=strangers, known=holders))
    if len(strangers) == len(act.givers):
        return _once(act.takers), tuple(gaps)  # as the register tells it: it follows the act
    stay = [name for name in holders if key(name) not in keys(act.givers)]
    return _once([*stay, *act.takers]), tuple(gaps)


def _end(holders: tuple[str, ...], owners_now: Sequence[str]) -> Gap | None:
    if not owners_now:
        return Gap("owners_unknown", known=holders)
    if keys(holders) != keys(owners_now):
        return Gap("end_differs", said=tuple(owners_now), known=holders)
    return None


def _once(names: Sequence[str]) -> tuple[str, ...]:
    """Each party once, in its first spelling."""
    return tuple({key(name): name for name in reversed(names)}.values())[::-1]
