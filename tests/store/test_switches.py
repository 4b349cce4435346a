"""Switched schedules in a real database: one row each, with a fact for every change."""

from datetime import UTC, datetime, timedelta

from pbx.core.ids import CallId
from pbx.schedules.switches import Switched
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.switches import SwitchStore

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = ("acme", "office")
CLOSED = Switched(position="closed", by="extension/1001", at=NOW, until=NOW + HOUR)
EVER = Switched(position="open", by="operator/alice", at=NOW + HOUR)


async def test_the_last_one_counts_and_each_is_on_record(database: Database) -> None:
    store = SwitchStore(database)
    assert await store.all() == {}
    await store.keep(OFFICE, CLOSED, CLOSED.by, NOW, call=CallId("one"))
    assert await SwitchStore(database).all() == {OFFICE: CLOSED}
    await store.keep(OFFICE, EVER, EVER.by, NOW + HOUR)
    await store.keep(("other", "office"), CLOSED, CLOSED.by, NOW)
    assert await store.all() == {OFFICE: EVER, ("other", "office"): CLOSED}
    await store.keep(OFFICE, None, "extension/1001", NOW)
    assert list(await store.all()) == [("other", "office")]
    facts = [fact for _, fact in reversed(await AuditStore(database).list(9)) if fact.tenant == "acme"]
    assert [(one.kind, one.call, one.details) for one in facts] == [
        (
            "schedule.switched",
            "one",
            {
                "schedule": "office",
                "position": "closed",
                "by": "extension/1001",
                "until": "2026-11-30T13:00:00+00:00",
            },
        ),
        ("schedule.switched", None, {"schedule": "office", "position": "open", "by": "operator/alice"}),
        ("schedule.switched", None, {"schedule": "office", "position": "hours", "by": "extension/1001"}),
    ]
