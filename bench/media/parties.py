"""What costs by the party: prompts, bridges between codecs, and rooms."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from bench.media.load import Load, Report, write_frames
from bench.media.worker import MU, leg_id, media_worker
from pbx.core.audio import AudioFormat
from pbx.core.ids import Token
from pbx.media.codecs.table import find_codec
from pbx.media.effects import FileSource, JoinRoom, Play
from pbx.media.payloads import coding
from pbx.media.wav import write

G722 = AudioFormat(encoding="G722", payload_type=9, dtmf_payload_type=101)
OPUS = AudioFormat(encoding="opus", payload_type=96, clock_rate=48000, dtmf_payload_type=101)
TONES = AudioFormat(encoding="PCMU", payload_type=0)  # without telephone-events: keys are heard as tones
VOICE_S, PROMPT_S = 5, 60
FRAMES_A_SECOND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """So many parties of one worker, for so long."""

    folder: Path
    n_parties: int
    seconds: float


Measure = Callable[[Stage], Awaitable[Report]]


def voice(sample_rate: int, seconds: int) -> bytes:
    """PCM16 with the pitch, the syllables and the breath of speech, on which coders work harder."""
    t = np.arange(sample_rate * seconds) / sample_rate
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / sample_rate
    voiced = sum(np.sin(n * pitch) / n for n in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 2 * t) + 0.4, 0, 1)
    breath = np.random.default_rng(1).normal(0, 0.05, t.size)
    pcm: bytes = ((voiced * syllables + breath) * 4000).astype("<i2").tobytes()
    return pcm


def hiss(sample_rate: int, seconds: int) -> bytes:
    """PCM16 of a line on which nobody speaks."""
    pcm: bytes = np.random.default_rng(2).normal(0, 30, sample_rate * seconds).astype("<i2").tobytes()
    return pcm


def spoken(folder: Path, fmt: AudioFormat, sound: Callable[[int, int], bytes] = voice) -> Path:
    """Return a file of frames of a voice, or another sound, in this format."""
    path = folder / f"{fmt.encoding}-{sound.__name__}.frames"
    codec = find_codec(*coding(fmt))
    assert codec is not None, "a format that we can speak"
    encoder, rate = codec.encoder(codec.audio_rate), codec.audio_rate
    pcm, step = sound(rate, VOICE_S), 2 * rate // FRAMES_A_SECOND
    frames = [encoder.encode(pcm[at : at + step]) for at in range(0, len(pcm), step)]
    write_frames(path, fmt, frames, fmt.clock_rate // FRAMES_A_SECOND)
    return path


def transcoding(a: AudioFormat, b: AudioFormat) -> Measure:
    """Calls whose two parties' audio has to be decoded."""

    async def measure(stage: Stage) -> Report:
        frames = [spoken(stage.folder, fmt) for fmt in (a, b)]
        load = await Load.start(stage.folder, (stage.n_parties, stage.seconds), "spread", frames)
        try:
            async with media_worker(stage.folder) as worker:
                targets = await worker.connect(load.ports, (a, b))
                worker.bridge(stage.n_parties // 2)
                report = await load.run(worker.pid, targets)
                await worker.close(stage.n_parties)
        finally:
            load.stop()
        return report

    return measure


def conference(fmt: AudioFormat, sample_rate: Literal[8000, 16000]) -> Measure:
    """One room; every second party speaks all the time, the others send what a quiet line sends."""

    async def measure(stage: Stage) -> Report:
        frames = [spoken(stage.folder, fmt), spoken(stage.folder, fmt, hiss)]
        load = await Load.start(stage.folder, (stage.n_parties, stage.seconds), "spread", frames)
        try:
            async with media_worker(stage.folder) as worker:
                targets = await worker.connect(load.ports, (fmt, fmt))
                for n in range(stage.n_parties):
                    worker.send(JoinRoom(leg=leg_id(n), room="bench", sample_rate=sample_rate))
                report = await load.run(worker.pid, targets)
                worker.check()
                await worker.close(stage.n_parties)
        finally:
            load.stop()
        return report

    return measure


def playing(fmt: AudioFormat) -> Measure:
    """Parties that listen to the same prompt, each from its own moment on, none of them speaking."""

    async def measure(stage: Stage) -> Report:
        prompt = stage.folder / "prompt.wav"
        prompt.write_bytes(write(voice(8000, PROMPT_S)))
        source = FileSource(path=str(prompt), sha256="", duration_ms=1000 * PROMPT_S)
        load = await Load.start(
            stage.folder, (stage.n_parties, stage.seconds), "spread", [spoken(stage.folder, fmt)] * 2
        )
        try:
            async with media_worker(stage.folder) as worker:
                await worker.connect(load.ports, (fmt, fmt))
                for n in range(stage.n_parties):
                    worker.send(Play(leg=leg_id(n), token=Token(n), sources=(source,), loop=True))
                report = await load.run(worker.pid, [0] * stage.n_parties)
                await worker.close(stage.n_parties)
        finally:
            load.stop()
        return report

    return measure


TRANSCODING: dict[str, tuple[Measure, int]] = {
    "PCMU and G.722": (transcoding(MU, G722), 100),
    "PCMU and Opus": (transcoding(MU, OPUS), 60),
    "PCMU, for tones": (transcoding(TONES, TONES), 60),
}
CONFERENCE: dict[str, tuple[Measure, int]] = {
    "room in PCMU": (conference(MU, 8000), 50),
    "room in G.722": (conference(G722, 16000), 50),
}
PLAYING: dict[str, tuple[Measure, int]] = {
    "prompt in PCMU": (playing(MU), 200),
    "prompt in Opus": (playing(OPUS), 60),
}
"""What is measured, and with how many parties."""
