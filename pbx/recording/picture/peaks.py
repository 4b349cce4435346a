"""The outline of a recording: lowest, highest and effective value of each channel per column of a picture.

It takes the WAV file of a master in pieces, so that a day of sound needs no more memory than a minute.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import wav
from pbx.recording.form import FORMS
from pbx.recording.g711 import VALUES
from pbx.recording.timeline import MAX_SAMPLES

FULL = 32768.0  # the 16-bit value that is 1.0
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Arrays of (columns, channels), from -1 to 1; there are no more columns than samples."""

    low: Floats
    high: Floats
    rms: Floats

    @property
    def n_columns(self) -> int:
        return len(self.low)

    @property
    def loudest(self) -> float:
        """The greatest distance from silence, 0.0 for no sound at all."""
        return max(float(self.high.max(initial=0.0)), -float(self.low.min(initial=0.0)))


class Peaks:
    """Feed it a WAV file of so many samples; ParseError(0) when that is not the file it was told of."""

    __slots__ = (
        "_at",
        "_form",
        "_high",
        "_low",
        "_n_samples",
        "_rest",
        "_starts",
        "_squares",
        "_unread",
        "_values",
    )

    def __init__(
        self, encoding: Encoding, n_samples: int, n_columns: int, n_channels: int = wav.N_CHANNELS
    ) -> None:
        self._form = FORMS[encoding]
        if not 0 <= n_samples <= MAX_SAMPLES * self._form.per_unit:
            raise ParseError("a recording that is longer than any can be", 0)
        columns = min(n_columns, n_samples)
        self._starts = np.arange(columns, dtype=np.int64) * n_samples // max(columns, 1)
        self._low = np.full((columns, n_channels), FULL, np.float32)
        self._high = -self._low
        self._squares = np.zeros((columns, n_channels), np.float64)
        self._values = None if self._form.width > 1 else np.array(VALUES[encoding], np.float32)
        self._unread = wav.header(encoding, n_samples, n_channels=n_channels)
        self._rest = b""
        self._at, self._n_samples = 0, n_samples

    def update(self, piece: bytes) -> None:
        """Take the next octets."""
        known = len(self._unread)
        if piece[:known] != self._unread[: len(piece)]:
            raise ParseError("the sound does not begin as its manifest says", 0)
        self._unread, octets = self._unread[len(piece) :], self._rest + piece[known:]
        n_channels = self._low.shape[1]
        size = n_channels * self._form.width
        whole = len(octets) // size * size
        self._rest = octets[whole:]
        kind = np.uint8 if self._form.width == 1 else np.dtype("<i2")
        samples = np.frombuffer(octets[:whole], kind).reshape(-1, n_channels)
        if self._at + len(samples) > self._n_samples:
            raise ParseError("more sound than the manifest says", 0)
        if len(samples):
            self._take(samples.astype(np.float32) if self._values is None else self._values[samples])

    def outline(self) -> Outline:
        """Return the outline after the last octet."""
        if self._at != self._n_samples or self._rest or self._unread:
            raise ParseError("less sound than the manifest says", 0)
        lengths = np.diff(self._starts, append=self._n_samples).reshape(-1, 1)
        rms = np.sqrt(self._squares / np.maximum(lengths, 1))
        return Outline(self._low / FULL, self._high / FULL, (rms / FULL).astype(np.float32))

    def _take(self, values: Floats) -> None:
        start, end = self._at, self._at + len(values)
        first, last = np.searchsorted(self._starts, (start, end - 1), "right") - 1
        bounds = np.maximum(self._starts[first : last + 1], start) - start
        touched = slice(first, last + 1)
        self._low[touched] = np.minimum(self._low[touched], np.minimum.reduceat(values, bounds))
        self._high[touched] = np.maximum(self._high[touched], np.maximum.reduceat(values, bounds))
        self._squares[touched] += np.add.reduceat(np.square(values, dtype=np.float64), bounds)
        self._at = end
