"""A party that speaks noise in any codec on a 20 ms clock, and what another one made of it."""

import asyncio
import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import AudioFormat
from pbx.media.codecs.table import find_codec
from pbx.media.mouth import Mouth
from pbx.media.payloads import coding
from pbx.media.rtp import RtpPacket, build, parse
from tests.integration.media_parties import Party

RATE = 8000
LEVEL = 4000.0  # rms: -18 dBFS
FRAME_S = 0.02
PIECE = RATE // 5

Floats = NDArray[np.float64]


def speech_like(seed: int, seconds: float) -> bytes:
    """A voice that glides: harmonics of a wandering pitch from 300 to 3000 Hz, louder and softer as speech.

    Every codec carries it, and a voice of another seed does not resemble it.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(int(RATE * seconds)) / RATE
    wander = sum(rng.uniform(5, 20) * np.sin(2 * np.pi * (f * t + rng.uniform())) for f in (0.7, 1.3, 2.9))
    phase = 2 * np.pi * np.cumsum(rng.uniform(140, 220) + wander) / RATE
    pitch = float(phase[-1] / (2 * np.pi * seconds))
    voice = sum(
        rng.uniform(0.5, 1) / n * np.sin(n * phase + rng.uniform(0, 2 * np.pi))
        for n in range(math.ceil(300 / pitch), int(3000 / pitch))
    )
    samples = voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return bytes(np.rint(samples / samples.std() * LEVEL).clip(-32768, 32767).astype("<i2").tobytes())


@dataclass(frozen=True)
class Heard:
    """What became of a voice: medians over its pieces of 200 ms.

    `likeness` = the best correlation over all delays, `gain_db` = level against what was said. A busy machine
    sends late, and a jitter buffer then adds delay once; in most of the pieces the delay stays what it was.
    """

    likeness: float
    gain_db: float
    delay_ms: float


async def talk(party: Party, fmt: AudioFormat, pcm: bytes) -> None:
    """Say PCM of 8 kHz in real time."""
    mouth = Mouth(fmt, RATE)
    start, step = time.monotonic(), int(RATE * FRAME_S) * 2
    for n, at in enumerate(range(0, len(pcm), step)):
        for payload in mouth.speak(pcm[at : at + step]):
            header = RtpPacket(fmt.payload_type, n == 0, party.seq, party.time, party.ssrc, 0, 0)
            party.put(build(header, payload))
            party.seq = (party.seq + 1) % 2**16
            party.time = (party.time + mouth.n_units) % 2**32
        await asyncio.sleep(max(start + (n + 1) * FRAME_S - time.monotonic(), 0))


async def listen(party: Party, fmt: AudioFormat, seconds: float) -> tuple[bytes, list[int]]:
    """Return the samples that arrive within `seconds` at 8 kHz, and the RTP units of each packet."""
    codec = find_codec(*coding(fmt))
    assert codec is not None
    decoder, loop = codec.decoder(RATE), asyncio.get_running_loop()
    pcm, units = b"", []
    due = loop.time() + seconds
    while (left := due - loop.time()) > 0:
        try:
            octets = await asyncio.wait_for(party.take(), left)
        except TimeoutError:
            break
        packet = parse(octets, len(octets))
        if packet.payload_type == fmt.payload_type:
            payload = octets[packet.start : packet.end]
            pcm += decoder.decode(payload)
            units.append(codec.duration(payload))
    return pcm, units


def compare(said: bytes, heard: bytes, max_delay_ms: int = 400) -> Heard:
    """Find each piece of what was said in what was heard; filters delay by parts of a sample."""
    x, y = _floats(said), _quartered(_floats(heard))
    starts = range(RATE // 10, len(x) - PIECE, PIECE)
    found = [
        _piece(x[at : at + PIECE], y[4 * at : 4 * (at + PIECE + RATE * max_delay_ms // 1000)])
        for at in starts
    ]
    medians = [float(np.median([one[n] for one in found])) for n in range(3)]
    return Heard(likeness=medians[0], gain_db=medians[1], delay_ms=medians[2])


def _piece(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Return likeness, gain and delay of the best place of `x` in `y`, which has four samples for each."""
    best = (0.0, -math.inf, 0.0)
    for phase in range(4):
        z = y[phase::4]
        if len(z) < len(x):
            continue
        products = np.correlate(z, x, "valid")
        energy = np.convolve(z * z, np.ones(len(x)), "valid").clip(1e-9)
        likeness = products / np.sqrt(energy) / np.linalg.norm(x)
        lag = int(np.argmax(likeness))
        if likeness[lag] > best[0]:
            gain = 10 * math.log10(float(energy[lag] / (x @ x)))
            best = (float(likeness[lag]), gain, (lag + phase / 4) * 1000 / RATE)
    return best


def _quartered(samples: Floats) -> Floats:
    """Return four samples for each, by a longer inverse transform."""
    return np.asarray(np.fft.irfft(np.fft.rfft(samples), 4 * len(samples)) * 4)


def _floats(pcm: bytes) -> Floats:
    return np.frombuffer(pcm, "<i2").astype(np.float64)
