"""A private line with real clients: nothing of it is announced or kept, and what follows it may be."""

from pathlib import Path

import pytest

from pbx.core.io.clock import utc_now
from pbx.testphone import signal
from tests.e2e.callers import kept
from tests.e2e.fault_helpers import left
from tests.e2e.fault_helpers import until as settled
from tests.e2e.running import free_port, prepare, running
from tests.e2e.test_transfers import ALICE_HZ, CALL_S, CALLER, hear_each_other, phone, talking, until

pytestmark = [pytest.mark.proof, pytest.mark.requirement("REC-01")]
OPENLY_HZ = 900.0
NUMBER = f"+44{CALLER[1:]}"


async def test_what_is_said_to_a_private_line_is_in_no_recording(tmp_path: Path) -> None:
    (prepare(tmp_path) / "acme" / "recording.yaml").write_text("mode: always\nprivate: [1003]\n")
    async with running(tmp_path, free_port()) as pbx:
        since = utc_now()
        async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob:
            out, taken = await talking(alice, bob)
            await hear_each_other(out, taken)
            out.hang_up()
            await taken.wait_ended(CALL_S)
        alone = await kept(pbx, NUMBER, since)
        assert (alone.recording, alone.consents) == (None, {})
        assert alone.call.recording_reason == "1003 is a private line"
        since = utc_now()
        async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
            out, taken = await talking(alice, bob)
            await hear_each_other(out, taken)
            taken.transfer("sip:1002@acme.example")
            rung = await carl.incoming(CALL_S)
            out.talk(OPENLY_HZ)
            rung.answer()

            async def is_told() -> bool:
                return "consent.informed" in (await left(pbx)).facts

            await settled(is_told, "he was not told of the recording")
            heard = len(rung.heard)
            await until(lambda: signal.tone_s(signal.samples(rung.heard[heard:]), OPENLY_HZ) > 2.0)
            rung.hang_up()
            await out.wait_ended(CALL_S)
        passed_on = await kept(pbx, NUMBER, since)
        assert passed_on.sound is not None, "whom he is passed on to is recorded, once he was told"
        assert signal.tone_s(passed_on.sound.caller, OPENLY_HZ) > 1.0
        assert signal.tone_s(passed_on.sound.caller, ALICE_HZ) == 0.0
