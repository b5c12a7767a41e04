"""free-to-deal certificates

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "free_to_deal",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("issued_by_id", KEY, nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_id", KEY, nullable=True),
        sa.Column("paper_id", KEY, nullable=True),
        sa.Column("superseded_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_free_to_deal_asset_id_asset"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_free_to_deal_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user.id"], name="fk_free_to_deal_issued_by_id_user"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["document.id"], name="fk_free_to_deal_content_id_document"
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["document.id"], name="fk_free_to_deal_paper_id_document"
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["free_to_deal.id"],
            name="fk_free_to_deal_superseded_by_id_free_to_deal",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_free_to_deal"),
        sa.UniqueConstraint("code", name="uq_free_to_deal_code"),
    )
    with op.batch_alter_table("free_to_deal", schema=None) as batch_op:
        for name in ("asset_id", "organisation_id", "state"):
            batch_op.create_index(f"ix_free_to_deal_{name}", [name], unique=False)


def downgrade() -> None:
    op.drop_table("free_to_deal")
