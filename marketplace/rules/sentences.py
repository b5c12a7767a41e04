"""Predicates in plain words: facts, values and evidence by their labels, in either language. Pure.

A predicate becomes a tree: conditions that must all hold, or any of which is enough, down to single
statements such as "Kind of right: Trademark or Collective mark". What the reader sees is read off
the expression that is judged; nothing is written twice.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from marketplace.core.words import say
from marketplace.rules.facts import FIELDS, FactKind, Field
from marketplace.rules.predicates import EVIDENCE, HELPER, LITERAL, Predicate, bare, split


class Joint(StrEnum):
    """How the parts of a clause hang together; a statement has none."""

    ALL = "all"
    ANY = "any"
    STATEMENT = "statement"


@dataclass(frozen=True)
class Clause:
    """A condition in words. `read` is False where the expression could only be copied."""

    joint: Joint
    text: str = ""
    parts: tuple["Clause", ...] = ()
    rule: str = ""  # the other rule that the statement asks about
    read: bool = True

    @property
    def statements(self) -> tuple["Clause", ...]:
        """The single statements in it, in order."""
        if self.joint is Joint.STATEMENT:
            return (self,)
        return tuple(one for part in self.parts for one in part.statements)


_COMPARISON = re.compile(
    r"(?P<left>[^<>=!]+?)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<right>.+)", re.DOTALL
)
_MEMBER = re.compile(r"(?P<path>[a-z]+\.[a-z0-9_]+) in \[(?P<values>[^\]]*)\]")
_ANY_OF = re.compile(r"\[(?P<values>[^\]]*)\]\.exists\((\w+), \2 in (?P<path>[a-z]+\.[a-z0-9_]+)\)")
_KNOWN = re.compile(r"has\((?P<path>[a-z]+\.[a-z0-9_]+)\)")
_CHOICE = re.compile(r"(?P<when>[^?]+)\?(?P<yes>[^:]+):(?P<no>.+)", re.DOTALL)
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_SAID_OF_DAYS = {"<": "earlier", "<=": "not_later", ">": "later", ">=": "not_earlier"}
_SAID = {"==": "is", "!=": "is_not", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}


def in_words(predicate: Predicate, locale: str = "zh_Hans") -> Clause:
    """What a predicate says, for readers of a locale."""
    return _clause(" ".join(predicate.source.split()), locale, holds=True)


def _clause(source: str, locale: str, *, holds: bool) -> Clause:
    operator, parts = split(source)
    if operator == "!":
        return _clause(parts[0], locale, holds=not holds)
    if operator:
        joint = Joint.ALL if (operator == "&&") is holds else Joint.ANY
        return _joined(joint, [_clause(part, locale, holds=holds) for part in parts])
    text = bare(source)
    if text.startswith("!"):
        return _clause(text[1:], locale, holds=not holds)
    return _statement(text, locale, holds=holds)


def _joined(joint: Joint, parts: list[Clause]) -> Clause:
    """Parts joined like their whole are taken up into it."""
    flat = [one for part in parts for one in (part.parts if part.joint is joint else (part,))]
    return Clause(joint, parts=tuple(flat))


def _statement(source: str, locale: str, *, holds: bool) -> Clause:
    helper = HELPER.fullmatch(source)
    if helper:
        code = f"{helper[1]}_{'holds' if holds else 'does_not'}"
        other = helper[2] if helper[1] == "exempt" else ""  # grounds stand in the rule itself
        return Clause(Joint.STATEMENT, _phrase(code, locale), rule=other)
    text = _read(source, locale, holds=holds)
    return Clause(Joint.STATEMENT, text or source, read=text is not None)


def _read(source: str, locale: str, *, holds: bool) -> str | None:  # noqa: PLR0911 -- one line a form
    if source in FIELDS:
        return _about(FIELDS[source], "yes" if holds else "no", locale)
    if found := EVIDENCE.fullmatch(source):
        code = "on_file" if holds else "not_on_file"
        return _phrase(code, locale, evidence=say("enums", f"evidence.{found[1]}", locale))
    if found := _KNOWN.fullmatch(source):
        return _about(FIELDS[found["path"]], "known" if holds else "unknown", locale)
    if found := _ANY_OF.fullmatch(source) or _MEMBER.fullmatch(source):
        field = FIELDS[found["path"]]
        values = [_choice(field, a or b, locale) for a, b in LITERAL.findall(found["values"])]
        if len(values) == 1:
            return _about(field, "is" if holds else "is_not", locale, value=values[0])
        listed = _listed(values, locale)
        return _about(field, "one_of" if holds else "none_of", locale, value=listed)
    if (found := _COMPARISON.fullmatch(source)) and found["left"] in FIELDS:
        sign = found["sign"] if holds else _OPPOSITE[found["sign"]]
        return _compared(FIELDS[found["left"]], sign, found["right"].strip(), locale)
    return None


def _compared(field: Field, sign: str, right: str, locale: str) -> str | None:
    literal = LITERAL.fullmatch(right)
    if literal and not literal[1]:
        return _about(field, "empty" if sign == "==" else "stated", locale)
    value = _choice(field, literal[1], locale) if literal else _amount(right, locale)
    said = _SAID | _SAID_OF_DAYS if field.kind is FactKind.DAY else _SAID
    return value and _about(field, said[sign], locale, value=value)


def _amount(source: str, locale: str) -> str | None:
    """A figure, another fact, a share of it, or one of two by a condition."""
    source = bare(source)
    if source in FIELDS:
        return say("enums", FIELDS[source].label, locale)
    if re.fullmatch(r"\d+(\.\d+)?", source):
        return f"{float(source):,g}" if float(source) < 1e6 else f"{float(source):,.0f}"
    if share := re.fullmatch(r"(\d*\.\d+) \* ([a-z.0-9_]+)", source):
        of = _amount(share[2], locale)
        return of and _phrase("share", locale, per_cent=f"{float(share[1]) * 100:g}", of=of)
    if either := _CHOICE.fullmatch(source):
        yes, no = _amount(either["yes"], locale), _amount(either["no"], locale)
        when = _read(bare(either["when"]), locale, holds=True)
        return yes and no and when and _phrase("either", locale, yes=yes, no=no, when=when)
    return None


def _choice(field: Field, value: str, locale: str) -> str:
    return say("enums", field.choice_label(value), locale) if field.choices else value


def _listed(values: list[str], locale: str) -> str:
    *most, last = values
    comma = ", " if locale.startswith("en") else "、"
    return _phrase("or", locale, most=comma.join(most), last=last)


def _about(field: Field, code: str, locale: str, **facts: str) -> str:
    return _phrase(code, locale, fact=say("enums", field.label, locale), **facts)


def _phrase(code: str, locale: str, **facts: str) -> str:
    return say("enums", f"rule_says.{code}", locale, **facts)
