"""auctions: the jury of a weighted tender, and the sealed answers in its envelopes

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auction_juror",
        sa.Column("auction_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("named_by_id", KEY, nullable=True),
        sa.Column("declared_at", sa.DateTime(), nullable=True),
        sa.Column("statement", sa.String(length=500), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["auction_id"], ["auction.id"], name=op.f("fk_auction_juror_auction_id_auction")
        ),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["user.id"], name=op.f("fk_auction_juror_named_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_auction_juror_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_auction_juror_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_juror")),
        sa.UniqueConstraint(
            "auction_id", "user_id", name=op.f("uq_auction_juror_auction_id_user_id")
        ),
    )
    with op.batch_alter_table("auction_juror", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auction_juror_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_auction_juror_user_id"), ["user_id"], unique=False)
    with op.batch_alter_table("auction_envelope", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("terms_commitment", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("terms_opened", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("auction_envelope", schema=None) as batch_op:
        batch_op.drop_column("terms_opened")
        batch_op.drop_column("terms_commitment")
        batch_op.drop_column("terms")
    op.drop_table("auction_juror")
