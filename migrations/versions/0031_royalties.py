"""royalties: statements of licensees, audits

Revision: 0031, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "royalty_statement",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("report_by", sa.Date(), nullable=False),
        sa.Column("lines_data", sa.JSON(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=True),
        sa.Column("running_minor", sa.BigInteger(), nullable=False),
        sa.Column("top_up_minor", sa.BigInteger(), nullable=False),
        sa.Column("cut_minor", sa.BigInteger(), nullable=False),
        sa.Column("royalty_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("paid_directly_on", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "royalty_minor >= 0", name=op.f("ck_royalty_statement_royalty_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_royalty_statement_deal_id_deal")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_royalty_statement_document_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_royalty_statement")),
        sa.UniqueConstraint("deal_id", "number", name=op.f("uq_royalty_statement_deal_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_royalty_statement_reference")),
    )
    with op.batch_alter_table("royalty_statement", schema=None) as batch_op:
        for column in ("deal_id", "report_by", "state"):
            batch_op.create_index(
                batch_op.f(f"ix_royalty_statement_{column}"), [column], unique=False
            )
    op.create_table(
        "royalty_audit",
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.String(length=1000), nullable=False),
        sa.Column("accountant", sa.String(length=200), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("short_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("licensee_bears_cost", sa.Boolean(), nullable=False),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("short_minor >= 0", name=op.f("ck_royalty_audit_short_not_negative")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name=op.f("fk_royalty_audit_deal_id_deal")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_royalty_audit_document_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_royalty_audit")),
    )
    with op.batch_alter_table("royalty_audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_royalty_audit_deal_id"), ["deal_id"], unique=False)


def downgrade() -> None:
    op.drop_table("royalty_audit")
    op.drop_table("royalty_statement")
