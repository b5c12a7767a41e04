"""ledger: transfers and postings in ink, reversals, balances kept

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("transfer", "posting")
ON_POSTGRESQL = """
CREATE FUNCTION {table}_in_ink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append only'; END $$;
CREATE TRIGGER {table}_row BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_in_ink();
CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_in_ink();
"""
BALANCED_ON_POSTGRESQL = """
CREATE FUNCTION posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(minor) FROM posting
        WHERE transfer_id = NEW.transfer_id AND currency = NEW.currency) <> 0
    THEN RAISE EXCEPTION 'transfer % does not balance', NEW.transfer_id; END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER posting_balanced AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION posting_balanced();
"""
ON_SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append only'); END
"""


def upgrade() -> None:
    op.create_table(
        "account_balance",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.Column("id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN substr(account, 1, 5) = 'bank:' THEN minor <= 0 ELSE minor >= 0 END",
            name=op.f("ck_account_balance_right_side_of_zero"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_balance")),
        sa.UniqueConstraint(
            "account", "currency", name=op.f("uq_account_balance_account_currency")
        ),
    )
    op.execute(
        "INSERT INTO account_balance (account, currency, minor, postings, created_at, last_at) "
        "SELECT account, currency, sum(minor), count(*), min(created_at), max(created_at) "
        "FROM posting GROUP BY account, currency ORDER BY account, currency"
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reverses_id", KEY, nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_transfer_reverses_id"), ["reverses_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_transfer_reverses_id_transfer"), "transfer", ["reverses_id"], ["id"]
        )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(ON_POSTGRESQL.format(table=table))
        op.execute(BALANCED_ON_POSTGRESQL)
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            op.execute(ON_SQLITE.format(table=table, verb=verb))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER posting_balanced ON posting")
        op.execute("DROP FUNCTION posting_balanced()")
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_row ON {table}")
            op.execute(f"DROP TRIGGER {table}_all ON {table}")
            op.execute(f"DROP FUNCTION {table}_in_ink()")
    else:
        for table in TABLES:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{verb}")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_transfer_reverses_id_transfer"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_transfer_reverses_id"), type_="unique")
        batch_op.drop_column("reverses_id")
    op.drop_table("account_balance")
