"""negotiation: standard clauses with fall-backs; what an organisation's own rule asks for them

Revision: 0037, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0038"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ONCE = "uq_offer_approval_offer_id_organisation_id_version"
FLAGS = ("keep_clauses", "owners_offer")


def upgrade() -> None:
    op.create_table(
        "clause",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_clause_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clause"),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "side",
            "term",
            name="uq_clause_organisation_id_kind_side_term",
        ),
    )
    op.create_table(
        "clause_version",
        sa.Column("clause_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("change", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"], ["clause.id"], name="fk_clause_version_clause_id_clause"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_clause_version_user_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_clause_version"),
        sa.UniqueConstraint("clause_id", "number", name="uq_clause_version_clause_id_number"),
    )
    with op.batch_alter_table("acceptance_rule") as rule:
        rule.alter_column("above_minor", existing_type=sa.BigInteger(), nullable=True)
        for name in FLAGS:
            rule.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
    with op.batch_alter_table("offer_approval") as approval:
        approval.add_column(sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
        approval.add_column(sa.Column("terms_data", sa.JSON(), nullable=True))
        approval.add_column(sa.Column("message", sa.String(), nullable=False, server_default=""))
        approval.add_column(sa.Column("valid_days", sa.BigInteger(), nullable=True))
        approval.add_column(sa.Column("files", sa.JSON(), nullable=True))
        approval.drop_constraint(ONCE, type_="unique")
        approval.create_unique_constraint(
            f"{ONCE}_turn", ["offer_id", "organisation_id", "version", "turn"]
        )
    with op.batch_alter_table("acceptance_rule") as rule:
        for name in FLAGS:
            rule.alter_column(name, server_default=None)
    with op.batch_alter_table("offer_approval") as approval:
        for name in ("turn", "message"):
            approval.alter_column(name, server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM offer_approval WHERE turn > 0")
    with op.batch_alter_table("offer_approval") as approval:
        approval.drop_constraint(f"{ONCE}_turn", type_="unique")
        approval.create_unique_constraint(ONCE, ["offer_id", "organisation_id", "version"])
        for name in ("turn", "terms_data", "message", "valid_days", "files"):
            approval.drop_column(name)
    op.execute("DELETE FROM acceptance_rule WHERE above_minor IS NULL")
    with op.batch_alter_table("acceptance_rule") as rule:
        for name in FLAGS:
            rule.drop_column(name)
        rule.alter_column("above_minor", existing_type=sa.BigInteger(), nullable=False)
    op.drop_table("clause_version")
    op.drop_table("clause")
