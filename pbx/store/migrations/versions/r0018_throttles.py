"""Guesses, rates and breakers of verification; whose a failure was.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; failures of before do not say whose they are, and count as they did."""
    op.add_column("verify_attempts", sa.Column("tenant", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "verify_guesses",
        sa.Column("guess", sa.LargeBinary(), primary_key=True),
        sa.Column("record", sa.LargeBinary(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_verify_guesses_at", "verify_guesses", ["at"])
    op.create_table(
        "verify_tries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_verify_tries_tenant", "verify_tries", ["tenant", "at"])
    op.create_table(
        "verify_rates",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("slot_at", sa.DateTime(), primary_key=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
    )
    op.create_table(
        "verify_breakers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("hot_at", sa.DateTime(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(), nullable=True),
        sa.Column("reopened_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("ix_verify_breakers_tenant", "verify_breakers", ["tenant"])


def downgrade() -> None:
    """Drop them."""
    for table in ("verify_breakers", "verify_rates", "verify_tries", "verify_guesses"):
        op.drop_table(table)
    op.drop_column("verify_attempts", "tenant")
