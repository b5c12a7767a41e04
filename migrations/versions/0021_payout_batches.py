"""payments: payment files for the bank

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "payout_batch",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("made_by_id", KEY, nullable=True),
        sa.Column("released_by_id", KEY, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user.id"], name=op.f("fk_payout_batch_made_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["user.id"], name=op.f("fk_payout_batch_released_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batch")),
        sa.UniqueConstraint("reference", name=op.f("uq_payout_batch_reference")),
    )
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.add_column(sa.Column("batch_id", KEY, nullable=True))
        batch_op.create_index(batch_op.f("ix_payout_batch_id"), ["batch_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_payout_batch_id_payout_batch"), "payout_batch", ["batch_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_payout_batch_id_payout_batch"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_payout_batch_id"))
        batch_op.drop_column("batch_id")
    op.drop_table("payout_batch")
