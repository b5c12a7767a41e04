"""auctions: deposits that pay towards a price, and forfeits that two people decide

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("set_off_minor", sa.BigInteger(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.alter_column("set_off_minor", server_default=None)
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forfeit_reason", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("forfeit_proposed_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("forfeit_proposed_by_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("alarmed_at", sa.DateTime(), nullable=True))
        batch_op.create_foreign_key(
            "fk_hold_forfeit_proposed_by_id_user", "user", ["forfeit_proposed_by_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_constraint("fk_hold_forfeit_proposed_by_id_user", type_="foreignkey")
        for name in (
            "alarmed_at",
            "forfeit_proposed_by_id",
            "forfeit_proposed_at",
            "forfeit_reason",
        ):
            batch_op.drop_column(name)
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_column("set_off_minor")
