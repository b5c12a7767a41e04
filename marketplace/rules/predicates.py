"""CEL predicates in three values: they hold, they do not, or they lack facts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import cel

from marketplace.rules.facts import FIELDS, RECORDS, Facts

LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
FACT = re.compile(rf"\b({'|'.join(RECORDS)})\.([a-z_][a-z0-9_]*)")
EVIDENCE = re.compile(r"'([a-z0-9_]+)' in docs\b")
HELPER = re.compile(r"\b(exempt|grounds)\['([a-z0-9-]+)'\]")
ENGINE_NAMES = frozenset({"docs", "exempt", "grounds"})


@dataclass(frozen=True)
class Verdict:
    """Whether a predicate holds; None when undecided, and then for lack of which facts."""

    holds: bool | None
    missing: frozenset[str] = frozenset()


TRUE, FALSE = Verdict(holds=True), Verdict(holds=False)


class Situation:
    """The known facts as CEL sees them, and the engine's answers so far about other rules."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.answers: dict[str, dict[str, Verdict]] = {"exempt": {}, "grounds": {}}
        self.context = cel.Context({**facts.records(), "docs": sorted(facts.docs)})
        for helper in self.answers:
            self.context.add_variable(helper, {})

    def answer(self, helper: str, verdicts: Mapping[str, Verdict]) -> None:
        """Make answers about rules known to predicates; an undecided one stays absent."""
        known = self.answers[helper]
        known.update(verdicts)
        decided = {rule: v.holds for rule, v in known.items() if v.holds is not None}
        self.context.add_variable(helper, decided)


@dataclass(frozen=True)
class Predicate:
    """One compiled CEL expression. Raises ValueError where it cannot compile."""

    source: str

    @cached_property
    def program(self) -> cel.Program:
        return cel.compile(self.source)

    @cached_property
    def fact_paths(self) -> frozenset[str]:
        """The facts named, whether they exist or not."""
        bare = LITERAL.sub("''", self.source)
        return frozenset(".".join(found) for found in FACT.findall(bare))

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The evidence asked for, in the order of the expression."""
        return tuple(dict.fromkeys(EVIDENCE.findall(self.source)))

    @cached_property
    def helpers(self) -> frozenset[tuple[str, str]]:
        """The other rules asked about: (`exempt` or `grounds`, rule id)."""
        return frozenset(HELPER.findall(self.source))

    def strangers(self) -> list[str]:
        """Names that neither the fact model nor the engine knows; none in a sound catalogue."""
        unknown = [path for path in self.fact_paths if path not in FIELDS]
        bound = set(re.findall(r"\.(?:exists|all|exists_one)\((\w+),", self.source))
        names = set(self.program.variables()) - ENGINE_NAMES - set(RECORDS) - bound
        return sorted([*unknown, *names])

    def decide(self, situation: Situation) -> Verdict:
        """Three-valued truth. `missing` names only the facts that could still change the answer."""
        try:
            return TRUE if self.program.execute(situation.context) is True else FALSE
        except KeyError:
            return _explain(self.source, situation)


def _explain(source: str, situation: Situation) -> Verdict:
    """Go down an undecided expression to the parts that lack something."""
    operator, parts = split(source)
    if operator == "":
        return _leaf(source, situation)
    if operator == "!":
        inner = _explain(parts[0], situation)
        return inner if inner.holds is None else (FALSE if inner.holds else TRUE)
    settling = operator == "||"
    verdicts = [_explain(part, situation) for part in parts]
    if any(verdict.holds is settling for verdict in verdicts):
        return TRUE if settling else FALSE
    missing = [verdict.missing for verdict in verdicts if verdict.holds is None]
    return Verdict(None, frozenset().union(*missing)) if missing else (FALSE if settling else TRUE)


def _leaf(source: str, situation: Situation) -> Verdict:
    predicate = compiled(source)
    try:
        return TRUE if predicate.program.execute(situation.context) is True else FALSE
    except KeyError:
        lacking = {path for path in predicate.fact_paths if situation.facts.lacks(path)}
        for helper, rule in predicate.helpers:
            lacking |= situation.answers[helper].get(rule, FALSE).missing
        return Verdict(None, frozenset(lacking))


@cache
def compiled(source: str) -> Predicate:
    """A predicate for an expression; the same expression is compiled once."""
    return Predicate(source)


@cache
def split(source: str) -> tuple[str, tuple[str, ...]]:
    """The outermost operator (`||`, `&&`, `!` or none) and its operands."""
    source = bare(source)
    if "?" in "".join(_shallow(source)):
        return "", ()
    for operator in ("||", "&&"):
        parts = tuple(_operands(source, operator))
        if len(parts) > 1:
            return operator, parts
    if source.startswith("!(") and _closes(source[1:]):
        return "!", (source[1:],)
    return "", ()


def bare(source: str) -> str:
    """The expression without parentheses around the whole of it."""
    source = source.strip()
    while source.startswith("(") and _closes(source):
        source = source[1:-1].strip()
    return source


def _closes(source: str) -> bool:
    """Whether the first parenthesis closes at the very end."""
    depths = list(_depths(source))
    return depths[-1] == 0 and all(depth > 0 for depth in depths[:-1])


def _depths(source: str) -> Iterator[int]:
    depth, quote = 0, ""
    for character in source:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
        yield depth + bool(quote)


def _shallow(source: str) -> Iterable[str]:
    return (
        character if depth == 0 else " "
        for character, depth in zip(source, _depths(source), strict=True)
    )


def _operands(source: str, operator: str) -> Iterator[str]:
    shallow, start = "".join(_shallow(source)), 0
    for found in re.finditer(re.escape(operator), shallow):
        yield source[start : found.start()].strip()
        start = found.end()
    yield source[start:].strip()
