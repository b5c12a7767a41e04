"""rooms: data rooms with agreements, admissions, looks and questions

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("listing_id", KEY, nullable=False),
        sa.Column("seller_id", KEY, nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_room_listing_id_listing")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisation.id"], name=op.f("fk_room_seller_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("listing_id", name=op.f("uq_room_listing_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_room_reference")),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_seller_id"), ["seller_id"], unique=False)

    op.create_table(
        "room_admission",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_admission_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_admission_room_id_room")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_admission_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_admission")),
        sa.UniqueConstraint(
            "room_id",
            "user_id",
            "organisation_id",
            name=op.f("uq_room_admission_room_id_user_id_organisation_id"),
        ),
    )
    with op.batch_alter_table("room_admission", schema=None) as batch_op:
        batch_op.create_index("ix_room_admission_due", ["state", "expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_room_admission_user_id"), ["user_id"], unique=False)

    op.create_table(
        "room_agreement",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_room_agreement_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_agreement_room_id_room")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_agreement_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_agreement")),
        sa.UniqueConstraint("room_id", "number", name=op.f("uq_room_agreement_room_id_number")),
    )
    op.create_table(
        "room_folder",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["room_folder.id"], name=op.f("fk_room_folder_parent_id_room_folder")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_folder_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_folder")),
    )
    with op.batch_alter_table("room_folder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_folder_room_id"), ["room_id"], unique=False)

    op.create_table(
        "room_invitation",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_invitation_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_invitation_room_id_room")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_invitation_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_invitation")),
        sa.UniqueConstraint(
            "room_id", "organisation_id", name=op.f("uq_room_invitation_room_id_organisation_id")
        ),
    )
    op.create_table(
        "room_signing_request",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_signing_request_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_signing_request_room_id_room")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_signing_request_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_signing_request")),
        sa.UniqueConstraint(
            "room_id",
            "user_id",
            "organisation_id",
            name=op.f("uq_room_signing_request_room_id_user_id_organisation_id"),
        ),
    )
    op.create_table(
        "room_file",
        sa.Column("folder_id", KEY, nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("own_rule", sa.String(length=40), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["room_folder.id"], name=op.f("fk_room_file_folder_id_room_folder")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_file")),
    )
    with op.batch_alter_table("room_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_file_folder_id"), ["folder_id"], unique=False)

    op.create_table(
        "room_folder_reader",
        sa.Column("folder_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["room_folder.id"],
            name=op.f("fk_room_folder_reader_folder_id_room_folder"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_folder_reader_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_folder_reader")),
        sa.UniqueConstraint(
            "folder_id",
            "organisation_id",
            name=op.f("uq_room_folder_reader_folder_id_organisation_id"),
        ),
    )
    op.create_table(
        "room_signature",
        sa.Column("agreement_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("paper_id", KEY, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["room_agreement.id"],
            name=op.f("fk_room_signature_agreement_id_room_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_signature_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["document.id"], name=op.f("fk_room_signature_paper_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_signature_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_signature")),
        sa.UniqueConstraint(
            "agreement_id",
            "organisation_id",
            name=op.f("uq_room_signature_agreement_id_organisation_id"),
        ),
    )
    with op.batch_alter_table("room_signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_room_signature_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "room_file_version",
        sa.Column("file_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_room_file_version_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["room_file.id"], name=op.f("fk_room_file_version_file_id_room_file")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_file_version_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_file_version")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_room_file_version_file_id_number")),
    )
    op.create_table(
        "room_question",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("file_id", KEY, nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_file_id", KEY, nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_file_id"],
            ["room_file.id"],
            name=op.f("fk_room_question_answer_file_id_room_file"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["room_file.id"], name=op.f("fk_room_question_file_id_room_file")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_question_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_question_room_id_room")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_room_question_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_question")),
        sa.UniqueConstraint("key", name=op.f("uq_room_question_key")),
    )
    with op.batch_alter_table("room_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_question_room_id"), ["room_id"], unique=False)

    op.create_table(
        "room_look",
        sa.Column("room_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_room_look_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_look_room_id_room")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_room_look_user_id_user")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["room_file_version.id"],
            name=op.f("fk_room_look_version_id_room_file_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_look")),
    )
    with op.batch_alter_table("room_look", schema=None) as batch_op:
        batch_op.create_index("ix_room_look_room", ["room_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("room_look", schema=None) as batch_op:
        batch_op.drop_index("ix_room_look_room")

    op.drop_table("room_look")
    with op.batch_alter_table("room_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_question_room_id"))

    op.drop_table("room_question")
    op.drop_table("room_file_version")
    with op.batch_alter_table("room_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_signature_organisation_id"))

    op.drop_table("room_signature")
    op.drop_table("room_folder_reader")
    with op.batch_alter_table("room_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_file_folder_id"))

    op.drop_table("room_file")
    op.drop_table("room_signing_request")
    op.drop_table("room_invitation")
    with op.batch_alter_table("room_folder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_folder_room_id"))

    op.drop_table("room_folder")
    op.drop_table("room_agreement")
    with op.batch_alter_table("room_admission", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_admission_user_id"))
        batch_op.drop_index("ix_room_admission_due")

    op.drop_table("room_admission")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_seller_id"))

    op.drop_table("room")
