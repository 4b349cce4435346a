"""What a leg can be played: files, tones, silence, noise; and marks between them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A prepared prompt: 8 kHz 16-bit mono WAV on the local disk."""

    path: str
    sha256: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneSource:
    """A country's tone (`ring`, `busy`, `congestion`, `record`, `dial`); None = for ever."""

    country: str
    tone: str
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceSource:
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSource:
    """Noise of `level` -dBov (RFC 3389 §3.1), so that a line on which nobody speaks does not seem dead.

    The level is 0 to 127; without a duration it lasts for ever.
    """

    level: int
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSource:
    """No audio: MarkReached(name) once all before it was sent. The name has at most 64 characters."""

    name: str


Sounding = FileSource | ToneSource | SilenceSource | NoiseSource
Source = Sounding | MarkSource
