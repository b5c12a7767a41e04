"""auctions: what is due is found by its moment alone, in every state

Revision: 0014, after 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.drop_index("ix_auction_due")
        batch_op.create_index("ix_auction_due", ["due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.drop_index("ix_auction_due")
        batch_op.create_index("ix_auction_due", ["state", "due_at"], unique=False)
