"""Which checkpoints are outside."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.checkpoint_copies import CheckpointCopies, CopyState
from pbx.store.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.requirement("E-14")


async def test_what_is_missing_in_a_place_is_what_was_not_made_there(database: Database) -> None:
    copies, log = CheckpointCopies(database), AuditLog(database)
    for number, size in enumerate((30, 10, 20)):
        await log.keep_note(size, b"note %d" % size, AT + timedelta(minutes=number))
    assert [one.size for one in await copies.missing("a", 0, 9)] == [10, 20, 30]
    assert [one.note for one in await copies.missing("a", 10, 1)] == [b"note 20"]
    for _ in range(2):
        await copies.made("a", 20, AT)
    assert [one.size for one in await copies.missing("a", 0, 9)] == [10, 30]
    assert [one.size for one in await copies.missing("b", 0, 9)] == [10, 20, 30]
    assert (await copies.sizes("a"), await copies.sizes("b")) == ([20], [])


async def test_how_far_the_copies_are(database: Database) -> None:
    copies, log = CheckpointCopies(database), AuditLog(database)
    nothing = CopyState(newest_size=0, newest_at=None, waiting=0, waiting_since=None)
    assert await copies.state("a") == nothing
    await log.keep_note(10, b"n", AT)
    await log.keep_note(20, b"n", AT + timedelta(minutes=5))
    await copies.made("a", 10, AT + timedelta(minutes=1))
    assert await copies.state("a") == CopyState(
        newest_size=10,
        newest_at=AT + timedelta(minutes=1),
        waiting=1,
        waiting_since=AT + timedelta(minutes=5),
    )


async def test_an_alarm_is_a_fact(database: Database) -> None:
    await CheckpointCopies(database).alarm("audit.not_outside", "down", AT)
    ((at, fact),) = await AuditStore(database).list()
    assert (at, fact.kind, fact.details) == (AT, "audit.not_outside", {"reason": "down"})
