"""Burdens and consents; licences with a lifecycle; the rank of a pledge

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What stands already was written by deals, so it is registered."""
    with op.batch_alter_table("licence") as batch:
        batch.add_column(
            sa.Column("sublicence", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("evidence_id", KEY, nullable=True))
        batch.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("end_evidence_id", KEY, nullable=True))
        batch.add_column(
            sa.Column("state", sa.String(40), nullable=False, server_default="registered")
        )
        batch.create_index(batch.f("ix_licence_state"), ["state"])
        batch.create_foreign_key(
            batch.f("fk_licence_evidence_id_document"), "document", ["evidence_id"], ["id"]
        )
        batch.create_foreign_key(
            batch.f("fk_licence_end_evidence_id_document"), "document", ["end_evidence_id"], ["id"]
        )
    with op.batch_alter_table("licence") as batch:
        batch.alter_column("sublicence", server_default=None, existing_type=sa.Boolean())
        batch.alter_column("state", server_default=None, existing_type=sa.String(40))
    with op.batch_alter_table("pledge") as batch:
        batch.add_column(sa.Column("rank", sa.BigInteger(), nullable=True))
    op.create_table(
        "burden",
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("holder_name", sa.String(200), nullable=False),
        sa.Column("holder_id", KEY, nullable=True),
        sa.Column("register_number", sa.String(80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(40), nullable=True),
        sa.Column("deeds", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("evidence_id", KEY, nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lift_evidence_id", KEY, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_burden_asset_id_asset")),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["organisation.id"], name=op.f("fk_burden_holder_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["document.id"], name=op.f("fk_burden_evidence_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["lift_evidence_id"], ["document.id"], name=op.f("fk_burden_lift_evidence_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burden")),
    )
    for column in ("asset_id", "holder_id", "state"):
        op.create_index(op.f(f"ix_burden_{column}"), "burden", [column])
    op.create_table(
        "consent",
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("party_name", sa.String(200), nullable=False),
        sa.Column("party_id", KEY, nullable=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("burden", sa.String(40), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("grant", sa.String(40), nullable=True),
        sa.Column("territory", sa.String(200), nullable=False),
        sa.Column("field", sa.String(300), nullable=False),
        sa.Column("sublicence", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("to_name", sa.String(200), nullable=False),
        sa.Column("to_id", KEY, nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("message", sa.String(1000), nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("evidence_id", KEY, nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_consent_asset_id_asset")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["organisation.id"], name=op.f("fk_consent_party_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["organisation.id"], name=op.f("fk_consent_to_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["document.id"], name=op.f("fk_consent_evidence_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    for column in ("asset_id", "party_id", "state"):
        op.create_index(op.f(f"ix_consent_{column}"), "consent", [column])


def downgrade() -> None:
    """Back to licences that only stand."""
    op.drop_table("consent")
    op.drop_table("burden")
    with op.batch_alter_table("pledge") as batch:
        batch.drop_column("rank")
    with op.batch_alter_table("licence") as batch:
        batch.drop_constraint(batch.f("fk_licence_end_evidence_id_document"), type_="foreignkey")
        batch.drop_constraint(batch.f("fk_licence_evidence_id_document"), type_="foreignkey")
        batch.drop_index(batch.f("ix_licence_state"))
        for column in ("state", "end_evidence_id", "ended_on", "evidence_id", "sublicence"):
            batch.drop_column(column)
