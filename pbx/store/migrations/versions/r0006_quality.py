"""How each direction of a leg sounded.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
_DIRECTIONS = ("heard", "sent")
_MEASURES = ("loss", "jitter_ms", "round_trip_ms", "r", "mos")
_COLUMNS = tuple(f"{direction}_{measure}" for direction in _DIRECTIONS for measure in _MEASURES)


def upgrade() -> None:
    """Add the columns; of earlier calls nothing is known."""
    for name in _COLUMNS:
        op.add_column("legs", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.drop_column("legs", name)
