"""Every code that a reader may meet has words in both languages."""

import ast
import re
from pathlib import Path

import pytest

from marketplace.core.policy import REGISTRY
from marketplace.core.words import SECTIONS, catalogue, knows, say

PACKAGE = Path(__file__).parents[2] / "marketplace"
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = r"%\(\w+\)s"
REFUSALS = {"Invalid", "NotAllowed", "Refused", "TooOften", "Unlawful", "WrongState"}


def calls_in(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call)]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def codes_raised() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for call in calls_in(path):
            if name_of(call) in REFUSALS and call.args and (code := literal(call.args[0])):
                found.add(code)
            for keyword in call.keywords:
                if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
                    found |= {c for v in keyword.value.values if (c := literal(v))}
    return found


def kinds_recorded() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for call in calls_in(path):
            if name_of(call) == "record" and len(call.args) > 1 and (kind := literal(call.args[1])):
                found.add(kind)
    return found


def test_every_refusal_has_words():
    assert sorted(c for c in codes_raised() if not knows("refusals", c)) == []


def test_every_event_has_words():
    assert sorted(k for k in kinds_recorded() if not knows("events", k)) == []


def test_every_permission_and_what_it_needs_has_words():
    wordless = [n for n in REGISTRY if not knows("permissions", n)]
    wordless += [
        predicate.__name__
        for permission in REGISTRY.values()
        for way in permission.ways
        for predicate in way
        if not knows("needs", predicate.__name__)
    ]
    assert wordless == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_code_speaks_both_languages(section):
    faults = []
    for code, words in catalogue()[section].items():
        if set(words) != {"zh", "en"} or not words["zh"] or not words["en"]:
            faults.append(code)
        elif HAN.search(words["en"]):
            faults.append(f"{code}: Chinese in the English words")
        elif set(re.findall(PLACE, words["zh"])) != set(re.findall(PLACE, words["en"])):
            faults.append(f"{code}: the places to fill differ")
    assert faults == []


def test_traditional_chinese_is_converted():
    assert say("enums", "asset_kind.software", "zh_Hant") == "軟件著作權"
