"""Recordings as retention sees them, in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.consent.effects import RuleTrace
from pbx.core.ids import CallId
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.retained import RetainedStore
from tests.store.test_consents import RECORD
from tests.store.test_erasures import WISH
from tests.store.test_recordings import AT, FINISHED

DAY = timedelta(days=1)


@pytest.fixture
async def retained(database: Database) -> RetainedStore:
    """Three recordings of acme, a day between them, and one of globex."""
    ledger = SqlRecordingLedger(database)
    for n in (1, 2, 3):
        await ledger.commit(replace(FINISHED, recording=f"r{n}", call=f"c{n}", started_at=AT + n * DAY))
    await ledger.commit(replace(FINISHED, recording="g1", call="c9", tenant="globex"))
    return RetainedStore(database)


async def test_the_purposes_are_those_that_were_told(retained: RetainedStore, database: Database) -> None:
    proof = replace(RECORD.proof, purposes=("evidence", "quality"))
    await ConsentStore(database).save(replace(RECORD, call=CallId("c1"), proof=proof))
    one, two = await retained.get("r1"), await retained.get("r2")
    assert one is not None and one.told == {"evidence", "quality"}
    assert two is not None and two.told == frozenset()
    assert await retained.get("r9") is None


async def test_the_rules_are_those_that_held_for_the_call(
    retained: RetainedStore, database: Database
) -> None:
    trace = tuple(
        RuleTrace(role="caller", region="GB", source="number", rule=rule, mode="notify")
        for rule in ("GB", "GB+fca")
    )
    proof = replace(RECORD.proof, decision=replace(RECORD.proof.decision, trace=trace))
    await ConsentStore(database).save(replace(RECORD, call=CallId("c1"), proof=proof))
    await ConsentStore(database).save(replace(RECORD, consent="k2", call=CallId("c2")))
    one, two = await retained.get("r1"), await retained.get("r2")
    assert one is not None and one.rules == {"GB", "GB+fca"}
    assert two is not None and two.rules == frozenset(), "an early version did not name them"


@pytest.mark.requirement("D-07")
async def test_older_ones_come_oldest_first_and_in_pages(retained: RetainedStore) -> None:
    before = AT + 2 * DAY
    found = await retained.older("acme", before)
    assert [one.recording for one in found] == ["r1", "r2"]
    behind = await retained.older("acme", before, (found[0].started_at, "r1"))
    assert [one.recording for one in behind] == ["r2"]


async def test_what_is_on_its_way_out_is_not_found_again(retained: RetainedStore, database: Database) -> None:
    await ErasureStore(database).ask(replace(WISH, blocked_by="hold"), AT)
    assert [one.recording for one in await retained.older("acme", AT + 9 * DAY)] == ["r2", "r3"]


@pytest.mark.requirement("C-08")
async def test_the_recordings_of_a_call_are_found_by_its_consents(
    retained: RetainedStore, database: Database
) -> None:
    later = replace(FINISHED, recording="r0", call="c1", started_at=AT + 5 * DAY)
    await SqlRecordingLedger(database).commit(later)
    assert (await retained.of_call("c1"), await retained.of_call("c7")) == (["r1", "r0"], [])
