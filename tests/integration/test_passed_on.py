"""Packets that nobody here can decode go from one party to the other octet by octet, both ways."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.audio import AudioFormat
from pbx.media.effects import BridgeLegs
from tests.integration.media_parties import A, B, Party, attach, connected, started_worker

N_PACKETS = 20
# Payload sizes in octets: AMR 12.2 kbit/s, a SID and no data, octet-aligned; iLBC of 20 ms, two of 30 ms.
CODECS = (
    (AudioFormat(encoding="AMR", payload_type=96, dtmf_payload_type=None), (33, 7, 2)),
    (AudioFormat(encoding="AMR-WB", payload_type=97, clock_rate=16000, dtmf_payload_type=None), (62, 7)),
    (AudioFormat(encoding="iLBC", payload_type=98, dtmf_payload_type=None, ptime_ms=30), (38, 100)),
    (AudioFormat(encoding="G729", payload_type=18, dtmf_payload_type=None), (20, 2)),
)


@pytest.mark.requirement("MED-01")
async def test_every_octet_arrives_under_the_other_partys_number(
    parties: tuple[Party, Party], tmp_path: Path
) -> None:
    """Whatever packet times the two have asked for: what comes is what the other one sends."""
    draw = random.Random(4867)  # noqa: S311, not a key
    async with started_worker(tmp_path):
        pbx = await connected(tmp_path)
        for fmt, sizes in CODECS:
            other = replace(fmt, payload_type=120, ptime_ms=60)
            await attach(pbx, A, parties[0], fmt)
            await attach(pbx, B, parties[1], other)
            pbx.send(BridgeLegs(a=A, b=B))
            await pbx.settle()
            for (speaker, said), (listener, heard) in (
                ((parties[0], fmt), (parties[1], other)),
                ((parties[1], other), (parties[0], fmt)),
            ):
                for n in range(N_PACKETS):
                    payload = draw.randbytes(sizes[n % len(sizes)])
                    speaker.send(payload, said.payload_type)
                    packet, got = await listener.receive()
                    assert (packet.payload_type, got) == (heard.payload_type, payload)
