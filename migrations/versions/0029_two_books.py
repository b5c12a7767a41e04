"""two books, and the fee of a deal as the amount that the table of its day gives

Revision: 0029, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0021"
branch_labels = None
depends_on = None
SIDES = "WHEN substr(account, 1, 5) = 'bank:' THEN minor <= 0 ELSE minor >= 0 END"
BEFORE = f"CASE {SIDES}"
AFTER = f"CASE WHEN substr(account, 1, 4) = 'own:' THEN 1 = 1 {SIDES}"
BALANCED = """
CREATE OR REPLACE FUNCTION posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(minor) FROM posting
        WHERE transfer_id = NEW.transfer_id AND currency = NEW.currency {book}) <> 0
    THEN RAISE EXCEPTION 'transfer % does not balance', NEW.transfer_id; END IF;
    RETURN NULL;
END $$;
"""
BOOK = "AND (left(account, 4) = 'own:') = (left(NEW.account, 4) = 'own:')"


def _sides(rule: str) -> None:
    name = op.f("ck_account_balance_right_side_of_zero")
    with op.batch_alter_table("account_balance", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, rule)


def _balanced(book: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BALANCED.format(book=book))


def upgrade() -> None:
    _sides(AFTER)
    _balanced(BOOK)
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("commission_minor", sa.BigInteger(), nullable=False, server_default="0")
        )
    op.execute("UPDATE deal SET commission_minor = (price_minor * commission_bps + 5000) / 10000")
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.alter_column("commission_minor", server_default=None)
        batch_op.drop_column("commission_bps")


def downgrade() -> None:
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("commission_bps", sa.BigInteger(), nullable=False, server_default="0")
        )
    op.execute(
        "UPDATE deal SET commission_bps = (commission_minor * 10000 + price_minor / 2) "
        "/ price_minor WHERE price_minor > 0"
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.alter_column("commission_bps", server_default=None)
        batch_op.drop_column("commission_minor")
    _sides(BEFORE)
    _balanced("")
