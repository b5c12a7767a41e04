"""what happened to rights, reminders, freshness

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checked_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("fee_due_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_asset_checked_on"), ["checked_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_fee_due_on"), ["fee_due_on"], unique=False)
    op.execute(
        "UPDATE asset SET checked_on = (SELECT max(v.extract_date) FROM title_verification v "
        "WHERE v.asset_id = asset.id AND v.state = 'confirmed')"
    )
    op.create_table(
        "legal_event",
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("office", sa.String(length=8), nullable=False),
        sa.Column("givers", sa.JSON(), nullable=False),
        sa.Column("takers", sa.JSON(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_reference", sa.String(length=200), nullable=False),
        sa.Column("evidence_id", KEY, nullable=True),
        sa.Column("declared_by_id", KEY, nullable=True),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("natural_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_legal_event_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["document.id"], name=op.f("fk_legal_event_evidence_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["user.id"], name=op.f("fk_legal_event_declared_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_legal_event_decided_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_event")),
        sa.UniqueConstraint(
            "asset_id", "natural_key", name=op.f("uq_legal_event_asset_id_natural_key")
        ),
    )
    with op.batch_alter_table("legal_event", schema=None) as batch_op:
        batch_op.create_index("ix_legal_event_state", ["state", "id"], unique=False)
    op.create_table(
        "asset_reminder",
        sa.Column("asset_id", KEY, nullable=False),
        sa.Column("matter", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_reminder_asset_id_asset")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_reminder")),
        sa.UniqueConstraint(
            "asset_id",
            "matter",
            "due_on",
            "days",
            name=op.f("uq_asset_reminder_asset_id_matter_due_on_days"),
        ),
    )


def downgrade() -> None:
    op.drop_table("asset_reminder")
    op.drop_table("legal_event")
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_fee_due_on"))
        batch_op.drop_index(batch_op.f("ix_asset_checked_on"))
        batch_op.drop_column("fee_due_on")
        batch_op.drop_column("checked_on")
