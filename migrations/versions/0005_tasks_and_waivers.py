"""tasks, waivers, papers of listings

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "assignee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("counts_from", sa.String(length=20), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("undated", sa.String(length=40), nullable=False),
        sa.Column("settled", sa.String(length=20), nullable=False),
        sa.Column("settled_by", sa.JSON(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("reminded", sa.BigInteger(), nullable=True),
        sa.Column("escalated", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user.id"], name=op.f("fk_task_assignee_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_task_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "rule",
            "side",
            name=op.f("uq_task_subject_kind_subject_id_rule_side"),
        ),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index("ix_task_due", ["state", "due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_task_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "listing_evidence",
        sa.Column(
            "listing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "filed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("taken_from", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column(
            "replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_listing_evidence_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_listing_evidence_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by_id"],
            ["organisation.id"],
            name=op.f("fk_listing_evidence_filed_by_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_listing_evidence_listing_id_listing")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["listing_evidence.id"],
            name=op.f("fk_listing_evidence_replaces_id_listing_evidence"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_evidence")),
    )
    with op.batch_alter_table("listing_evidence", schema=None) as batch_op:
        batch_op.create_index("ix_listing_evidence_listing", ["listing_id", "name"], unique=False)

    op.create_table(
        "waiver",
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("given_by", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "filed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_waiver_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_waiver_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_waiver_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by_id"], ["organisation.id"], name=op.f("fk_waiver_filed_by_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.create_index("ix_waiver_subject", ["subject_kind", "subject_id"], unique=False)

    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_on", sa.Date(), nullable=True))

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("taken_from", sa.String(length=40), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column(
                "replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_evidence_replaces_id_evidence"), "evidence", ["replaces_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_evidence_replaces_id_evidence"), type_="foreignkey")
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("taken_from")
        batch_op.drop_column("valid_until")

    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.drop_column("judged_on")

    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.drop_index("ix_waiver_subject")

    op.drop_table("waiver")
    with op.batch_alter_table("listing_evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_evidence_listing")

    op.drop_table("listing_evidence")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_organisation_id"))
        batch_op.drop_index("ix_task_due")
        batch_op.drop_index(batch_op.f("ix_task_assignee_id"))

    op.drop_table("task")
