"""the rules that something was judged by, whole; judgements by right and day

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "catalogue_version",
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("edition", sa.Date(), nullable=False),
        sa.Column("rules", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_version")),
        sa.UniqueConstraint("version", name=op.f("uq_catalogue_version_version")),
    )
    with op.batch_alter_table("judgement", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("part", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("judged_on", sa.Date(), nullable=True))
    # the day in Guangdong, eight hours ahead of the moment that was kept
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE judgement SET judged_on = date(created_at, '+8 hours')")
    else:
        op.execute("UPDATE judgement SET judged_on = (created_at + interval '8 hours')::date")
    with op.batch_alter_table("judgement", schema=None) as batch_op:
        batch_op.alter_column("judged_on", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column(
            "part", existing_type=sa.String(length=20), server_default=None, nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("judgement", schema=None) as batch_op:
        batch_op.drop_column("judged_on")
        batch_op.drop_column("part")
    op.drop_table("catalogue_version")
