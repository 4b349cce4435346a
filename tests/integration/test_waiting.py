"""Music on hold in the worker: heard in place of the peer, under an announcement, and faded out again."""

import asyncio
import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from pbx.core.ids import Token
from pbx.media.effects import BridgeLegs, FileSource, Music, Play, SetMusic
from pbx.media.events import PlayEnded
from pbx.media.wav import write
from tests.integration.media_parties import A, B, Signalling, attach, two_parties
from tests.integration.test_transcoding import FORMATS
from tests.integration.voices import compare, listen, speech_like, talk

RATE = 8000


def tone(path: Path, hz: float, seconds: float) -> FileSource:
    t = np.arange(int(RATE * seconds)) / RATE
    octets = write(np.rint(4000 * np.sin(2 * math.pi * hz * t)).astype("<i2").tobytes())
    path.write_bytes(octets)
    return FileSource(
        path=str(path), sha256=hashlib.sha256(octets).hexdigest(), duration_ms=int(seconds * 1000)
    )


def loudest_hz(pcm: bytes) -> float:
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, "<i2").astype(float)))
    return float(np.argmax(spectrum) * RATE / (len(pcm) // 2))


@pytest.mark.parametrize("name", ["PCMA", "opus"])
async def test_music_gives_way_to_prompts_and_to_the_peer(pbx: Signalling, tmp_path: Path, name: str) -> None:
    fmt, voice = FORMATS[name], speech_like(1, 1.0)
    music = Music(sources=(tone(tmp_path / "music.wav", 440, 2.0),))
    announcement = tone(tmp_path / "said.wav", 1000, 0.5)
    with two_parties() as (one, other):
        await attach(pbx, A, one, fmt)
        await attach(pbx, B, other, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B), SetMusic(leg=A, music=music))
        await pbx.settle()
        heard, _ = await listen(one, fmt, 1.2)
        assert abs(loudest_hz(heard[-RATE:]) - 440) < 10
        pbx.send(Play(leg=A, token=Token(1), sources=(announcement,)))
        heard, _ = await listen(one, fmt, 0.45)
        assert abs(loudest_hz(heard[-RATE // 2 :]) - 1000) < 10
        await pbx.expect(PlayEnded)
        heard, _ = await listen(one, fmt, 1.2)
        assert abs(loudest_hz(heard[-RATE:]) - 440) < 10
        pbx.send(SetMusic(leg=A, music=None))
        await listen(one, fmt, 0.3)
        ear = asyncio.ensure_future(listen(one, fmt, 1.3))
        await talk(other, FORMATS["PCMA"], voice)
        assert compare(voice, (await ear)[0]).likeness > 0.9


@pytest.mark.requirement("CF-02")
@pytest.mark.parametrize("is_over_first", [True, False])
async def test_music_that_ends_beside_a_prompt_is_in_nobodys_way(
    pbx: Signalling, tmp_path: Path, is_over_first: bool
) -> None:
    fmt, voice = FORMATS["PCMA"], speech_like(1, 0.8)
    music = Music(sources=(tone(tmp_path / "music.wav", 440, 2.0),))
    over = SetMusic(leg=A, music=None)
    play = Play(leg=A, token=Token(1), sources=(tone(tmp_path / "said.wav", 1000, 0.2),))
    with two_parties() as (one, other):
        await attach(pbx, A, one, fmt)
        await attach(pbx, B, other, fmt)
        pbx.send(BridgeLegs(a=A, b=B), SetMusic(leg=A, music=music))
        await pbx.settle()
        await listen(one, fmt, 0.5)
        pbx.send(*((over, play) if is_over_first else (play, over)))
        await pbx.expect(PlayEnded)
        ear = asyncio.ensure_future(listen(one, fmt, 1.0))
        await talk(other, fmt, voice)
        assert compare(voice, (await ear)[0]).likeness > 0.9


async def test_a_file_that_is_gone_is_silence(pbx: Signalling, tmp_path: Path) -> None:
    gone = Music(sources=(FileSource(path=str(tmp_path / "gone.wav"), sha256="", duration_ms=1),))
    voice = speech_like(1, 0.8)
    with two_parties() as (one, other):
        await attach(pbx, A, one, FORMATS["PCMA"])
        await attach(pbx, B, other, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B), SetMusic(leg=A, music=gone))
        await pbx.settle()
        ear = asyncio.ensure_future(listen(one, FORMATS["PCMA"], 1.0))
        await talk(other, FORMATS["PCMA"], voice)
        assert compare(voice, (await ear)[0]).likeness > 0.9
