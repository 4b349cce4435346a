"""A worker that is told to listen: talk, silence and the tones of machines; and a message's silent end."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import CloseLeg, Listen, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingStopped, TalkStarted, TalkStopped, ToneHeard
from pbx.media.rtp import parse
from tests.integration.media_parties import ALAW, CALL, MU, Party, Signalling, attach
from tests.integration.voices import speech_like, talk
from tests.media.sounds import pcm16, silence, sine

WIDE = AudioFormat(encoding="G722", payload_type=9)
TALKER, CNG, FORMER = LegId("talker"), LegId("cng"), LegId("former")
MESSAGE = RecordingId("message")
KEPT_MS = 1000
AFTER_MS = 200  # at most, beside it: what the ear has not heard yet


def message(leg: LegId) -> StartRecording:
    return StartRecording(
        recording=MESSAGE,
        leg=leg,
        tenant="acme",
        call=CALL,
        kind="voicemail",
        recipients=(),
        started_at="2026-01-01T00:00:00Z",
        max_silence_ms=KEPT_MS,
    )


def kept_packets(folder: Path) -> int:
    lines = [json.loads(line) for line in (folder / f"{MESSAGE}.jsonl").read_text().splitlines()]
    packets = [bytes.fromhex(line["rtp"]) for line in lines if "rtp" in line]
    numbers = [parse(octets, len(octets)).seq for octets in packets]
    assert numbers == [(numbers[0] + n) % 2**16 for n in range(len(numbers))]
    notes = [line for line in lines if "note" in line]
    assert notes[-2:] == [{"note": "gate", "leg": TALKER, "open": "false"}, {"note": "closed"}]
    return len(packets)


@pytest.mark.requirement("MED-13")
async def test_talk_silence_and_tones_are_told_where_they_are_wanted(pbx: Signalling, tmp_path: Path) -> None:
    parties = [Party(number) for number in range(1, 4)]
    for leg, party, fmt in zip((TALKER, CNG, FORMER), parties, (ALAW, WIDE, MU), strict=True):
        await attach(pbx, leg, party, fmt)
    pbx.send(Listen(leg=TALKER, talk=True, tones_of="de"), Listen(leg=CNG, tones_of="de"))
    pbx.send(Listen(leg=FORMER, talk=True, tones_of="de"), Listen(leg=FORMER), Listen(leg=LegId("nobody")))
    pbx.send(message(TALKER), SetGate(leg=TALKER, open=True))
    await pbx.settle()
    voice = speech_like(3, 1.0)
    spoken = voice + pcm16(silence(1400)) + voice + pcm16(silence(2000))
    fax = np.concatenate((silence(200), sine(1100, 500), silence(800)))
    async with asyncio.TaskGroup() as group:
        group.create_task(talk(parties[0], ALAW, spoken))
        group.create_task(talk(parties[1], WIDE, pcm16(fax)))
        group.create_task(talk(parties[2], MU, voice))
    pbx.send(SetGate(leg=TALKER, open=False), StopRecording(recording=MESSAGE))
    stopped = await pbx.expect(RecordingStopped)
    begun = [event for event in pbx.events if isinstance(event, TalkStarted)]
    ended = [event for event in pbx.events if isinstance(event, TalkStopped)]
    tones = [event for event in pbx.events if isinstance(event, ToneHeard)]
    assert [event.leg for event in begun] == [event.leg for event in ended] == [TALKER] * 2
    assert abs(begun[1].silent_ms - 1400) <= 200
    assert all(abs(event.talked_ms - 1000) <= 200 for event in ended)
    assert [(event.leg, event.tone) for event in tones] == [(CNG, "cng")]
    wanted_ms = 1000 + 1400 + 1000 + KEPT_MS
    assert abs(kept_packets(tmp_path) * 20 - wanted_ms) <= AFTER_MS
    assert abs(stopped.duration_ms - wanted_ms) <= 2 * AFTER_MS
    pbx.send(CloseLeg(leg=TALKER))
    for party in parties:
        party.socket.close()
