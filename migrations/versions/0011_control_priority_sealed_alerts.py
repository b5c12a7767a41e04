"""auctions: what two people do, rights of first refusal, envelopes and key shares, alerts

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auction_order",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by_id", KEY, nullable=False),
        sa.Column("checked_by_id", KEY, nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "checked_by_id IS NULL OR checked_by_id <> made_by_id",
            name=op.f("ck_auction_order_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_order_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user.id"], name=op.f("fk_auction_order_made_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["user.id"], name=op.f("fk_auction_order_checked_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_order")),
    )
    with op.batch_alter_table("auction_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_order_auction_id"), ["auction_id"], unique=False
        )
        batch_op.create_index("ix_auction_order_open", ["state", "expires_at"], unique=False)

    op.create_table(
        "auction_priority",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("holder_id", KEY, nullable=True),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("notice_hash", sa.String(length=64), nullable=False),
        sa.Column("notified_at", sa.DateTime(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by_id", KEY, nullable=True),
        sa.Column("statement", sa.String(length=500), nullable=False),
        sa.Column("deposit_due_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "due_at IS NULL OR delivered_at IS NOT NULL",
            name=op.f("ck_auction_priority_due_from_delivery"),
        ),
        sa.CheckConstraint("rank > 0", name=op.f("ck_auction_priority_rank_positive")),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_priority_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["organisation.id"],
            name=op.f("fk_auction_priority_holder_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_auction_priority_answered_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_priority")),
        sa.UniqueConstraint(
            "auction_id", "holder_name", name=op.f("uq_auction_priority_auction_id_holder_name")
        ),
    )
    with op.batch_alter_table("auction_priority", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_priority_auction_id"), ["auction_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_auction_priority_holder_id"), ["holder_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_auction_priority_state"), ["state"], unique=False)

    op.create_table(
        "auction_envelope",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("participant_id", KEY, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_envelope_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_auction_envelope_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_envelope")),
        sa.UniqueConstraint("auction_id", "seq", name=op.f("uq_auction_envelope_auction_id_seq")),
    )
    with op.batch_alter_table("auction_envelope", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_envelope_participant_id"), ["participant_id"], unique=False
        )
        batch_op.create_index(
            "uq_auction_envelope_active",
            ["auction_id", "participant_id"],
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        )

    op.create_table(
        "auction_key_share",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(), nullable=True),
        sa.Column("fetched_by_id", KEY, nullable=True),
        sa.Column("handed_in", sa.LargeBinary(), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(), nullable=True),
        sa.Column("handed_in_by_id", KEY, nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("number IN (1, 2, 3)", name=op.f("ck_auction_key_share_number")),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_key_share_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_auction_key_share_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["fetched_by_id"], ["user.id"], name=op.f("fk_auction_key_share_fetched_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["handed_in_by_id"], ["user.id"], name=op.f("fk_auction_key_share_handed_in_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_key_share")),
        sa.UniqueConstraint(
            "auction_id", "number", name=op.f("uq_auction_key_share_auction_id_number")
        ),
        sa.UniqueConstraint(
            "auction_id", "kind", name=op.f("uq_auction_key_share_auction_id_kind")
        ),
    )
    with op.batch_alter_table("auction_key_share", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_key_share_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "auction_alert",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_alert_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_auction_alert_decided_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_alert")),
        sa.UniqueConstraint(
            "auction_id", "fingerprint", name=op.f("uq_auction_alert_auction_id_fingerprint")
        ),
    )
    with op.batch_alter_table("auction_alert", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_alert_auction_id"), ["auction_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_auction_alert_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("auction_alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_alert_auction_id"))
        batch_op.drop_index(batch_op.f("ix_auction_alert_state"))

    op.drop_table("auction_alert")
    with op.batch_alter_table("auction_key_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_key_share_organisation_id"))

    op.drop_table("auction_key_share")
    with op.batch_alter_table("auction_envelope", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_envelope_participant_id"))
        batch_op.drop_index(
            "uq_auction_envelope_active",
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        )

    op.drop_table("auction_envelope")
    with op.batch_alter_table("auction_priority", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_priority_auction_id"))
        batch_op.drop_index(batch_op.f("ix_auction_priority_holder_id"))
        batch_op.drop_index(batch_op.f("ix_auction_priority_state"))

    op.drop_table("auction_priority")
    with op.batch_alter_table("auction_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auction_order_auction_id"))
        batch_op.drop_index("ix_auction_order_open")

    op.drop_table("auction_order")
