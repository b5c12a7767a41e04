"""Payment orders as banks take them: ISO 20022 pain.001, and a table for a bank's website. Pure.

pain.001.001.09, CustomerCreditTransferInitiation: one block of payments from one account, each with an
identification of ours (EndToEndId) that the bank carries through to its statement.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from marketplace.payments.statements.shape import in_major_units

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MOST_NAME, MOST_TEXT = 140, 140  # characters that the standard gives a name and a text
HEAD = ("序号", "收款账号", "收款户名", "收款开户行", "金额", "币种", "用途", "业务编号")


@dataclass(frozen=True)
class Order:
    """One payment: to whom, to which account, how much in minor units, what for."""

    end_to_end: str
    name: str
    bank: str
    account: str
    minor: int
    text: str


@dataclass(frozen=True)
class Payer:
    """The account that pays."""

    name: str
    bank: str
    account: str


def pain001(
    orders: Sequence[Order],
    payer: Payer,
    *,
    reference: str,
    currency: str,
    made_at: datetime,
    on: date,
) -> bytes:
    """The orders as one document, in UTF-8. Equal input makes equal bytes."""
    total = in_major_units(sum(one.minor for one in orders), currency)
    root = etree.Element("Document", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    body = etree.SubElement(root, "CstmrCdtTrfInitn")
    head = etree.SubElement(body, "GrpHdr")
    _add(head, "MsgId", reference)
    _add(head, "CreDtTm", made_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(head, "NbOfTxs", str(len(orders)))
    _add(head, "CtrlSum", total)
    _add(head, "InitgPty/Nm", payer.name[:MOST_NAME])
    block = etree.SubElement(body, "PmtInf")
    _add(block, "PmtInfId", reference)
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", str(len(orders)))
    _add(block, "CtrlSum", total)
    _add(block, "ReqdExctnDt/Dt", on.isoformat())
    _add(block, "Dbtr/Nm", payer.name[:MOST_NAME])
    _add(block, "DbtrAcct/Id/Othr/Id", _plain(payer.account))
    _add(block, "DbtrAgt/FinInstnId/Nm", payer.bank[:MOST_NAME])
    for one in orders:
        payment = etree.SubElement(block, "CdtTrfTxInf")
        _add(payment, "PmtId/EndToEndId", one.end_to_end)
        amount = _add(payment, "Amt/InstdAmt", in_major_units(one.minor, currency))
        amount.set("Ccy", currency)
        _add(payment, "CdtrAgt/FinInstnId/Nm", one.bank[:MOST_NAME])
        _add(payment, "Cdtr/Nm", one.name[:MOST_NAME])
        _add(payment, "CdtrAcct/Id/Othr/Id", _plain(one.account))
        _add(payment, "RmtInf/Ustrd", f"{one.text} {one.end_to_end}"[:MOST_TEXT])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, path: str, text: str) -> etree._Element:
    for name in path.split("/"):
        parent = etree.SubElement(parent, name)
    parent.text = text
    return parent


def _plain(account: str) -> str:
    return "".join(account.split())


def table(orders: Sequence[Order], *, currency: str) -> bytes:
    """The orders as a table for a bank's website: GB18030, account numbers as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for number, one in enumerate(orders, 1):
        amount = in_major_units(one.minor, currency)
        text = f"{one.text} {one.end_to_end}"
        account = f"{_plain(one.account)}\t"  # a spreadsheet would make a rounded number of it
        writer.writerow(
            [number, account, one.name, one.bank, amount, currency, text, one.end_to_end]
        )
    return out.getvalue().encode("gb18030")
