"""Whether the worked cases of the rules would notice a slip in a rule: `python -m scripts.mutate_rules`.

Every condition of every rule is changed in one place at a time (an operator turned round, a bound
moved, a member of a list left out, a condition negated), and the cases of tests/rules/every_rule.yaml
are judged by the changed rule. A change that no case notices survives; the survivors are printed,
and the share of those found out is the score. Not part of the tests: it is about the tests.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from marketplace.rules import library
from marketplace.rules.library import Catalogue, Rule
from marketplace.rules.predicates import EVIDENCE, FACT, HELPER, LITERAL, compiled
from scripts.mutating import TURNED, report
from tests.rules.cases import Case, every_case

_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|&&|\|\|")
_LIST = re.compile(r"\[((?:'[^']*'(?:,\s*)?){2,})\]")
_NUMBER = re.compile(r"(?<![\w.'])\d+(?:\.\d+)?(?![\w'])")
_NEGATED = re.compile(r"!(?=[a-z(])")
_COMPARED = re.compile(r"\s*(?:==|!=|<=|>=|<|>|in\b|\*|\?)")


def mutants(source: str) -> Iterator[str]:
    """The expression with one slip each."""
    for found in _OPERATOR.finditer(source):
        for other in TURNED[found[0]]:
            yield source[: found.start()] + other + source[found.end() :]
    for found in _LIST.finditer(source):
        members = [one or other for one, other in LITERAL.findall(found[1])]
        for member in members:
            rest = ", ".join(f"'{one}'" for one in members if one != member)
            yield f"{source[: found.start()]}[{rest}]{source[found.end() :]}"
    for found in _NUMBER.finditer(source):
        moved = float(found[0]) * 1.1 + 1
        text = f"{moved:.4f}" if "." in found[0] else str(round(moved))
        yield source[: found.start()] + text + source[found.end() :]
    for found in _NEGATED.finditer(source):
        yield source[: found.start()] + source[found.end() :]
    for found in (*EVIDENCE.finditer(source), *HELPER.finditer(source)):
        yield f"{source[: found.start()]}!({found[0]}){source[found.end() :]}"
    for found in FACT.finditer(source):
        bare = not _COMPARED.match(source, found.end())
        known = source[: found.start()].rstrip().endswith(("has(", "<", ">", "<=", ">=", "*", "in"))
        if bare and not known:
            yield f"{source[: found.start()]}!({found[0]}){source[found.end() :]}"


def changed(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with one slip each, and what the slip is."""
    for slip in dict.fromkeys(mutants(rule.when.source)):
        yield slip, replace(rule, when=compiled(slip))
    for slip in dict.fromkeys(mutants(rule.ok.source)) if rule.ok else ():
        yield slip, replace(rule, ok=compiled(slip))
    for place, ground in enumerate(rule.grounds):
        for slip in dict.fromkeys(mutants(ground.when.source)):
            grounds = list(rule.grounds)
            grounds[place] = replace(ground, when=compiled(slip))
            yield slip, replace(rule, grounds=tuple(grounds))


def with_rule(catalogue: Catalogue, rule: Rule) -> Catalogue:
    """The catalogue with one rule exchanged."""
    sections = tuple(
        replace(part, rules=tuple(rule if one.id == rule.id else one for one in part.rules))
        for part in catalogue.sections
    )
    return replace(catalogue, sections=sections)


def notices(cases: list[Case], rule: Rule, catalogue: Catalogue) -> bool:
    """Whether some case is judged otherwise than it should be."""
    other = with_rule(catalogue, rule)
    return any(case.verdict(rule, other) != case.expected for case in cases)


def tried() -> Iterator[tuple[dict[str, object], bool]]:
    """Each slip of each rule, and whether a case notices it."""
    catalogue, cases = library.load(), every_case()
    for rule in catalogue.rules:
        for slip, mutant in changed(rule):
            said = {"rule": rule.id, "slip": " ".join(slip.split())}
            yield said, notices(cases[rule.id], mutant, catalogue)


def main() -> int:
    """Print the survivors and the score."""
    report(tried())
    return 0


if __name__ == "__main__":
    sys.exit(main())
