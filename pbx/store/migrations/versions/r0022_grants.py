"""Grants: what was proved about callers, to whom it was said, and how each ended.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
_TEXTS = ("tenant", "call", "leg", "customer", "level", "audience", "policy")
_LISTS = ("dialog", "methods", "scopes", "risk")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "grants",
        sa.Column("jti", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in _LISTS),
        *(sa.Column(name, sa.DateTime(), nullable=False) for name in ("iat", "exp")),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_why", sa.String(), nullable=False, server_default=""),
    )
    op.create_index("ix_grants_call", "grants", ["call"])
    op.create_index("ix_grants_alive", "grants", ["revoked_at", "exp"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("grants")
