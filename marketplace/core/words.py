"""The words for codes: each package's words.yaml, read once, in three scripts.

Codes (refusals, permissions, predicates, events, states, actions, enumerations) live beside the
package that speaks them, Chinese and English at once; Traditional Chinese is converted.
Sentences of pages and mails are gettext's business.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC

PACKAGE = Path(__file__).parents[1]
SECTIONS = ("refusals", "needs", "permissions", "events", "states", "actions", "enums")


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Section → code → language → words; the same code twice is an error."""
    found: dict[str, dict[str, dict[str, str]]] = {section: {} for section in SECTIONS}
    for path in sorted(PACKAGE.glob("*/words.yaml")):
        for section, codes in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            for code, words in (codes or {}).items():
                if code in found[section]:
                    raise ValueError(f"{path}: {section}/{code} is defined twice")
                found[section][code] = words
    return found


def say(section: str, code: str, locale: str = "zh_Hans", **facts: Any) -> str:
    """The words for a code in a locale (zh_Hans, zh_Hant, en); the code itself where none exist."""
    words = catalogue()[section].get(str(code))
    if words is None:
        return str(code)
    text = words["en"] if locale.startswith("en") else words["zh"]
    if locale in {"zh_Hant", "zh_Hant_HK", "zh_Hant_TW"}:
        text = to_traditional(text)
    return text % _Facts(facts) if "%(" in text else text


class _Facts(dict[str, Any]):
    """What fills the places of a sentence; a place without a fact shows a dash, never an error."""

    def __missing__(self, name: str) -> str:
        return "–"


def knows(section: str, code: str) -> bool:
    """Whether a code has words."""
    return code in catalogue()[section]


@cache
def _converter() -> OpenCC:
    return OpenCC("s2hk")


OVERRIDES = {"合同": "合約", "信息": "資訊", "软件": "軟件", "质押": "質押", "数据": "數據"}


@cache
def to_traditional(text: str) -> str:
    """Simplified to Traditional Chinese as read in Hong Kong, with the trade's own words."""
    for simplified, traditional in OVERRIDES.items():
        text = text.replace(simplified, traditional)
    return str(_converter().convert(text))
