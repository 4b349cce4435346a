"""Every codec that we can decode and encode, by encoding and RTP clock."""

from collections.abc import Mapping

from pbx.core.audio import AudioFormat, Encoding
from pbx.media.codecs.codec import NARROW, WIDE, Codec, Encoder
from pbx.media.codecs.g722 import G722Codec
from pbx.media.codecs.linear import LinearCodec
from pbx.media.codecs.opus import CLOCK, OpusCodec, OpusEncoder
from pbx.media.codecs.pcm import PcmCodec

CODECS: Mapping[tuple[Encoding, int], Codec] = {
    ("PCMU", NARROW): PcmCodec("PCMU"),
    ("PCMA", NARROW): PcmCodec("PCMA"),
    ("G722", NARROW): G722Codec(),
    ("opus", CLOCK): OpusCodec(),
    ("L16", NARROW): LinearCodec(NARROW),
    ("L16", WIDE): LinearCodec(WIDE),
}


def find_codec(encoding: Encoding, clock_rate: int) -> Codec | None:
    """Return the codec; None for one that is only passed through (G.729)."""
    return CODECS.get((encoding, clock_rate))


def find_encoder(fmt: AudioFormat, sample_rate: int) -> Encoder | None:
    """Return an encoder for what a party asks for; None for a codec that is only passed through."""
    codec = find_codec(fmt.encoding, fmt.clock_rate)
    if isinstance(codec, OpusCodec):
        return OpusEncoder(sample_rate, fmt.opus)
    return None if codec is None else codec.encoder(sample_rate)
