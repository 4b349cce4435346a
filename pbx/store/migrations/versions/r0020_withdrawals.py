"""What withdrawals leave to do, where a customer is, and a count of all changes of customers.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
# Whoever holds a copy in memory asks for the count, and reads the customers again only when it has grown.
_WHEN = ("INSERT", "DELETE", "UPDATE OF phone_tag, language, flags, place, gone_at")


def upgrade() -> None:
    """Add the column, and count from now on."""
    op.add_column("customers", sa.Column("place", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "customer_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_table(
        "withdrawal_orders",
        sa.Column("consent", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("call", "tenant", "policy")),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    for name in ("call", "at"):
        op.create_index(f"ix_withdrawal_orders_{name}", "withdrawal_orders", [name])
    op.create_table(
        "withdrawal_outcomes",
        sa.Column("recording", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("consent", "policy", "blocked_by")),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.execute("INSERT INTO customer_changes VALUES (1, 0)")
    for when in _WHEN:
        body = "UPDATE customer_changes SET n = n + 1; END"
        op.execute(f"CREATE TRIGGER {_name(when)} AFTER {when} ON customers BEGIN {body}")


def downgrade() -> None:
    """Drop them."""
    for when in _WHEN:
        op.execute(f"DROP TRIGGER {_name(when)}")
    for table in ("withdrawal_outcomes", "withdrawal_orders", "customer_changes"):
        op.drop_table(table)
    op.drop_column("customers", "place")


def _name(when: str) -> str:
    return f"customers_count_{when.split()[0].lower()}"
