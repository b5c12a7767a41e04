"""auctions: who watches them, and which letters were written

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auction_watch",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_watch_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_auction_watch_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_watch")),
        sa.UniqueConstraint(
            "user_id", "auction_id", name=op.f("uq_auction_watch_user_id_auction_id")
        ),
    )
    with op.batch_alter_table("auction_watch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auction_watch_auction_id"), ["auction_id"], unique=False
        )
    op.create_table(
        "auction_letter",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_letter_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_auction_letter_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_letter")),
        sa.UniqueConstraint(
            "auction_id",
            "user_id",
            "kind",
            "slot",
            name=op.f("uq_auction_letter_auction_id_user_id_kind_slot"),
        ),
    )


def downgrade() -> None:
    op.drop_table("auction_letter")
    op.drop_table("auction_watch")
