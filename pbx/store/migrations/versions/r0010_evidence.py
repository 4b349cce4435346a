"""Where copies of the checkpoints are, and the audit facts by their kind.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "checkpoint_copies",
        sa.Column("place", sa.String(), primary_key=True),
        sa.Column("size", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_audit_events_kind", "audit_events", ["kind"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_audit_events_kind", "audit_events")
    op.drop_table("checkpoint_copies")
