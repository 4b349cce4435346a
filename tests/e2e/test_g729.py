"""SIPp sends a stream of G.729 to a party that has nothing else: every octet has to arrive as it was sent."""

import random
import socket
from pathlib import Path

import pytest

from pbx.media.rtp import parse
from tests.e2e.parties import CAROL, carol, from_trunk
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import CARRIER, PHONE, Play, playing

G729, FRAME_BYTES, N_FRAMES = 18, 20, 50
MISSED = 5  # packets that SIPp may send before the far leg is connected
SPEAKS = '<nop><action><exec rtp_stream="{file},1,18"/></action></nop>'


def heard(listener: socket.socket) -> list[bytes]:
    """Return the payloads that have come."""
    found: list[bytes] = []
    while True:
        try:
            octets = listener.recv(2048)
        except BlockingIOError:
            return found
        packet = parse(octets, len(octets))
        assert packet.payload_type == G729
        found.append(octets[packet.start : packet.end])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("MED-01")
@pytest.mark.parametrize("speaker", ["caller", "called"])
async def test_it_is_passed_on_as_it_is(pbx: RunningPbx, tmp_path: Path, speaker: str) -> None:
    said = random.Random(7).randbytes(FRAME_BYTES * N_FRAMES)  # noqa: S311, not a key
    file = tmp_path / "said.g729"
    file.write_bytes(said)
    with socket.socket(type=socket.SOCK_DGRAM) as listener:
        listener.bind((PHONE if speaker == "caller" else CARRIER, 0))
        listener.setblocking(False)
        speaks = {"port": "[rtpstream_audio_port]", "format": str(G729), "speaks": SPEAKS.format(file=file)}
        silent = {"port": str(listener.getsockname()[1]), "format": str(G729), "speaks": ""}
        fills = (speaks, silent) if speaker == "caller" else (silent, speaks)
        async with (
            carol(pbx) as port,
            playing(Play(scenario="stream_answering", port=port, fill=fills[1])) as telephone,
            playing(from_trunk(pbx, "stream_call", CAROL, **fills[0])) as carrier,
        ):
            assert (await carrier).is_played, await carrier
            assert (await telephone).is_played, await telephone
        stream = b"".join(heard(listener))
    assert len(stream) >= FRAME_BYTES * (N_FRAMES - MISSED)
    assert stream in said
