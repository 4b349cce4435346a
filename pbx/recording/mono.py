"""Two channels in one, as an export only (R-23): half of the sum, 16 bits linear, at the rate of the master.

What a further party of a room said is in the second channel already, as far as the caller was sent it.

Half, so that two who speak at once are never cut off: one voice alone is 6 dB quieter than in the master.
What is to be silent has to be muted before; nobody can take the voices apart again.
"""

import numpy as np

from pbx.core.audio import Encoding
from pbx.recording import g711, wav
from pbx.recording.form import FORMS


class Mixer:
    """Mixes the samples of the first two channels of a WAV file, piece by piece."""

    __slots__ = ("_block", "_left", "_n_channels", "_values")

    def __init__(self, encoding: Encoding, n_channels: int = wav.N_CHANNELS) -> None:
        values = g711.VALUES.get(encoding)
        self._values = None if values is None else np.array(values, np.int16)
        self._n_channels = n_channels
        self._block = n_channels * FORMS[encoding].width
        self._left = b""

    def update(self, octets: bytes) -> bytes:
        """Take samples of all channels, interleaved, and return the mixed ones; a torn one waits."""
        octets = self._left + octets
        end = len(octets) // self._block * self._block
        self._left = octets[end:]
        both = self._linear(octets[:end]).reshape(-1, self._n_channels)[:, : wav.N_CHANNELS]
        half = both.sum(axis=1, dtype=np.int32) >> 1
        mixed: bytes = half.astype("<i2").tobytes()
        return mixed

    def _linear(self, octets: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        if self._values is None:
            return np.frombuffer(octets, "<i2")
        return self._values[np.frombuffer(octets, np.uint8)]


def header(encoding: Encoding, n_units: int) -> bytes:
    """Return the head of a mixed file; `n_units` of 1/8000 s."""
    form = FORMS[encoding]
    return wav.linear_header(form.sample_rate, n_units * form.per_unit)
