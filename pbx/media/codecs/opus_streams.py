"""Opus with a mono stream of its own for each channel (RFC 6716 appendix B): none is predicted from another.

Two people who take turns have nothing in common that stereo could save, and there may be more than two.
"""

import weakref
from collections.abc import Sequence

from opuslib_next import APPLICATION_VOIP
from opuslib_next.api import ctl, multistream_encoder

MAX_CHANNELS = 255
MAX_PACKET = 1277  # octets of one stream of 20 ms with its length (RFC 6716 §3.2.1)
FRAME_MS = 20  # one frame, whatever mode the encoder takes


class OpusStreams:
    """Encodes frames of 20 ms of interleaved 16-bit samples; `lookahead` is its delay in samples."""

    __slots__ = ("__weakref__", "_encoder", "_max_packet", "frame", "lookahead")

    def __init__(self, sample_rate: int, n_channels: int, *, bit_rate: int, complexity: int) -> None:
        mapping: Sequence[int] = range(n_channels)
        self._encoder = multistream_encoder.create_state(
            sample_rate, n_channels, n_channels, 0, mapping, APPLICATION_VOIP
        )
        weakref.finalize(self, multistream_encoder.destroy, self._encoder)
        for setting, value in ((ctl.set_bitrate, bit_rate * n_channels), (ctl.set_complexity, complexity)):
            multistream_encoder.encoder_ctl(self._encoder, setting, value)
        self._max_packet = MAX_PACKET * n_channels
        self.frame = sample_rate * FRAME_MS // 1000
        self.lookahead: int = multistream_encoder.encoder_ctl(self._encoder, ctl.get_lookahead)

    def encode(self, pcm: bytes) -> bytes:
        """Return the packet of `frame` samples of every channel."""
        octets: bytes = multistream_encoder.encode(self._encoder, pcm, self.frame, self._max_packet)
        return octets
