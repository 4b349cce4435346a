"""Opus (RFC 6716, RFC 7587): decoded and encoded at 8 or 16 kHz, mono; the RTP clock is always 48000."""

import ctypes
from typing import Literal

from opuslib_next import Decoder, Encoder
from opuslib_next.api import ctl
from opuslib_next.api.encoder import encoder_ctl
from opuslib_next.exceptions import OpusError

from pbx.core.audio import OpusWish
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import WIDE, Rest

CLOCK = 48_000
MAX_UNITS = 5760  # 120 ms, the most that a packet may hold (RFC 6716 §3.4)
BIT_RATE = 24_000  # wide-band speech without audible loss; RFC 7587 §3.1.1 recommends 16 to 20 for 8 kHz more
COMPLEXITY = 5  # 60 us for 20 ms instead of 85 at 10, for a difference that telephone speech does not show
EXPECTED_LOSS = 5  # percent: how much the encoder spends on in-band error correction
NO_WISH = OpusWish()
MAX_UNSENT = 2  # octets of a packet that DTX need not send (RFC 6716 §2.1.9)
_NARROWBAND, _MEDIUMBAND, _WIDEBAND = 1101, 1102, 1103  # as libopus numbers them
_in_dtx = ctl.get(4049, ctypes.c_int)  # OPUS_GET_IN_DTX: the last frame says nothing but the background

# RFC 6716 §3.1, table 2: units of one frame by the configuration in the top five bits of the first octet.
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
_FIRST_CELT = 16
_FRAME_UNITS = _SILK * 3 + _HYBRID * 2 + _CELT * 4


def packet_units(payload: bytes) -> int:
    """Return the duration of a packet in 1/48000 s, 0 when it is none (RFC 6716 §3.2)."""
    if not payload:
        return 0
    frames = _FRAME_UNITS[payload[0] >> 3]
    kind = payload[0] & 3
    counted = payload[1] & 0x3F if len(payload) > 1 else 0
    units = frames * (1, 2, 2, counted)[kind]
    return units if units <= MAX_UNITS else 0


def is_idle(payload: bytes) -> bool:
    """Return whether a packet of one SILK frame says that nobody speaks (RFC 6716 §4.2.3).

    Its first bits are one flag for each 20 ms or less, most significant bit first.
    """
    if len(payload) < 2 or payload[0] >> 3 >= _FIRST_CELT or payload[0] & 3:
        return False
    n_flags = max(1, _FRAME_UNITS[payload[0] >> 3] // 960)
    return payload[1] >> (8 - n_flags) == 0


class OpusCodec:
    encoding: Literal["opus"] = "opus"
    audio_rate = WIDE

    def duration(self, payload: bytes) -> int:
        return packet_units(payload)

    def decoder(self, sample_rate: int) -> "OpusDecoder":
        return OpusDecoder(sample_rate)

    def encoder(self, sample_rate: int) -> "OpusEncoder":
        return OpusEncoder(sample_rate)


class OpusDecoder:
    __slots__ = ("_decoder", "_is_idle", "_sample_rate")

    def __init__(self, sample_rate: int) -> None:
        self._decoder = Decoder(sample_rate, 1)
        self._sample_rate = sample_rate
        self._is_idle = False  # the last packet had no voice: what it said of the background goes on

    def decode(self, payload: bytes) -> bytes:
        n_samples = packet_units(payload) * self._sample_rate // CLOCK
        if n_samples == 0:
            raise ParseError("not an Opus packet", 0)
        self._is_idle = is_idle(payload)
        return self._decode(payload, n_samples, fec=False)

    def conceal(self, n_samples: int, following: bytes | None) -> bytes | None:
        """Use the copy of the lost frame in the next packet when there is one (RFC 6716 §2.1.7)."""
        if following is not None and packet_units(following) * self._sample_rate // CLOCK == n_samples:
            return self._decode(following, n_samples, fec=True)
        if self._is_idle and n_samples > 0 and n_samples % (self._sample_rate // 400) == 0:
            return self._decode(b"", n_samples, fec=False)  # comfort noise, in steps of 2.5 ms
        return None

    def _decode(self, payload: bytes, n_samples: int, *, fec: bool) -> bytes:
        try:
            pcm: bytes = self._decoder.decode(payload, n_samples, fec)
        except OpusError:
            raise ParseError("not an Opus packet", 0) from None
        return pcm


class OpusEncoder:
    __slots__ = ("_encoder", "_rests")

    def __init__(self, sample_rate: int, wish: OpusWish = NO_WISH) -> None:
        encoder = Encoder(sample_rate, 1, "voip")
        encoder.bitrate, encoder.complexity = min(BIT_RATE, wish.max_bit_rate), COMPLEXITY
        encoder.max_bandwidth = _bandwidth(wish.max_rate)
        encoder.vbr = int(not wish.constant)
        encoder.inband_fec, encoder.packet_loss_perc = int(wish.fec), EXPECTED_LOSS
        encoder.dtx = int(wish.dtx)
        self._encoder, self._rests = encoder, wish.dtx

    def encode(self, pcm: bytes) -> bytes:
        octets: bytes = self._encoder.encode(pcm, len(pcm) // 2)
        if self._rests and encoder_ctl(self._encoder.encoder_state, _in_dtx):
            return Rest(octets if len(octets) > MAX_UNSENT else b"")
        return octets


def _bandwidth(max_rate: int) -> int:
    """Return what a receiver with that sampling rate can play of the bandwidths that we send."""
    if max_rate >= WIDE:
        return _WIDEBAND
    return _MEDIUMBAND if max_rate >= 12_000 else _NARROWBAND
