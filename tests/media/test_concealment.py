"""What is heard where packets are missing: the voice goes on, softly, and never with a click."""

import numpy as np
import pytest

from pbx.media.concealment import HOLD_MS, SILENT_MS, Concealer

PERIODS = {8000: 53, 16000: 106}  # 150 Hz


def voice(rate: int, n_samples: int) -> bytes:
    t = np.arange(n_samples)
    pitch = 2 * np.pi * t / PERIODS[rate]
    samples = 6000 * np.sin(pitch) + 3000 * np.sin(3 * pitch + 1) + 1500 * np.sin(7 * pitch + 2)
    return bytes(np.rint(samples).astype("<i2").tobytes())


def heard(rate: int, missing: set[int], n_frames: int = 40) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    concealer, n = Concealer(rate), rate // 50
    said, out = voice(rate, n * n_frames), b""
    for frame in range(n_frames):
        piece = said[2 * n * frame : 2 * n * (frame + 1)]
        out += concealer.lost(n) if frame in missing else concealer.good(piece)
    return np.frombuffer(out, "<i2").astype(np.float64)


RATES = pytest.mark.parametrize("rate", [8000, 16000])


@RATES
def test_without_a_loss_nothing_is_changed(rate: int) -> None:
    assert heard(rate, set()).astype("<i2").tobytes() == voice(rate, 40 * rate // 50)


@RATES
def test_one_lost_packet_of_a_steady_voice_is_hardly_heard(rate: int) -> None:
    out, n = heard(rate, {20}), rate // 50
    said = np.frombuffer(voice(rate, n * 40), "<i2").astype(np.float64)
    lost, true = out[20 * n : 21 * n], said[20 * n : 21 * n]
    assert float(np.corrcoef(lost, true)[0, 1]) > 0.95
    assert 0.8 < lost.std() / true.std() < 1.05


@RATES
@pytest.mark.parametrize("missing", [{20}, {20, 21}, {20, 22, 24}, set(range(20, 30)), {0}, set(range(5))])
def test_no_seam_clicks(rate: int, missing: set[int]) -> None:
    steepest = float(np.abs(np.diff(heard(rate, set()))).max())
    steps = np.abs(np.diff(heard(rate, missing)))
    assert float(steps[rate // 50 :].max()) < 1.5 * steepest


@RATES
def test_a_long_loss_fades_to_silence(rate: int) -> None:
    out, n = heard(rate, set(range(20, 30))), rate // 50
    levels = [float(out[at * n : (at + 1) * n].std()) for at in range(20, 30)]
    assert levels == sorted(levels, reverse=True)
    assert levels[SILENT_MS // 20 :] == [0.0] * (10 - SILENT_MS // 20)
    assert levels[0] > 0.8 * out[: 20 * n].std() > 0
    assert HOLD_MS < 20


def test_before_the_first_packet_there_is_silence() -> None:
    assert Concealer(8000).lost(160) == bytes(320)
    assert Concealer(8000).lost(0) == b""


def test_silence_conceals_as_silence() -> None:
    concealer = Concealer(8000)
    for _ in range(5):
        concealer.good(bytes(320))
    assert concealer.lost(160) == bytes(320)
