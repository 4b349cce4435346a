"""Parts that the PBX depends on are away while real calls come: they go on, and nothing of record is lost."""

import json
import os
import signal
from pathlib import Path

import pytest

from pbx.core.io.alarms import AlarmFolder
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.e2e import fault_helpers as helpers
from tests.e2e.degraded import database_away, sealed
from tests.e2e.running import RunningPbx, free_port, running
from tests.integration.small_disk import small_disk


async def facts_of(pbx: RunningPbx, call: str) -> list[str]:
    """The kinds of the facts of a call, in the order of the log."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    found = await AuditStore(database).list(10_000)
    await database.close()
    return [fact.kind for _, fact in reversed(found) if fact.call == call]


@pytest.mark.requirement("F-18")
@pytest.mark.requirement("F-20")
async def test_calls_without_a_database_are_on_the_record_once_it_is_back(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        with database_away(pbx):
            call, ringing = await helpers.connect(caller, agent)
            call.hang_up()
            await ringing.wait_ended(5)

            async def is_sealed() -> bool:
                return bool(sealed(pbx))

            await helpers.until(is_sealed, "nothing waits on the disk")
            octets = b"".join(path.read_bytes() for path in sealed(pbx))
            assert helpers.CALLER.removeprefix("+").encode() not in octets and b"consent" not in octets
            size = len(octets)
            await helpers.dial(caller)  # what comes of it waits behind all that came of the first

            async def has_grown() -> bool:
                return sum(path.stat().st_size for path in sealed(pbx)) > size

            await helpers.until(has_grown, "the second call is not on the disk")
            os.kill(helpers.pid(pbx, "signalling"), signal.SIGKILL)

        async def is_recorded() -> bool:
            found = await helpers.left(pbx)
            is_over = all(one.ended_at is not None for one in found.calls)
            return is_over and any(row.call == found.calls[-1].call for row in found.recordings)

        await helpers.until(is_recorded, "the recording was not stored")
        left, waiting = await helpers.left(pbx), sealed(pbx)
        first = left.calls[-1]
        assert ([one.cause for one in left.calls], waiting) == (["crash", "bye"], [])
        assert "call.lost" not in left.facts  # the recording has waited for the record of its call
        (row,) = [row for row in left.recordings if row.call == first.call]
        assert len(first.consents) == 2
        assert {one["id"] for one in json.loads(row.manifest)["consents"]} == set(first.consents)
        kinds = await facts_of(pbx, first.call)
        assert sorted(kinds) == sorted(set(kinds)), "something is there twice"
        assert kinds.index("consent.granted") < kinds.index("recording.finished"), kinds


@pytest.mark.requirement("F-18")
@pytest.mark.requirement("HA-08")
async def test_a_full_journal_lets_in_calls_for_help_alone(tmp_path: Path) -> None:
    helpers.configure(tmp_path)
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        with small_disk(pbx.places.records, "4k"), database_away(pbx):
            (pbx.places.records / "other").write_bytes(bytes(4096))
            await helpers.dial(caller)

            async def is_told() -> bool:
                return "records_full" in [one.alarm for one in AlarmFolder(pbx.places.alarms).standing()]

            await helpers.until(is_told, "nobody is told that nothing more can be kept")
            refused = await caller.call(helpers.SHORT)
            assert await refused.wait_answered(helpers.ANSWER_S) == 503
            for_help = await agent.call("999")
            assert await for_help.wait_answered(helpers.ANSWER_S) != 503

        async def is_over() -> bool:
            return not AlarmFolder(pbx.places.alarms).standing() and not sealed(pbx)

        await helpers.until(is_over, "the outage does not end")
        again = await caller.call(helpers.SHORT)
        assert await again.wait_answered(helpers.ANSWER_S) == 200
        again.hang_up()
