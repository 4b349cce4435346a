"""SIPp counts the packets that it sends and those that it echoes: each has to cross the PBX, either way."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.parties import CAROL, carol, from_trunk
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import Outcome, Play, playing

PCMU, FRAME_BYTES, N_FRAMES = 0, 160, 40
# The pause lets the PBX connect both legs first. What comes back SIPp does not read while it plays a file.
SPEAKS = '<pause milliseconds="500"/><nop><action><exec rtp_stream="{file},1,0"/></action></nop>'


def counted(outcome: Outcome, what: str) -> int:
    """Return what SIPp counted last, by its own name for it."""
    return int(re.findall(rf"(\d+) {re.escape(what)}", outcome.screen)[-1])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("MED-01")
@pytest.mark.parametrize("speaker", ["caller", "called"])
async def test_every_packet_that_is_sent_arrives(pbx: RunningPbx, tmp_path: Path, speaker: str) -> None:
    file = tmp_path / "said.pcmu"
    file.write_bytes(bytes(range(FRAME_BYTES)) * N_FRAMES)
    speaks = {"port": "[rtpstream_audio_port]", "format": str(PCMU), "speaks": SPEAKS.format(file=file)}
    echoes = {"port": "[media_port]", "format": str(PCMU), "speaks": ""}
    fills = (speaks, echoes) if speaker == "caller" else (echoes, speaks)
    async with carol(pbx) as port:
        called = Play(scenario="stream_answering", port=port, fill=fills[1], echoes=speaker == "caller")
        caller = replace(from_trunk(pbx, "stream_call", CAROL, **fills[0]), echoes=speaker == "called")
        async with (
            playing(replace(called, counts=True)) as telephone,
            playing(replace(caller, counts=True)) as carrier,
        ):
            ends = await carrier, await telephone
    assert all(end.is_played for end in ends), ends
    says, hears = ends if speaker == "caller" else reversed(ends)
    assert counted(says, "Total RTP pckts sent") == N_FRAMES
    assert counted(hears, "Total echo RTP pckts 1st stream") == N_FRAMES
