"""files that belong to the terms of an offer and to the contract; term sheets that are kept

Revision: 0039, after 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0034"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("deal") as deal:
        deal.add_column(sa.Column("annexes", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("deal") as deal:
        deal.alter_column("annexes", server_default=None)
    op.create_table(
        "offer_attachment",
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _to("offer_attachment", "offer_version", "version_id"),
        _to("offer_attachment", "document", "document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offer_attachment"),
        sa.UniqueConstraint(
            "version_id", "document_id", name="uq_offer_attachment_version_id_document_id"
        ),
    )
    op.create_index("ix_offer_attachment_document_id", "offer_attachment", ["document_id"])
    op.create_table(
        "term_sheet",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("terms_data", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_by_id", KEY, nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("put_away_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _to("term_sheet", "organisation", "organisation_id"),
        _to("term_sheet", "user", "changed_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_term_sheet"),
        sa.UniqueConstraint("organisation_id", "name", name="uq_term_sheet_organisation_id_name"),
    )


def downgrade() -> None:
    op.drop_table("term_sheet")
    op.drop_table("offer_attachment")
    with op.batch_alter_table("deal") as deal:
        deal.drop_column("annexes")


def _to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
