"""A recording is heard to run: the beep at both of its parties, measured in what they are sent."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, RecordingId
from pbx.media.beeper import PEAK, PEAK_DBM0
from pbx.media.effects import (
    Beep,
    BridgeLegs,
    NoteInRecording,
    SetBeep,
    SetGate,
    StartRecording,
    StopRecording,
)
from pbx.media.events import RecordingStarted
from tests.integration.media_parties import ALAW, CALL, MU, Party, Signalling, attach
from tests.integration.test_transcoding import FORMATS
from tests.integration.test_watched_call import hear
from tests.integration.voices import RATE, Floats, talk

# `us-classic` at 25 times its speed.
BEEP = Beep(hz=1400, on_ms=200, every_ms=600)
SPOKEN_HZ = 600  # both tones have whole periods in 20 ms, so that neither is heard in the other's place
SECONDS, PAUSES_S, RESUMES_S = 3.4, 1.6, 2.4
LATE_S = 0.15  # a jitter buffer, an order on its way, and a busy machine
PAIRS: dict[tuple[str, str], tuple[AudioFormat, AudioFormat]] = {
    ("a", "b"): (MU, ALAW),
    ("c", "d"): (FORMATS["G722"], FORMATS["opus"]),
}
FRAME = RATE // 50
Span = tuple[float, float]  # seconds


@pytest.fixture
def phones() -> Iterator[dict[str, Party]]:
    with ExitStack() as stack:
        found = {name: Party(0x1111 * (n + 1)) for n, name in enumerate("abcdef")}
        for party in found.values():
            stack.callback(party.socket.close)
        yield found


def spoken(seconds: float, hz: float = SPOKEN_HZ) -> bytes:
    t = np.arange(int(RATE * seconds)) / RATE
    return bytes(np.rint(3000 * np.sin(2 * np.pi * hz * t)).astype("<i2").tobytes())


def levels(pcm: bytes, hz: float) -> Floats:
    """Goertzel: the level of a tone in each 20 ms, in dBm0."""
    frames = np.frombuffer(pcm, "<i2")[: len(pcm) // 2 // FRAME * FRAME].reshape(-1, FRAME).astype(float)
    wave = np.exp(-2j * np.pi * hz * np.arange(FRAME) / RATE)
    peaks = 2 * np.abs(frames @ wave) / FRAME
    return np.asarray(20 * np.log10(peaks / PEAK + 1e-9) + PEAK_DBM0, float)


def beeps(pcm: bytes, hz: float = BEEP.hz) -> list[Span]:
    """When the tone is heard."""
    loud = [bool(level > -26) for level in levels(pcm, hz)]
    edges = [n for n, (a, b) in enumerate(zip([False, *loud], [*loud, False], strict=True)) if a != b]
    return [(a / 50, b / 50) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def begun_beeps(pcm: bytes) -> int:
    """How many beeps there were: two parts of one that the machine tore are nearer than two beeps can be."""
    starts = [start for start, _ in beeps(pcm)]
    return sum(b - a > BEEP.every_ms / 2000 for a, b in pairwise([-BEEP.every_ms / 1000, *starts]))


def rhythm(pcm: bytes, starts: list[float]) -> list[float]:
    """When beeps begin on the clock of what was sent: where the machine stood still no packet was."""
    frames = np.frombuffer(pcm, "<i2")[: len(pcm) // 2 // FRAME * FRAME].reshape(-1, FRAME)
    sent = np.cumsum(np.any(frames != 0, axis=1)) / 50
    return [float(sent[round(start * 50)]) for start in starts]


def hz_of(pcm: bytes, span: Span) -> float:
    """The strongest frequency above what is said."""
    part = np.frombuffer(pcm, "<i2")[int(span[0] * RATE) : int(span[1] * RATE)].astype(float)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8 * RATE))
    spectrum[: 8 * 1000] = 0
    return float(np.argmax(spectrum)) / 8


async def recorded(pbx: Signalling, pair: tuple[str, str], phones: dict[str, Party]) -> RecordingId:
    """Two who talk, and agreed to be recorded."""
    for name, fmt in zip(pair, PAIRS[pair], strict=True):
        await attach(pbx, LegId(name), phones[name], fmt)
    a, b = map(LegId, pair)
    pbx.send(BridgeLegs(a=a, b=b), SetGate(leg=a, open=True), SetGate(leg=b, open=True))
    return await begun(pbx, a)


async def alone(pbx: Signalling, name: str, phone: Party, *, is_told: bool) -> RecordingId:
    """One who waits, and is recorded from the moment on that he is told of it."""
    await attach(pbx, LegId(name), phone)
    pbx.send(SetGate(leg=LegId(name), open=is_told))
    return await begun(pbx, LegId(name))


async def begun(pbx: Signalling, leg: LegId) -> RecordingId:
    recording = RecordingId(f"rec-{leg}")
    order = StartRecording(
        recording=recording, leg=leg, tenant="acme", call=CALL, kind="call", recipients=(), started_at=""
    )
    n_before = sum(isinstance(event, RecordingStarted) for event in pbx.events)
    pbx.send(order)
    await pbx.expect(RecordingStarted, n_before + 1)
    return recording


def pause(recording: RecordingId, on: str) -> NoteInRecording:
    return NoteInRecording(recording=recording, kind="pause", details={"on": on})


def check(pcm: bytes, who: str) -> None:
    """Tone, level, timing, and silence while nothing is recorded."""
    found = beeps(pcm)
    whole = [one for one in found if abs(one[1] - one[0] - BEEP.on_ms / 1000) <= 0.041]
    steady = levels(pcm, BEEP.hz)[round(whole[1][0] * 50) + 1 : round(whole[1][1] * 50) - 1]
    assert np.median(steady) == pytest.approx(-20, abs=2), who
    assert hz_of(pcm, whole[1]) == pytest.approx(BEEP.hz, rel=0.015), who
    starts = [start for start, _ in found]
    before = [start for start in starts if start < PAUSES_S]
    assert len(before) >= 3, (who, found)
    assert np.diff(rhythm(pcm, before)) == pytest.approx(BEEP.every_ms / 1000, abs=0.061), (who, found)
    silent = [one for one in found if one[1] > PAUSES_S + LATE_S and one[0] < RESUMES_S - 0.02]
    assert silent == [], (who, found)
    after = [start for start in starts if start >= RESUMES_S - 0.02]
    assert after and after[0] < RESUMES_S + LATE_S, (who, found)
    assert np.median(levels(pcm, SPOKEN_HZ)) > -20, (who, "the other party is heard beside it")


@pytest.mark.requirement("R-22")
@pytest.mark.requirement("REC-16")
async def test_both_parties_hear_that_they_are_recorded(pbx: Signalling, phones: dict[str, Party]) -> None:
    recordings = [await recorded(pbx, pair, phones) for pair in PAIRS]
    waiting = [await alone(pbx, name, phones[name], is_told=name == "e") for name in "ef"]
    names = {name: fmt for pair, both in PAIRS.items() for name, fmt in zip(pair, both, strict=True)}
    pbx.send(*(SetBeep(recording=one, beep=BEEP) for one in (*recordings, *waiting)))
    listeners = {**names, "e": MU, "f": MU}
    ears = {name: asyncio.ensure_future(hear(phones[name], fmt, SECONDS)) for name, fmt in listeners.items()}
    voices = [asyncio.ensure_future(talk(phones[name], fmt, spoken(SECONDS))) for name, fmt in names.items()]
    for at_s, on in ((PAUSES_S, "true"), (RESUMES_S - PAUSES_S, "false")):
        await asyncio.sleep(at_s)
        pbx.send(*(pause(one, on) for one in recordings))
    await asyncio.gather(*voices)
    heard = {name: await ear for name, ear in ears.items()}
    for name in names:
        check(heard[name], name)
    assert begun_beeps(heard["e"]) == pytest.approx(SECONDS * 1000 / BEEP.every_ms, abs=1.1)
    assert heard["f"] == b""  # nothing is kept of him
    pbx.send(*(StopRecording(recording=one) for one in recordings))
    await pbx.settle()
    for name in "ab":
        phones[name].drain()
    await asyncio.sleep(0.1)
    assert phones["a"].is_quiet() and phones["b"].is_quiet()  # packets go as they come again: none came
