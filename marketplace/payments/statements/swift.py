"""SWIFT MT940 (statements) and MT942 (what moved during the day), through the library mt-940."""

import re
from datetime import date
from typing import Any

import mt940

from marketplace.payments.statements.shape import (
    Entry,
    Remark,
    Statement,
    minor_units,
    squeezed,
    unreadable,
)

NONREF = {"NONREF", "EREF"}  # what banks write where they have no number
OPENING = ("final_opening_balance", "intermediate_opening_balance")
CLOSING = ("final_closing_balance", "intermediate_closing_balance")


def looks_like(text: str) -> bool:
    """Whether a text is made of SWIFT's fields."""
    return bool(
        re.search(r"(?m)^:20:", text) and re.search(r"(?m)^:(60[FM]|61|62[FM]|28C?):", text)
    )


def read(text: str) -> list[Statement]:
    """Every statement of a file. One that the standard cannot explain is refused."""
    lined = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    blocks = [b for b in re.split(r"(?m)^(?=:20:)", lined) if b.startswith(":20:")]
    return [_statement(block) for block in blocks]


def _statement(block: str) -> Statement:
    try:
        found = mt940.parse(block, options=mt940.Options.all())
    except Exception as error:  # the library raises many kinds for what it cannot read
        raise unreadable("statement.swift", reason=str(error).splitlines()[0][:120]) from error
    if len(found.transactions) != len(re.findall(r"(?m)^:61:", block)):
        raise unreadable("statement.swift", reason=":61:")
    data: dict[str, Any] = found.data
    opening, closing = (_first(data, names) for names in (OPENING, CLOSING))
    currency = next(
        (b.amount.currency for b in (opening, closing) if b is not None), found.currency
    )
    if not currency:
        raise unreadable("statement.no_currency")
    try:
        entries = tuple(_entry(one.data, currency) for one in found.transactions)
        ends = [
            None if b is None else minor_units(b.amount.amount, currency)
            for b in (opening, closing)
        ]
    except (ValueError, KeyError) as error:
        raise unreadable("statement.swift", reason=str(error)[:120]) from error
    return Statement(
        format="MT940" if closing is not None else "MT942",
        account=str(data.get("account_identification") or ""),
        currency=currency,
        number=str(data.get("statement_number") or data.get("transaction_reference") or ""),
        opening=ends[0],
        closing=ends[1],
        entries=entries,
        remarks=tuple(_remarks(data, entries, currency)),
    )


def _first(data: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _entry(data: dict[str, Any], currency: str) -> Entry:
    valued = _day(data["date"])
    reference = str(data.get("bank_reference") or "").strip()
    if not reference or reference in NONREF:
        reference = str(data.get("customer_reference") or "").strip()
    return Entry(
        booked_on=_day(data.get("guessed_entry_date") or data.get("entry_date") or valued),
        value_on=valued,
        minor=minor_units(data["amount"].amount, currency),
        currency=currency,
        reference="" if reference in NONREF else reference,
        counterparty=squeezed(data.get("applicant_name")),
        counterparty_account=squeezed(data.get("applicant_iban")),
        text=squeezed(
            data.get("transaction_details"), data.get("extra_details"), data.get("purpose")
        ),
    )


def _day(value: Any) -> date:
    return date(value.year, value.month, value.day)


def _remarks(data: dict[str, Any], entries: tuple[Entry, ...], currency: str) -> list[Remark]:
    """What the bank says it sent (:90C:, :90D:) and what is there."""
    found = []
    for name, sign in (("sum_credit_entries", 1), ("sum_debit_entries", -1)):
        said = data.get(name)
        if said is None:
            continue
        there = [e.minor for e in entries if e.minor * sign > 0]
        told = abs(minor_units(said.amount, currency))
        if (int(said.number or 0), told) != (len(there), abs(sum(there))):
            found.append(
                Remark("statement.count_differs", {"told": int(said.number), "read": len(there)})
            )
    return found
