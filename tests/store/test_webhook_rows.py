"""Rows of the webhook's outbox: each report has an id of its own, and the octets made of its fact."""

from sqlalchemy import select

from pbx.core.ids import SeededIds
from pbx.recording.status_report import StatusReport
from pbx.store.database import Database
from pbx.store.webhook_rows import ROWS, post
from tests.store.test_recordings import AT


async def test_a_report_becomes_a_row(database: Database) -> None:
    report = StatusReport(status="recording.stored", body=b"{}")
    await database.write(lambda one: post(one, [(report, AT), (report, AT)], SeededIds("rows")))
    rows = await database.write(lambda one: one.execute(select(ROWS)).all())
    assert [(row.body, row.at, row.tries, row.due_at) for row in rows] == [(b"{}", AT, 0, None)] * 2
    assert len({row.report for row in rows}) == 2
