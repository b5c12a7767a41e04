"""Numbers in any spelling: every way of writing one register number ends in the same tokens.

Works on folded text (half-width, lower case). A number has forms from the most specific to the
broadest: an application with and without its check digit, a publication with and without its
country, an IPC symbol and the groups above it. Documents are found by any of their forms; a query
tries its forms in order and keeps the first that is known.

Sources: CNIPA ZC 0006-2003 (application numbers: year, kind, serial, check digit), ZC 0007-2012
(publication numbers and kind letters), WIPO ST.8 (IPC symbols).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = r"(?<![a-z0-9])"
_TAIL = r"(?![a-z0-9])"
_OFFICES = "cn|us|ep|wo|jp|kr|tw|hk|de|gb|fr|ca|au|ru"

PATTERN = re.compile(
    _HEAD
    + rf"""(?:
    (?P<application>(?:(?:cn|zl)[\s.:-]*)*20[0-9]{{2}}\s?[1-9]\s?[0-9]{{7}}
        (?:\s?\.\s?[0-9x]|[0-9x])?)
  | (?P<early>(?:(?:cn|zl)[\s.:-]*)*[0-9]{{2}}\s?[1-389]\s?[0-9]{{5}}\s?\.\s?[0-9x])
  | (?P<international>pct\s?/?\s?[a-z]{{2}}\s?[0-9]{{2,4}}\s?/?\s?[0-9]{{5,6}})
  | (?P<publication>(?:{_OFFICES})[\s-]?[0-9](?:[\s,/]?[0-9]){{4,12}}\s?(?:[a-z][0-9]?)?)
  | (?P<layout>(?:bs|cna)[\s.]?[0-9]{{8}}\s?\.\s?[0-9x])
  | (?P<work>[0-9]{{4}}-[a-z]-[0-9]{{6,8}})
  | (?P<software>[0-9]{{4}}\s?sr\s?[0-9]{{5,8}})
  | (?P<ipc>[a-hy][0-9]{{2}}[a-z]
        (?:[\s-]{{0,3}}[0-9]{{1,4}}\s?/\s?[0-9]{{2,6}}|[0-9]{{10}}|[0-9]{{1,4}})?)
  | (?P<nice>(?:nice\s)?class\s?[0-9]{{1,2}})
    )"""
    + _TAIL
    + r"|(?P<nice_zh>第\s?[0-9]{1,2}\s?类)",
    re.VERBOSE,
)
_PLAIN = re.compile(r"([0-9]{5,})[a-z][0-9]?")
_DIGITS = re.compile(r"[0-9]+")
_PUBLICATION = re.compile(r"([a-z]{2})([0-9]+)([a-z][0-9]?)?")
_IPC = re.compile(r"([a-hy][0-9]{2}[a-z])(?:([0-9]{1,4})/([0-9]{2,6})|([0-9]{10})|([0-9]{1,4}))?")


@dataclass(frozen=True)
class Number:
    """One number found in folded text, with its forms, the most specific first."""

    start: int
    end: int
    forms: tuple[str, ...]


def find(folded: str) -> Iterator[Number]:
    """The numbers in a folded text, left to right, not overlapping."""
    for match in PATTERN.finditer(folded):
        yield Number(match.start(), match.end(), _forms(str(match.lastgroup), match.group()))


def plain_forms(token: str) -> tuple[str, ...]:
    """Forms of an unspaced token: `16435657a` is also `16435657`."""
    match = _PLAIN.fullmatch(token)
    return (token, match.group(1)) if match else (token,)


def register_forms(folded: str) -> tuple[str, ...]:
    """Every form of one register number (a whole field, folded)."""
    forms = [form for number in find(folded) for form in number.forms]
    compact = "".join(sign for sign in folded if sign.isascii() and sign.isalnum())
    digits = "".join(_DIGITS.findall(compact))
    forms += plain_forms(compact)
    if len(digits) >= 5:
        forms.append(digits)
    return tuple(dict.fromkeys(form for form in forms if form))


def is_class(form: str) -> bool:
    """Whether a form is an IPC symbol."""
    return _IPC.fullmatch(form) is not None


def class_forms(folded: str) -> tuple[str, ...]:
    """Every form of one classification symbol: `h01m10/613`, `h01m10`, `h01m`, `h01`."""
    compact = re.sub(r"[\s-]", "", folded)
    if _IPC.fullmatch(compact):
        return (*_ipc(compact), compact[:3])
    return (compact,) if compact else ()


def _forms(kind: str, found: str) -> tuple[str, ...]:
    if kind == "ipc":
        return _ipc(re.sub(r"[\s-]", "", found))
    if kind in {"nice", "nice_zh"}:
        return (f"nice-{int(_DIGITS.findall(found)[0])}",)
    compact = "".join(sign for sign in found if sign.isascii() and sign.isalnum())
    if kind in {"application", "early"}:
        return _application(compact, 12 if kind == "application" else 8)
    if kind == "publication":
        return _publication(compact)
    return (compact,)


def _application(compact: str, length: int) -> tuple[str, ...]:
    """With the check digit, then without it."""
    number = re.sub(r"^(?:cn|zl)+", "", compact)
    return (number,) if len(number) == length else (number, number[:length])


def _publication(compact: str) -> tuple[str, ...]:
    """Kind letters do not tell two publications of one application apart; the number does."""
    match = _PUBLICATION.fullmatch(compact)
    if match is None:
        return (compact,)
    office, digits, _ = match.groups()
    return (digits,) if office == "cn" else (office + digits, digits)


def _ipc(compact: str) -> tuple[str, ...]:
    match = _IPC.fullmatch(compact)
    if match is None:
        return (compact,)
    subclass, group, subgroup, padded, lone = match.groups()
    if padded:  # WIPO ST.8: four digits of group, six of subgroup
        group, subgroup = padded[:4], padded[4:].rstrip("0").ljust(2, "0")
    group = (group or lone or "").lstrip("0")
    if not group:
        return (subclass,)
    main = subclass + group
    return (f"{main}/{subgroup}", main, subclass) if subgroup else (main, subclass)
