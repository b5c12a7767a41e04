"""What the demonstration's payment service provider keeps: it stands for a world outside of ours."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record


class SandboxObject(Record):
    """A payment page, payment, refund, transfer or movement of the balance."""

    __tablename__ = "sandbox_object"

    number: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    body: Mapped[dict[str, Any]]


class SandboxRequest(Record):
    """An order under a key: the same again has the same answer, another one is refused."""

    __tablename__ = "sandbox_request"

    key: Mapped[str] = mapped_column(String(80), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(80))


class SandboxNotice(Record):
    """A notice to be delivered, with the body to be signed."""

    __tablename__ = "sandbox_notice"

    number: Mapped[str] = mapped_column(String(80), unique=True)
    body: Mapped[str]
    delivered_at: Mapped[datetime | None] = mapped_column(index=True)
