"""Policy texts, complaints, and what a disclosure was asked and allowed to hold.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
_SCOPES = ("scope_asked", "scope_granted")


def upgrade() -> None:
    """Make the tables and add the columns."""
    op.create_table(
        "policies",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("version", sa.String(), primary_key=True),
        _text("sha256"),
        _text("text"),
        sa.Column("effective_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_policies_sha256", "policies", ["sha256"])
    op.create_table(
        "complaints",
        sa.Column("complaint", sa.String(), primary_key=True),
        *(_text(name) for name in ("tenant", "channel", "call", "recording", "hold", "actor")),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.DateTime(), nullable=False) for name in ("received_at", "at")),
        *(sa.Column(name, sa.DateTime(), nullable=True) for name in ("acknowledged_at", "closed_at")),
        *(_text(name) for name in ("acknowledged_by", "closed_by")),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_complaints_tenant", "complaints", ["tenant", "closed_at"])
    for name in _SCOPES:
        op.add_column("disclosures", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them; the holds that complaints have placed stay until somebody releases them."""
    for name in _SCOPES:
        op.drop_column("disclosures", name)
    op.drop_table("complaints")
    op.drop_table("policies")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
