"""What is recorded where: one dated table of procedures per act, kind of right and register. Pure.

Of each: the office, what the entry is good for, by when, for how much, with which papers, who files
it, which paper proves it, and the rule of the catalogue behind it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.core import tables, working_days
from marketplace.core.money import Money
from marketplace.rules.library import Deadline, Words

TABLE = Path(__file__).with_name("procedures.yaml")
EFFECTS = (
    "constitutive", "third_parties", "publicity", "evidence", "contractual", "contribution",
    "administrative", "effective_on_licence", "tax_relief", "from_publication",
)  # fmt: skip
CONTRACT_DAYS = 30
"""Within which the contract of the exchange has the parties apply (its clause on recordal)."""
SUPPLEMENT_MONTHS = 1
"""What an office usually sets where its notice names no day; the day in the notice counts."""


@dataclass(frozen=True)
class Fee:
    """What the office takes for one right, and where that is written; `since` is its first day."""

    amount: Money
    source: Words
    since: date


@dataclass(frozen=True)
class Procedure:
    """A row of the table.

    `acts`: deal kinds, or the grants of a licence, or acts that are no deal (pledge, open_licence).
    `whole`: it is about the contract and not about each right: which circumstance brings it.
    `required`: the price is released only after it. `begins`: signing, or when the deal comes to
    its recordal. `months`, `days`: the period by law, from the day the contract takes effect.
    """

    id: str
    acts: frozenset[str]
    kinds: frozenset[str]
    office: Words
    office_code: str
    name: Words
    effect: str
    required: bool
    begins: str
    side: str
    evidence: tuple[str, ...]
    papers: tuple[Words, ...]
    whole: str = ""
    rule: str = ""
    article: Words | None = None
    months: int = 0
    days: int = 0
    fee: Fee | None = None
    together: str = ""
    usual: Words | None = None

    @property
    def is_with_office(self) -> bool:
        """An authority decides; a receipt between the parties is their own affair."""
        return self.office_code != "parties"

    def legal_period(self, effective_on: date) -> date | None:
        """The last day of the period by law, or None where the law sets none.

        Periods end by 民法典 art. 201 to 203: the first day does not count, a last day that is a
        holiday gives way to the next working day. Where the calendar of that year is not published
        the day itself is said, which is never too late.
        """
        ends = Deadline(Words("", ""), months=self.months, days=self.days).due_on(effective_on)
        return None if ends is None else _worked(ends)

    def due_on(self, effective_on: date, begun_on: date) -> date:
        """By when it has to be filed: by law, otherwise by the contract, from when it could be."""
        return self.legal_period(effective_on) or _worked(begun_on + timedelta(days=CONTRACT_DAYS))


def supplement_due(noticed_on: date) -> date:
    """When a supplement is due where the notice of the office names no day."""
    ends = Deadline(Words("", ""), months=SUPPLEMENT_MONTHS).due_on(noticed_on)
    return _worked(ends or noticed_on)


@cache
def table() -> tuple[Procedure, ...]:
    """Every row, in the order in which they are worked through."""
    said = tables.read(TABLE)
    return tuple(_procedure(row, said) for row in said["procedures"])


@cache
def by_id() -> dict[str, Procedure]:
    """The rows by their name."""
    return {one.id: one for one in table()}


def of_right(acts: Collection[str], kind: str) -> list[Procedure]:
    """What is recorded of one right of a kind by an act (a licence: "licence" and its grant)."""
    return [p for p in table() if not p.whole and p.acts & set(acts) and kind in p.kinds]


def of_contract(
    acts: Collection[str], kinds: Iterable[str], circumstances: Collection[str]
) -> list[Procedure]:
    """What is recorded of a contract as a whole, in these circumstances."""
    rights = set(kinds)
    return [
        p for p in table() if p.whole in circumstances and p.acts & set(acts) and p.kinds & rights
    ]


def wanted(acts: Collection[str], kinds: Iterable[str]) -> list[tuple[str, ...]]:
    """What proves the recordal that a release waits for: of each group any one, in order."""
    ordered = list(kinds)
    rows = [p for kind in ordered for p in of_right(acts, kind)]
    rows += of_contract(acts, ordered, {"contribution"})
    return list(dict.fromkeys(p.evidence for p in rows if p.required))


def _worked(day: date) -> date:
    try:
        return working_days.next_working(day)
    except working_days.Unpublished:
        return day


def _procedure(row: dict[str, Any], said: dict[str, Any]) -> Procedure:
    fee = row.get("fee")
    source: dict[str, Any] | None = said["sources"][fee["source"]] if fee else None
    return Procedure(
        id=row["id"],
        acts=frozenset(row["acts"]),
        kinds=frozenset(row["kinds"]),
        office=Words(**said["offices"][row["office"]]),
        office_code=row["office"],
        name=Words(**row["name"]),
        effect=row["effect"],
        required=row["required"],
        begins=row["begins"],
        side=row["side"],
        evidence=tuple(row["evidence"]),
        papers=tuple(Words(**said["papers"][one]) for one in row["papers"]),
        whole=row.get("whole", ""),
        rule=row.get("rule", ""),
        article=Words(**row["article"]) if "article" in row else None,
        months=row.get("months", 0),
        days=row.get("days", 0),
        fee=Fee(Money("CNY", fee["minor"]), Words(source["zh"], source["en"]), source["since"])
        if fee and source
        else None,
        together=row.get("together", ""),
        usual=Words(**row["usual"]) if "usual" in row else None,
    )
