"""Whoever may not be recorded is in nobody's recording, by whatever way his voice reaches the other."""

import json
from pathlib import Path

import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import RecordingId
from pbx.media.effects import JoinRoom, SetGate, SetSecure, StartRecording, StopRecording
from pbx.media.events import RecordingStarted, RecordingStopped
from tests.integration.media_parties import (
    ALAW,
    CALL,
    MU,
    A,
    B,
    Party,
    Signalling,
    attach,
    bridged,
    frame,
)

G722 = AudioFormat(encoding="G722", payload_type=9, dtmf_payload_type=101)
RECORDING = RecordingId("rec")
N_FRAMES = 25


async def seated(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    """Both sit in one room."""
    await attach(pbx, A, parties[0])
    await attach(pbx, B, parties[1])
    pbx.send(JoinRoom(leg=A, room="r", sample_rate=8000), JoinRoom(leg=B, room="r", sample_rate=8000))
    await pbx.settle()


async def talk(parties: tuple[Party, Party], payload_type: int) -> None:
    """B talks, and A hears as many frames."""
    a, b = parties
    a.drain()
    for number in range(N_FRAMES):
        b.send(frame(number), payload_type)
        await a.receive()


def n_sent_to_a(folder: Path) -> int:
    lines = (folder / f"{RECORDING}.jsonl").read_text().splitlines()
    return sum(json.loads(line).get("stream") == 1 for line in lines)


@pytest.mark.requirement("R-08")
@pytest.mark.parametrize("way", ["relayed", "another law", "transcoded", "room"])
async def test_a_speaker_is_recorded_while_his_gate_is_open(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path, way: str
) -> None:
    b_format = {"another law": ALAW, "transcoded": G722}.get(way, MU)
    if way == "room":
        await seated(pbx, parties)
    else:
        await bridged(pbx, parties, b_format)
    order = StartRecording(
        recording=RECORDING,
        leg=A,
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=(),
        started_at="2026-01-01T00:00:00Z",
    )
    pbx.send(order, SetGate(leg=A, open=True))
    await pbx.expect(RecordingStarted)

    await talk(parties, b_format.payload_type)
    await pbx.settle()
    closed = n_sent_to_a(tmp_path)
    pbx.send(SetGate(leg=B, open=True))
    await pbx.settle()
    await talk(parties, b_format.payload_type)
    await pbx.settle()
    open_ = n_sent_to_a(tmp_path)
    pbx.send(SetSecure(leg=B, on=True))
    await pbx.settle()
    shut = n_sent_to_a(tmp_path)
    parties[1].send(frame(1), b_format.payload_type)
    await pbx.settle()
    pbx.send(StopRecording(recording=RECORDING))
    await pbx.expect(RecordingStopped)

    assert closed == 0
    assert open_ >= N_FRAMES - 2  # frames of a room or of another codec come on the worker's clock
    assert n_sent_to_a(tmp_path) - shut == 0
