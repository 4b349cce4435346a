"""A conference in the worker: who hears whom, measured."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, RecordingId
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    ChangeSeat,
    JoinRoom,
    LeaveRoom,
    MediaEffect,
    OpenStream,
    SendDigit,
    SetGate,
    StartRecording,
)
from pbx.media.events import ActiveTalker, RoomRefused, StreamEnded
from pbx.media.g711 import decode
from pbx.media.rtp import HEADER_BYTES
from tests.integration.media_parties import CALL, A, B, Party, Signalling, attach, two_parties
from tests.integration.test_transcoding import FORMATS, events_of
from tests.integration.voices import compare, listen, speech_like, talk

SECONDS = 1.2
NAMES = ("PCMA", "opus", "G722")
LEGS = tuple(LegId(f"leg-{name}") for name in NAMES)
VOICES = tuple(speech_like(seed, SECONDS) for seed in (1, 2, 3))


async def meeting(pbx: Signalling, talkers: Sequence[int], orders: Sequence[MediaEffect] = ()) -> list[bytes]:
    """Three parties of three codecs sit in a room of 16 kHz, some talk; what each of them hears."""
    formats: list[AudioFormat] = [FORMATS[name] for name in NAMES]
    with ExitStack() as stack:
        parties: list[Party] = [stack.enter_context(two_parties())[0] for _ in NAMES]
        for leg, party, fmt in zip(LEGS, parties, formats, strict=True):
            await attach(pbx, leg, party, fmt)
            pbx.send(JoinRoom(leg=leg, room="r", sample_rate=16000))
        pbx.send(*orders)
        await pbx.settle()
        ears = [
            asyncio.ensure_future(listen(party, fmt, SECONDS + 0.3))
            for party, fmt in zip(parties, formats, strict=True)
        ]
        await asyncio.gather(*(talk(parties[n], formats[n], VOICES[n]) for n in talkers))
        return [(await ear)[0] for ear in ears]


def hears(heard: bytes, voice: int) -> bool:
    return compare(VOICES[voice], heard).likeness > 0.9


async def test_each_hears_the_one_who_talks_and_never_himself(pbx: Signalling) -> None:
    heard = await meeting(pbx, [1])
    assert [hears(one, 1) for one in heard] == [True, False, True]
    talker = await pbx.expect(ActiveTalker)
    assert talker == ActiveTalker(room="r", talker=LEGS[1])


async def test_a_whisper_is_for_one(pbx: Signalling) -> None:
    whisper = JoinRoom(leg=LEGS[0], room="r", role="whisper", target=LEGS[2], sample_rate=16000)
    assert [hears(one, 0) for one in await meeting(pbx, [0], [whisper])] == [False, False, True]


async def test_who_only_listens_is_heard_by_nobody(pbx: Signalling) -> None:
    listener = JoinRoom(leg=LEGS[2], room="r", role="listen", sample_rate=16000)
    heard = await meeting(pbx, [2], [listener])
    assert not any(hears(one, 2) for one in heard)


async def test_who_is_muted_is_not_heard_and_who_is_deaf_hears_nothing(pbx: Signalling) -> None:
    orders = [ChangeSeat(leg=LEGS[1], deaf=True), ChangeSeat(leg=LEGS[2], muted=True)]
    heard = await meeting(pbx, [0], orders)
    assert [hears(one, 0) for one in heard] == [False, False, True]


async def test_who_leaves_hears_its_peer_again(pbx: Signalling) -> None:
    with two_parties() as (one, other):
        for leg, party in ((A, one), (B, other)):
            await attach(pbx, leg, party, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B), JoinRoom(leg=A, room="r"), LeaveRoom(leg=A))
        await pbx.settle()
        ear = asyncio.ensure_future(listen(one, FORMATS["PCMA"], SECONDS))
        await talk(other, FORMATS["PCMA"], VOICES[0])
        assert hears((await ear)[0], 0)


async def test_a_seat_that_cannot_be_is_refused(pbx: Signalling) -> None:
    pbx.send(JoinRoom(leg=LegId("nobody"), room="r"))
    assert (await pbx.expect(RoomRefused)).reason == "unknown leg"
    with two_parties() as (one, _):
        await attach(pbx, A, one)
        pbx.send(JoinRoom(leg=A, room="r", role="whisper"), LeaveRoom(leg=A))
        assert "target" in (await pbx.expect(RoomRefused, 2)).reason


async def test_who_talks_with_a_bot_is_in_no_room(pbx: Signalling) -> None:
    bot = OpenStream(leg=A, stream="s", account="acme", url=Secret("ws://127.0.0.1:9/"))
    with two_parties() as (one, _):
        await attach(pbx, A, one)
        pbx.send(bot, JoinRoom(leg=A, room="r"))
        assert (await pbx.expect(RoomRefused)).reason == "a bot has the party"
        await pbx.expect(StreamEnded)
        pbx.send(JoinRoom(leg=A, room="r"), LeaveRoom(leg=A))
        await pbx.settle()
    assert sum(isinstance(event, RoomRefused) for event in pbx.events) == 1


@pytest.mark.requirement("MED-05")
async def test_a_key_is_pressed_by_order(pbx: Signalling) -> None:
    with two_parties() as (one, other):
        await attach(pbx, A, one, FORMATS["PCMA"])
        await attach(pbx, B, other, FORMATS["PCMA"])
        pbx.send(SendDigit(leg=B, digit=Secret("5")))
        keys = [payload[0] async for _, payload in events_of(other, 96, 0.5)]
    assert set(keys) == {5}


def kept(lines: Sequence[Mapping[str, Any]], stream: int) -> bytes:
    """PCM16 of what is recorded of a party that speaks A-law."""
    packets = [bytes.fromhex(line["rtp"]) for line in lines if line.get("stream") == stream]
    return decode(b"".join(packet[HEADER_BYTES:] for packet in packets), "PCMA")


@pytest.mark.requirement("R-07")
@pytest.mark.requirement("C-07")
@pytest.mark.parametrize("is_third_told", [True, False])
async def test_what_a_recorded_party_is_sent_is_kept_if_all_whom_it_hears_may_be(
    pbx: Signalling, tmp_path: Path, is_third_told: bool
) -> None:
    order = StartRecording(
        recording=RecordingId("rec"),
        leg=LEGS[0],
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=(),
        started_at="2026-01-01T00:00:00Z",
    )
    gates = [SetGate(leg=leg, open=leg != LEGS[2] or is_third_told) for leg in LEGS]
    again = JoinRoom(leg=LEGS[0], room="r", sample_rate=16000)  # the recording begins outside of it
    heard = await meeting(pbx, [0, 1], [*gates, LeaveRoom(leg=LEGS[0]), order, again])
    assert hears(heard[0], 1) and hears(heard[1], 0)
    lines = [json.loads(line) for line in (tmp_path / "rec.jsonl").read_text().splitlines()]
    said, sent = (kept(lines, stream) for stream in (0, 1))
    assert hears(said, 0)
    assert hears(sent, 1) if is_third_told else not sent
    assert {"note": "room.joined", "leg": LEGS[0], "room": "r"} in lines
    assert {"note": "gate", "leg": LEGS[2], "open": str(is_third_told).lower()} in lines
