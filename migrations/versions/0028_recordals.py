"""deals: the tracker of recordals

Revision: 0028, after 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0030"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recordal",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("asset_id", KEY, nullable=True),
        sa.Column("procedure", sa.String(length=60), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("office_number", sa.String(length=80), nullable=False),
        sa.Column("supplement_due", sa.Date(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_paid_on", sa.Date(), nullable=True),
        sa.Column("receipt_id", KEY, nullable=True),
        sa.Column("notice_id", KEY, nullable=True),
        sa.Column("told", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("fee_minor >= 0", name=op.f("ck_recordal_fee_not_negative")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_recordal_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_recordal_deal_id_deal")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["document.id"], name=op.f("fk_recordal_notice_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["document.id"], name=op.f("fk_recordal_receipt_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordal")),
        sa.UniqueConstraint(
            "deal_id", "procedure", "asset_id", name=op.f("uq_recordal_deal_id_procedure_asset_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_recordal_reference")),
    )
    with op.batch_alter_table("recordal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recordal_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recordal_procedure"), ["procedure"], unique=False)
        batch_op.create_index(batch_op.f("ix_recordal_state"), ["state"], unique=False)
        batch_op.create_index("ix_recordal_due", ["state", "due_on"], unique=False)
        batch_op.create_index(
            "uq_recordal_of_contract",
            ["deal_id", "procedure"],
            unique=True,
            sqlite_where=sa.text("asset_id IS NULL"),
            postgresql_where=sa.text("asset_id IS NULL"),
        )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recordal_id", KEY, nullable=True))
        batch_op.create_index(batch_op.f("ix_evidence_recordal_id"), ["recordal_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_evidence_recordal_id_recordal"), "recordal", ["recordal_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_evidence_recordal_id_recordal"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_evidence_recordal_id"))
        batch_op.drop_column("recordal_id")
    op.drop_table("recordal")
