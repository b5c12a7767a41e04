"""Statements as banks write them, for tests: MT940, CAMT.053 and a table like 中国银行's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

ACCOUNT = "6200000000000000"


@dataclass(frozen=True)
class Moved:
    """One movement to write down."""

    minor: int
    name: str = ""
    text: str = ""
    number: str = ""
    on: date = date(2026, 3, 2)
    account: str = ""


def yuan(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02d}"


def mt940(
    moved: Sequence[Moved],
    *,
    opening: int = 0,
    closing: int | None = None,
    account: str = ACCOUNT,
) -> bytes:
    if closing is None:
        closing = opening + sum(one.minor for one in moved)
    lines = [":20:STATEMENT", f":25:{account}", ":28C:1/1", f":60F:{_balance(opening)}"]
    for one in moved:
        mark = "C" if one.minor > 0 else "D"
        day = one.on.strftime("%y%m%d")
        amount = yuan(one.minor).replace(".", ",")
        lines.append(f":61:{day}{day[2:]}{mark}{amount}NTRFNONREF//{one.number or 'NONREF'}")
        lines.append(f":86:{one.text} {one.name}".rstrip())
    return "\r\n".join([*lines, f":62F:{_balance(closing)}", "-", ""]).encode()


def _balance(minor: int) -> str:
    return f"{'C' if minor >= 0 else 'D'}260301CNY{yuan(minor).replace('.', ',')}"


def camt053(
    moved: Sequence[Moved],
    *,
    opening: int = 0,
    closing: int | None = None,
    account: str = ACCOUNT,
) -> bytes:
    if closing is None:
        closing = opening + sum(one.minor for one in moved)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Id>1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        + _end("OPBD", opening)
        + _end("CLBD", closing)
        + "".join(_entry(one) for one in moved)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _sign(minor: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if minor >= 0 else 'DBIT'}</CdtDbtInd>"


def _end(code: str, minor: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan(minor)}</Amt>{_sign(minor)}<Dt><Dt>2026-03-01</Dt></Dt></Bal>'
    )


def _entry(one: Moved) -> str:
    other = "Dbtr" if one.minor > 0 else "Cdtr"
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan(one.minor)}</Amt>{_sign(one.minor)}<Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{one.on}</Dt></BookgDt><AcctSvcrRef>{escape(one.number)}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RltdPties><{other}><Pty><Nm>{escape(one.name)}</Nm></Pty></{other}>"
        f"<{other}Acct><Id><Othr><Id>{escape(one.account)}</Id></Othr></Id></{other}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


HEAD = "记账日期,币别,金额,余额,交易流水号,附言,对方账户名,对方账号"


def table(
    moved: Sequence[Moved],
    *,
    opening: int = 0,
    account: str = ACCOUNT,
    newest_first: bool = True,
    encoding: str = "gb18030",
) -> bytes:
    rows, balance = [], opening
    for one in moved:
        balance += one.minor
        sign = "-" if one.minor < 0 else ""
        shown = f"{'-' if balance < 0 else ''}{yuan(balance)}"
        rows.append(
            f'{one.on},人民币,"{sign}{yuan(one.minor)}",{shown},{one.number},"{one.text}","{one.name}",'
            f"{one.account}"
        )
    named = f"账号:{account}\n" if account else ""
    body = "\n".join(reversed(rows) if newest_first else rows)
    return f"中国银行交易流水明细单\n{named}\n{HEAD}\n{body}\n合计,,,,,,,\n".encode(encoding)
