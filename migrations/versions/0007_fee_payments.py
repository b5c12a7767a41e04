"""fees of rights: what was paid, as what they are reduced

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("fee_reduction", sa.String(length=40), nullable=False, server_default="none")
        )
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.alter_column("fee_reduction", server_default=None)
    op.create_table(
        "fee_payment",
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("receipt_id", KEY, nullable=False),
        sa.Column("recorded_by_id", KEY, nullable=True),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_fee_payment_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["document.id"], name=op.f("fk_fee_payment_receipt_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user.id"], name=op.f("fk_fee_payment_recorded_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_payment")),
    )
    with op.batch_alter_table("fee_payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_payment_asset_id"), ["asset_id"], unique=False)


def downgrade() -> None:
    op.drop_table("fee_payment")
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_column("fee_reduction")
