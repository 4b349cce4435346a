"""The log that makes a change of an audit fact visible.

Revision ID: 0007
Revises: 0006
"""

import json
import os
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.recording.log import SALT_BYTES, commitment
from pbx.recording.log_entry import payload

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
# Whoever owns the file can drop them; they keep our own mistakes away, the signatures tell of the rest.
_GUARDS = {
    "audit_leaves_stay": "BEFORE DELETE ON audit_leaves",
    "audit_leaves_are_final": (
        "BEFORE UPDATE ON audit_leaves WHEN NEW.position IS NOT OLD.position OR NEW.entry IS NOT OLD.entry "
        "OR NEW.event IS NOT OLD.event OR NEW.salt IS NOT NULL"
    ),
    "audit_checkpoints_stay": "BEFORE DELETE ON audit_checkpoints",
    "audit_checkpoints_are_final": "BEFORE UPDATE ON audit_checkpoints",
    "audit_events_are_final": "BEFORE UPDATE ON audit_events",
    "audit_events_stay": (
        "BEFORE DELETE ON audit_events WHEN EXISTS "
        "(SELECT 1 FROM audit_leaves WHERE event = OLD.id AND salt IS NOT NULL)"
    ),
}


def upgrade() -> None:
    """Make the tables; facts of earlier versions become the first entries."""
    op.create_table(
        "audit_leaves",
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False, unique=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", sa.Integer(), primary_key=True),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    _take_in()
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def downgrade() -> None:
    """Drop the log; the facts stay."""
    for name in _GUARDS:
        op.execute(f"DROP TRIGGER {name}")
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_leaves")


def _take_in() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, at, kind, call, tenant, details FROM audit_events ORDER BY id")
    )
    leaves = []
    for position, (event, at, kind, call, tenant, details) in enumerate(rows):
        salt = os.urandom(SALT_BYTES)
        fact = AuditFact(
            kind=kind, call=None if call is None else CallId(call), tenant=tenant, details=json.loads(details)
        )
        said = payload(position, datetime.fromisoformat(at).replace(tzinfo=UTC), fact)
        leaves.append({"p": position, "e": commitment(salt, said), "i": event, "s": salt})
    if leaves:
        statement = "INSERT INTO audit_leaves (position, entry, event, salt) VALUES (:p, :e, :i, :s)"
        connection.execute(sa.text(statement), leaves)
