"""A treated party through the worker: others hear it without its noise, and it hears them as they are."""

import asyncio

import numpy as np
import pytest

from pbx.core.audio import AudioFormat, Treatment
from pbx.media.effects import BridgeLegs, ConnectLeg
from tests.integration.media_parties import A, B, Party, Signalling, attach
from tests.integration.voices import RATE, compare, listen, speech_like, talk

SECONDS, SPEAKS_S = 3.0, 0.25
QUIET_S, QUIET = 4.0, 0.1  # a voice 20 dB below the others; the gain follows at some 2 dB a second
NOISE = 100.0  # rms: -50 dBFS
PCMU = AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
FRAME = RATE // 50


def noisy() -> bytes:
    """Return a voice that pauses half of the time, over noise."""
    voice = np.frombuffer(speech_like(1, SECONDS), "<i2").astype(float)
    speaks = np.arange(len(voice)) // int(RATE * SPEAKS_S) % 2
    noise = np.random.default_rng(1).standard_normal(len(voice)) * NOISE
    return bytes((voice * speaks + noise).clip(-32768, 32767).astype("<i2").tobytes())


def floor_db(pcm: bytes) -> float:
    """Return the level of the quietest fifth of the last second and a half: what is heard in pauses."""
    samples = np.frombuffer(pcm, "<i2").astype(float)[-int(1.5 * RATE) :]
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return float(np.percentile(10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-9), 20))


def last_db(pcm: bytes) -> float:
    """Return the level of the last second."""
    samples = np.frombuffer(pcm, "<i2").astype(float)[-RATE:]
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-9))


async def treat(pbx: Signalling, parties: tuple[Party, Party], treatment: tuple[Treatment, ...]) -> None:
    """Bridge two, of whom the first is treated."""
    a, b = parties
    await attach(pbx, A, a, PCMU)
    await attach(pbx, B, b, PCMU)
    treated = ConnectLeg(
        leg=A, host="127.0.0.1", port=a.port, format=PCMU, direction="sendrecv", treatment=treatment
    )
    pbx.send(treated)
    pbx.send(BridgeLegs(a=A, b=B))
    await pbx.settle()


@pytest.mark.requirement("MED-13")
async def test_a_quiet_voice_is_raised_for_others_and_the_loud_one_left_alone(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await treat(pbx, parties, ("agc",))
    loud = np.frombuffer(speech_like(1, QUIET_S), "<i2").astype(float)
    said, other = bytes((loud * QUIET).astype("<i2").tobytes()), speech_like(2, QUIET_S)
    ears = [asyncio.ensure_future(listen(one, PCMU, QUIET_S)) for one in (b, a)]
    await asyncio.gather(talk(a, PCMU, said), talk(b, PCMU, other))
    (at_b, _), (at_a, units) = [await ear for ear in ears]
    assert last_db(at_b) - last_db(said) > 6
    assert compare(said, at_b).likeness > 0.95
    assert abs(compare(other, at_a).gain_db) < 0.5
    assert set(units) == {160}


@pytest.mark.requirement("MED-13")
async def test_one_side_is_treated_and_the_other_relayed(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, b = parties
    await treat(pbx, parties, ("denoise",))
    said, other = noisy(), speech_like(2, SECONDS)
    ears = [asyncio.ensure_future(listen(one, PCMU, SECONDS)) for one in (b, a)]
    await asyncio.gather(talk(a, PCMU, said), talk(b, PCMU, other))
    (at_b, _), (at_a, units) = [await ear for ear in ears]
    assert floor_db(said) - floor_db(at_b) > 6
    heard = compare(said, at_b)
    assert heard.likeness > 0.95
    assert abs(heard.gain_db) < 2
    assert compare(other, at_a).likeness > 0.999  # as it came, but for the law
    assert set(units) == {160}
