"""Our detector beside spandsp's over twist, noise, frequency and duration: ITU-T Q.24."""

import ctypes
import ctypes.util

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.media.dtmf import DIGITS
from pbx.media.inband import InbandDetector
from pbx.media.tone_digits import TONES, amplitude

EACH = 100  # presses per cell, over all sixteen keys; spandsp's figures were taken with as many
Wave = NDArray[np.float64]

# What spandsp 0.0.6 heard of a hundred presses at the edges of its range.
SPANDSP_EDGE = {"twist -8": 42, "twist 4": 41, "snr 6": 30}


class Spandsp:
    """The dtmf_rx of libspandsp2."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("spandsp")
        assert name is not None, "needs Debian's libspandsp2"
        self._lib = ctypes.CDLL(name)
        self._lib.dtmf_rx_init.restype = ctypes.c_void_p
        self._lib.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        self._lib.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        self._lib.dtmf_rx_free.argtypes = [ctypes.c_void_p]

    def heard(self, pcm: bytes) -> str:
        state = self._lib.dtmf_rx_init(None, None, None)
        self._lib.dtmf_rx(state, pcm, len(pcm) // 2)
        out = ctypes.create_string_buffer(128)
        self._lib.dtmf_rx_get(state, out, 127)
        self._lib.dtmf_rx_free(state)
        return out.value.decode()


def heard(pcm: bytes) -> str:
    detector = InbandDetector()
    return "".join(digit.key for at in range(0, len(pcm), 320) for digit in detector.feed(pcm[at : at + 320]))


class Line:
    """Presses with errors: twist in dB (high over low), noise in dB below the tones, frequencies off."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def press(
        self,
        key: str,
        *,
        ms: float = 60,
        twist: float = 0,
        snr: float | None = None,
        off: float = 0,
        off_low: float = 0,
        off_high: float = 0,
        dbm0: float = -12,
    ) -> bytes:
        n = int(ms * 8)
        before = int(self._random.integers(400, 720))
        time = np.arange(n) / 8000
        low, high = TONES[key]
        phases = self._random.uniform(0, 2 * np.pi, 2)
        tone = amplitude(dbm0 - twist / 2) * np.sin(2 * np.pi * low * (1 + off + off_low) * time + phases[0])
        tone += amplitude(dbm0 + twist / 2) * np.sin(
            2 * np.pi * high * (1 + off + off_high) * time + phases[1]
        )
        wave = np.zeros(before + n + 1200)
        wave[before : before + n] = tone
        if snr is not None:
            wave += self._random.normal(0, np.sqrt(np.mean(tone**2) / 10 ** (snr / 10)), len(wave))
        return np.clip(np.round(wave), -32768, 32767).astype("<i2").tobytes()


def counts(cell: dict[str, float]) -> tuple[int, int, int]:
    """Return how many of EACH presses we heard, spandsp heard, and how many wrong digits we heard."""
    spandsp, source = Spandsp(), Line(1)
    ours = theirs = wrong = 0
    for n in range(EACH):
        key = DIGITS[n % 16]
        pcm = source.press(key, **cell)
        told = heard(pcm)
        ours += told == key
        wrong += told not in (key, "")
        theirs += spandsp.heard(pcm) == key
    return ours, theirs, wrong


def cells(what: str, *values: float) -> list[dict[str, float]]:
    return [{what: value} for value in values]


ACCEPT: list[dict[str, float]] = [
    *cells("twist", -8, -6, -3, 0, 2, 4),
    *cells("snr", 12, 15, 20, 30),
    *cells("off", -0.015, -0.01, 0.01, 0.015),
    {"off_low": 0.015, "off_high": -0.015, "twist": -8},
    {"off_low": 0.015, "off_high": -0.015, "twist": 4},
    *cells("ms", 40, 45, 50, 100, 1000),
    *cells("dbm0", -4, -20, -25),
    {"ms": 40, "twist": -6, "snr": 20, "off": 0.01},
    {"ms": 40, "twist": -8, "off": 0.015},
    {"ms": 40, "twist": 4, "off": -0.015},
]
REJECT: list[dict[str, float]] = [
    *cells("off", -0.06, -0.045, -0.035, 0.035, 0.045, 0.06),
    *cells("off_high", -0.06, -0.045, -0.035, 0.035, 0.045, 0.06),
    *cells("off_low", -0.06, -0.035, 0.035, 0.06),
    *cells("ms", 5, 10, 15, 20, 23),
    *cells("twist", -14, -11, 7, 10),
    {"dbm0": -45},
    {"snr": -3},
]


def name(cell: dict[str, float]) -> str:
    return " ".join(f"{what}={value}" for what, value in cell.items())


@pytest.mark.requirement("MED-05")
@pytest.mark.parametrize("cell", ACCEPT, ids=name)
def test_what_must_be_heard_is_heard(cell: dict[str, float]) -> None:
    ours, theirs, wrong = counts(cell)
    assert (ours, wrong) == (EACH, 0), f"spandsp hears {theirs}"


@pytest.mark.parametrize("cell", REJECT, ids=name)
def test_what_must_not_be_heard_is_not_heard(cell: dict[str, float]) -> None:
    ours, _, wrong = counts(cell)
    assert (ours, wrong) == (0, 0)


@pytest.mark.parametrize(
    ("cell", "edge"),
    [({"twist": -8}, "twist -8"), ({"twist": 4}, "twist 4"), ({"snr": 6}, "snr 6")],
)
def test_no_worse_than_spandsp_at_its_edges(cell: dict[str, float], edge: str) -> None:
    ours, _, wrong = counts(cell)
    assert ours >= SPANDSP_EDGE[edge] and wrong == 0
