"""deals: disputes; payouts: held back, and the name that they were ordered for

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PARTS = (
    ("deal_id", "deal", False),
    ("raised_by_id", "organisation", False),
    ("document_id", "document", True),
    ("answer_document_id", "document", True),
    ("basis_document_id", "document", True),
    ("proposed_by_id", "user", True),
    ("decided_by_id", "user", True),
)


def upgrade() -> None:
    op.create_table(
        "dispute",
        *(sa.Column(name, KEY, nullable=empty) for name, _, empty in PARTS),
        sa.Column("because", sa.String(length=2000), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=True),
        sa.Column("basis_number", sa.String(length=120), nullable=False),
        sa.Column("decision", sa.String(length=2000), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("refund_minor >= 0", name=op.f("ck_dispute_refund_not_negative")),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_dispute_{name}_{table}")
            )
            for name, table, _ in PARTS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_deal_id"), ["deal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispute_state"), ["state"], unique=False)
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("payee_name", sa.String(length=200), nullable=False, server_default="")
        )
    op.execute(
        "UPDATE payout SET payee_name ="
        " (SELECT name FROM organisation WHERE organisation.id = payout.payee_id)"
    )
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.alter_column("held", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("payee_name", existing_type=sa.String(200), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_column("payee_name")
        batch_op.drop_column("held")
    op.drop_table("dispute")
