"""The record of a signing: who, for whom, how known, when, from where, under which file."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from marketplace.core import clock, settings
from marketplace.core.db import Record, db
from marketplace.core.words import say
from marketplace.documents import papers
from marketplace.documents.letterhead import site
from marketplace.documents.models import Document, SigningEvidence
from marketplace.organisations.models import Organisation

EXECUTED = "contract_executed"
NOTES = (
    "签名以 PAdES 格式写入文件，任何改动均可被发现；可在本平台“核验签名”页面或以任何支持 PAdES 的软件核验。",
    (
        "Signatures are written into the file (PAdES); any change to it can be detected, on the page of "
        "this site for verifying signatures or by any software that reads PAdES."
    ),
    "本记录由交易平台在签署时形成并加盖电子印章，用于证明《电子签名法》第十三条各项条件的事实。",
    (
        "This record was made by the Exchange at the signing and bears its seal; it proves the facts "
        "that Article 13 of the Electronic Signature Law asks for."
    ),
)


def of(subject: Record, *, document_sha256: str = "") -> list[SigningEvidence]:
    """The signatures on record under a subject, or under one file of it, in order."""
    wanted = select(SigningEvidence).where(
        SigningEvidence.subject_kind == subject.__tablename__,
        SigningEvidence.subject_id == subject.id,
    )
    if document_sha256:
        wanted = wanted.where(SigningEvidence.document_sha256 == document_sha256)
    return list(db.session.scalars(wanted.order_by(SigningEvidence.id)))


def on_paper(
    subject: Record,
    *,
    place: str,
    signer: str,
    party: Organisation,
    draft_sha256: str,
    scan_sha256: str,
) -> SigningEvidence:
    """Put on record that somebody signed by hand. Callers have had the scan checked."""
    made = SigningEvidence(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        place=place,
        organisation_id=party.id,
        signer=signer,
        on_behalf_of=party.name,
        authority="by_hand",
        method="paper",
        password=False,
        second_factor=False,
        document_sha256=draft_sha256,
        signed_sha256=scan_sha256,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def known(sha256s: Sequence[str]) -> Document | None:
    """The paper on record that one of these hashes belongs to and that somebody signed."""
    signed = select(SigningEvidence.id).where(
        (SigningEvidence.document_sha256 == Document.sha256)
        | (SigningEvidence.signed_sha256 == Document.sha256)
    )
    wanted = select(Document).where(
        Document.sha256.in_(sha256s),
        signed.exists() | (Document.purpose == EXECUTED),
    )
    return db.session.scalar(wanted.order_by(Document.id.desc()).limit(1))


def paper(
    number: str, records: Sequence[SigningEvidence], *, document: str, executed: str = ""
) -> papers.Form:
    """The record as a paper; `document` and `executed` are the hashes of what was seen and signed."""
    now = settings.current()
    return papers.Form(
        number=number,
        drawn_at=clock.now(),
        site=site(),
        title="电子签名证据记录",
        title_en="Record of Signatures",
        sections=[
            papers.Section(
                "文件 File",
                [
                    papers.Row("所签文件 SHA-256", "File as seen", document),
                    papers.Row("签署完成文件 SHA-256", "File as executed", executed or "—"),
                ],
            ),
            *(_section(each) for each in records),
        ],
        notes=NOTES,
        demo=now.demo,
    )


def as_json(records: Sequence[SigningEvidence]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "place": each.place,
            "signer": each.signer,
            "on_behalf_of": each.on_behalf_of,
            "authority": each.authority,
            "method": each.method,
            "password": each.password,
            "second_factor": each.second_factor,
            "signed_at": each.created_at.isoformat(),
            "ip": each.ip,
            "user_agent": each.user_agent,
            "document_sha256": each.document_sha256,
            "signed_sha256": each.signed_sha256,
            "certificate_serial": each.certificate_serial,
            "certificate_sha256": each.certificate_sha256,
        }
        for each in records
    ]


def _section(each: SigningEvidence) -> papers.Section:
    rows = [
        ("签署人", "Signatory", each.signer),
        ("代表", "On behalf of", each.on_behalf_of),
        ("权限", "Authority", _both(f"signing_authority.{each.authority}")),
        ("方式", "Method", _both(f"signing_method.{each.method}")),
        ("身份核验", "Authentication", _authentication(each)),
        ("时间", "Time", papers.moment(each.created_at)["zh"]),
        ("IP 地址", "IP address", each.ip or "—"),
        ("终端", "User agent", each.user_agent or "—"),
        ("证书序列号", "Certificate", each.certificate_serial or "—"),
        ("签署后文件 SHA-256", "File with this signature", each.signed_sha256),
    ]
    heading = f"{_both(f'signing_place.{each.place}')}"
    return papers.Section(heading, [papers.Row(zh, en, value) for zh, en, value in rows])


def _authentication(each: SigningEvidence) -> str:
    codes = [
        code
        for code, used in (
            ("password", each.password),
            ("second_factor", each.second_factor),
            ("paper", each.method == "paper"),
        )
        if used
    ]
    return "；".join(_both(f"signing_means.{code}") for code in codes) or "—"


def _both(code: str) -> str:
    return f"{say('enums', code, 'zh_Hans')} {say('enums', code, 'en')}"
