"""R-17: a telephone that others wrote watches the lamp of recording of its own extension."""

import asyncio
import re
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e import fault_helpers as helpers
from tests.e2e.desk import device
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import DOMAIN, PHONE, Play, authorization, playing
from tests.e2e.sipp import free_port as free_at

SECONDS = 20.0


async def known(pbx: RunningPbx, fact: str) -> None:
    """Wait until a fact is on record."""

    async def is_known() -> bool:
        return fact in (await helpers.left(pbx)).facts

    await helpers.until(is_known, f"no {fact}", SECONDS)


@pytest.mark.proof
@pytest.mark.requirement("R-17")
@pytest.mark.rfc("4235", "3.7.1")
async def test_sipp_sees_when_it_is_recorded_paused_and_no_more(tmp_path: Path) -> None:
    rules = prepare(tmp_path) / "acme" / "recording.yaml"
    rules.write_text('rules: [{extension: 1003, mode: "always"}]\n')
    subscribed = tmp_path / "subscribed"
    async with running(tmp_path, free_port()) as pbx, device(pbx, "1001") as ann, device(pbx, "1003") as bob:
        request = ("SUBSCRIBE", f"sip:recording-1003@{DOMAIN}")
        fill: dict[str, str | Secret[str]] = {
            "extension": "1003",
            "target": "recording-1003",
            "event": "dialog",
            "subscribed": str(subscribed),
            "authorization": authorization("1003", pbx.secret("1003"), request, pbx.port),
        }
        play = Play(scenario="watch", server=pbx.port, port=free_at(PHONE), fill=fill, limit_s=40)
        async with playing(play) as lamp:
            async with asyncio.timeout(SECONDS):
                while not subscribed.exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            call = await ann.call("1003")
            taken = await bob.incoming(SECONDS)
            taken.answer()
            assert await call.wait_answered(SECONDS) == 200
            await known(pbx, "recording.started")
            await taken.send_digits(Secret("*61"))
            await known(pbx, "recording.paused")
            call.hang_up()
            assert await taken.wait_ended(SECONDS) == "bye"
            seen = await lamp
        assert seen.is_played, seen
    notifies = [message for message in seen.received if message.startswith("NOTIFY")]
    states = [re.findall(r"<state>(\w+)</state>", one) for one in notifies]
    assert states == [[], ["confirmed"], ["early"], ["terminated"], []]
    assert not any("<remote>" in one for one in notifies)
