"""A room of a listing: its folders and files, its secrecy agreement, who is in, who looked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.listings.models import Listing
from marketplace.organisations.models import Organisation, User


class RoomState(StrEnum):
    """Whether visitors are let in at all."""

    OPEN = "open"
    CLOSED = "closed"


ROOM = Lifecycle(
    "room",
    {
        "close": Move({RoomState.OPEN}, RoomState.CLOSED),
        "reopen": Move({RoomState.CLOSED}, RoomState.OPEN),
    },
)


class DownloadRule(StrEnum):
    """What a visitor may do with a file."""

    VIEW = "view"  # a watermarked copy in the browser
    WATERMARKED = "watermarked"  # that copy may be saved too
    ORIGINAL = "original"  # and the file itself


class Room(Stateful):
    """The data room of a listing."""

    __tablename__ = "room"
    lifecycle = ROOM

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # DR-00000001
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), unique=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    automatic: Mapped[bool] = mapped_column(default=False)  # who signed is let in at once
    days: Mapped[int] = mapped_column(
        default=30
    )  # an admission lasts so long unless said otherwise
    state: Mapped[RoomState] = mapped_column(default=RoomState.OPEN)

    listing: Mapped[Listing] = relationship()
    seller: Mapped[Organisation] = relationship()
    folders: Mapped[list["RoomFolder"]] = relationship(
        back_populates="room", order_by="(RoomFolder.position, RoomFolder.id)"
    )
    agreements: Mapped[list["RoomAgreement"]] = relationship(
        back_populates="room", order_by="RoomAgreement.number"
    )

    @property
    def agreement(self) -> "RoomAgreement":
        """The secrecy agreement in force."""
        return self.agreements[-1]


class RoomFolder(Record):
    """A folder, in the room or in another folder."""

    __tablename__ = "room_folder"

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("room_folder.id"))
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    rule: Mapped[DownloadRule] = mapped_column(default=DownloadRule.VIEW)
    restricted: Mapped[bool] = mapped_column(default=False)  # to the readers that are named

    room: Mapped[Room] = relationship(back_populates="folders")
    parent: Mapped["RoomFolder | None"] = relationship(remote_side="RoomFolder.id")
    readers: Mapped[list["RoomFolderReader"]] = relationship(
        back_populates="folder", cascade="all, delete-orphan"
    )
    files: Mapped[list["RoomFile"]] = relationship(
        back_populates="folder", order_by="(RoomFile.position, RoomFile.id)"
    )

    @property
    def depth(self) -> int:
        """Nought at the top."""
        return 0 if self.parent is None else self.parent.depth + 1

    def is_open_to(self, organisation_id: int | None) -> bool:
        """Whether an admitted organisation sees it: it and every folder around it let it in."""
        named = {reader.organisation_id for reader in self.readers}
        if self.restricted and organisation_id not in named:
            return False
        return self.parent is None or self.parent.is_open_to(organisation_id)


class RoomFolderReader(Record):
    """An organisation that sees a restricted folder."""

    __tablename__ = "room_folder_reader"
    __table_args__ = (UniqueConstraint("folder_id", "organisation_id"),)

    folder_id: Mapped[int] = mapped_column(ForeignKey("room_folder.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))

    folder: Mapped[RoomFolder] = relationship(back_populates="readers")
    organisation: Mapped[Organisation] = relationship()


class RoomFile(Record):
    """A file of a folder: what it is called, and its versions."""

    __tablename__ = "room_file"

    folder_id: Mapped[int] = mapped_column(ForeignKey("room_folder.id"), index=True)
    description: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    own_rule: Mapped[DownloadRule | None]  # none: the folder's
    removed_at: Mapped[datetime | None]

    folder: Mapped[RoomFolder] = relationship(back_populates="files")
    versions: Mapped[list["RoomFileVersion"]] = relationship(
        back_populates="file", order_by="RoomFileVersion.number"
    )

    @property
    def rule(self) -> DownloadRule:
        """What a visitor may do with it."""
        return self.own_rule or self.folder.rule

    @property
    def current(self) -> "RoomFileVersion":
        """The version that visitors see."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """As it was put up last."""
        return self.current.filename


class RoomFileVersion(Record):
    """A file as it was put up; a newer one replaces it for visitors, and it is kept."""

    __tablename__ = "room_file_version"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("room_file.id"))
    number: Mapped[int]
    # Its own: the same content put up twice under two names is one document.
    filename: Mapped[str] = mapped_column(String(200))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    file: Mapped[RoomFile] = relationship(back_populates="versions")
    document: Mapped[Document] = relationship()
    user: Mapped[User] = relationship()


class RoomAgreement(Record):
    """A version of the secrecy agreement: the exchange's standard text or the seller's own."""

    __tablename__ = "room_agreement"
    __table_args__ = (UniqueConstraint("room_id", "number"),)

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    number: Mapped[int]
    standard: Mapped[bool]
    renews: Mapped[bool] = mapped_column(default=False)  # who signed before must sign this one
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    room: Mapped[Room] = relationship(back_populates="agreements")
    document: Mapped[Document] = relationship()


class RoomSignature(Record):
    """An authorised member signed the exact file with this hash for the organisation."""

    __tablename__ = "room_signature"
    __table_args__ = (UniqueConstraint("agreement_id", "organisation_id"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("room_agreement.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    second_factor: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(
        String(45), default=""
    )  # IP; 45 characters are the longest
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    # The agreement with the signature in it (PAdES), sealed by the exchange.
    signed_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))

    agreement: Mapped[RoomAgreement] = relationship()
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
    paper: Mapped[Document | None] = relationship(foreign_keys=paper_id)
    signed: Mapped[Document | None] = relationship(foreign_keys=signed_id)


class RoomSigningRequest(Record):
    """Somebody without authority to sign asks the colleagues who have it."""

    __tablename__ = "room_signing_request"
    __table_args__ = (UniqueConstraint("room_id", "user_id", "organisation_id"),)

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    room: Mapped[Room] = relationship()


class AdmissionState(StrEnum):
    """How far somebody has come."""

    ASKED = "asked"
    ADMITTED = "admitted"
    REFUSED = "refused"
    REVOKED = "revoked"
    EXPIRED = "expired"


A = AdmissionState
ADMISSION = Lifecycle(
    "admission",
    {
        "grant": Move({A.ASKED}, A.ADMITTED),
        "refuse": Move({A.ASKED}, A.REFUSED),
        "revoke": Move({A.ADMITTED}, A.REVOKED),
        "expire": Move({A.ADMITTED}, A.EXPIRED),
        "ask_again": Move({A.REFUSED, A.REVOKED, A.EXPIRED}, A.ASKED),
    },
)


class Admission(Stateful):
    """A person's way into a room, for an organisation."""

    __tablename__ = "room_admission"
    __table_args__ = (
        UniqueConstraint("room_id", "user_id", "organisation_id"),
        Index("ix_room_admission_due", "state", "expires_at"),
    )
    lifecycle = ADMISSION

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")  # why it was refused or revoked
    expires_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    state: Mapped[AdmissionState] = mapped_column(default=AdmissionState.ASKED)

    room: Mapped[Room] = relationship()
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation] = relationship()

    @property
    def stands(self) -> bool:
        """In force this moment: the clock counts, not the job that writes it down."""
        return (
            self.state is AdmissionState.ADMITTED
            and self.expires_at is not None
            and self.expires_at > clock.now()
        )


class RoomInvitation(Record):
    """An organisation that the seller has asked in: its people need not be let in one by one."""

    __tablename__ = "room_invitation"
    __table_args__ = (UniqueConstraint("room_id", "organisation_id"),)

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    room: Mapped[Room] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Look(StrEnum):
    """What somebody did with a file."""

    VIEW = "view"
    COPY = "copy"  # saved the watermarked copy
    ORIGINAL = "original"


class RoomLook(Record):
    """Who looked at which version of a file, when, and from where. Never changed."""

    __tablename__ = "room_look"
    __table_args__ = (Index("ix_room_look_room", "room_id", "id"),)

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("room_file_version.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    how: Mapped[Look]
    address: Mapped[str] = mapped_column(String(45), default="")

    version: Mapped[RoomFileVersion] = relationship()
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class QuestionState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"


QUESTION = Lifecycle(
    "room_question",
    {"answer": Move({QuestionState.OPEN}, QuestionState.ANSWERED)},
)


class RoomQuestion(Stateful):
    """A question of somebody who is in, and the seller's answer."""

    __tablename__ = "room_question"
    lifecycle = QUESTION

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("room_file.id"))
    answer: Mapped[str] = mapped_column(default="")
    answer_file_id: Mapped[int | None] = mapped_column(ForeignKey("room_file.id"))
    answered_at: Mapped[datetime | None]
    shared: Mapped[bool] = mapped_column(default=False)  # with all who are in, without its asker
    key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the form: sent once
    state: Mapped[QuestionState] = mapped_column(default=QuestionState.OPEN)

    room: Mapped[Room] = relationship()
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation] = relationship()
    file: Mapped[RoomFile | None] = relationship(foreign_keys=[file_id])
    answer_file: Mapped[RoomFile | None] = relationship(foreign_keys=[answer_file_id])
