"""Who took part in recorded calls, read from a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from pbx.store.database import Database
from pbx.store.heard import HeardStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.tables import Call, Leg
from tests.store.test_recordings import FINISHED

pytestmark = pytest.mark.requirement("REC-11")
AT = FINISHED.started_at
YOUNGER = replace(
    FINISHED, recording="r2", call="c2", object_key="other", started_at=AT + timedelta(hours=1), tenant="acme"
)


@pytest.fixture
async def heard(database: Database) -> HeardStore:
    """Two recorded calls: 1001 talks in both, 1002 in the younger; 1003 never answers."""
    async with database.writing() as session:
        for call, parties in ((FINISHED.call, ("1001",)), ("c2", ("1001", "1002"))):
            session.add(
                Call(
                    call=call,
                    tenant="acme",
                    direction="inbound",
                    called=b"",
                    offered_at=AT,
                    ended_by="",
                    cause="",
                    route="",
                    recording="",
                    recording_state="recorded",
                    recording_reason="",
                    consents=[],
                    verification="",
                    customer="",
                )
            )
            for n, number in enumerate((*parties, "1003")):
                session.add(
                    Leg(
                        call=call,
                        leg=f"l{n}",
                        position=n,
                        role="callee",
                        party=f"extension/{number}",
                        offered_at=AT,
                        answered_at=AT if number != "1003" else None,
                        cause="",
                    )
                )
    ledger = SqlRecordingLedger(database)
    await ledger.commit(replace(FINISHED, tenant="acme"))
    await ledger.commit(YOUNGER)
    return HeardStore(database)


async def test_who_took_part(heard: HeardStore) -> None:
    found = await heard.parties([FINISHED.call, "c2", "unknown"])
    assert found[FINISHED.call] == {"extension/1001"}
    assert found["c2"] == {"extension/1001", "extension/1002"}
    assert found["unknown"] == frozenset()


async def test_the_newest_of_whom_one_may_hear(heard: HeardStore, database: Database) -> None:
    first = FINISHED.recording
    assert await heard.newest("acme", None, None, 9) == ["r2", first]
    assert await heard.newest("acme", None, None, 1) == ["r2"]
    assert await heard.newest("acme", {"extension/1002"}, None, 9) == ["r2"]
    assert await heard.newest("acme", {"extension/1003"}, None, 9) == []
    assert await heard.newest("acme", {"extension/1001"}, YOUNGER.started_at, 9) == ["r2"]
    assert await heard.newest("acme", {"extension/1001"}, AT, 9) == ["r2", first]
    assert await heard.newest("other", None, None, 9) == []
    async with database.writing() as session:
        await session.execute(text("delete from recording_keys"))
    assert await heard.newest("acme", None, None, 9) == []
