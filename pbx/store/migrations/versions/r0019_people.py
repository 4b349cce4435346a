"""Where a customer comes from and when he went, what else proves him, who acts for him, wrong numbers.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
# Rows that are there came from CSV files; none of them is marked as gone: the next import says who is.
_COLUMNS: dict[str, tuple[type[sa.String | sa.JSON], str]] = {
    "source": (sa.String, "csv"),
    "language": (sa.String, ""),
    "flags": (sa.JSON, "[]"),
}
_TIMES = ("fetched_at", "gone_at")


def upgrade() -> None:
    """Add the columns and make the tables."""
    for name, (kind, default) in _COLUMNS.items():
        op.add_column("customers", sa.Column(name, kind(), nullable=False, server_default=default))
    for name in _TIMES:
        op.add_column("customers", sa.Column(name, sa.DateTime(), nullable=True))
    op.create_index("ix_customers_source", "customers", ["tenant", "source", "gone_at"])
    op.create_table(
        "identifiers",
        _customer("customer"),
        sa.Column("kind", sa.String(), primary_key=True),
        _text("tenant"),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "delegates",
        _customer("principal"),
        _customer("delegate"),
        _text("tenant"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("until_at", sa.DateTime(), nullable=True),
    )
    op.create_table(
        "rectifications",
        sa.Column("rectification", sa.String(), primary_key=True),
        *(_text(name) for name in ("tenant", "customer", "reason", "actor")),
        sa.Column("phone_tag", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_rectifications_customer", "rectifications", ["customer", "phone_tag"])


def downgrade() -> None:
    """Drop them; whoever is gone is deleted, because the older program would compare him."""
    for table in ("rectifications", "delegates", "identifiers"):
        op.drop_table(table)
    op.execute("DELETE FROM customers WHERE gone_at IS NOT NULL OR fetched_at IS NOT NULL")
    op.drop_index("ix_customers_source", "customers")
    for name in (*_COLUMNS, *_TIMES):
        op.drop_column("customers", name)


def _customer(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), sa.ForeignKey("customers.ref"), primary_key=True)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
