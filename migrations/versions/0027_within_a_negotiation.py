"""negotiation: private notes, an organisation's rule on acceptances, a colleague's approval

Revision: 0027, after 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0031"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "offer_note",
        sa.Column("offer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="fk_offer_note_offer_id_offer"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_offer_note_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_offer_note_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_offer_note"),
        sa.UniqueConstraint("key", name="uq_offer_note_key"),
    )
    op.create_index("ix_offer_note_offer_id", "offer_note", ["offer_id"])
    op.create_table(
        "acceptance_rule",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("above_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("needs", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_acceptance_rule_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acceptance_rule"),
        sa.UniqueConstraint("organisation_id", name="uq_acceptance_rule_organisation_id"),
    )
    op.create_table(
        "offer_approval",
        sa.Column("offer_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name="fk_offer_approval_offer_id_offer"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_offer_approval_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name="fk_offer_approval_asked_by_id_user"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name="fk_offer_approval_decided_by_id_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_offer_approval"),
        sa.UniqueConstraint(
            "offer_id",
            "organisation_id",
            "version",
            name="uq_offer_approval_offer_id_organisation_id_version",
        ),
    )
    op.create_index("ix_offer_approval_organisation_id", "offer_approval", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("offer_approval")
    op.drop_table("acceptance_rule")
    op.drop_table("offer_note")
