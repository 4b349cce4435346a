"""From packets to samples on a steady clock."""

from dataclasses import replace

import numpy as np
import pytest

from pbx.core.audio import OpusWish
from pbx.media.ear import Ear, is_quiet
from pbx.media.mouth import Mouth
from pbx.media.payloads import Payloads
from tests.media.codecs.test_table import likeness, tone
from tests.media.test_payloads import OPUS, PCMA

NOISY = Payloads({8: ("PCMA", 8000)}, frozenset(), 13)


def said(pcm: bytes) -> list[bytes]:
    mouth = Mouth(PCMA, 8000)
    return [payload for at in range(0, len(pcm), 320) for payload in mouth.speak(pcm[at : at + 320])]


def test_what_is_put_is_pulled() -> None:
    ear, pcm = Ear(Payloads.of(PCMA), 8000, 8000, 1), tone(8000, 500)
    out = b""
    for n, payload in enumerate(said(pcm)):
        ear.put((8, n, n * 160, 7), payload, 0.02 * n)
        out += ear.pull(0.02 * n)
    assert len(out) == len(pcm)
    assert likeness(pcm, out, 8000) > 0.99


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize("packet_ms", [10, 40, 60])
def test_packets_of_any_length_come_out_as_20_ms(packet_ms: int) -> None:
    ear, pcm = Ear(Payloads.of(PCMA), 8000, 8000, 1), tone(8000, 500, 1.2)
    octets = b"".join(said(pcm))
    size, out = 8 * packet_ms, b""
    for tick in range(60):
        now = 0.02 * tick
        for n in range(len(octets) // size):
            if now <= n * packet_ms / 1000 < now + 0.0199:
                ear.put((8, n, n * size, 7), octets[n * size : (n + 1) * size], now)
        out += ear.pull(now)
    assert len(out) == 60 * 320
    assert likeness(pcm, out[packet_ms * 16 :], 8000) > 0.98


def test_a_payload_that_is_none_is_concealed_and_counted() -> None:
    ear = Ear(Payloads.of(OPUS), 48000, 8000, 1)
    ear.put((111, 0, 0, 7), b"", 0.0)
    ear.put((111, 1, 960, 7), b"\x7b\x00", 0.0)
    assert ear.refused == 2
    assert ear.pull(0.02) == bytes(320)


@pytest.mark.rfc("3551", "4.1")
def test_comfort_noise_fills_the_pause_until_the_talker_is_back() -> None:
    ear, payloads = Ear(NOISY, 8000, 8000, 1), said(tone(8000, 500))
    levels = []
    seq = 0
    for tick in range(60):
        now, time = 0.02 * tick, tick * 160
        if tick < 10 or tick >= 40:
            ear.put((8, seq, time, 7), payloads[tick % 40], now)
            seq += 1
        elif tick == 10:
            ear.put((13, seq, time, 7), bytes([45]), now)
            seq += 1
        levels.append(float(np.frombuffer(ear.pull(now), "<i2").std()))
    noise = levels[14:38]
    assert all(0.5 < level / (32768 * 10 ** (-45 / 20)) < 1.5 for level in noise)
    assert min(levels[3:10]) > 4000 < min(levels[45:])
    assert ear.buffer.lost == 0


@pytest.mark.requirement("MED-02")
@pytest.mark.rfc("7587", "3.1.3")
def test_the_background_goes_on_while_opus_is_not_sent() -> None:
    """The talker uses DTX: nine of ten frames of a pause do not come, and none of them is a loss."""
    mouth, ear = Mouth(replace(OPUS, opus=OpusWish(dtx=True)), 8000), Ear(Payloads.of(OPUS), 48000, 8000, 1)
    noise = np.random.default_rng(1).normal(scale=10, size=160 * 300).astype("<i2").tobytes()
    seq, n_sent, levels = 0, 0, []
    for tick in range(300):
        (payload,) = mouth.speak(noise[320 * tick : 320 * tick + 320])
        if payload:
            ear.put((111, seq, tick * 960, 7), payload, 0.02 * tick)
            seq, n_sent = seq + 1, n_sent + (tick >= 100)
        levels.append(float(np.frombuffer(ear.pull(0.02 * tick), "<i2").std()))
    assert n_sent < 5 * 4
    assert min(levels[100:]) > 2 and max(levels[100:]) < 40
    assert ear.buffer.lost == ear.refused == 0


def test_quiet_is_what_nobody_hears() -> None:
    assert is_quiet(bytes(320))
    assert not is_quiet(tone(8000, 500)[:320])


@pytest.mark.requirement("R-21")
def test_what_has_come_and_was_not_played_waits() -> None:
    ear, payloads = Ear(Payloads.of(PCMA), 8000, 8000, 1), said(tone(8000, 500))
    assert ear.waiting_s == 0
    for n in range(3):
        ear.put((8, n, n * 160, 7), payloads[n], 0.0)
    assert ear.waiting_s == pytest.approx(0.06)
    ear.pull(0.02)
    assert ear.waiting_s == pytest.approx(0.04)
    ear.put((8, 3, 480, 7), payloads[3] + payloads[4], 0.03)
    for tick in range(3):
        ear.pull(0.04 + 0.02 * tick)
    assert ear.waiting_s == pytest.approx(0.02), "half a packet of 40 ms"
