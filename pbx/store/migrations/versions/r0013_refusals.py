"""Numbers that have taken back their consent, as keyed tags.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "refusals",
        sa.Column("phone_tag", sa.LargeBinary(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_refusals_since_at", "refusals", ["since_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("refusals")
