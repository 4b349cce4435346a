"""The beep of a recording as regions have it, at its real speed: heard by both parties for half a minute."""

import asyncio

import numpy as np
import pytest

from pbx.consent.io.shipped import shipped_beeps
from pbx.media.beeper import FRAME_MS
from pbx.media.effects import Beep, SetBeep, StopRecording
from tests.integration.media_parties import Party, Signalling
from tests.integration.test_beep import PAIRS, Span, beeps, levels, phones, recorded, rhythm, spoken
from tests.integration.test_watched_call import hear
from tests.integration.voices import RATE, talk

SECONDS, TIMES_S = 31.0, (0.0, 15.0, 30.0)
SPOKEN_HZ = 800  # neither tone is heard in its place
BAND_HZ = 100
PROFILES = {("a", "b"): "us-classic", ("c", "d"): "au"}
__all__ = ["phones"]


def whole_beeps(pcm: bytes, beep: Beep) -> list[list[Span]]:
    """The parts of each beep: one, unless the machine stood still in it."""
    found: list[list[Span]] = []
    for part in beeps(pcm, beep.hz):
        if found and part[0] - found[-1][0][0] < beep.every_ms / 2000:
            found[-1].append(part)
        else:
            found.append([part])
    return found


def hz_in(pcm: bytes, span: Span, near_hz: float) -> float:
    """The strongest frequency near one."""
    part = np.frombuffer(pcm, "<i2")[int(span[0] * RATE) : int(span[1] * RATE)].astype(float)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8 * RATE))
    low = int(8 * (near_hz - BAND_HZ))
    return (low + float(np.argmax(spectrum[low : low + 16 * BAND_HZ]))) / 8


def check(pcm: bytes, beep: Beep, who: str) -> None:
    """Number, place, length, frequency and level of each beep; the voice goes on beside them."""
    found = whole_beeps(pcm, beep)
    assert len(found) == len(TIMES_S), (who, found)
    lengths = [beep.first_ms or beep.on_ms, beep.on_ms, beep.on_ms]
    starts = rhythm(pcm, [parts[0][0] for parts in found])
    for parts, sent_s, at, length_ms in zip(found, starts, TIMES_S, lengths, strict=True):
        start, end = max(parts, key=lambda part: part[1] - part[0])
        level = float(np.median(levels(pcm, beep.hz)[round(start * 50) + 1 : round(end * 50) - 1]))
        length_s, hz = sum(b - a for a, b in parts), hz_in(pcm, (start, end), beep.hz)
        print(f"{who}: {sent_s:.2f} s, {length_s:.2f} s, {hz:.0f} Hz, {level:.1f} dBm0")
        assert sent_s == pytest.approx(at, abs=1.0), (who, found)
        assert length_s == pytest.approx(length_ms / 1000, abs=2.1 * FRAME_MS / 1000), (who, found)
        assert hz == pytest.approx(beep.hz, rel=0.015), who
        assert level == pytest.approx(beep.level_dbm0, abs=2), who
    assert np.median(levels(pcm, SPOKEN_HZ)) > -20, who


@pytest.mark.proof
@pytest.mark.requirement("R-22")
async def test_both_parties_hear_the_profile_of_their_region_in_its_time(
    pbx: Signalling, phones: dict[str, Party]
) -> None:
    shipped = shipped_beeps()
    orders = {pair: shipped[name].beep for pair, name in PROFILES.items()}
    recordings = {pair: await recorded(pbx, pair, phones) for pair in PROFILES}
    names = {name: fmt for pair in PROFILES for name, fmt in zip(pair, PAIRS[pair], strict=True)}
    ears = {name: asyncio.ensure_future(hear(phones[name], fmt, SECONDS)) for name, fmt in names.items()}
    pbx.send(*(SetBeep(recording=recordings[pair], beep=beep) for pair, beep in orders.items()))
    said = spoken(SECONDS, SPOKEN_HZ)
    await asyncio.gather(*(talk(phones[name], fmt, said) for name, fmt in names.items()))
    heard = {name: await ear for name, ear in ears.items()}
    for pair, beep in orders.items():
        for name in pair:
            check(heard[name], beep, f"{PROFILES[pair]} at {name}")
    pbx.send(*(StopRecording(recording=one) for one in recordings.values()))
