"""Parts that the PBX depends on are away while real calls come: they go on, and nothing of record is lost."""

import json
import os
import signal
from pathlib import Path

import pytest

from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.e2e import fault_helpers as helpers
from tests.e2e.degraded import database_away, sealed
from tests.e2e.running import RunningPbx, free_port, running


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
