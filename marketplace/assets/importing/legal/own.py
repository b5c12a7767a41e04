"""A table of our own: a number, what happened, when, and between whom."""

from collections.abc import Iterable, Mapping

from marketplace.assets import identifiers
from marketplace.assets.importing import values
from marketplace.assets.importing.legal.rows import EventRow, Key, publication_keys
from marketplace.assets.importing.records import Rejected
from marketplace.assets.legal_status.codes import Code
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.legal_status.parties import split
from marketplace.core.words import say

FIELDS = {
    "number": ("号码", "number", "资产编号", "申请号", "专利号", "注册号"),
    "code": ("事件", "event", "code"),
    "happened_on": ("发生日", "happened_on", "date"),
    "published_on": ("公告日", "published_on"),
    "givers": ("转出方", "from", "givers"),
    "takers": ("受让方", "to", "takers"),
    "act": ("文号", "act", "act_number"),
    "text": ("说明", "text"),
    "reference": ("出处", "source", "reference"),
}
NEEDED = ("number", "code", "happened_on")


def columns_of(headings: Iterable[str]) -> dict[str, str]:
    """Heading → field, as far as they are known."""
    by_name = {name.casefold(): field for field, names in FIELDS.items() for name in names}
    return {h: by_name[h.strip().casefold()] for h in headings if h.strip().casefold() in by_name}


def is_usable(headings: Iterable[str]) -> bool:
    """Whether the table has what an event needs."""
    return set(NEEDED) <= set(columns_of(headings).values())


def read(
    number: int, cells: Mapping[str, object], columns: Mapping[str, str]
) -> EventRow | Rejected:
    """One row; the event by its code, or by its words in Chinese or English."""
    said = {field: values.given(cells.get(h)).strip() for h, field in columns.items()}
    described = " ".join(filter(None, (said.get(f, "") for f in FIELDS)))[:200]
    code = _code(said.get("code", ""))
    if code is None:
        return Rejected(number, "event.code_unknown", {"value": said.get("code", "")}, described)
    keys = _keys(said.get("number", ""))
    if not keys:
        return Rejected(number, "event.no_number", {}, described)
    try:
        day, published = values.day(said["happened_on"]), values.day(said.get("published_on"))
    except ValueError:
        day = None
    if day is None:
        return Rejected(number, "event.no_date", {"value": said.get("happened_on", "")}, described)
    return EventRow(
        number,
        keys,
        code,
        day,
        Details(
            givers=split(said.get("givers", "")),
            takers=split(said.get("takers", "")),
            number=said.get("act", ""),
            published_on=published,
            text=said.get("text", "")[:2000],
            source_reference=said.get("reference", ""),
        ),
    )


def _code(text: str) -> Code | None:
    """By code, or by its words in either language."""
    wanted = text.strip().casefold()
    for code in Code:
        words = {say("enums", f"legal_event.{code}", locale) for locale in ("zh_Hans", "en")}
        if wanted in {code.value, *(w.casefold() for w in words)}:
            return code
    return None


def _keys(text: str) -> tuple[Key, ...]:
    """However the right is called: our reference, or any number of its own."""
    if not text:
        return ()
    if text.upper().startswith("A-"):
        return (("reference", text.upper()),)
    found = identifiers.check(text)
    keys: list[Key] = publication_keys(text)
    if found.valid and found.canonical:
        schemes = ("application", "patent", "registration", "published")
        keys += [(scheme, found.canonical) for scheme in schemes]
    return tuple(dict.fromkeys(keys)) or (("registration", text),)
