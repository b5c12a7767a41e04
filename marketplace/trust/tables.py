"""The published tables of points, read once from grading.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

from marketplace.core.tables import read
from marketplace.trust.grading import Cost, Letter, Praise, Table

FILE = Path(__file__).with_name("grading.yaml")


@cache
def published() -> tuple[dict[str, Any], ...]:
    """As the file says it, the newest first: for the page of the rules."""
    rows = read(FILE)
    return tuple(sorted(rows, key=lambda row: row["since"], reverse=True))


@cache
def tables() -> tuple[Table, ...]:
    """As the grading takes them."""
    return tuple(
        Table(
            since=row["since"],
            start=row["start"],
            least={letter: row["least"][letter.value] for letter in Letter},
            costs={code: Cost(**cost) for code, cost in row["costs"].items()},
            praise=Praise(**row["praise"]),
        )
        for row in published()
    )
