"""mandates: what was paid of a broker's claim, what fell away, what its buyer pays

Revision: 0038, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0039"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "broker_commission"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        for column in ("paid_minor", "fallen_minor"):
            batch.add_column(sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("payment_id", KEY, nullable=True))
        batch.create_foreign_key(
            f"fk_{TABLE}_payment_id_payment", "payment", ["payment_id"], ["id"]
        )
        batch.create_unique_constraint(f"uq_{TABLE}_payment_id", ["payment_id"])
        batch.create_check_constraint(
            "ended_in_range",
            "paid_minor >= 0 AND fallen_minor >= 0"
            " AND paid_minor + fallen_minor <= net_minor + vat_minor",
        )
    op.execute(
        "UPDATE broker_commission SET paid_minor = net_minor + vat_minor WHERE state = 'paid'"
    )
    with op.batch_alter_table(TABLE) as batch:
        for column in ("paid_minor", "fallen_minor"):
            batch.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(f"ck_{TABLE}_ended_in_range"), type_="check")
        batch.drop_constraint(f"uq_{TABLE}_payment_id", type_="unique")
        batch.drop_constraint(f"fk_{TABLE}_payment_id_payment", type_="foreignkey")
        batch.drop_column("payment_id")
        batch.drop_column("fallen_minor")
        batch.drop_column("paid_minor")
