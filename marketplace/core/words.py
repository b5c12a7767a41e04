"""The words for codes: each package's words.yaml (and words_NOUN.yaml), read once, in three scripts.

Codes (refusals, permissions, predicates, events, states, actions, enumerations) live beside the
package that speaks them, Chinese and English at once; Traditional Chinese is converted.
Sentences of pages and mails are gettext's business.
"""

from functools import cache
from pathlib import Path
from typing import Any

from opencc import OpenCC

from marketplace.core import tables

PACKAGE = Path(__file__).parents[1]
SECTIONS = ("refusals", "needs", "permissions", "events", "states", "actions", "enums")


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Section → code → language → words; the same code twice is an error."""
    found: dict[str, dict[str, dict[str, str]]] = {section: {} for section in SECTIONS}
    for path in sorted(PACKAGE.glob("*/words*.yaml")):
        for section, codes in (tables.read(path) or {}).items():
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


# The trade's and the screen's own words; what OpenCC turns as Hong Kong writes it is not repeated.
OVERRIDES = {
    "合同": "合約", "信息": "資訊", "退出登录": "登出", "登录": "登入", "默认": "預設",
    "上传": "上載", "下载": "下載", "搜索": "搜尋", "链接": "連結", "屏幕": "螢幕", "打印": "列印",
    "网络": "網絡", "短信": "短訊", "文档": "文件", "电子表格": "試算表", "收件箱": "收件匣",
    "菜单": "選單", "邮箱地址": "電郵地址", "邮箱": "電郵地址",
    "电子邮件": "電郵", "邮件": "電郵",
}  # fmt: skip


@cache
def to_traditional(text: str) -> str:
    """Simplified to Traditional Chinese as read in Hong Kong, with the trade's own words."""
    for simplified, traditional in OVERRIDES.items():
        text = text.replace(simplified, traditional)
    return str(_converter().convert(text))


def in_script(text: str, locale: str) -> str:
    """Chinese of ours as a reader of a locale writes it; other languages stay as they are."""
    return to_traditional(text) if locale.startswith("zh_Hant") else text
