"""Citations of Chinese law for readers of English: names of laws, articles, paragraphs. Pure.

The catalogue cites in Chinese, as lawyers here do; the English follows the same order, so that the
original can be found. Names are ours (laws.yaml); the law itself is quoted in Chinese only.
"""

import re
from functools import cache
from pathlib import Path

import yaml

_DIGITS = {sign: str(n) for n, sign in enumerate("一二三四五六七八九十", start=1)} | {"十一": "11"}
_NUMBER = "(\\d+|十一|[一二三四五六七八九十])"
_SIGNS = (
    ("；", "; "), ("、", ", "), ("，", ", "), ("：", ": "), ("（", " ("), ("）", ")"), ("〔", "["), ("〕", "] "),
    ("及", " and "), ("至", " to "),
)  # fmt: skip
_PATTERNS = (
    (rf"第{_NUMBER}条第{_NUMBER}款第{_NUMBER}项", r"art. \1(\2)(\3)"),
    (rf"第{_NUMBER}条第{_NUMBER}款", r"art. \1(\2)"),
    (rf"第{_NUMBER}条第{_NUMBER}项", r"art. \1 item \2"),
    (rf"第{_NUMBER}条", r"art. \1"),
    (rf"第{_NUMBER}款", r"para. \1"),
    (rf"第{_NUMBER}项", r"item \1"),
    (rf"第{_NUMBER}部分", r"part \1 "),
    (rf"第{_NUMBER}章", r"ch. \1 "),
    (rf"第{_NUMBER}节", r"s. \1"),
    (rf"情形{_NUMBER}", r"case \1"),
    (r"令?第0*(\d+)号公告", r"Announcement No. \1"),
    (r"令第0*(\d+)号", r"Order No. \1"),
    (r"公告第0*(\d+)号", r" Announcement No. \1"),
    (r"公告(\d+)年第(\d+)号", r"Announcement \1 No. \2"),
    (r"0*(\d+)号", r"No. \1 "),
    (r"(\d{4})(?:修订|修正)", r"rev. \1"),
    (r"末句", ", last sentence"),
    (r"（(\d{1,2}|[一二三四五六七八九十])）", r"(\1)"),
)


@cache
def _laws() -> dict[str, str]:
    text = Path(__file__).with_name("laws.yaml").read_text(encoding="utf-8")
    names: dict[str, str] = yaml.safe_load(text)
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))


@cache
def english(citation: str) -> str:
    """The citation in English; what is not known stays as it is."""
    text = citation
    for pattern, form in _PATTERNS:
        text = re.sub(pattern, lambda found, form=form: _said(found, form), text)  # type: ignore[misc]
    for name, said in _laws().items():
        text = text.replace(name, said)
    for sign, said in _SIGNS:
        text = text.replace(sign, said)
    text = re.sub(r"(?<=[\w)\]])(?=(?:art|ch|s|para)\. \d|part \d)", " ", text)
    text = re.sub(r"\s+([,;:)])", r"\1", re.sub(r"\s{2,}", " ", text))
    return text.strip()


def _said(found: re.Match[str], form: str) -> str:
    groups = [_DIGITS.get(each, each) for each in found.groups()]
    return re.sub(r"\\(\d)", lambda place: groups[int(place[1]) - 1], form)
