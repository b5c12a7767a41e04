"""negotiation: standing offers, licences that are taken as offered

Revision: 0032, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0027"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "standing_offer",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("listing_id", KEY, nullable=False),
        sa.Column("terms_data", sa.JSON(), nullable=False),
        sa.Column("declaration", sa.String(length=500), nullable=False),
        sa.Column("stated_by_id", KEY, nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name="fk_standing_offer_listing_id_listing"
        ),
        sa.ForeignKeyConstraint(
            ["stated_by_id"], ["user.id"], name="fk_standing_offer_stated_by_id_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_standing_offer"),
        sa.UniqueConstraint("reference", name="uq_standing_offer_reference"),
    )
    op.create_index("ix_standing_offer_listing_id", "standing_offer", ["listing_id"])


def downgrade() -> None:
    op.drop_table("standing_offer")
