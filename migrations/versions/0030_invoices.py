"""invoices: asked for, issued, declined, taken back by a red one; and the fees on them

Revision: 0030, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invoice",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("requested_by_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("bank_name", sa.String(length=120), nullable=False),
        sa.Column("bank_account", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("red_number", sa.String(length=20), nullable=True),
        sa.Column("red_on", sa.Date(), nullable=True),
        sa.Column("red_document_id", KEY, nullable=True),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoice_amount_positive")),
        sa.CheckConstraint(
            "tax_minor >= 0 AND tax_minor < amount_minor", name=op.f("ck_invoice_tax_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_invoice_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invoice_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["red_document_id"], ["document.id"], name=op.f("fk_invoice_red_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user.id"], name=op.f("fk_invoice_requested_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("red_number", name=op.f("uq_invoice_red_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_invoice_reference")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invoice_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_invoice_state"), ["state"], unique=False)
    op.create_table(
        "invoice_fee",
        sa.Column("invoice_id", KEY, nullable=False),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_fee_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["posting.id"], name=op.f("fk_invoice_fee_posting_id_posting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_fee")),
    )
    with op.batch_alter_table("invoice_fee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_fee_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(
            "uq_invoice_fee_standing",
            ["posting_id"],
            unique=True,
            sqlite_where=sa.text("stands"),
            postgresql_where=sa.text("stands"),
        )


def downgrade() -> None:
    op.drop_table("invoice_fee")
    op.drop_table("invoice")
