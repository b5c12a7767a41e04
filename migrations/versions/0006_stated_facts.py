"""What owners state of their rights; more of an organisation and of a valuation report.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ORGANISATION = ("wholly_state_owned", "central", "above_scale", "inventor_reward_rule")
REPORT = (("single_method_reason", 500), ("filing", 10), ("filing_number", 80))


def upgrade() -> None:
    """Nothing was stated before: empty, not false."""
    with op.batch_alter_table("asset") as table:
        table.add_column(sa.Column("stated", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("organisation") as table:
        for name in ORGANISATION:
            table.add_column(sa.Column(name, sa.Boolean(), nullable=True))
    with op.batch_alter_table("valuation_report") as table:
        for name, length in REPORT:
            table.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))


def downgrade() -> None:
    """The statements are gone with their columns."""
    with op.batch_alter_table("valuation_report") as table:
        for name, _ in reversed(REPORT):
            table.drop_column(name)
    with op.batch_alter_table("organisation") as table:
        for name in reversed(ORGANISATION):
            table.drop_column(name)
    with op.batch_alter_table("asset") as table:
        table.drop_column("stated")
