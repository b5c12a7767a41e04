"""Citations of Chinese law for readers of English: names of laws, articles, paragraphs. Pure.

The catalogue cites in Chinese, as lawyers here do; the English follows the same order, so that the
original can be found. Names are ours (laws.yaml); the law itself is quoted in Chinese only.
"""

import re
from functools import cache
from pathlib import Path

from marketplace.core import tables
from marketplace.core.words import in_script

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
    names: dict[str, str] = tables.read(Path(__file__).with_name("laws.yaml"))
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


# Words of citations that laws.yaml puts into English, and that name no law.
_NOT_LAWS = frozenset(
    {
        "对照",
        "及不予登记情形",
        "不予登记情形",
        "商业竞价参照",
        "技术合同",
        "股权转让书据",
        "借款合同",
        "税目税率表",
        "权利质权适用动产质权规定",
    }
)
_NUMBERED = re.compile(r"(?:〔\d{4}〕\d+号|令第?\d+号|公告\d+年第\d+号|公告第\d+号)")


@cache
def laws(citation: str) -> tuple[str, ...]:
    """The laws that a citation names, in its order; a document without a name by its number."""
    return tuple(dict.fromkeys(law for _, law in _places(citation)))


def _places(citation: str) -> list[tuple[int, str]]:
    left, found = citation, []
    for name in _laws():
        place = left.find(name)
        named_already = place > 0 and citation[place - 1] == "（"  # 某办法（财政部令第100号）
        if place >= 0 and name not in _NOT_LAWS and not named_already:
            number = _NUMBERED.match(citation, place + len(name))
            found.append((place, name + (number[0] if number else "")))
            left = left.replace(name, "\0" * len(name))
    return sorted(found)


@cache
def articles(citation: str) -> frozenset[tuple[str, str]]:
    """The articles cited, as law and number: 商标法 42; paragraphs are left out."""
    places = _places(citation)
    ends = [*(place for place, _ in places[1:]), len(citation)]
    return frozenset(
        (law, _DIGITS.get(number, number))
        for (place, law), end in zip(places, ends, strict=True)
        for number in re.findall(rf"第{_NUMBER}条", citation[place:end])
    )


def law_name(law: str, locale: str) -> str:
    """The name of a law in the reader's language."""
    return english(law) if locale.startswith("en") else in_script(law.strip("《》"), locale)
