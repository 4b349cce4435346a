"""The outbox of the webhook in a real database."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError
from pbx.store.audit import AuditStore
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.webhook_outbox import MAX_DELAY, Backlog, WebhookOutbox
from tests.store.test_recordings import AT, FINISHED

LATER = AT + timedelta(minutes=5)


def failed(recording: str) -> AuditFact:
    return AuditFact(kind="recording.failed", tenant="acme", details={"recording": recording, "reason": "x"})


@pytest.fixture
async def outbox(database: Database) -> WebhookOutbox:
    return WebhookOutbox(database)


async def names(outbox: WebhookOutbox, at: datetime = AT) -> list[str]:
    return [json.loads(one.body)["data"]["recording"] for one in await outbox.due(at, 100)]


@pytest.mark.requirement("REC-09")
async def test_a_fact_and_its_report_are_written_together(outbox: WebhookOutbox, database: Database) -> None:
    await SqlRecordingLedger(database).commit(FINISHED)
    await SqlRecordingLedger(database).commit(FINISHED)  # again: nothing is told twice
    (one,) = await outbox.due(AT, 10)
    assert json.loads(one.body)["type"] == "recording.stored"
    assert (len(one.report), one.tries) == (32, 0)


@pytest.mark.requirement("REC-09")
async def test_a_fact_that_is_rolled_back_has_no_report(outbox: WebhookOutbox, database: Database) -> None:
    def work(connection: Connection) -> None:
        insert_facts(connection, [(failed("rec1"), AT)])
        raise MisuseError("killed here")

    with pytest.raises(MisuseError):
        await database.write(work)
    assert await outbox.due(AT, 10) == []
    assert await AuditStore(database).list() == []


async def test_what_has_failed_least_is_first_and_waits_its_time(
    outbox: WebhookOutbox, database: Database
) -> None:
    for name in ("a", "b"):
        await AuditStore(database).append(failed(name), AT)
    first, _ = await outbox.due(AT, 10)
    await outbox.failed(first, LATER)
    assert await names(outbox) == ["b"]
    assert await names(outbox, LATER) == ["b", "a"]
    assert [one.tries for one in await outbox.due(LATER, 10)] == [0, 1]
    assert (await outbox.due(LATER, 1))[0].report != first.report


async def test_a_clock_that_was_set_back_stops_nothing(outbox: WebhookOutbox, database: Database) -> None:
    await AuditStore(database).append(failed("a"), AT)
    (one,) = await outbox.due(AT, 10)
    await outbox.failed(one, AT + MAX_DELAY + timedelta(seconds=1))
    assert await names(outbox) == ["a"]


async def test_a_receiver_that_is_back_is_told_all(outbox: WebhookOutbox, database: Database) -> None:
    await AuditStore(database).append(failed("a"), AT)
    (one,) = await outbox.due(AT, 10)
    await outbox.failed(one, LATER)
    await outbox.hurry()
    assert await names(outbox) == ["a"]


async def test_what_is_delivered_is_gone(outbox: WebhookOutbox, database: Database) -> None:
    assert await outbox.backlog() == Backlog(number=0, oldest_at=None)
    for name, at in (("a", AT), ("b", LATER)):
        await AuditStore(database).append(failed(name), at)
    assert await outbox.backlog() == Backlog(number=2, oldest_at=AT)
    await outbox.delivered((await outbox.due(AT, 1))[0])
    assert await outbox.backlog() == Backlog(number=1, oldest_at=LATER)
    await outbox.clear()
    assert await outbox.backlog() == Backlog(number=0, oldest_at=None)


@pytest.mark.requirement("REC-09")
async def test_what_is_dropped_is_on_the_record(outbox: WebhookOutbox, database: Database) -> None:
    for name, at in (("a", AT), ("b", LATER), ("c", LATER), ("d", LATER)):
        await AuditStore(database).append(failed(name), at)
    assert await outbox.trim(AT, LATER, 4) == 0
    assert await outbox.trim(LATER, LATER, 2) == 2
    assert await names(outbox, LATER) == ["c", "d"]
    facts = [fact for _, fact in await AuditStore(database).list()]
    assert [fact.details for fact in facts if fact.kind == "webhook.dropped"] == [{"number": 2}]
