"""`rules judge FILE`: the engine for scripts, JSON in and plain values out."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, TextIO

from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.rules.engine import judge
from marketplace.rules.facts import FactError, Facts
from marketplace.rules.library import load


def judge_file(stream: TextIO, today: date | None = None) -> dict[str, Any] | list[dict[str, Any]]:
    """Judge one case, or a list, by every rule on file: `{"facts": {...}, "on": "2026-11-22"}`.

    A case may also be the bare facts. Without `on` the day is `today`, by default the clock's.
    Keys beside `facts` and `on` are ignored. Raises Invalid `facts.unreadable`, `facts.day`, and
    FactError where the facts do not fit the model; in a list the path begins with the case: `[3]`.
    """
    try:
        given = json.load(stream)
    except (ValueError, RecursionError) as broken:
        raise Invalid("facts.unreadable") from broken
    day = today or clock.today()
    if isinstance(given, list):
        return [_judge_numbered(case, day, number) for number, case in enumerate(given)]
    return _judge_case(given, day)


def _judge_numbered(case: Any, today: date, number: int) -> dict[str, Any]:
    try:
        return _judge_case(case, today)
    except FactError as wrong:
        told = {name: said for name, said in wrong.facts.items() if name != "path"}
        raise FactError(wrong.code, f"[{number}].{wrong.path}", **told) from wrong


def _judge_case(case: Any, today: date) -> dict[str, Any]:
    if not isinstance(case, Mapping):
        raise FactError("fact.shape", "facts")
    facts = case["facts"] if "facts" in case else {k: v for k, v in case.items() if k != "on"}
    day = day_of(case.get("on"), today)
    return judge(Facts.of(facts), day, load()).as_dict()


def day_of(given: Any, today: date) -> date:
    """The day that was given as YYYY-MM-DD, or today; Invalid `facts.day` for anything else."""
    if given is None:
        return today
    try:
        day = date.fromisoformat(given)
    except (TypeError, ValueError) as broken:
        raise Invalid("facts.day", fields={"on": "facts.day"}) from broken
    if day.isoformat() != given:  # weeks and days without hyphens are ISO too
        raise Invalid("facts.day", fields={"on": "facts.day"})
    return day
