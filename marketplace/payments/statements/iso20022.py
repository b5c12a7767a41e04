"""ISO 20022: camt.052 (report of the day), camt.053 (statement), camt.054 (notice of a movement)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from marketplace.payments.statements.shape import (
    Entry,
    Remark,
    Statement,
    amount_in,
    minor_units,
    squeezed,
    unreadable,
)

KINDS = {"Rpt": "camt.052", "Stmt": "camt.053", "Ntfctn": "camt.054"}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(data: bytes) -> list[Statement]:
    """Every statement of a document. Broken XML and documents without one are refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise unreadable("statement.xml", reason=str(error)[:120]) from error
    if root.getroottree().docinfo.internalDTD is not None:  # no bank needs one
        raise unreadable("statement.xml", reason="DOCTYPE")
    for element in root.iter():  # names without their namespace: versions differ in nothing else
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    found = [one for kind in KINDS for one in root.iterfind(f"./*/{kind}")]
    if not found:
        raise unreadable("statement.none")
    try:
        return [_statement(one) for one in found]
    except ValueError as error:
        raise unreadable("statement.xml", reason=str(error)[:120]) from error


def _text(element: etree._Element, *paths: str) -> str:
    for path in paths:
        found = (element.findtext(path) or "").strip()
        if found:
            return found
    return ""


def _day(element: etree._Element, path: str) -> date | None:
    said = _text(element, f"{path}/Dt", f"{path}/DtTm")  # as the bank's own calendar has it
    return date.fromisoformat(said[:10]) if said else None


def _amount(element: etree._Element, path: str = "Amt") -> tuple[Decimal, str]:
    found = element.find(path)
    if found is None or not (found.text or "").strip():
        raise ValueError(f"{element.tag} without {path}")
    return amount_in(found.text or ""), found.get("Ccy") or ""


def _sign(element: etree._Element) -> int:
    said = _text(element, "CdtDbtInd")
    if said not in {"CRDT", "DBIT"}:
        raise ValueError(f"{element.tag} without CdtDbtInd")
    return 1 if said == "CRDT" else -1


def _statement(element: etree._Element) -> Statement:
    balances = {
        _text(one, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"): one for one in element.iterfind("Bal")
    }
    entries = [entry for one in element.iterfind("Ntry") for entry in _entries(one)]
    currency = _text(element, "Acct/Ccy")
    if not currency:
        amounts = [*element.iterfind("Bal/Amt"), *element.iterfind("Ntry/Amt")]
        currency = next((a.get("Ccy") or "" for a in amounts), "")
    if not currency:
        raise unreadable("statement.no_currency")

    def end(codes: tuple[str, ...]) -> int | None:
        one = next((balances[code] for code in codes if code in balances), None)
        return None if one is None else _sign(one) * minor_units(_amount(one)[0], currency)

    return Statement(
        format=KINDS[element.tag],
        account=_text(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id"),
        currency=currency,
        number=_text(element, "ElctrncSeqNb", "LglSeqNb", "Id"),
        opening=end(OPENING),
        closing=end(CLOSING),
        entries=tuple(entries),
        remarks=tuple(_remarks(element)),
    )


def _entries(entry: etree._Element) -> Iterator[Entry]:
    """One entry, or each of a batch's payments where their amounts make up the entry's."""
    amount, currency = _amount(entry)
    total = _sign(entry) * minor_units(amount, currency)
    details = list(entry.iterfind("NtryDtls/TxDtls"))
    parts = [_part(one, currency, _sign(entry)) for one in details]
    whole = [part for part in parts if part is not None]
    if len(details) > 1 and len(whole) == len(details) and sum(whole) == total:
        for one, minor in zip(details, whole, strict=True):
            yield _entry(entry, [one], minor, currency)
    else:
        yield _entry(entry, details, total, currency)


def _part(details: etree._Element, currency: str, sign: int) -> int | None:
    path = "Amt" if details.find("Amt") is not None else "AmtDtls/TxAmt/Amt"
    if details.find(path) is None:
        return None
    amount, its_currency = _amount(details, path)
    if its_currency not in {"", currency}:
        return None
    if details.find("CdtDbtInd") is not None:
        sign = _sign(details)
    return sign * minor_units(amount, currency)


def _entry(
    entry: etree._Element, details: list[etree._Element], minor: int, currency: str
) -> Entry:
    valued, booked = _day(entry, "ValDt"), _day(entry, "BookgDt")
    day = booked or valued
    if day is None:
        raise ValueError("Ntry without BookgDt")
    other, agent = ("Dbtr", "DbtrAcct") if minor > 0 else ("Cdtr", "CdtrAcct")
    own = details[0] if len(details) == 1 else None
    references = [] if own is None else [_text(own, "Refs/AcctSvcrRef", "Refs/TxId")]
    return Entry(
        booked_on=day,
        value_on=valued,
        minor=minor,
        currency=currency,
        reference=next(
            (r for r in (*references, _text(entry, "AcctSvcrRef"), _text(entry, "NtryRef")) if r),
            "",
        ),
        counterparty=_joined(details, f"RltdPties/{other}/Nm", f"RltdPties/{other}/Pty/Nm"),
        counterparty_account=_joined(
            details, f"RltdPties/{agent}/Id/IBAN", f"RltdPties/{agent}/Id/Othr/Id"
        ),
        text=squeezed(
            *(line.text for one in details for line in one.iterfind("RmtInf/Ustrd")),
            *(line.text for one in details for line in one.iterfind("RmtInf/Strd/CdtrRefInf/Ref")),
            _joined(details, "Refs/EndToEndId"),
            _joined(details, "AddtlTxInf"),
            _text(entry, "AddtlNtryInf"),
        ),
        counts=_text(entry, "Sts/Cd", "Sts") in {"", "BOOK"},
    )


def _joined(details: list[etree._Element], *paths: str) -> str:
    return squeezed(*(_text(one, *paths) for one in details))


def _remarks(element: etree._Element) -> Iterator[Remark]:
    told = _text(element, "TxsSummry/TtlNtries/NbOfNtries")
    there = len(element.findall("Ntry"))
    if told.isdigit() and int(told) != there:
        yield Remark("statement.count_differs", {"told": int(told), "read": there})
