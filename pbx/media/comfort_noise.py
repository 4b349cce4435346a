"""Comfort noise (RFC 3389): noise of the level that a payload says, and when to send such payloads."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

OVERLOAD = 32768.0  # 0 dBov: the root mean square of the loudest that can be written
MAX_LEVEL = 127  # -127 dBov, the softest that the octet can say
DEFAULT_LEVEL = 65  # a quiet line
FLOOR_LEVEL = 70  # RMS of 10: noise below the smallest step of A-law, and a line that seems to be dead
# Speech has -26 dBov (ITU-T P.56) and its faintest consonants 25 dB less, so what is below this is none.
QUIET_LEVEL = 55
HANGOVER_MS = 240  # longer than the pauses between words, so that no ending is cut off
REFRESH_MS = 1000  # for who lost a packet, and for a router that forgets who is silent
MIN_UPDATE_MS = 200  # G.711 appendix II: a changed level is told soon, but not with every packet
CHANGE_DB = 3  # what is just noticed
_SMOOTHING = 0.2  # of the energy per packet: about 100 ms
_TABLE_SAMPLES = 1 << 15  # four seconds at 8 kHz
_SEED = 20260101


@cache
def _noise() -> NDArray[np.float32]:
    samples = np.random.default_rng(_SEED).normal(size=_TABLE_SAMPLES)
    noise: NDArray[np.float32] = (samples / samples.std()).astype(np.float32)
    return noise


class ComfortNoise:
    """Noise at one sample rate; spectral coefficients of the payload are left out (RFC 3389 §3.2)."""

    __slots__ = ("_at", "_level", "_table")

    def __init__(self, seed: int) -> None:
        self._at = seed
        self._level = -1
        self._table = b""
        self.level(bytes([DEFAULT_LEVEL]))

    def level(self, payload: bytes) -> None:
        """Take a payload; an empty one changes nothing."""
        if payload and payload[0] & MAX_LEVEL != self._level:
            self._level = payload[0] & MAX_LEVEL
            self._table = noise(self._level, _TABLE_SAMPLES)

    def frame(self, n_samples: int) -> bytes:
        """Return noise; every frame begins somewhere else, so that no pattern is heard."""
        self._at = (self._at * 1664525 + 1013904223) & 0xFFFFFFFF
        first = 2 * ((self._at >> 8) % (_TABLE_SAMPLES - n_samples))
        return self._table[first : first + 2 * n_samples]


def noise(level: int, n_samples: int) -> bytes:
    """Return noise of `level` -dBov, 0 to 127; ValueError for another."""
    if not 0 <= level <= MAX_LEVEL:
        raise ValueError(f"a noise level is 0 to {MAX_LEVEL} -dBov, not {level}")
    samples = np.resize(_noise(), n_samples) * np.float32(OVERLOAD * 10 ** (-level / 20))
    pcm: bytes = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
    return pcm


class Pauses:
    """Tells which packets are silence, for which comfort noise is sent in place of audio (RFC 3389 §4)."""

    __slots__ = ("_energy", "_packet_ms", "_quiet_ms", "_told", "_told_ms")

    def __init__(self, packet_ms: int) -> None:
        self._packet_ms = packet_ms
        self._quiet_ms = 0  # of silence that was sent as audio
        self._energy = 0.0  # of the background, per sample
        self._told = -1  # the level of the last payload, -1 in talk
        self._told_ms = 0  # since then

    def restart(self) -> None:
        """Somebody else has spoken to the party: what it was told of the background is forgotten."""
        self._quiet_ms, self._told = 0, -1

    def judge(self, pcm: bytes) -> bytes | None:
        """Take the samples of one packet; None = send them, else a payload of noise, b"" = nothing."""
        energy = _energy(pcm)
        if energy > _QUIET_ENERGY:
            self.restart()
            return None
        share = _SMOOTHING if self._quiet_ms else 1.0
        self._energy += (energy - self._energy) * share
        if self._quiet_ms < HANGOVER_MS:
            self._quiet_ms += self._packet_ms
            return None
        return self._tell()

    def _tell(self) -> bytes:
        level = background_level(self._energy)
        self._told_ms += self._packet_ms
        changed = abs(level - self._told) >= CHANGE_DB and self._told_ms >= MIN_UPDATE_MS
        if self._told >= 0 and not changed and self._told_ms < REFRESH_MS:
            return b""
        self._told, self._told_ms = level, 0
        return bytes([level])


def background_level(energy: float) -> int:
    """Return the level of RFC 3389 §3.1, -dBov, of a mean square: never softer than FLOOR_LEVEL."""
    level = FLOOR_LEVEL if energy <= 0 else round(-10 * math.log10(energy / OVERLOAD**2))
    return min(max(level, 0), FLOOR_LEVEL)


_QUIET_ENERGY = OVERLOAD**2 * 10 ** (-QUIET_LEVEL / 10)


def _energy(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return float(samples @ samples) / max(len(samples), 1)
