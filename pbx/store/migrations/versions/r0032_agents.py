"""Agents of queues.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "queue_agents",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("extension", sa.String(), primary_key=True),
        sa.Column("is_in", sa.Boolean(), nullable=False),
        sa.Column("pause", sa.String(), nullable=True),
        sa.Column("since_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("queue_agents")
