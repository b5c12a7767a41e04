"""What the law wants in a contract about technology or a mark: clause, article, there or not.

Pure: it looks at the facts that the contract prints (papers.Contract.data). Clauses that the template
always prints (secrecy, improvements, breach, disputes) need no facts; tests hold the template to them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]
PATENTS = {"invention", "utility_model", "design"}


@dataclass(frozen=True)
class Clause:
    """A clause that a contract with these facts needs, and whether it has it."""

    code: str
    article: str
    present: bool


def _always(_: Facts) -> bool:
    return True


def _licence(data: Facts) -> bool:
    return bool(data["terms"]["kind"] == "licence")


def _equity(data: Facts) -> bool:
    return bool(data["terms"]["kind"] == "equity")


def _of_patents(data: Facts) -> bool:
    return any(right["kind"] in PATENTS for right in data["rights"])


def _royalty(data: Facts) -> bool:
    return bool(data["terms"]["royalty"])


def _parties(data: Facts) -> bool:
    return all(data[side]["name"] for side in ("seller", "buyer"))


def _subject(data: Facts) -> bool:
    """Titles, and numbers where the right has one: a secret or a work may be unregistered."""
    rights = data["rights"]
    return bool(rights) and all(right["title"] for right in rights)


def _patent_facts(data: Facts) -> bool:
    """Title, patentee, day of filing, number and term of each patent.

    The article speaks of patents under our law: of a foreign one, filing day and term may stay open.
    """
    patents = [right for right in data["rights"] if right["kind"] in PATENTS]
    return all(right[name] for right in patents for name in _named(right))


def _named(right: Mapping[str, Any]) -> tuple[str, ...]:
    here = right["jurisdiction"] == "CN"
    return ("title", "owners", "number", *(("filed_on", "last_day") if here else ()))


def _in_force(data: Facts) -> bool:
    """A licence is good only while the patent lasts: none of them has ended on the day of drafting."""
    drawn = data["drawn_at"]["day"]["iso"]
    return all(
        right["last_day"] is None or right["last_day"]["iso"] >= drawn
        for right in data["rights"]
        if right["kind"] in PATENTS
    )


def _consideration(data: Facts) -> bool:
    """A price, a royalty or shares; a price of nothing has to be meant: the terms have none at all."""
    terms = data["terms"]
    return bool(terms["price"] or terms["royalty"] or terms["equity"]) or terms["kind"] != "equity"


def _of(field: str) -> Callable[[Facts], bool]:
    return lambda data: bool(data["terms"][field])


WANTED: tuple[tuple[str, str, Callable[[Facts], bool], Callable[[Facts], bool]], ...] = (
    ("parties", "民法典 470(1)", _always, _parties),
    ("subject", "民法典 845(1)", _always, _subject),
    ("patent_facts", "民法典 845(3)", _of_patents, _patent_facts),
    ("consideration", "民法典 845(1)", _always, _consideration),
    ("royalty_base", "民法典 846", _royalty, _of("royalty_base")),
    ("grant", "民法典 862(2)", _licence, _of("grant")),
    ("territory", "民法典 864", _licence, _of("territory")),
    ("in_force", "民法典 865", lambda data: _licence(data) and _of_patents(data), _in_force),
    (
        "contribution",
        "公司法 48",
        _equity,
        lambda data: bool(data["terms"]["price"] or data["terms"]["equity"]),
    ),
)


def required(data: Facts) -> list[Clause]:
    """The clauses that a contract with these facts needs."""
    return [
        Clause(code, article, is_there(data))
        for code, article, applies, is_there in WANTED
        if applies(data)
    ]


def missing(data: Facts) -> list[Clause]:
    """Those that it has not: then it is not drawn up."""
    return [clause for clause in required(data) if not clause.present]
