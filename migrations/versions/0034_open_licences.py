"""open licences: statements of owners, notices of licensees, deals taken by notice

Revision: 0034, after 0035b
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0035b"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("deal") as deal:
        deal.add_column(
            sa.Column("statement", sa.String(length=500), nullable=False, server_default="")
        )
    with op.batch_alter_table("deal") as deal:
        deal.alter_column("statement", server_default=None)
    op.create_table(
        "licence_notice",
        sa.Column("deal_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("under", sa.String(length=20), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _to("licence_notice", "deal"),
        _to("licence_notice", "organisation"),
        _to("licence_notice", "user"),
        _to("licence_notice", "document"),
        sa.PrimaryKeyConstraint("id", name="pk_licence_notice"),
        sa.UniqueConstraint("deal_id", name="uq_licence_notice_deal_id"),
    )
    op.create_table(
        "open_statement",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("terms_data", sa.JSON(), nullable=False),
        sa.Column("payment_way", sa.String(length=500), nullable=False),
        sa.Column("fee_basis", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(length=80), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("contact_email", sa.String(length=200), nullable=False),
        sa.Column("contact_address", sa.String(length=300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("report_id", KEY, nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("document_id", KEY, nullable=True),
        sa.Column("burden_id", KEY, nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("withdrawal_id", KEY, nullable=True),
        sa.Column("withdrawal_filed_on", sa.Date(), nullable=True),
        sa.Column("withdrawal_number", sa.String(length=80), nullable=False),
        sa.Column("drawn_up_by_id", KEY, nullable=False),
        sa.Column("under", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _to("open_statement", "asset"),
        _to("open_statement", "organisation", "owner_id"),
        _to("open_statement", "document", "report_id"),
        _to("open_statement", "document"),
        _to("open_statement", "burden"),
        _to("open_statement", "document", "withdrawal_id"),
        _to("open_statement", "user", "drawn_up_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_open_statement"),
        sa.UniqueConstraint("reference", name="uq_open_statement_reference"),
    )
    for column in ("asset_id", "owner_id", "burden_id", "state"):
        op.create_index(f"ix_open_statement_{column}", "open_statement", [column])


def downgrade() -> None:
    op.drop_table("open_statement")
    op.drop_table("licence_notice")
    with op.batch_alter_table("deal") as deal:
        deal.drop_column("statement")


def _to(table: str, other: str, column: str = "") -> sa.ForeignKeyConstraint:
    name = column or f"{other}_id"
    return sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}_{other}")
