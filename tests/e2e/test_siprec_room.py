"""R-29: a whole PBX forks a recorded conference: one session that follows who comes and who goes."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from tests.e2e.desk import device
from tests.e2e.recorder import recording
from tests.e2e.running import free_port, prepare, running
from tests.e2e.test_siprec import ANN, ANN_HZ, BOB, BOB_HZ, EVE, EVE_HZ, WAIT_S, heard

ROOM = "3000"


def configure(base: Path, port: int) -> None:
    """A room that is always recorded, and forked there."""
    tenant = prepare(base) / "acme"
    room = {"team": {"number": int(ROOM), "announce": "none"}}
    (tenant / "conferences.yaml").write_text(yaml.safe_dump({"conferences": room}))
    servers = f"siprec: {{servers: [{{host: 127.0.0.1, port: {port}}}]}}\n"
    (tenant / "recording.yaml").write_text(f"rules:\n- {{conference: team, mode: always}}\n{servers}")


@pytest.mark.proof
@pytest.mark.requirement("R-29")
@pytest.mark.requirement("R-07")
async def test_a_conference_is_one_session_that_follows_who_is_there(tmp_path: Path) -> None:
    async with recording() as recorder, AsyncExitStack() as stack:
        configure(tmp_path, recorder.port)
        pbx = await stack.enter_async_context(running(tmp_path, free_port()))
        ann, bob, eve = [await stack.enter_async_context(device(pbx, f"100{n}")) for n in (1, 2, 3)]
        calls = []
        for phone, hz in ((ann, ANN_HZ), (bob, BOB_HZ)):
            calls.append(await phone.call(ROOM))
            assert await calls[-1].wait_answered(WAIT_S) == 200
            calls[-1].talk(hz)
        await recorder.until("INVITE")
        assert set(recorder.aors(0)) == {ANN, BOB} and recorder.texts("datamode", 0) == ["complete"]
        (session,) = recorder.sessions(0)
        await heard(recorder, ANN, ANN_HZ, 0)
        await heard(recorder, BOB, BOB_HZ, 0)
        calls.append(await eve.call(ROOM))
        assert await calls[-1].wait_answered(WAIT_S) == 200
        calls[-1].talk(EVE_HZ)
        await recorder.told(EVE)
        assert recorder.texts("datamode") == ["partial"] and ANN not in recorder.aors()
        await heard(recorder, EVE, EVE_HZ)
        n_told = len(recorder.documents)
        calls[0].hang_up()
        await recorder.until("INVITE", n_told + 1)
        assert recorder.texts("disassociate-time") and recorder.sessions(-1) <= {session}
        await heard(recorder, BOB, BOB_HZ, 0)
        for call in calls[1:]:
            call.hang_up()
        await recorder.until("BYE")
        assert recorder.methods.count("BYE") == 1
