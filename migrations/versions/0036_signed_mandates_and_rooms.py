"""mandates, rooms: the files with the signatures in them

Revision: 0036, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0033"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    ("mandate", "executed_id"),
    ("mandate_signature", "signed_id"),
    ("room_signature", "signed_id"),
)


def upgrade() -> None:
    for table, column in COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, KEY, nullable=True))
            batch.create_foreign_key(f"fk_{table}_{column}_document", "document", [column], ["id"])


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_{column}_document", type_="foreignkey")
            batch.drop_column(column)
