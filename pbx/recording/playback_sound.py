"""The sound of a playback copy: the master's WAV file, as it streams by, turned into Ogg/Opus.

Every channel of the master is one of the copy, in the same order, and the copy is as long as the master to
the sample. What it costs in memory does not depend on the length.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.core.ids import Ids, uint32
from pbx.media.codecs.opus_streams import MAX_CHANNELS, OpusStreams
from pbx.recording.form import FORMS
from pbx.recording.g711 import VALUES
from pbx.recording.ogg_opus import CLOCK, OggOpus

BIT_RATE = 16_000  # of each channel: speech of a telephone line is understood as well as in the master
COMPLEXITY = 1  # of 10: 2 takes 1.6 times as long, 5 takes 2.4 times; who doubts hears the master
_ENCODINGS: Mapping[int, Encoding] = {1: "L16", 6: "PCMA", 7: "PCMU"}  # by the format of a WAV file
_FORMAT = struct.Struct("<HHI")
_LINEAR = {law: np.array(values, np.int16) for law, values in VALUES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WavForm:
    """What the header of a WAV file says of its samples."""

    encoding: Encoding
    n_channels: int
    sample_rate: int


def wav_form(header: bytes) -> WavForm:
    """Return the form of one of our WAV headers; ParseError(0) when it does not say it."""
    at = header.find(b"fmt ") + 8
    if at < 8 or len(header) < at + _FORMAT.size:
        raise ParseError("a sound without a format", 0)
    code, n_channels, sample_rate = _FORMAT.unpack_from(header, at)
    encoding = _ENCODINGS.get(code)
    if encoding is None or not 1 <= n_channels <= MAX_CHANNELS or sample_rate != FORMS[encoding].sample_rate:
        raise ParseError("a sound of another form than masters have", 0)
    return WavForm(encoding=encoding, n_channels=n_channels, sample_rate=sample_rate)


class PlaybackSound:
    """Takes the samples in pieces of any size and gives out pages; `n_samples` of each channel were taken."""

    __slots__ = ("_buffer", "_encoder", "_form", "_frame", "_n_packets", "_pages", "_per_sample", "n_samples")

    def __init__(self, form: WavForm, ids: Ids) -> None:
        self._form = form
        self._encoder = OpusStreams(
            form.sample_rate, form.n_channels, bit_rate=BIT_RATE, complexity=COMPLEXITY
        )
        self._per_sample = CLOCK // form.sample_rate
        self._pages = OggOpus(uint32(ids), self._encoder.lookahead * self._per_sample)
        self._frame = self._encoder.frame * form.n_channels * FORMS[form.encoding].width
        self._buffer = bytearray()
        self.n_samples = self._n_packets = 0

    @property
    def n_units(self) -> int:
        """How long it is by now, in 1/8000 s."""
        return self.n_samples // FORMS[self._form.encoding].per_unit

    def begin(self) -> bytes:
        """Return what stands before the sound."""
        return self._pages.head(self._form.n_channels, self._form.sample_rate)

    def update(self, octets: bytes) -> bytes:
        """Take samples as they lie in the WAV file; return the pages that are full."""
        self._buffer += octets
        n_octets = len(self._buffer) // self._frame * self._frame
        whole = bytes(self._buffer[:n_octets])
        del self._buffer[:n_octets]
        self.n_samples += len(whole) // self._frame * self._encoder.frame
        return self._encoded(whole)

    def finish(self) -> bytes:
        """Return the rest; ParseError(0) when the last sample was cut through."""
        block = self._form.n_channels * FORMS[self._form.encoding].width
        if len(self._buffer) % block:
            raise ParseError("a sound that ends in the middle of a sample", 0)
        self.n_samples += len(self._buffer) // block
        missing = self.n_samples + self._encoder.lookahead - self._n_packets * self._encoder.frame
        silence = FORMS[self._form.encoding].silence
        n_octets = -(-missing // self._encoder.frame) * self._frame
        rest = bytes(self._buffer) + silence * ((n_octets - len(self._buffer)) // len(silence))
        return self._encoded(rest) + self._pages.finish(self.n_samples * self._per_sample)

    def _encoded(self, octets: bytes) -> bytes:
        """The pages that whole frames fill."""
        if self._form.encoding == "L16":
            pcm = octets
        else:
            pcm = _LINEAR[self._form.encoding][np.frombuffer(octets, np.uint8)].tobytes()
        size = self._encoder.frame * self._form.n_channels * 2
        units = self._encoder.frame * self._per_sample
        pages = bytearray()
        for at in range(0, len(pcm), size):
            pages += self._pages.packet(self._encoder.encode(pcm[at : at + size]), units)
            self._n_packets += 1
        return bytes(pages)
