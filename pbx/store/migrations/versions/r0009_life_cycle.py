"""Legal holds, restrictions, notices, erasures and the disclosure register of recordings.

Revision ID: 0009
Revises: 0008
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
_TEXTS = {
    "legal_holds": ("case_reference", "reason", "actor", "object_hold", "released_by", "release_reason"),
    "restrictions": ("reason", "actor", "lifted_by", "lift_reason"),
    "disclosures": ("recipient", "basis", "reference", "purpose", "document_sha256", "approver", "actor")
    + ("form", "sha256"),
    "erasures": ("call", "kind", "object_key", "sha256_cipher", "manifest_sha256", "ground", "extent")
    + ("reason", "actor", "state", "blocked_by", "object"),
}
_TIMES = {
    "legal_holds": ("since_at", "released_at"),
    "restrictions": ("since_at", "lifted_at"),
    "disclosures": ("at", "served_at"),
    "erasures": ("started_at", "asked_at", "key_gone_at", "scrubbed_at", "object_gone_at", "done_at"),
}
_KEYS = {"legal_holds": "hold", "restrictions": "restriction", "disclosures": "disclosure"}
_MUST = ("since_at", "at", "started_at", "asked_at")
# A register from which somebody can take a line is none; whoever owns the file can drop these, and the
# audit log tells of each line too.
_GUARDS = {
    "legal_holds_stay": "BEFORE DELETE ON legal_holds",
    "disclosures_stay": "BEFORE DELETE ON disclosures",
    "receipts_stay": "BEFORE DELETE ON erasures WHEN OLD.receipt IS NOT NULL",
}


def upgrade() -> None:
    """Make the tables."""
    for table, key in _KEYS.items():
        op.create_table(
            table,
            sa.Column(key, sa.String(), primary_key=True),
            sa.Column("recording", sa.String(), nullable=False),
            sa.Column("tenant", sa.String(), nullable=False),
            *_common(table),
            *_more(table),
        )
        op.create_index(f"ix_{table}_recording", table, ["recording"])
    op.create_table(
        "erasures",
        sa.Column("recording", sa.String(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        *_common("erasures"),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_erasures_state", "erasures", ["state"])
    op.create_table(
        "due_notices",
        sa.Column("recording", sa.String(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=False),
    )
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def downgrade() -> None:
    """Drop them."""
    for name in _GUARDS:
        op.execute(f"DROP TRIGGER {name}")
    for table in (*_KEYS, "erasures", "due_notices"):
        op.drop_table(table)


def _common(table: str) -> list[sa.Column[Any]]:
    texts: list[sa.Column[Any]] = [sa.Column(name, sa.String(), nullable=False) for name in _TEXTS[table]]
    times = [sa.Column(name, sa.DateTime(), nullable=name not in _MUST) for name in _TIMES[table]]
    return [*texts, *times]


def _more(table: str) -> list[sa.Column[Any]]:
    if table != "disclosures":
        return []
    return [
        sa.Column("subject_told", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
    ]
